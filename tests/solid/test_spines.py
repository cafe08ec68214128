"""Spines: of their dendrite, as many and as long as asked for, with heads at their ends."""

from dataclasses import replace

import numpy as np
import pytest

from synthem.kernels.solid.bins import bin_capsules
from synthem.solid.bodies import Box
from synthem.solid.grown import capsules_of, links_of
from synthem.solid.growth import _grow_spines, _settle_thick, grow_bodies
from synthem.solid.recipe import SPINE_STEP_NM, Spines, load_solid_recipe
from synthem.solid.scene import SolidScene
from synthem.solid.species import FIRST_THIN, Species, species_table

pytestmark = pytest.mark.slow

TISSUE = load_solid_recipe("tissue")
BOX = Box(np.zeros(3), np.full(3, 3000.0))


def grown(**numbers):
    """Return settled thick neurites and the spines of their dendrites, before these settle."""
    table = species_table(replace(TISSUE, spines=Spines(**numbers)))
    thick = _settle_thick(table[:FIRST_THIN], 99, BOX)
    obstacles = capsules_of(thick)
    everywhere = BOX.grown(5000.0)
    return thick, _grow_spines(99, table[Species.SPINE], thick, everywhere, obstacles, bin_capsules(obstacles, 1.0))


def beads_of(spines):
    """Return the rows of the beads of each spine."""
    return [np.flatnonzero(spines.beads.strands == k) for k in range(len(spines.strands.keys))]


def test_spines_are_as_many_as_asked_for():
    thick, spines = grown(per_um=3.0)
    dendrites = thick.strands.species[thick.beads.strands[links_of(thick.beads)]] == Species.DENDRITE
    micrometres = dendrites.sum() * TISSUE.dendrites.step_nm / 1000.0
    assert len(spines.strands.keys) > 200
    assert len(spines.strands.keys) / micrometres == pytest.approx(3.0, rel=0.15)


def test_each_begins_at_a_bead_of_its_dendrite_and_is_of_it():
    thick, spines = grown(per_um=2.0)
    owners = thick.strands.keys[thick.beads.strands]
    for own in beads_of(spines):
        assert spines.beads.places[own].tolist() == list(range(len(own)))
        at = np.flatnonzero((thick.beads.points == spines.beads.points[own[0]]).all(axis=1))
        assert owners[at].tolist() == [spines.strands.owners[spines.beads.strands[own[0]]]]
    assert len(set(spines.strands.keys)) == len(spines.strands.keys)


def test_they_are_as_long_and_as_wide_as_asked_for():
    thick, spines = grown(
        per_um=2.0, length_nm=(600.0, 600.0), neck_radius_nm=(30.0, 40.0), head_radius_nm=(120.0, 150.0)
    )
    widths = dict(zip(map(tuple, thick.beads.points.tolist()), thick.beads.radii, strict=True))
    for own in beads_of(spines):
        points, radii = spines.beads.points[own], spines.beads.radii[own]
        steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
        assert steps == pytest.approx(np.full(len(steps), SPINE_STEP_NM))
        assert steps.sum() - widths[tuple(points[0])] == pytest.approx(600.0, abs=0.51 * SPINE_STEP_NM)
        assert 120.0 <= radii[-2] == radii.max() <= 150.0
        assert 30.0 <= radii[0] <= 40.0


def test_a_dendrite_and_its_spines_are_one_compartment():
    bare = replace(TISSUE, spines=Spines())
    block = Box(np.zeros(3), np.full(3, 900.0))
    without, bodies = (grow_bodies(recipe, 12350, block) for recipe in (bare, TISSUE))
    assert Species.SPINE not in bodies.species
    numbers = [np.flatnonzero(one.species == Species.DENDRITE) for one in (without, bodies)]
    assert set(without.keys[numbers[0]]) <= set(bodies.keys[numbers[1]])
    capsules = [np.isin(one.owners, number).sum() for one, number in zip((without, bodies), numbers, strict=True)]
    assert capsules[1] > capsules[0] + 50


def test_skeletons_of_dendrites_branch():
    volume = SolidScene(shape=(80, 128, 128), pixel_size_nm=16.0, spacing_nm=20.0).render(5)
    branches = {}
    for one in volume.skeletons():
        children = np.bincount(one.parents[one.parents >= 0], minlength=len(one))
        branches.setdefault(one.kind, []).append((children > 1).sum())
    assert sum(branches["dendrite"]) > 0
    assert sum(branches["axon"]) == 0


def test_densities_are_found_on_spines():
    few = replace(TISSUE, boutons=replace(TISSUE.boutons, density_share=1.0))
    on_spines = 0
    for key in (12345, 12346, 12347):
        bodies = grow_bodies(few, key, Box(np.zeros(3), np.full(3, 900.0)))
        thin = bodies.radii.max(axis=1) < 200.0
        for post, centre in zip(bodies.densities.post, bodies.densities.centres, strict=True):
            own = bodies.owners == post
            away = np.linalg.norm(0.5 * (bodies.ends[own, :3] + bodies.ends[own, 3:]) - centre, axis=1)
            nearest = np.flatnonzero(own)[away.argmin()]
            along = np.linalg.norm(bodies.ends[nearest, 3:] - bodies.ends[nearest, :3])
            on_spines += bodies.species[post] == Species.DENDRITE and thin[nearest] and along < 150.0
    assert on_spines > 3
