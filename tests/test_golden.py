"""Pinned tiles: a change that is meant to be faster, not different, must leave them as they are.

The recipe and the style are copies in ``tests/golden``, so that tuning the shipped ones changes nothing here. After a
change that is meant to alter tiles, look at them, then write new ones:

    SYNTHEM_UPDATE_GOLDEN=1 python -m pytest tests/test_golden.py

A few pixels may differ, because sines and exponentials differ between processors in the last bit.
"""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from synthem.instrument.style import load_style
from synthem.scene.build import build_scene
from synthem.tissue.recipes.recipe import load_recipe

FOLDER = Path(__file__).with_name("golden")
UPDATE = bool(os.environ.get("SYNTHEM_UPDATE_GOLDEN"))
CASES = {"mixed": (256, 256), "wide": (96, 320)}
SEEDS = (1, 2)
TOLERATED_PIXELS = 30
TOLERATED_GREY = 1.0


@pytest.fixture(scope="module")
def golden():
    """Return the folder of pinned tiles; on request with fresh copies of recipe and style."""
    if UPDATE:
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / "recipe.toml").write_text(load_recipe("tissue").to_toml())
        (FOLDER / "style.toml").write_text(load_style("epfl").to_toml())
    return FOLDER


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("case", CASES)
def test_tiles_are_as_they_were(golden, case, seed):
    scene = build_scene(
        golden / "recipe.toml", axons=2, mitochondria=2, psd=2, style=golden / "style.toml", shape=CASES[case]
    )
    tile = scene.render(seed)
    labels = np.packbits(tile.masks, axis=0, bitorder="little")[0]
    pinned = np.stack([tile.image, labels, (tile.instances % 251).astype(np.uint8)], axis=2)
    path = golden / f"{case}_{seed}.png"
    if UPDATE:
        cv2.imwrite(str(path), pinned)
    before = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert before.shape == pinned.shape
    assert np.count_nonzero(before[..., 1] != labels) <= TOLERATED_PIXELS, "masks changed"
    assert np.count_nonzero(before[..., 2] != pinned[..., 2]) <= TOLERATED_PIXELS, "instances changed"
    assert np.abs(before[..., 0].astype(int) - tile.image).mean() <= TOLERATED_GREY, "greys changed"
