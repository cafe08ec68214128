"""Pinned tiles: a change that is meant to be faster, not different, must leave them as they are.

The recipe and the style are copies in ``tests/golden``, so that tuning the shipped ones changes nothing here. After a
change that is meant to alter tiles, look at them, then write new ones:

    SYNTHEM_UPDATE_GOLDEN=1 python -m pytest tests/test_golden.py

A few pixels may differ, because sines and exponentials differ between processors in the last bit. How far greys may
differ is said for each region: over a whole tile, what a single material does would be lost.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy import ndimage

from synthem.instrument.style import load_style
from synthem.scene.build import build_scene
from synthem.tissue.recipes.recipe import load_recipe
from tests.fields import with_value

FOLDER = Path(__file__).with_name("golden")
UPDATE = bool(os.environ.get("SYNTHEM_UPDATE_GOLDEN"))
CASES = {"mixed": (256, 256), "wide": (96, 320)}
SEEDS = (1, 2)
TOLERATED_PIXELS = 30
TOLERATED_GREY = 0.25
"""Mean difference of greys within a region: a level in every fourth pixel."""

AROUND = 8
"""Pixels around the objects of a class where halos, fuzz and shadows lie."""


@pytest.fixture(scope="module")
def golden():
    """Return the folder of pinned tiles; on request with fresh copies of recipe and style."""
    if UPDATE:
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / "recipe.toml").write_text(load_recipe("tissue").to_toml())
        (FOLDER / "style.toml").write_text(load_style("epfl").to_toml())
    return FOLDER


def scene_of(golden, case):
    style, shape = load_style(golden / "style.toml"), CASES[case]
    return build_scene(golden / "recipe.toml", axons=2, mitochondria=2, psd=2, style=style, shape=shape)


def regions(tile):
    """Yield the pixels of each class, those around them, and each block of what is left, with their names."""
    free = np.ones(tile.shape, bool)
    for name, mask in zip(tile.classes.names, tile.masks, strict=True):
        yield name, mask
        yield f"around {name}", ndimage.binary_dilation(mask, iterations=AROUND) & ~mask
        free &= ~mask
    rows, cols = np.indices(tile.shape) // 32
    for row, col in np.unique(np.stack([rows[free], cols[free]], axis=1), axis=0).tolist():
        yield f"block {row}, {col}", free & (rows == row) & (cols == col)


def changed_regions(tile, before):
    """Return the regions whose greys differ by more than is tolerated."""
    differs = np.abs(before.astype(int) - tile.image)
    return [name for name, where in regions(tile) if where.sum() > 40 and differs[where].mean() > TOLERATED_GREY]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("case", CASES)
def test_tiles_are_as_they_were(golden, case, seed):
    tile = scene_of(golden, case).render(seed)
    labels = np.packbits(tile.masks, axis=0, bitorder="little")[0]
    pinned = np.stack([tile.image, labels, (tile.instances % 251).astype(np.uint8)], axis=2)
    path = golden / f"{case}_{seed}.png"
    if UPDATE:
        cv2.imwrite(str(path), pinned)
    before = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert before.shape == pinned.shape
    assert np.count_nonzero(before[..., 1] != labels) <= TOLERATED_PIXELS, "masks changed"
    assert np.count_nonzero(before[..., 2] != pinned[..., 2]) <= TOLERATED_PIXELS, "instances changed"
    assert changed_regions(tile, before[..., 0]) == []


GONE = {
    "halo of mitochondria": ("materials.mitochondrial_halo.opacity", (0.0, 0.0)),
    "fuzz of densities": ("materials.psd_fuzz.opacity", (0.0, 0.0)),
    "core of densities": ("materials.psd_core.opacity", (0.0, 0.0)),
    "vesicles out of plane": ("materials.out_of_plane_membrane.opacity", (0.0, 0.0)),
    "cytoplasm of boutons": ("materials.bouton_cytoplasm.opacity", (0.0, 0.0)),
    "shadows of free vesicles": ("materials.free_vesicle_shadow.opacity", (0.0, 0.0)),
    "shadows of membranes": ("membranes.edge_shadow", 0.0),
    "speckle": ("cytoplasm.speckle", 0.0),
    "illumination": ("optics.tilt_sd", 0.0),
    "texture of myelin": ("materials.myelin.texture_sd", 0.0),
    "variation of noise": ("detector.noise_sd", 0.0),
}


@pytest.mark.parametrize("name", GONE)
def test_what_goes_missing_is_noticed(golden, name):
    path, nothing = GONE[name]
    found = []
    for case in CASES:
        for seed in SEEDS:
            layout = scene_of(golden, case).sample(seed)
            without = layout.render(with_value(layout.style, tuple(path.split(".")), nothing))
            found += changed_regions(without, layout.render().image)
    assert found


def test_a_level_in_a_few_pixels_is_tolerated(golden):
    tile = scene_of(golden, "mixed").render(1)
    image = tile.image.copy()
    image[::5, ::3] += 1
    assert changed_regions(replace(tile, image=image), tile.image) == []
