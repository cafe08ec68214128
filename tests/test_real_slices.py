"""What is known of the real EPFL6 slices; read once, and skipped where they are not at hand."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from synthem.io import read_slices
from synthem.labels import EPFL6
from synthem.quality import cut_tiles, objects, regions

pytestmark = pytest.mark.slow

HELD_OUT = ("0000", "0003", "0024", "0061", "0118", "0001", "0002")


@pytest.fixture(scope="module")
def slices():
    """Return all slices."""
    folder = os.environ.get("SYNTHEM_EPFL6_DIR")
    if not folder or not Path(folder, "original").is_dir():
        pytest.skip("SYNTHEM_EPFL6_DIR does not point to the EPFL6 slices")
    return read_slices(folder)


def test_they_are_read(slices):
    assert len(slices) == 27
    assert {s.image.shape for s in slices} == {(768, 1024)}
    assert {s.labelled for s in slices} == {tuple(c.name for c in EPFL6)}
    share = np.mean([s.masks[4].mean() for s in slices])
    assert 0.18 < share < 0.24


def test_they_hold_the_published_axon_counts(slices):
    for package in ("torch", "safetensors", "matplotlib", "pooch", "requests"):
        pytest.importorskip(package)
    from synthem.experiments import epfl6, study

    for test in (epfl6.pick(slices, ["0000", "0003", "0024", "0061", "0118"]), []):
        chosen = study.choose_slices(slices, test, study.PRESETS["paper"])
        counts = [study.counted_axons(s) for s in chosen]
        assert (len(chosen), sum(counts[:5]), sum(counts)) == (10, 12, 28)
        assert not {s.name for s in chosen} & {s.name for s in test}


def test_they_give_the_published_metrics(slices):
    tiles = cut_tiles(slices, exclude=HELD_OUT)
    assert len(tiles) == 240
    found = regions.grey_levels(tiles.images, regions.region_masks(tiles))
    published = {
        "axon": (78, 13),
        "psd": (89, 14),
        "vesicles": (110, 16),
        "mitochondria": (113, 15),
        "mitochondrial_boundaries": (101, 14),
        "boundaries": (110, 17),
        "cytoplasm": (160, 22),
    }
    assert {name: (round(found[name].mean), round(found[name].sd)) for name in published} == published
    shares = objects.areas(tiles)
    assert shares["boundaries"].mean == pytest.approx(21.0, abs=0.05)
    assert shares["mitochondria"].mean == pytest.approx(7.5, abs=0.05)
    assert objects.compartments(tiles)["count"].mean == pytest.approx(19.1, abs=0.05)
    width = objects.thickness(tiles.mask("boundaries"))
    assert (width.percentile(5), width.median, width.percentile(95)) == (3, 7, 15)
    (noise,) = regions.noise(tiles.images, regions.cytoplasm(tiles.masks))
    assert noise["sd"][0] == pytest.approx(8.5, abs=0.05)
    assert noise["x"] == pytest.approx((0.46, 0.36, 0.24, 0.13, 0.04), abs=0.02)
    assert noise["y"] == pytest.approx((0.48, 0.41, 0.33, 0.24, 0.16), abs=0.02)
