from dataclasses import replace

import pytest
import torch

from synthem.experiments import timing
from synthem.experiments.study import StudyConfig
from synthem.experiments.study_data import load_study_data
from synthem.experiments.timing import best_group, time_step, time_test

pytestmark = pytest.mark.slow


@pytest.fixture
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


@pytest.fixture
def data(study, little_epfl6, little_tiles):
    return load_study_data(study, data=little_epfl6, generator=str(little_tiles), train_slices=["4"])


def test_timing_a_step(study, data):
    pool = data.packed()[0]
    assert time_step(pool, study.training, "cpu", 2, repeats=1) > 0
    assert list(best_group(pool, study.training, "cpu")) == [1]


def test_the_best_group_is_found_by_timing(study, data, monkeypatch):
    monkeypatch.setattr(timing, "resolve_device", lambda name: torch.device("cuda"))
    seconds = {1: 4.0, 2: 2.5, 4: 2.0, 8: 2.1, 16: 3.0}
    monkeypatch.setattr(timing, "time_step", lambda pool, config, device, group, repeats: seconds[group])
    assert best_group(data.packed()[0], study.training, "cuda") == seconds
    seconds[2] = 9.0
    assert best_group(data.packed()[0], study.training, "cuda") == {1: 4.0, 2: 9.0}


def test_memory_ends_the_search_for_the_best_group(study, data, monkeypatch):
    def step(pool, config, device, group, repeats):
        if group > 2:
            raise torch.OutOfMemoryError("simulated")
        return 1.0 / group

    monkeypatch.setattr(timing, "resolve_device", lambda name: torch.device("cuda"))
    monkeypatch.setattr(timing, "time_step", step)
    assert best_group(data.packed()[0], study.training, "cuda") == {1: 1.0, 2: 0.5}


def test_a_test_is_timed_by_one_batch_of_its_tiles(study, data, monkeypatch):
    seen = []
    monkeypatch.setattr(timing.TinyUNet, "predict", lambda self, image, **how: seen.append(image.shape))
    clock = iter([5.0, 7.0])
    monkeypatch.setattr(timing.time, "perf_counter", lambda: next(clock))
    seconds = time_test([*data.test, *data.test], study, "cpu")
    assert seen == [(64, 64), (64, 128)]  # a first pass that does not count, then two tiles
    assert seconds == 2.0 * 4 / 2
