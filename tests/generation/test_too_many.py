"""Numbers beyond all measure are refused or streamed; none fills the memory."""

from __future__ import annotations

import gzip
import subprocess
import sys
from itertools import islice

import pytest

import synthem
from synthem.errors import ConfigError, DataError
from synthem.generation.packing import unpack
from synthem.tiles.stacks import Stacks

MANY = 10**12


def test_a_stream_of_any_length_begins(squares):
    assert [tile.index for tile in islice(synthem.iter_tiles(MANY, recipe=squares(), seed=1), 2)] == [0, 1]
    (tile,) = islice(synthem.iter_tiles(1, recipe=squares(), seed=1, start=MANY), 1)
    assert tile.index == MANY


@pytest.mark.parametrize("workers", [1, 2])
def test_a_dataset_of_any_length_is_refused(squares, tmp_path, workers):
    with pytest.raises(ConfigError, match="`n`"):
        synthem.generate(MANY, recipe=squares(), seed=1, workers=workers)
    with pytest.raises(ConfigError, match=r"`n` must be at most 1000000000 tiles in a dataset, got 1000000000000"):
        synthem.generate_files(tmp_path / "out", MANY, recipe=squares(), seed=1, workers=workers)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("count", [10**9, (0, 10**9), 10**30, 10_001])
def test_more_objects_than_can_be_seen_are_refused(count):
    for name in ("axons", "psd", "vesicles", "mitochondria"):
        with pytest.raises(ConfigError, match=rf"`{name}` must be an integer >= 0, .* each at most 10000, got"):
            synthem.generate(1, seed=1, **{name: count})
    with pytest.raises(ConfigError, match="`count` must be an integer"):
        synthem.Clutter(count=count)


def test_a_density_beyond_all_measure_is_refused():
    for mean in (1e9, float("inf"), float("nan"), -1.0):
        with pytest.raises(ConfigError, match="`mean` of a density must be a number from 0 to 10000"):
            synthem.Density(mean=mean)


CROWDED = """
import resource, synthem
resource.setrlimit(resource.RLIMIT_AS, (2**32, 2**32))
synthem.Scene(organelles=[synthem.Axon(count=10_000)], shape=(64, 64)).sample(1)
print("drawn")
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits memory")
def test_the_largest_count_that_is_allowed_fits_into_memory():
    run = subprocess.run([sys.executable, "-c", CROWDED], check=False, capture_output=True, text=True)
    assert run.stdout == "drawn\n", run.stderr


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(bytes(2**27)),
        gzip.compress(b"[" * 10**6),
        gzip.compress(b"{}")[:-8],
        b"\x1f\x8b" + bytes(40),
        b"",
        gzip.compress(b'{"version": NaN}'),
    ],
    ids=["bomb", "nested", "cut", "damaged", "empty", "no number"],
)
def test_recipes_that_are_none_are_refused(tmp_path, content):
    (tmp_path / "a.synthem").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.synthem"):
        unpack(tmp_path / "a.synthem", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_volume_is_not_copied(monkeypatch):
    monkeypatch.delattr(Stacks, "put")
    (volume,) = synthem.generate(1, seed=1, shape=(2, 64, 64))
    assert volume.shape == (2, 64, 64)
