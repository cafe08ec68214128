from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch

from synthem.errors import ConfigError
from synthem.experiments import training
from synthem.experiments.execution import read_predictions, take_shard, train_missing
from synthem.experiments.results import Results
from synthem.experiments.study import StudyConfig
from synthem.experiments.study_data import load_study_data
from synthem.experiments.trainer import Trainer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def study(tiny):
    short = replace(tiny, steps=2)
    return StudyConfig(
        experiments=(2,),
        real=(1,),
        synthetic=(0, 2),
        seeds=2,
        pool=2,
        tile=64,
        training=short,
        axons_per_slice=(2,),
    )


@pytest.fixture(scope="module")
def data(study, little_epfl6, little_tiles):
    return load_study_data(study, data=little_epfl6, generator=str(little_tiles), train_slices=["4"])


@pytest.fixture
def results(study, data, tmp_path):
    return Results(tmp_path / "out", {**study.identity(), **data.describe()})


@pytest.fixture(scope="module")
def finished(study, data, tmp_path_factory):
    """All runs, trained one after the other; read only."""
    results = Results(tmp_path_factory.mktemp("finished"), {**study.identity(), **data.describe()})
    done = list(train_missing(results, data, study, study.runs(), device="cpu"))
    return results, done


def _dice(results):
    return {(r["real"], r["synthetic"], r["seed"], r["class"]): r["dice"] for r in results.rows()}


def test_every_run_is_trained_once_and_tested(study, data, finished):
    results, done = finished
    assert done == study.runs()
    rows = results.rows()
    assert len(rows) == 6 * 6
    assert {r["precision"] for r in rows} == {"float32"}
    assert all(len(r["dice_per_slice"].split()) == 1 for r in rows)
    assert list(train_missing(results, data, study, study.runs(), device="cpu")) == []
    masks = read_predictions(results.folder, done[0])
    assert masks is not None
    assert masks[0].shape == (6, 64, 128)
    row = next(r for r in rows if r["class"] == "axon" and (r["real"], r["synthetic"], r["seed"]) == (1, 0, 0))
    assert masks[0][3].sum() == row["predicted_pixels"]
    assert read_predictions(results.folder, replace(done[0], seed=1)) is None


def test_an_interrupted_run_goes_on_with_what_is_missing(study, data, results, monkeypatch):
    run = train_missing(results, data, study, study.runs(), device="cpu")
    first = [next(run), next(run)]
    run.close()
    trained = []
    usual = training.train
    monkeypatch.setattr(training, "train", lambda *a, **more: (trained.append(1), usual(*a, **more))[1])
    rest = list(train_missing(results, data, study, study.runs(), device="cpu"))
    assert first + rest == study.runs()
    assert len(trained) == len(study.runs()) - 2


def test_groups_and_executors_give_the_same_results(study, data, finished, tmp_path):
    results, _ = finished
    identity = results.identity
    grouped, pooled = (Results(tmp_path / name, identity) for name in ("grouped", "pooled"))
    list(train_missing(grouped, data, study, study.runs(), device="cpu", group=4))
    with ThreadPoolExecutor(2) as executor:
        done = list(train_missing(pooled, data, study, study.runs(), device="cpu", executor=executor))
    assert sorted(done) == sorted(study.runs())
    assert _dice(pooled) == _dice(grouped) == _dice(results)


def test_two_shards_are_the_whole(study):
    runs = study.runs()
    parts = [take_shard(runs, i, 3) for i in (1, 2, 3)]
    assert sorted(c for part in parts for c in part) == sorted(runs)
    with pytest.raises(ConfigError, match="`shard`"):
        take_shard(runs, 4, 3)


def test_out_of_memory_in_the_middle_of_a_study(study, data, results, monkeypatch):
    usual = training.train

    def small_device(pool, jobs, config, **more):
        if len(jobs) > 2:
            raise torch.OutOfMemoryError("simulated")
        return usual(pool, jobs, config, **more)

    monkeypatch.setattr(training, "train", small_device)
    said = []
    list(train_missing(results, data, study, study.runs(), device="cpu", group=5, message=said.append))
    assert results.finished() == {c.key for c in study.runs()}
    assert said == ["out of memory with 5 trainings at once: trying 2; results stay the same"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster(study, data, results, finished):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(  # in this process: no second torch, and work goes over a socket all the same
            n_workers=1, threads_per_worker=1, processes=False, protocol="tcp://", dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        executor = client.get_executor()
        done = list(train_missing(results, data, study, study.runs()[:2], device="cpu", executor=executor, threads=1))
    assert sorted(done) == sorted(study.runs()[:2])
    here = {key: dice for key, dice in _dice(finished[0]).items() if key in _dice(results)}
    assert list(here) == list(_dice(results))
    np.testing.assert_allclose(list(_dice(results).values()), list(here.values()), atol=0.02)


def test_a_training_that_was_interrupted_goes_on_and_leaves_no_checkpoint(study, data, results, finished, monkeypatch):
    monkeypatch.setattr(training, "SECONDS", 0.0)
    taken = []
    step = Trainer.step

    def interrupted(self):
        if len(taken) == 1:
            raise KeyboardInterrupt
        taken.append(self.taken)
        step(self)

    runs = study.runs()[:1]
    monkeypatch.setattr(Trainer, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(train_missing(results, data, study, runs, device="cpu"))
    kept = results.folder / "checkpoints" / f"{runs[0].key}.safetensors"
    assert kept.exists()
    monkeypatch.setattr(Trainer, "step", lambda self: (taken.append(self.taken), step(self)))
    assert list(train_missing(results, data, study, runs, device="cpu")) == runs
    assert taken == [0, 1]
    assert not kept.exists()
    assert _dice(results) == {key: dice for key, dice in _dice(finished[0]).items() if key in _dice(results)}
    assert [r["loss"] for r in results.rows()] == [r["loss"] for r in finished[0].rows()][: len(results.rows())]


def test_a_second_test_with_batch_norm_recalibrated(study, data, finished, tmp_path):
    once, again = finished[0], Results(tmp_path / "again", finished[0].identity)
    both = replace(study, recalibrate=True)
    assert both.identity() == study.identity()
    run = study.runs()[1]
    list(train_missing(again, data, both, [run], device="cpu"))
    rows = {r["class"]: r for r in again.rows()}
    mine = run.real, run.synthetic, run.seed
    first = {r["class"]: r for r in once.rows() if (r["real"], r["synthetic"], r["seed"]) == mine}
    for name, row in rows.items():
        assert row["dice"] == first[name]["dice"]  # the paper's own stay as they were
        assert 0 <= row["dice_recalibrated"] <= 1
        assert 0 <= row["dice_recalibrated_pooled"] <= 1
    assert all(np.isnan(r["dice_recalibrated"]) for r in once.rows())
    assert any(row["dice"] != row["dice_recalibrated"] for row in rows.values())
