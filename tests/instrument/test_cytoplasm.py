"""Cytoplasm: dark compartments."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import synthem
from synthem.errors import ConfigError

STYLE = synthem.load_style("epfl")


def tissue(dark_share: float) -> synthem.Scene:
    stages = [synthem.MembraneLayer(compartments=30), synthem.Cytoplasm(dark_share=dark_share)]
    return synthem.Scene(organelles=[], stages=[*stages, synthem.BlurNoise()])


def level(tile: synthem.Tile) -> np.ndarray:
    """Return the mean grey of each compartment of some size, away from membranes."""
    inside = ~tile.mask("boundaries")
    numbers, sizes = np.unique(tile.compartments[inside], return_counts=True)
    big = numbers[(sizes > 400) & (numbers > 0)]
    return np.array([tile.image[inside & (tile.compartments == k)].mean() for k in big])


def test_some_compartments_are_dark_throughout_and_no_mask_changes() -> None:
    plain = [tissue(0.0).render(seed=1, index=i) for i in range(6)]
    mixed = [tissue(0.3).render(seed=1, index=i) for i in range(6)]
    assert all((a.masks == b.masks).all() for a, b in zip(plain, mixed, strict=True))
    before, after = (np.concatenate([level(tile) for tile in tiles]) for tiles in (plain, mixed))
    assert (before > 135.0).all()
    assert 0.15 < np.mean(after < before - 30.0) < 0.45


def test_all_or_none_may_be_dark_and_the_style_says_how_dark() -> None:
    style = replace(STYLE, cytoplasm=replace(STYLE.cytoplasm, dark_level=60.0))
    layout = tissue(1.0).sample(seed=1)
    assert level(layout.render()).max() < 135.0
    assert level(layout.render(style)).max() < level(layout.render()).min()
    with pytest.raises(ConfigError, match="`dark_share` must be a number from 0 to 1"):
        synthem.Cytoplasm(dark_share=1.5)
