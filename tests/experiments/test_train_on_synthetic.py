import importlib.util
import json
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[2] / "examples" / "train_on_synthetic.py"


@pytest.fixture
def module(small_network):
    """The script, with a small network and two batches for batch norm."""
    spec = importlib.util.spec_from_file_location("train_on_synthetic", EXAMPLE)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.TrainingConfig = partial(module.TrainingConfig, network=small_network)
    module.recalibrate_batch_norm = partial(module.recalibrate_batch_norm, batches=2)
    return module


@pytest.fixture
def run(module, shared_epfl6, tile_folder, tmp_path):
    app = typer.Typer()
    app.command()(module.main)
    fixed = ["--data", str(shared_epfl6), "--predecessor", str(tile_folder), "--out", str(tmp_path / "out")]
    fixed += ["--real-slices", "0,1", "--test-slices", "2", "--axon-slices", "1,4", "--seeds", "1", "--tiles", "2"]
    fixed += ["--steps", "1", "--batch", "1", "--precision", "float32", "--device", "cpu"]
    return lambda *more: CliRunner().invoke(app, [*fixed, *more])


def test_sources_are_trained_once_and_compared(run, tmp_path):
    result = run("--sources", "predecessor,real10")
    assert result.exit_code == 0, result.output
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert [r["source"] for r in results] == ["predecessor", "real10"]
    assert [r["test"]["slices"] for r in results] == [["training0002"]] * 2
    assert results[0]["axon_bearing"]["slices"] == ["training0001", "training0004"]
    assert "axon_bearing" not in results[1]
    assert "| predecessor | 1 |" in (tmp_path / "out" / "results.md").read_text()
    assert len(list((tmp_path / "out" / "overlays").rglob("*.png"))) == 12
    stamp = (tmp_path / "out" / "real10-seed0.result.json").stat().st_mtime_ns
    assert run("--sources", "real10").exit_code == 0
    assert (tmp_path / "out" / "real10-seed0.result.json").stat().st_mtime_ns == stamp
    assert "up to 5°" in (tmp_path / "out" / "results.md").read_text()
    for more in (("--pool-seed", "1"), ("--wide",), ("--axon-slices", "4")):
        result = run("--sources", "real10", *more)
        assert result.exit_code == 2
        assert "is of other settings" in result.output
    assert (tmp_path / "out" / "real10-seed0.result.json").stat().st_mtime_ns == stamp
    assert run("--sources", "real10", "--wide", "--out", str(tmp_path / "wide")).exit_code == 0
    (wide,) = json.loads((tmp_path / "wide" / "results.json").read_text())
    assert wide["config"]["training"]["augment"]["rotation_deg"] == 180
    assert "up to 180°" in (tmp_path / "wide" / "results.md").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--test-slices", "1"], "must not be trained on, got training0001"),
        (["--test-slices", ""], "at least one name"),
        (["--test-slices", "2,0002"], "every slice once"),
        (["--seeds", "x"], "must be whole numbers, got 'x'"),
    ],
)
def test_what_cannot_be_tested_is_refused_before_any_training(run, tmp_path, options, message):
    result = run("--sources", "real10", *options)
    assert result.exit_code != 0
    assert message in " ".join((result.output + str(result.exception)).replace("│", " ").split())
    assert not (tmp_path / "out").exists()


def test_labels_count_in_the_digest(module):
    images, masks = np.zeros((2, 8, 8), np.uint8), np.zeros((2, 6, 8, 8), bool)
    assert module.digest([module.Part(images=images, masks=masks)]) != module.digest(
        [module.Part(images=images, masks=~masks)]
    )


