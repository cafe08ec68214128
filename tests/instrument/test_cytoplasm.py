"""Cytoplasm: dark compartments, and granules."""

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


def granules(**values: float) -> np.ndarray:
    """Return which pixels of plain cytoplasm have the grey of granules, in several tiles of one compartment."""
    black = replace(STYLE.materials.dense_body, grey=(0.0, 0.0), opacity=(1.0, 1.0))
    style = replace(STYLE, materials=replace(STYLE.materials, dense_body=black))
    stages = [synthem.Cytoplasm(**values), synthem.BlurNoise()]
    tiles = synthem.Scene(organelles=[], stages=stages, style=style, pixel_size_nm=2.5)
    return np.array([tiles.render(seed=3, index=index).image < 85 for index in range(8)])


def test_granules_take_their_share_of_the_cytoplasm() -> None:
    assert granules().mean() < 1e-3
    for share in (0.1, 0.3):
        found = granules(granule_share=share, granule_nm=40.0, granule_variation=0.0, granule_clustering=0.6)
        assert 0.7 * share < found.mean() < 1.2 * share  # those at the edge are paler, and blurred


def test_granules_have_a_size_gather_and_differ_between_compartments() -> None:
    def widths(mask: np.ndarray) -> float:
        edges = np.count_nonzero(mask[..., 1:] != mask[..., :-1])
        return 2.0 * np.count_nonzero(mask) / edges

    small, large = (granules(granule_share=0.2, granule_nm=size, granule_variation=0.0) for size in (30.0, 60.0))
    assert 1.6 < widths(large) / widths(small) < 2.4
    assert 0.5 < 2.5 * widths(large) / 60.0 < 1.2

    def unevenness(mask: np.ndarray) -> float:
        return float(mask.reshape(8, 4, 64, 4, 64).mean((2, 4)).std())

    even = granules(granule_share=0.2, granule_nm=30.0, granule_variation=0.0)
    assert unevenness(
        granules(granule_share=0.2, granule_nm=30.0, granule_variation=0.0, granule_clustering=1.0)
    ) > 2.0 * unevenness(even)
    varied = granules(granule_share=0.2, granule_nm=30.0, granule_variation=1.0).mean((1, 2))  # one compartment each
    assert varied.std() > 2.0 * even.mean((1, 2)).std()


def test_granules_have_no_label() -> None:
    scene = synthem.build_scene("tissue", shape=(128, 128))
    without = scene.render(seed=1)
    stages = [
        replace(stage, granule_share=0.2) if isinstance(stage, synthem.Cytoplasm) else stage for stage in scene.stages
    ]
    granular = replace(scene, stages=stages).render(seed=1)
    assert (granular.masks == without.masks).all()
    darker = granular.image.astype(int) < without.image.astype(int) - 20
    assert darker[without.compartments > 0].mean() > 0.05
