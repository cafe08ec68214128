from dataclasses import replace

import numpy as np
import pytest
import torch

from synthem.errors import ConfigError, DataError
from synthem.experiments import training
from synthem.experiments.augment import pack_tiles
from synthem.experiments.devices import resolve_device, resolve_precision
from synthem.experiments.trainer import Trainer, TrainingConfig, TrainingJob, _draw_plan
from synthem.experiments.training import train, train_in_groups, train_network
from synthem.experiments.unet import UNetConfig

pytestmark = pytest.mark.slow


@pytest.fixture
def pool(tiny_tiles):
    return torch.from_numpy(pack_tiles(*tiny_tiles))


JOBS = [
    TrainingJob(tiles=np.arange(6), seed=0),
    TrainingJob(tiles=np.array([0, 2, 5]), seed=1),
    TrainingJob(tiles=np.array([4]), seed=0),
]


def _same(a, b, **tolerance):
    for (name, x), y in zip(a.state_dict().items(), b.state_dict().values(), strict=True):
        torch.testing.assert_close(x, y, msg=lambda text, name=name: f"{name}: {text}", **tolerance)


def test_the_same_seed_gives_the_same_bits(tiny, tiny_tiles):
    first, second = (train_network(*tiny_tiles, tiny, seed=3, device="cpu") for _ in range(2))
    _same(first.network, second.network, rtol=0, atol=0)
    assert np.array_equal(first.losses, second.losses)
    other = train_network(*tiny_tiles, tiny, seed=4, device="cpu")
    assert not np.array_equal(first.losses, other.losses)


def test_global_random_state_does_not_matter_and_is_left_alone(tiny, tiny_tiles):
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = train_network(*tiny_tiles, tiny, device="cpu")
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert np.array_equal(first.losses, train_network(*tiny_tiles, tiny, device="cpu").losses)


def test_training_together_equals_training_apart(tiny, pool):
    together = train(pool, JOBS, tiny, device="cpu")
    assert [one.losses.shape for one in together] == [(4,)] * 3
    for ours, job in zip(together, JOBS, strict=True):
        (alone,) = train(pool, [job], tiny, device="cpu")
        assert np.array_equal(ours.losses, alone.losses)
        _same(ours.network, alone.network, rtol=0, atol=0)


def test_groups_of_any_size_give_the_same(tiny, pool):
    losses = [one.losses for one in train(pool, JOBS, tiny, device="cpu")]
    for group in (1, 2, 5):
        found = [one.losses for one in train_in_groups(pool, JOBS, tiny, group=group, device="cpu")]
        assert np.array_equal(found, losses)


def test_out_of_memory_makes_the_group_smaller_and_says_so(tiny, pool, monkeypatch):
    def small_device(pool, jobs, config, **more):
        if len(jobs) > 1:
            raise torch.OutOfMemoryError("simulated")
        return train(pool, jobs, config, **more)

    monkeypatch.setattr(training, "train", small_device)
    said = []
    found = list(train_in_groups(pool, JOBS, tiny, group=3, device="cpu", message=said.append))
    for one, other in zip(found, train(pool, JOBS, tiny, device="cpu"), strict=True):
        assert np.array_equal(one.losses, other.losses)
    assert said == ["out of memory with 3 trainings at once: trying 1; results stay the same"]


def test_out_of_memory_with_one_is_an_error(tiny, pool, monkeypatch):
    def no_device(*args, **more):
        raise torch.OutOfMemoryError("simulated")

    monkeypatch.setattr(training, "train", no_device)
    with pytest.raises(torch.OutOfMemoryError):
        list(train_in_groups(pool, JOBS, tiny, group=2, device="cpu"))


def test_the_rate_falls_to_zero_along_a_cosine(tiny, pool):
    trainer = Trainer(pool, JOBS[0], replace(tiny, steps=4, schedule="cosine"), torch.device("cpu"))
    rates = []
    for _ in range(4):
        rates.append(trainer.optimiser.param_groups[0]["lr"])
        trainer.step()
    expected = tiny.learning_rate * 0.5 * (1 + np.cos(np.pi * np.arange(4) / 4))
    np.testing.assert_allclose(rates, expected, rtol=1e-6)
    assert trainer.optimiser.param_groups[0]["lr"] == pytest.approx(0, abs=1e-9)


def test_every_tile_is_seen_once_per_pass(tiny):
    job = TrainingJob(tiles=np.array([3, 1, 4, 5, 9]), seed=0)
    indices, transforms = _draw_plan(job, replace(tiny, steps=5, batch=3))
    assert indices.shape == (5, 3)
    assert transforms.shape == (5, 3, 2, 3)
    for passed in indices.reshape(3, 5):
        assert sorted(passed) == [1, 3, 4, 5, 9]


@pytest.mark.slow
def test_training_learns(tiny, tiny_tiles):
    trained = train_network(*tiny_tiles, replace(tiny, steps=150), device="cpu")
    assert trained.losses[-20:].mean() < trained.losses[:5].mean() - 0.15


@pytest.mark.slow
def test_mixed_precision_follows_float32(tiny, tiny_tiles):
    losses = {
        precision: train_network(*tiny_tiles, replace(tiny, steps=30, precision=precision), device="cpu").losses
        for precision in ("float32", "bf16")
    }
    np.testing.assert_allclose(losses["bf16"], losses["float32"], atol=0.03)


