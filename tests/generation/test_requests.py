"""`generate` and `iter_tiles` with a made-up scene: checks, order, workers, progress, warnings."""

from __future__ import annotations

import pickle
import threading
import time
import warnings
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import synthem
from synthem import PlacementWarning, generate, iter_tiles
from synthem.errors import ConfigError, PlacementError


@pytest.fixture
def scene(squares):
    return squares(requested=1)


def test_tiles_are_those_of_the_scene(scene):
    dataset = generate(5, recipe=scene, seed=3)
    assert len(dataset) == 5
    assert list(dataset) == [scene.render(3, i) for i in range(5)]
    assert (dataset.seed, dataset.config) == (3, scene.to_dict())
    assert dataset.names[4] == "000004"


@given(n=st.integers(1, 40), workers=st.integers(1, 3), seed=st.integers(0, 2**63 - 1))
@pytest.mark.slow
def test_the_same_bytes_for_any_n_and_workers(squares, n, workers, seed):
    scene = squares(requested=1)
    assert generate(n, recipe=scene, seed=seed, workers=workers) == generate(40, recipe=scene, seed=seed)[:n]


def test_seed_0_is_a_seed_and_none_draws_one(scene):
    assert generate(1, recipe=scene, seed=0).seed == 0
    fresh = generate(1, recipe=scene)
    assert fresh.seed != generate(1, recipe=scene).seed
    assert generate(1, recipe=scene, seed=fresh.seed) == fresh


def test_generators_are_reduced_to_a_recorded_seed(scene):
    dataset = generate(1, recipe=scene, seed=np.random.default_rng(5))
    assert generate(1, recipe=scene, seed=dataset.seed) == dataset
    assert generate(1, recipe=scene, seed=np.random.SeedSequence(5)).seed >= 0


def test_global_state_is_left_alone(scene):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    generate(2, recipe=scene, seed=1, workers=2)
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002


class TestParameters:
    @pytest.mark.parametrize("n", [0, -1, 1.0, True, "3", None])
    def test_n(self, scene, n):
        with pytest.raises(ConfigError, match="`n` must be a whole number of at least 1, got"):
            generate(n, recipe=scene)

    @pytest.mark.parametrize("workers", [0, -2, 1.5, True, "many"])
    def test_workers(self, scene, workers):
        with pytest.raises(ConfigError, match="`workers` must be a whole number of at least 1, got"):
            generate(1, recipe=scene, workers=workers)

    @pytest.mark.parametrize("name", ["progress", "strict"])
    def test_flags(self, scene, name):
        with pytest.raises(ConfigError, match=f"`{name}` must be True or False, got 'yes'"):
            generate(1, recipe=scene, **{name: "yes"})

    @pytest.mark.parametrize(
        "given", [{"axons": 1}, {"mitochondria": 0}, {"style": "epfl"}, {"shape": (64, 64)}, {"shape": 256}]
    )
    def test_a_scene_brings_its_own(self, scene, given):
        name = next(iter(given))
        with pytest.raises(ConfigError, match=f"`{name}` must be left out when `recipe` is a scene"):
            generate(1, recipe=scene, **given)

    def test_numpy_integers_are_integers(self, scene):
        assert len(generate(np.int64(2), recipe=scene, seed=np.int64(4), workers=np.int64(2))) == 2


class TestReports:
    def test_one_warning_sums_up_what_is_missing(self, squares):
        with pytest.warns(PlacementWarning) as caught:
            generate(5, recipe=squares(requested=2), seed=0)
        assert [str(w.message) for w in caught] == [
            "3 of 5 tiles hold fewer objects than requested: "
            "axon: placed 5 of 8 requested (15 attempts, 0 redrawn, 50 px left free)"
        ]
        assert caught[0].filename == __file__

    def test_no_warning_when_nothing_is_missing(self, scene):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert len(generate(3, recipe=scene, seed=0)) == 3

    @pytest.mark.parametrize("workers", [1, 2])
    def test_strict_raises_at_the_first_incomplete_tile(self, squares, workers):
        with pytest.raises(PlacementError, match="tile 0 of seed 9 is incomplete: axon: placed 1 of 2"):
            generate(5, recipe=squares(requested=2), seed=9, strict=True, workers=workers)