def test_real_apart_is_tested_on_what_it_has_not_seen(module, run, broad_epfl6, tmp_path):
    result = run("--sources", "real_apart", "--data", str(broad_epfl6), "--test-slices", "1", "--axon-slices", "")
    assert result.exit_code == 0, result.output
    (found,) = json.loads((tmp_path / "out" / "results.json").read_text())
    assert found["test"]["slices"] == ["training0001"]
    assert found["seen"]["pooled"] != found["test"]["pooled"]
    assert "halves they were trained on" in (tmp_path / "out" / "results.md").read_text()
    assert len(list((tmp_path / "out").glob("real_apart-seed0-part*.safetensors"))) == 2

    setting = module.Setting(
        training=module.TrainingConfig(),
        tiles=2,
        pool_seed=0,
        real_slices=("0",),
        test_slices=("1",),
        axon_slices=(),
    )
    left, right = module.load_parts("real_apart", setting, broad_epfl6, None)
    pictures = np.stack([s.image for s in module.epfl6.load(data=broad_epfl6, slices=("0", "2"))])
    assert (left.columns, right.columns) == ((384, None), (None, 384))
    assert np.array_equal(left.images, pictures[..., :256])
    assert np.array_equal(right.images, pictures[..., 512:])


def part(module, taught=(True,) * 6):
    masks = np.zeros((2, 6, 4, 8), bool)
    masks[1, np.array(taught), 2, 3] = True
    return module.Part(images=np.zeros((2, 4, 8), np.uint8), masks=masks)


def test_each_network_predicts_its_own_columns(module):
    left, right = np.ones((6, 4, 8), bool), np.zeros((6, 4, 8), bool)
    (joined,) = module.join([[left], [right]], [(None, 4), (4, None)], [part(module)] * 2)
    assert joined[..., :4].all()
    assert not joined[..., 4:].any()
    (joined,) = module.join([[left], [right]], [(4, None), (None, 4)], [part(module)] * 2)
    assert joined[..., 4:].all()
    assert not joined[..., :4].any()


def test_classes_that_no_tile_holds_are_neither_taught_nor_predicted(module, monkeypatch):
    taught = [False, True, True, False, True, False]
    some = part(module, taught)
    assert some.taught.tolist() == taught
    (joined,) = module.join([[np.ones((6, 4, 8), bool)]], [(None, None)], [some])
    assert joined.any(axis=(1, 2)).tolist() == taught

    seen = []
    monkeypatch.setattr(module, "train_network", lambda images, masks, config, **more: seen.append(config))
    training = module.TrainingConfig(steps=1)
    setting = module.Setting(training=training, tiles=2, pool_seed=0, real_slices=(), test_slices=(), axon_slices=())
    module.train_part("", 0, some, setting, "cpu")
    assert [weight > 0 for weight in seen[0].class_weights] == taught
    assert set(seen[0].class_weights) == {0.0, 1 / 6}
    assert module.replace(seen[0], class_weights=None) == training


def test_real_apart_needs_room(run, shared_epfl6):
    result = run("--sources", "real_apart")
    assert result.exit_code == 2
    assert "768 columns" in " ".join(result.output.replace("│", " ").split())


def test_mistakes_are_told_apart(module):
    true, predicted = np.zeros((2, 6, 4, 4), bool)
    true[1, :2] = true[3, 2] = True
    predicted[3, 1:] = True  # four pixels each of PSD, axon and nothing
    shares = module.truth_of_predicted([predicted], [true])
    assert shares[3].round(3).tolist() == [0, 0.333, 0, 0.333, 0, 0, 0.333]
    assert not shares[[0, 1, 2, 4, 5]].any()
    text = module.mistakes([{"source": "paper", "test": {"truth_of_predicted": shares}}])
    assert "| axon | 0.00 | 0.33 | 0.00 | 0.33 | 0.00 | 0.00 | 0.33 |" in text


@pytest.mark.filterwarnings("ignore::synthem.errors.PlacementWarning")
@pytest.mark.slow
def test_our_own_tiles(run, tmp_path):
    result = run("--sources", "paper,tissue")
    assert result.exit_code == 0, result.output
    assert {r["source"] for r in json.loads((tmp_path / "out" / "results.json").read_text())} == {"paper", "tissue"}


def test_unknown_sources(run):
    result = run("--sources", "paper,wood")
    assert result.exit_code == 2
    assert "wood" in result.output
