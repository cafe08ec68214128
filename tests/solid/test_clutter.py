"""Clutter of solid cytoplasm: as much as asked for, without labels, going on from section to section."""

from dataclasses import replace

import numpy as np
import pytest

import synthem
from synthem.instrument.materials import Material
from synthem.solid.recipe import SolidClutter, load_solid_recipe

SHAPE = (3, 192, 192)
BLACK = Material(grey=0.0, opacity=1.0)
TISSUE = load_solid_recipe("tissue")


def painted(seed=2, **clutter):
    """Return a block with black clutter, and where it is: in cytoplasm that is darker than without."""
    style = synthem.load_style("epfl")
    materials = replace(style.materials, dense_body=BLACK, reticulum=BLACK, reticulum_lumen=BLACK)
    style = replace(style, materials=materials)
    none, some = (
        synthem.SolidScene(recipe=replace(TISSUE, clutter=SolidClutter(**numbers)), shape=SHAPE, style=style).render(
            seed
        )
        for numbers in ({}, clutter)
    )
    assert (none.masks == some.masks).all()
    assert (none.instances == some.instances).all()
    assert (none.compartments == some.compartments).all()
    return some, none.image.astype(int) - some.image > 40, ~none.masks.any(axis=0)


@pytest.mark.parametrize("share", [0.05, 0.2])
def test_granules_fill_the_share_of_cytoplasm_that_is_asked_for(share):
    shares = []
    for seed in (2, 3, 4):
        _, dark, free = painted(seed, granule_share=share, granule_nm=40.0, granule_variation=0.0)
        shares.append(dark[free].mean())
        assert dark[~free].mean() < 0.1 * dark[free].mean()  # blur alone
    assert abs(np.mean(shares) - share) < 0.4 * share  # small ones are paler once they are blurred


def test_granules_are_as_large_as_asked_for():
    small, large = (painted(seed=1, granule_share=0.1, granule_nm=size)[1] for size in (30.0, 90.0))

    def edges(dark):
        return np.abs(np.diff(dark.astype(int), axis=2)).sum() / dark.sum()

    assert edges(small) > 1.8 * edges(large)


def test_compartments_differ_in_granules():
    volume, dark, free = painted(granule_share=0.1, granule_nm=40.0, granule_variation=1.0)
    wide = [
        number for number in np.unique(volume.compartments[free]) if (volume.compartments[free] == number).sum() > 800
    ]
    shares = [dark[free & (volume.compartments == number)].mean() for number in wide]
    assert len(shares) > 5
    assert max(shares) > 4 * min(shares)


def test_tubules_are_in_their_share_of_compartments_and_go_on():
    few, many = ({"tubule_share": share, "tubule_spacing_nm": 200.0} for share in (0.5, 1.0))
    half, whole = painted(**few)[1], painted(**many)[1]
    assert 0.2 < half.sum() / whole.sum() < 0.8
    assert (whole[0] & whole[1]).sum() > 0.4 * whole[0].sum()


def test_tubules_are_as_wide_as_asked_for():
    thin, wide = (
        painted(tubule_share=1.0, tubule_spacing_nm=300.0, tubule_radius_nm=radius)[1].mean() for radius in (15.0, 45.0)
    )
    assert wide > 3 * thin > 0


def test_tubules_widen_to_sheets_in_their_share_of_compartments():
    tubules = {"tubule_share": 1.0, "tubule_spacing_nm": 300.0, "tubule_radius_nm": (15.0, 15.0)}
    without, some, all_ = (
        painted(**tubules, sheet_share=share, sheet_nm=(150.0, 150.0))[1] for share in (0.0, 0.5, 1.0)
    )
    assert (without & ~all_).sum() < 0.05 * without.sum()  # a sheet goes on from its tubule
    assert all_.mean() > 1.5 * without.mean()
    assert without.mean() < some.mean() < all_.mean()


def test_sheets_are_as_wide_as_asked_for():
    tubules = {"tubule_share": 1.0, "tubule_spacing_nm": 400.0, "tubule_radius_nm": (15.0, 15.0), "sheet_share": 1.0}
    narrow, broad = (painted(**tubules, sheet_nm=(width, width))[1].mean() for width in (30.0, 250.0))
    assert broad > 1.5 * narrow
