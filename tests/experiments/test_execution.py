from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch

from synthem.errors import ConfigError
from synthem.experiments import execution, training
from synthem.experiments.execution import best_group, read_predictions, run_cells, take_shard, time_step
from synthem.experiments.material import gather_material
from synthem.experiments.results import Results
from synthem.experiments.study import StudyConfig


@pytest.fixture
def study(tiny):
    short = replace(tiny, steps=2)
    return StudyConfig(
        experiments=(2,),
        real=(1,),
        synthetic=(0, 2),
        seeds=2,
        pool=2,
        predict_stride=128,
        training=short,
        axons_per_slice=(2,),
    )


@pytest.fixture
def material(study, shared_epfl6, tile_folder):
    return gather_material(study, data=shared_epfl6, generator=str(tile_folder), train_slices=["4"])


@pytest.fixture
def results(study, material, tmp_path):
    return Results(tmp_path / "out", {**study.identity(), **material.describe()})


def _dice(results):
    return {(r["real"], r["synthetic"], r["seed"], r["class"]): r["dice"] for r in results.rows()}


def test_every_cell_is_trained_once_and_tested(study, material, results):
    done = list(run_cells(results, material, study, study.cells(), device="cpu"))
    assert done == study.cells()
    rows = results.rows()
    assert len(rows) == 6 * 6
    assert {r["precision"] for r in rows} == {"float32"}
    assert all(len(r["dice_per_slice"].split()) == 1 for r in rows)
    assert list(run_cells(results, material, study, study.cells(), device="cpu")) == []
    masks = read_predictions(results.folder, done[0])
    assert masks is not None
    assert masks[0].shape == (6, 256, 320)
    row = next(r for r in rows if r["class"] == "axon" and (r["real"], r["synthetic"], r["seed"]) == (1, 0, 0))
    assert masks[0][3].sum() == row["predicted_pixels"]
    assert read_predictions(results.folder, replace(done[0], seed=1)) is None


def test_an_interrupted_run_goes_on_with_what_is_missing(study, material, results, monkeypatch):
    run = run_cells(results, material, study, study.cells(), device="cpu")
    first = [next(run), next(run)]
    run.close()
    trained = []
    usual = training.train
    monkeypatch.setattr(training, "train", lambda *a, **more: (trained.append(1), usual(*a, **more))[1])
    rest = list(run_cells(results, material, study, study.cells(), device="cpu"))
    assert first + rest == study.cells()
    assert len(trained) == len(study.cells()) - 2


def test_groups_and_executors_give_the_same_results(study, material, results, tmp_path):
    list(run_cells(results, material, study, study.cells(), device="cpu"))
    identity = results.identity
    grouped, pooled = (Results(tmp_path / name, identity) for name in ("grouped", "pooled"))
    list(run_cells(grouped, material, study, study.cells(), device="cpu", group=4))
    with ThreadPoolExecutor(2) as executor:
        done = list(run_cells(pooled, material, study, study.cells(), device="cpu", executor=executor))
    assert sorted(done) == sorted(study.cells())
    assert _dice(pooled) == _dice(grouped) == _dice(results)


def test_two_shards_are_the_whole(study):
    cells = study.cells()
    parts = [take_shard(cells, i, 3) for i in (1, 2, 3)]
    assert sorted(c for part in parts for c in part) == sorted(cells)
    with pytest.raises(ConfigError, match="`shard`"):
        take_shard(cells, 4, 3)


def test_out_of_memory_in_the_middle_of_a_study(study, material, results, monkeypatch):
    usual = training.train

    def small_device(pool, members, config, **more):
        if len(members) > 2:
            raise torch.OutOfMemoryError("simulated")
        return usual(pool, members, config, **more)

    monkeypatch.setattr(training, "train", small_device)
    said = []
    list(run_cells(results, material, study, study.cells(), device="cpu", group=5, message=said.append))
    assert results.finished() == {c.key for c in study.cells()}
    assert said == ["out of memory with 5 trainings at once: trying 2; results stay the same"]


def test_timing_a_step(study, material):
    pool = material.packed()[0]
    assert time_step(pool, study.training, "cpu", 2, repeats=1) > 0
    assert list(best_group(pool, study.training, "cpu")) == [1]


def test_the_best_group_is_found_by_timing(study, material, monkeypatch):
    monkeypatch.setattr(execution, "resolve_device", lambda name: torch.device("cuda"))
    seconds = {1: 4.0, 2: 2.5, 4: 2.0, 8: 2.1, 16: 3.0}
    monkeypatch.setattr(execution, "time_step", lambda pool, config, device, group, repeats: seconds[group])
    assert best_group(material.packed()[0], study.training, "cuda") == seconds
    seconds[2] = 9.0
    assert best_group(material.packed()[0], study.training, "cuda") == {1: 4.0, 2: 9.0}


def test_memory_ends_the_search_for_the_best_group(study, material, monkeypatch):
    def step(pool, config, device, group, repeats):
        if group > 2:
            raise torch.OutOfMemoryError("simulated")
        return 1.0 / group

    monkeypatch.setattr(execution, "resolve_device", lambda name: torch.device("cuda"))
    monkeypatch.setattr(execution, "time_step", step)
    assert best_group(material.packed()[0], study.training, "cuda") == {1: 1.0, 2: 0.5}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster(study, material, results, tmp_path):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        executor = client.get_executor()
        done = list(run_cells(results, material, study, study.cells()[:2], device="cpu", executor=executor, threads=1))
    assert sorted(done) == sorted(study.cells()[:2])
    here = Results(tmp_path / "here", results.identity)
    list(run_cells(here, material, study, study.cells()[:2], device="cpu"))
    np.testing.assert_allclose(list(_dice(results).values()), list(_dice(here).values()), atol=0.02)