def test_progress_is_told(tiny, tiny_tiles):
    seen = []
    train_network(*tiny_tiles, replace(tiny, steps=12), device="cpu", progress=seen.append)
    assert seen == [10, 12]


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_cuda_asked_for_and_absent():
    with pytest.raises(ConfigError, match="`device` must be present, got 'cuda'"):
        resolve_device("cuda")
    assert resolve_device("auto").type == "cpu"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_the_gpu_graph_trains_as_the_cpu_does(tiny, pool, schedule):
    config = replace(tiny, network=replace(tiny.network, dropout=0.0), schedule=schedule)
    there, here = (train(pool, JOBS, config, device=device) for device in ("cuda", "cpu"))
    for one, other in zip(there, here, strict=True):
        np.testing.assert_allclose(one.losses, other.losses, rtol=1e-2)


@pytest.mark.parametrize("name", ["tpu", "meta", "cuda:99"])
def test_unknown_devices(name):
    with pytest.raises(ConfigError, match="`device`"):
        resolve_device(name)


def test_precision_is_chosen_by_device(monkeypatch):
    assert resolve_precision("float32", torch.device("cuda")) == "float32"
    assert resolve_precision("auto", torch.device("cuda")) == "bf16"
    for amx, avx in ((False, False), (True, False), (False, True)):
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda answer=amx: answer)
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda answer=avx: answer)
        assert resolve_precision("auto", torch.device("cpu")) == ("bf16" if amx or avx else "float32")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("steps", 0),
        ("batch", 0),
        ("learning_rate", 0.0),
        ("smoothing", -1.0),
        ("precision", "half"),
        ("schedule", "linear"),
        ("class_weights", (1.0,)),
    ],
)
def test_bad_configurations(name, value):
    with pytest.raises(ConfigError, match=f"`{name}`"):
        TrainingConfig(**{name: value})


def test_bad_members_and_pools(tiny, pool):
    empty = TrainingJob(tiles=np.array([], np.int64), seed=0)
    with pytest.raises(DataError, match="at least one tile, got none"):
        train(pool, [empty], tiny, device="cpu")
    with pytest.raises(DataError, match="0 to 5"):
        train(pool, [TrainingJob(tiles=np.array([6]), seed=0)], tiny, device="cpu")
    with pytest.raises(ConfigError, match="`jobs`"):
        train(pool, [], tiny, device="cpu")
    with pytest.raises(DataError, match="multiples of 4"):
        train(pool[:, :, :30], JOBS, tiny, device="cpu")
    with pytest.raises(DataError, match="uint8"):
        train(pool.float(), JOBS, tiny, device="cpu")
    with pytest.raises(ConfigError, match="`group`"):
        list(train_in_groups(pool, JOBS, tiny, group=0, device="cpu"))


def test_class_counts_must_match(tiny, tiny_tiles):
    with pytest.raises(DataError, match="3 classes"):
        train_network(*tiny_tiles, replace(tiny, network=UNetConfig(classes=3, widths=(4, 8))), device="cpu")


class Interrupted(Exception):
    """A power cut."""


def interrupt(monkeypatch, after):
    """Let `after` steps pass, of all trainings together, with a checkpoint after each round."""
    steps, usual = [], Trainer.step

    def step(self):
        if len(steps) == after:
            raise Interrupted
        steps.append(self.taken)
        usual(self)

    monkeypatch.setattr(training, "SECONDS", 0.0)
    monkeypatch.setattr(Trainer, "step", step)
    return steps


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_an_interrupted_training_goes_on_with_the_same_bits(tiny, pool, tmp_path, monkeypatch, schedule):
    config = replace(tiny, steps=7, schedule=schedule)
    files = [tmp_path / str(number) for number in range(2)]
    whole = train(pool, JOBS[:2], config, device="cpu")
    with monkeypatch.context() as patch:
        interrupt(patch, after=9)
        with pytest.raises(Interrupted):
            train(pool, JOBS[:2], config, device="cpu", checkpoints=files)
    rest = interrupt(monkeypatch, after=1000)
    again = train(pool, JOBS[:2], config, device="cpu", checkpoints=files)
    assert rest == [4, 4, 5, 5, 6, 6]
    for one, other in zip(whole, again, strict=True):
        assert np.array_equal(one.losses, other.losses)
        _same(one.network, other.network, rtol=0, atol=0)
        assert other.seconds > 0


def test_trainings_of_a_group_may_have_come_to_different_steps(tiny, pool, tmp_path, monkeypatch):
    files = [tmp_path / str(number) for number in range(2)]
    whole = train(pool, JOBS[:2], tiny, device="cpu")
    with monkeypatch.context() as patch:
        interrupt(patch, after=3)
        with pytest.raises(Interrupted):
            train(pool, JOBS[:1], tiny, device="cpu", checkpoints=files[:1])
    rest = interrupt(monkeypatch, after=1000)
    again = train(pool, JOBS[:2], tiny, device="cpu", checkpoints=files)
    assert rest == [0, 1, 2, 3, 3]
    for one, other in zip(whole, again, strict=True):
        assert np.array_equal(one.losses, other.losses)


@pytest.mark.parametrize("fault", ["seed", "tiles", "config", "damaged"])
def test_a_checkpoint_of_another_training_is_not_read(tiny, pool, tmp_path, monkeypatch, fault):
    other = {"seed": replace(JOBS[0], seed=5), "tiles": JOBS[2]}.get(fault, JOBS[0])
    config = replace(tiny, learning_rate=0.01) if fault == "config" else tiny
    with monkeypatch.context() as patch:
        interrupt(patch, after=2)
        with pytest.raises(Interrupted):
            train(pool, [other], config, device="cpu", checkpoints=[tmp_path / "file"])
    if fault == "damaged":
        (tmp_path / "file").write_bytes((tmp_path / "file").read_bytes()[:100])
    (found,) = train(pool, JOBS[:1], tiny, device="cpu", checkpoints=[tmp_path / "file"])
    assert np.array_equal(found.losses, train(pool, JOBS[:1], tiny, device="cpu")[0].losses)
