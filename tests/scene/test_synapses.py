"""Synapses of tiles: both sides and the density, from the drawing to the pixels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

import synthem
from synthem import PSD, ClassTable, Group, MembraneLayer, Pose, Scene, Synaptic, build_scene, generate
from synthem.errors import ConfigError
from synthem.tissue.shape import Shape

pytestmark = pytest.mark.filterwarnings("ignore::synthem.errors.PlacementWarning")


def sides_of(tile, psd):
    """Return the compartments of the pixels around a density, the most frequent first."""
    around = ndimage.binary_dilation(tile.instances == psd, iterations=3)
    numbers, counts = np.unique(tile.compartments[around & (tile.compartments > 0)], return_counts=True)
    return numbers[np.argsort(-counts)].tolist()


def check_densities(tile):
    """Every density has one synapse, and lies between the two compartments of it."""
    densities = [item for item in tile.objects if item.kind == "psd"]
    assert sorted(item.id for item in densities) == sorted(one.psd for one in tile.synapses if one.psd)
    of_density = {one.psd: one for one in tile.synapses}
    for item in densities:
        one = of_density[item.id]
        if item.share_inside == 1.0:
            assert set(sides_of(tile, item.id)[:2]) == {one.presynaptic, one.postsynaptic}
    return len(densities)


@pytest.mark.parametrize("recipe", synthem.list_recipes())
def test_each_density_lies_between_its_two_compartments(recipe):
    scene = build_scene(recipe, psd=(2, 5))
    assert sum(check_densities(scene.render(4, index)) for index in range(8)) >= 8


@pytest.mark.parametrize("recipe", synthem.list_recipes())
def test_presynaptic_is_the_side_of_the_vesicles(recipe):
    scene = build_scene(recipe, psd=(2, 5))
    for index in range(6):
        layout = scene.sample(4, index)
        for pre, post in layout.facing:
            assert (layout.compartment_kinds[pre], layout.compartment_kinds[post]) == ("bouton", "spine")


def test_densities_of_one_shape_are_told_apart():
    pair = Group(count=1, children=[(PSD(), Pose(col=-450)), (synthem.Axon(), Pose(row=700)), (PSD(), Pose(col=450))])
    for index in range(4):
        tile = Scene(organelles=[pair], stages=[MembraneLayer()], shape=(400, 400)).render(2, index)
        assert check_densities(tile) >= 2


def test_contact_at_a_density_is_as_long_as_the_density():
    found = 0
    for index in range(8):
        tile = build_scene(psd=3).render(1, index)
        border = {(one.first, one.second): one.length_nm for one in tile.contacts()}
        for item in tile.objects:
            for one in tile.synapses if item.share_inside == 1.0 else ():
                if one.psd == item.id:
                    length = border[tuple(sorted((one.presynaptic, one.postsynaptic)))]
                    assert length > 0.85 * item.parameters["length_nm"]
                    found += 1
    assert found >= 8


def test_synapses_beyond_the_tile_are_left_out():
    beyond = 0
    scene = build_scene(shape=(96, 96))
    for index in range(30):
        layout = scene.sample(5, index)
        tile = layout.render()
        present = set(np.unique(tile.compartments).tolist())
        for one in layout.synapses:
            known = [other for other in tile.synapses if other.presynaptic == one.presynaptic]
            assert bool(known) == (bool({one.presynaptic, one.postsynaptic} & present) or one.psd in tile.instances)
            beyond += not known
    assert beyond > 0


def test_a_density_that_an_artefact_hides_has_no_id():
    scene = Scene(organelles=[PSD(count=1)], stages=[MembraneLayer(), Cover()])
    (synapse,) = scene.render(seed=2).synapses
    assert synapse.psd is None
    assert Scene(organelles=[PSD(count=1)], stages=[MembraneLayer()]).render(seed=2).synapses[0].psd == 1


class Cover:
    """A stage that hides every density."""

    before_organelles = False

    def sample(self, rng, territory):
        return None

    def apply(self, canvas, record, style):
        lost = canvas.ids > 0
        canvas.ids[lost], canvas.label[lost], canvas.compartments[lost] = 0, 0, 0
        return synthem.Artifact(name="cover", mask=lost, lost=lost.copy())


def test_without_compartments_a_density_still_names_its_sides():
    (synapse,) = Scene(organelles=[PSD(count=1)], stages=[]).render(seed=2).synapses
    assert (synapse.presynaptic, synapse.postsynaptic, synapse.psd) == (1, 2, 1)


def test_other_classes_give_other_ids_and_the_same_synapses():
    few, every = (build_scene(psd=3, classes=table) for table in (ClassTable(classes=("psd",)), "all"))
    one, other = few.render(seed=6), every.render(seed=6)
    assert [(s.presynaptic, s.postsynaptic) for s in one.synapses] == [
        (s.presynaptic, s.postsynaptic) for s in other.synapses
    ]
    assert check_densities(one) == check_densities(other) > 0


def test_objects_of_materials_have_no_share():
    tile = build_scene(classes="all").render(seed=6)
    of_materials = {one.name for one in tile.classes if one.materials}
    traced = [item for item in tile.objects if item.kind in of_materials]
    assert traced
    assert {item.share_inside for item in traced} == {None}
    assert all(0.0 <= item.share_inside <= 1.0 for item in tile.objects if not item.torn)


@pytest.mark.parametrize("workers", [1, 2])
def test_tiles_of_processes_have_them_too(workers):
    tiles = generate(3, seed=8, psd=2, workers=workers)
    scene = build_scene(psd=2)
    assert [tile.synapses for tile in tiles] == [scene.render(8, index).synapses for index in range(3)]
    assert {tile.pixel_size_nm for tile in tiles} == {5.0}


def test_a_density_must_be_a_part_of_its_shape():
    class Wrong(PSD):
        kind = "wrong"

        def shape(self, rng, size):
            whole = super().shape(rng, size)
            return Shape(whole.parts, (*whole.claims[:2], Synaptic((0, 1), density=4)), capsules=whole.capsules)

    with pytest.raises(ConfigError, match=r"`density` of a Synaptic claim must be .* less than 1, got 4"):
        Scene(organelles=[Wrong(count=1)]).sample(seed=1)
