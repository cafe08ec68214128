"""What surrounds and details bodies changes greys alone."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

import synthem
from synthem.instrument.materials import Material
from synthem.kernels.solid.tubes import TubeColumn
from synthem.solid.painter import Looks
from synthem.solid.recipe import load_solid_recipe
from synthem.solid.species import Kind

SHAPE = (2, 160, 160)
TISSUE = load_solid_recipe("tissue")
CROWDED = replace(
    TISSUE,
    boutons=replace(TISSUE.boutons, every_nm=600.0, density_share=1.0, fading_share=0.0, pale_share=0.0),
    dendritic_mitochondria=replace(TISSUE.dendritic_mitochondria, share=1.0),
)


def styled(**materials):
    """Return the style `epfl` with other materials."""
    style = synthem.load_style("epfl")
    return replace(style, materials=replace(style.materials, **materials))


def layout(recipe=CROWDED):
    """Return a block with mitochondria and densities."""
    return synthem.SolidScene(recipe=recipe, shape=SHAPE).sample(seed=12)


@pytest.fixture(scope="module")
def block():
    """Return the block that tests share."""
    return layout()


def test_a_halo_darkens_cytoplasm_around_mitochondria_alone(block):
    edge = Material(opacity=0.0, reach_nm=18.5, relative_to="mitochondrial_rim")
    halos = (Material(grey=0.0, opacity=opacity, reach_nm=60.0) for opacity in (0.0, 1.0))
    none, dark = (block.render(styled(rim_outer_edge=edge, mitochondrial_halo=halo)) for halo in halos)
    inside = none.masks[none.classes.names.index("mitochondria")]
    free = ~none.masks.any(axis=0)
    away = distance_transform_edt(~inside, sampling=(none.spacing_nm, none.pixel_size_nm, none.pixel_size_nm))
    assert inside.any()
    assert (none.masks == dark.masks).all()
    change = none.image.astype(int) - dark.image
    assert change[free & (away < 15.0)].mean() > 40.0
    hidden = 400.0  # one that the block does not show darkens what is above or below it
    assert abs(change[free & (away > hidden)].mean()) < 10.0


@pytest.mark.parametrize("field", ["fading_share", "pale_share"])
def test_densities_that_fade_or_are_pale_keep_their_labels(block, field):
    usual = block.render()
    other = layout(replace(CROWDED, boutons=replace(CROWDED.boutons, **{field: 1.0}))).render()
    density = usual.masks[usual.classes.names.index("psd")]
    assert density.sum() > 100
    assert (usual.masks == other.masks).all()
    assert other.image[density].mean() > usual.image[density].mean() + 3.0


def test_swollen_and_other_mitochondria_have_slits_of_the_style(block):
    flat = {"grey": 0.0, "relative_to": "matrix"}
    even = styled(matrix_slit=Material(**flat), swollen_lumen=Material(**flat), matrix_core=Material(**flat))
    pale = styled(matrix_slit=Material(**{**flat, "grey": 90.0}), swollen_lumen=Material(**flat))
    inside = block.render().masks[block.classes.names.index("mitochondria")]
    one, other = block.render(even), block.render(pale)
    assert (one.masks == other.masks).all()
    assert np.std(other.image[inside]) > np.std(one.image[inside])


def test_vesicles_of_a_neurite_differ_by_what_varies_within_an_object(block):
    tubes, looks = block.bodies.tubes, Looks(block, block.style).tubes.looks
    vesicles = tubes.kinds == Kind.VESICLE
    hosts, levels = tubes.hosts[vesicles], looks[vesicles, TubeColumn.RIM_LEVEL]
    spans = [np.ptp(levels[hosts == host]) for host in np.unique(hosts)]
    within = block.style.materials.vesicle_membrane.grey_within
    assert max(spans) == pytest.approx(within, rel=0.1)
    assert np.ptp(levels) > 1.5 * within