class TestWorkers:
    def test_any_executor_will_do_and_stays_open(self, scene):
        with ThreadPoolExecutor(2) as pool:
            assert generate(70, recipe=scene, seed=1, workers=pool) == generate(70, recipe=scene, seed=1)
            assert pool.submit(int).result() == 0

    def test_only_a_bounded_number_of_tiles_waits(self, scene):
        class Lazy(Executor):
            """Counts what was submitted, computes at once."""

            submitted = 0

            def submit(self, fn, /, *args, **kwargs):
                self.submitted += len(args[0])
                future = Future()
                future.set_result(fn(*args, **kwargs))
                return future

        pool = Lazy()
        tiles = iter_tiles(recipe=scene, seed=1, workers=pool)
        assert pool.submitted == 0
        assert next(tiles).index == 0
        assert pool.submitted <= 32 * 8
        assert [tile.index for tile in islice(tiles, 500)] == list(range(1, 501))
        assert pool.submitted <= 501 + 32 * 8

    def test_errors_name_the_tile(self, scene):
        for workers in (1, 2):
            with pytest.raises(ZeroDivisionError) as caught:
                generate(9, recipe=Failing(scene), seed=4, workers=workers)
            assert caught.value.__notes__ == ["while rendering tile 6 of seed 4"]

    def test_threads_end_when_a_stream_is_dropped(self, scene):
        tiles = iter_tiles(recipe=scene, seed=1, workers=2)
        next(tiles)
        tiles.close()
        assert not [t for t in threading.enumerate() if t.name.startswith("synthem")]

    def test_threads_do_where_processes_cannot_be_forked(self, scene, monkeypatch):
        forked = generate(9, recipe=scene, seed=1, workers=2)
        monkeypatch.setattr("synthem.generation.requests.can_fork", lambda: False)
        assert generate(9, recipe=scene, seed=1, workers=2) == forked

    def test_forked_tiles_know_their_objects(self, scene):
        tiles = generate(4, recipe=scene, seed=1, workers=2)
        assert tiles[3].objects == scene.render(1, 3).objects
        assert pickle.loads(pickle.dumps(tiles)) == tiles

    def test_a_scene_of_ones_own_renders_each_tile_once(self, scene, tmp_path):
        tiles = generate(9, recipe=Counted(scene, tmp_path), seed=1, workers=2)
        assert [tile.objects for tile in tiles] == [scene.render(1, i).objects for i in range(9)]
        assert sorted(path.name for path in tmp_path.iterdir()) == [str(i) for i in range(9)]

    def test_workers_leave_warning_filters_alone(self, scene):
        before = list(warnings.filters)
        generate(4, recipe=scene, seed=1, workers=2)
        assert warnings.filters == before

    @pytest.mark.parametrize("fork", [True, False])
    def test_two_workers_work_at_the_same_time(self, scene, tmp_path, monkeypatch, fork):
        monkeypatch.setattr("synthem.generation.requests.can_fork", lambda: fork)
        generate(3, recipe=Meeting(scene, tmp_path), seed=0, workers=2)
        assert len(list(tmp_path.iterdir())) == 2


@dataclass(frozen=True)
class Failing:
    """A scene whose tile 6 cannot be rendered."""

    inner: object

    @property
    def shape(self):
        return self.inner.shape

    def render(self, seed, index=0):
        return replace(self.inner.render(seed, index), index=index // (index != 6))

    def to_dict(self):
        return {}


@dataclass(frozen=True)
class Meeting(Failing):
    """A scene whose tiles 1 and 2 wait until both are being rendered."""

    place: Path

    def render(self, seed, index=0):
        if index > 0:
            (self.place / str(index)).touch()
            end = time.monotonic() + 60
            while len(list(self.place.iterdir())) < 2 and time.monotonic() < end:
                time.sleep(0.01)
        return self.inner.render(seed, index)


@dataclass(frozen=True)
class Counted(Failing):
    """A scene that leaves a file for each tile, and fails if one is there."""

    place: Path

    def render(self, seed, index=0):
        (self.place / str(index)).touch(exist_ok=False)
        return self.inner.render(seed, index)


class TestStreams:
    def test_a_stream_gives_the_tiles_of_generate(self, scene):
        assert list(iter_tiles(5, recipe=scene, seed=3)) == list(generate(5, recipe=scene, seed=3))
        assert list(iter_tiles(5, recipe=scene, seed=3, workers=2)) == list(generate(5, recipe=scene, seed=3))

    def test_a_stream_without_n_does_not_end(self, scene):
        assert [t.index for t in islice(iter_tiles(recipe=scene, seed=3), 12)] == list(range(12))

    def test_parameters_are_checked_at_once(self, scene):
        with pytest.raises(ConfigError, match="`n` must be"):
            iter_tiles(0, recipe=scene)


def test_progress_on_request_only(scene, capsys):
    generate(3, recipe=scene, seed=0)
    assert capsys.readouterr() == ("", "")
    generate(3, recipe=scene, seed=0, progress=True)
    assert "3/3" in capsys.readouterr().err
    generate(3, recipe=scene, seed=0, progress=False)
    assert capsys.readouterr() == ("", "")


def test_public_names_come_from_the_package():
    assert synthem.generate is generate


def test_readers_share_a_stream(scene):
    shared = [tile for start in range(3) for tile in synthem.iter_tiles(2, recipe=scene, seed=7, start=start, step=3)]
    assert sorted(tile.index for tile in shared) == list(range(6))
    assert all(tile == scene.render(7, tile.index) for tile in shared)


def test_records_are_those_of_the_tiles_also_if_a_scene_renders_otherwise(scene):
    class Flipped(synthem.Scene):
        def render(self, seed=None, index=0):
            tile, records = super().render(seed, index), self.sample(seed, index).records()
            moved = tuple(replace(record, pose=record.pose | {"row": -1.0}) for record in records)
            return replace(tile, image=tile.image[::-1].copy(), records=moved)

    flipped = Flipped(organelles=[synthem.Axon(count=1)], shape=(96, 96))
    one, two = (synthem.generate(3, recipe=flipped, seed=0, workers=workers) for workers in (1, 2))
    assert one == two
