"""Bodies do not overlap, and stay within their compartments."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from synthem.kernels.solid.bins import Capsules, bin_capsules
from synthem.kernels.solid.strands import CUBE, MOST_PER_CUBE, Beads
from synthem.solid.bodies import Box
from synthem.solid.grown import capsules_of
from synthem.solid.growth import BEND, ROOM, THICK_ROUNDS, THICK_STEP, _grow, _lower, _settle_thick, grow_bodies
from synthem.solid.recipe import Contents, Heads, load_solid_recipe
from synthem.solid.scene import SolidScene
from synthem.solid.shells import shells_of
from synthem.solid.species import FIRST_THIN, Kind, Species, species_table

pytestmark = pytest.mark.slow

BLOCK = Box(np.zeros(3), np.array([400.0, 700.0, 800.0]))


@pytest.fixture(scope="module")
def bodies():
    return grow_bodies(load_solid_recipe("tissue"), 12361, BLOCK)


def axis_distance(one, other, steps=17):
    """Return the distance of two axes, by points along them: not less than it is, and by little more."""
    along = np.linspace(0.0, 1.0, steps)[:, None]
    a, b = one[:3] + along * (one[3:] - one[:3]), other[:3] + along * (other[3:] - other[:3])
    return np.sqrt(((a[:, None] - b[None]) ** 2).sum(axis=2)).min()


def test_capsules_of_different_compartments_do_not_overlap(bodies):
    near = np.flatnonzero(BLOCK.grown(100.0).holds(bodies.ends[:, :3]))
    middles, widest = 0.5 * (bodies.ends[:, :3] + bodies.ends[:, 3:]), bodies.radii.max(axis=1)
    reach = 0.5 * np.linalg.norm(bodies.ends[:, 3:] - bodies.ends[:, :3], axis=1) + widest
    checked = 0
    for k in near:
        far = np.linalg.norm(middles - middles[k], axis=1) < reach + reach[k]
        for m in np.flatnonzero(far & (bodies.owners != bodies.owners[k])):
            assert widest[k] + widest[m] <= axis_distance(bodies.ends[k], bodies.ends[m]) + 1e-6
            checked += 1
    assert checked > 50


def test_radii_are_lowered_and_change_slowly_along_a_strand():
    points = np.array([[7.0, 20.0, 100.0 * k] for k in range(6)])
    beads = Beads(points, np.full(6, 100.0), *np.zeros((3, 6), np.int64))
    _lower(beads, np.arange(5), np.array([100.0, 100.0, 100.0, 100.0, 5.0]))
    assert beads.radii == pytest.approx([100.0, 100.0, 95.0, 50.0, 5.0, 5.0])  # 0.45 of the distance from bead to bead


def test_thick_neurites_settle_alike_whatever_box_is_asked_for():
    table, found = species_table(load_solid_recipe("tissue"))[:FIRST_THIN], []
    asked = Box(np.zeros(3), np.full(3, 2400.0))
    inner = asked.grown(-THICK_ROUNDS * THICK_STEP)  # what moves in from outside has not settled
    for box in (asked, asked.grown(500.0)):
        strands, beads = _settle_thick(table, 12345, box)
        here = inner.holds(beads.points)
        keys, places = strands.keys[beads.strands[here]], beads.places[here]
        order = np.lexsort((places, keys))
        found.append((keys[order], places[order], beads.points[here][order], beads.radii[here][order]))
    assert len(found[0][0]) > 10
    for one, other in zip(*found, strict=True):
        assert np.array_equal(one, other)


def depths_in(capsules, points):
    """Return how deep points lie in the capsule in which each is deepest."""
    deepest = np.full(len(points), -np.inf)
    for ends, radii in zip(capsules.ends, capsules.radii, strict=True):
        along = ends[3:] - ends[:3]
        t = np.clip((points - ends[:3]) @ along / (along @ along), 0.0, 1.0)
        away = np.linalg.norm(points - ends[:3] - t[:, None] * along, axis=1)
        np.maximum(deepest, radii[0] + t * (radii[1] - radii[0]) - away, out=deepest)
    return deepest


def test_thin_neurites_lead_around_thick_ones():
    recipe = load_solid_recipe("tissue")
    few = replace(recipe, myelinated=replace(recipe.myelinated, count=0.017))  # room between thick ones
    table, box = species_table(few), Box(np.zeros(3), np.full(3, 1500.0))
    thick = capsules_of(_settle_thick(table[:FIRST_THIN], 12345, box.grown(3000.0)))
    nothing = Capsules(np.empty((0, 6)), np.empty((0, 2)), np.empty(0, np.int64))
    shares = []
    for obstacles in (nothing, thick):
        grown = _grow(12345, table[FIRST_THIN:], FIRST_THIN, box, obstacles, bin_capsules(obstacles, 1.0))
        shares.append((depths_in(thick, grown.beads.points) > 10.0).mean())
    assert shares[0] > 0.5
    assert shares[1] < 0.2 * shares[0]


def test_neurites_of_a_place_run_alike_if_they_are_asked_to():
    recipe, found = load_solid_recipe("tissue"), []
    for weight in (0.0, 4.0):
        axons = replace(recipe.axons, alignment=weight, turn=0.01)
        table = species_table(replace(recipe, axons=axons))[[Species.AXON]]
        nothing = Capsules(np.empty((0, 6)), np.empty((0, 2)), np.empty(0, np.int64))
        box = Box(np.zeros(3), np.full(3, 2.0 * CUBE))  # one place
        grown = _grow(12345, table, int(Species.AXON), box, nothing, bin_capsules(nothing, 1.0))
        along = np.diff(capsules_of(grown).ends.reshape(-1, 2, 3), axis=1)[:, 0]
        along /= np.linalg.norm(along, axis=1)[:, None]
        found.append(np.linalg.eigvalsh(along.T @ along / len(along))[-1])  # 1/3 if all directions are as frequent
    assert found[0] < 0.5
    assert found[1] > found[0] + 0.2


def test_neurites_of_a_bundle_begin_together_and_run_alike():
    recipe = load_solid_recipe("tissue")
    processes = replace(recipe.processes, count=6.0, bundle=3, alignment=0.0, turn=0.1)
    table = species_table(replace(recipe, processes=processes))[[Species.PROCESS]]
    nothing = Capsules(np.empty((0, 6)), np.empty((0, 2)), np.empty(0, np.int64))
    grown = _grow(
        12345, table, int(Species.PROCESS), Box(np.zeros(3), np.full(3, 4000.0)), nothing, bin_capsules(nothing, 1.0)
    )
    strands, beads = grown
    lead = strands.keys // MOST_PER_CUBE * MOST_PER_CUBE + strands.keys % MOST_PER_CUBE // 3 * 3
    apart, turned = [], []
    for first in np.unique(lead):
        paths = [
            {int(place): beads.points[n] for n, place in enumerate(beads.places) if beads.strands[n] == row}
            for row in np.flatnonzero(lead == first)
        ]
        for other in paths[1:]:
            both = sorted(set(paths[0]) & set(other))
            if len(both) > 1:
                gaps = np.array([other[place] - paths[0][place] for place in both])
                apart.append(abs(gaps[0]).max())
                turned.append(abs(gaps - gaps[0]).max())
    assert len(apart) > 20
    assert max(apart) <= 2.0 * np.sqrt(3) * (28.0 + ROOM)  # the first may have been left out
    assert max(turned) < 1e-6


def test_densities_face_dendrites_and_wide_processes():
    recipe = load_solid_recipe("tissue")
    boutons = replace(recipe.boutons, density_share=1.0, partner_radius_nm=85.0)
    heads, processes = Heads(radius_nm=(100.0, 150.0)), replace(recipe.processes, count=10.0)
    dendrites = replace(recipe.dendrites, count=0.7)
    recipe = replace(recipe, boutons=boutons, heads=heads, processes=processes, dendrites=dendrites)
    bodies = grow_bodies(recipe, 12345, BLOCK)
    assert len(bodies.densities.post) > 5
    assert not (bodies.species[bodies.densities.post] == Species.AXON).any()
    assert (bodies.species[bodies.densities.pre] == Species.AXON).all()
    assert set(bodies.species[bodies.densities.post]) >= {Species.PROCESS, Species.DENDRITE}


def test_heads_of_processes_are_no_boutons():
    recipe = load_solid_recipe("tissue")
    heads, free = Heads(radius_nm=(100.0, 150.0)), replace(recipe.free_vesicles, share=0.0)
    bodies = grow_bodies(replace(recipe, heads=heads, free_vesicles=free), 12345, BLOCK)
    with_vesicles = np.unique(bodies.tubes.hosts[bodies.tubes.kinds == Kind.VESICLE])
    hosts = np.isin(bodies.keys, with_vesicles)
    assert hosts.any()
    assert (bodies.species[hosts] == Species.AXON).all()


def test_vesicles_outside_boutons_lie_in_none():
    recipe = load_solid_recipe("tissue")
    recipe = replace(recipe, vesicles=replace(recipe.vesicles, empty_share=1.0))
    counts, block = [], BLOCK.grown(600.0)
    for every_nm in (20_000.0, 400.0):  # hardly any boutons, and hardly anything else
        boutons = replace(recipe.boutons, every_nm=every_nm, radius_nm=(60.0, 61.0))
        bodies = grow_bodies(replace(recipe, boutons=boutons), 12345, block)
        hosts = bodies.tubes.hosts[bodies.tubes.kinds == Kind.VESICLE]
        counts.append((bodies.species[np.searchsorted(bodies.keys, hosts)] == Species.AXON).sum())
    assert counts[0] > 20
    assert counts[1] < 0.3 * counts[0]


def test_vesicles_of_a_bouton_are_of_one_size():
    recipe = load_solid_recipe("tissue")
    recipe = replace(recipe, free_vesicles=Contents(), boutons=replace(recipe.boutons, every_nm=2_800.0))
    tubes = grow_bodies(recipe, 12345, BLOCK).tubes
    balls = tubes.kinds == Kind.VESICLE
    first = tubes.starts[:-1][balls]
    radii, places, hosts = tubes.radii[first, 0], tubes.ends[first, :3], tubes.hosts[balls]
    near = np.linalg.norm(places[:, None] - places[None], axis=2) < 90.0  # in one bouton
    near &= hosts[:, None] == hosts[None]
    largest = np.where(near, radii[None], 0.0).max(axis=1)
    assert (radii >= 0.85 * 0.94 * largest).all()
    assert np.ptp(largest) > 3.0


@pytest.mark.parametrize(("filling", "least", "most"), [(1.0, 0.35, 0.7), (0.3, 0.1, 0.3)])
def test_vesicles_are_as_dense_as_asked_for_where_they_gather(filling, least, most):
    recipe = load_solid_recipe("tissue")
    vesicles = replace(recipe.vesicles, filling=(filling, filling), decay_nm=2000.0, empty_share=0.0)
    tubes = grow_bodies(replace(recipe, vesicles=vesicles, axonal_mitochondria=Contents()), 12345, BLOCK).tubes
    balls = np.flatnonzero(tubes.kinds == Kind.VESICLE)
    places, radii = tubes.ends[tubes.starts[balls], :3], tubes.radii[tubes.starts[balls], 0]
    around = 90.0
    away = np.linalg.norm(places[:, None] - places[None], axis=2)
    inside = (away < around) & (tubes.hosts[balls][:, None] == tubes.hosts[balls][None])
    fractions = (inside * radii**3).sum(axis=1) / around**3
    assert least < np.quantile(fractions, 0.9) < most


def test_tubes_lie_within_their_compartment(bodies):
    tubes, shells, pressed = bodies.tubes, shells_of(load_solid_recipe("tissue")), 0
    for m in range(len(tubes.kinds)):
        wall = shells[tubes.kinds[m]].wall_nm  # up to which a tube is painted, where it reaches beyond
        for k in range(tubes.starts[m], tubes.starts[m + 1]):
            point, radius = tubes.ends[k, :3], tubes.radii[k, 0]
            if not BLOCK.holds(point[None])[0] or tubes.kinds[m] == Kind.AXON:  # a sheath is cut off by its cell
                continue
            along = bodies.ends[:, 3:] - bodies.ends[:, :3]
            t = np.clip(((point - bodies.ends[:, :3]) * along).sum(1) / ((along**2).sum(1) + 1e-6), 0, 1)
            away = np.linalg.norm(point - bodies.ends[:, :3] - t[:, None] * along, axis=1)
            scores = away - (bodies.radii[:, 0] + t * (bodies.radii[:, 1] - bodies.radii[:, 0]))
            own = bodies.keys[bodies.owners] == tubes.hosts[m]
            depth = 0.5 * (scores[~own].min() - scores[own].min())
            assert depth >= radius - wall
            pressed += depth < radius
    assert pressed > 0


def test_vesicles_do_not_overlap(bodies):
    tubes = bodies.tubes
    balls = np.flatnonzero(tubes.kinds == Kind.VESICLE)
    places, radii = tubes.ends[tubes.starts[balls], :3], tubes.radii[tubes.starts[balls], 0]
    away = np.sqrt(((places[:, None] - places[None]) ** 2).sum(axis=2))
    np.fill_diagonal(away, np.inf)
    same = tubes.hosts[balls][:, None] == tubes.hosts[balls][None]
    assert (away >= radii[:, None] + radii[None])[same].all()
    assert len(balls) > 50


@pytest.mark.parametrize("sets", [1, 3])
def test_mitochondria_do_not_overlap(sets):
    recipe = load_solid_recipe("tissue")
    recipe = replace(recipe, dendritic_mitochondria=replace(recipe.dendritic_mitochondria, sets=sets))
    tubes = grow_bodies(recipe, 7, Box(np.zeros(3), np.full(3, 1600.0))).tubes
    found = np.flatnonzero(tubes.kinds == Kind.MITOCHONDRION)
    spans = [np.arange(tubes.starts[m], tubes.starts[m + 1]) for m in found]
    for one, mine in zip(found, spans, strict=True):
        for other, theirs in zip(found, spans, strict=True):
            if tubes.keys[one] < tubes.keys[other] and tubes.hosts[one] == tubes.hosts[other]:
                for k in mine:
                    for m in theirs:
                        away = axis_distance(tubes.ends[k], tubes.ends[m])
                        assert away > tubes.radii[k].max() + tubes.radii[m].max()
    assert len(found) > 3


def test_bodies_are_sorted_and_known_around_the_box(bodies):
    assert (np.diff(bodies.keys) > 0).all()
    assert (np.diff(bodies.owners) >= 0).all()
    assert set(bodies.owners) == set(range(1, len(bodies.keys)))
    low, high = bodies.ends[:, :3].min(axis=0), bodies.ends[:, :3].max(axis=0)
    assert (low < BLOCK.low - BEND).all()
    assert (high > BLOCK.high + BEND).all()


def test_compartments_are_in_one_piece():
    recipe = load_solid_recipe("tissue")
    short = replace(recipe.processes, length_nm=(800.0, 1200.0), bundle=1)
    scene = SolidScene(recipe=replace(recipe, processes=short), shape=(100, 100, 100), pixel_size_nm=20.0)
    layout = scene.sample(seed=0)
    volume, bodies, whole = layout.render(), layout.bodies, 0
    numbers = volume.compartments
    nearest = ndimage.distance_transform_edt(numbers == 0, return_distances=False, return_indices=True)
    numbers = numbers[tuple(nearest)]  # membranes belong to the nearest compartment
    inside = layout.box.grown(-BEND).holds(bodies.ends[:, :3]) & layout.box.grown(-BEND).holds(bodies.ends[:, 3:])
    for number in np.unique(numbers):
        mine = bodies.owners == number
        # a neck thinner than a voxel has no voxel of its own
        if inside[mine].all() and bodies.radii[mine].min() >= 0.5 * scene.pixel_size_nm:
            pieces, count = ndimage.label(numbers == number, np.ones((3, 3, 3)))
            assert np.bincount(pieces.ravel())[1:].max() >= 0.999 * (numbers == number).sum(), count
            whole += 1
    assert whole >= 3
