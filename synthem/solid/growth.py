"""Growth: from a recipe and a key to the bodies in any box of tissue.

A box is a function of recipe, key and place alone. Neurites grow from hashed origins; thick ones settle first, then
thin ones grow around them and settle between them; then radii are limited so that no two overlap. Each step needs what
lies a little farther out than the step after it, and no more.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from synthem.kernels.solid.bins import Bins, Capsules, Region, bin_capsules
from synthem.kernels.solid.settling import WIDTH, SettlingColumn, limit_radii, settle_strands
from synthem.kernels.solid.spines import grow_spines
from synthem.kernels.solid.strands import Beads, SpeciesColumn, Strands, grow_strands
from synthem.solid.bodies import Box, Doubles, Ints, SolidBodies
from synthem.solid.contents import find_synapses, furnish, plates_of
from synthem.solid.grown import Grown, capsules_of, chosen_capsules, links_of, near_box
from synthem.solid.recipe import SolidRecipe
from synthem.solid.species import BEYOND, FIRST_THIN, Species, species_table

__all__ = ["BEND", "grow_bodies"]

BEND = 36.0
"""Farthest that the tissue is bent, in nm."""
KNOWN = 560.0
"""How far around a block compartments are known, in nm, at least: none farther off is seen in it."""
HALO = 90.0
"""Farthest from a mitochondrion that it is seen, in nm."""
ROOM = 14.0
"""Room left between neurites where there is any, in nm."""
THIN_ROUNDS, THICK_ROUNDS = 2, 2
THIN_STEP, THICK_STEP = 70.0, 150.0
"""Longest move of thin and of thick neurites in a round, in nm."""
MARGIN = 40.0
STEEPEST = 0.45
"""Largest change of a radius along its neurite, per distance."""


def grow_bodies(recipe: SolidRecipe, key: int, box: Box) -> SolidBodies:
    """Return the bodies in a box, and those around it that matter there.

    Parameters
    ----------
    recipe : SolidRecipe
        What is in the tissue.
    key : int
        Key of the tissue.
    box : Box
        Where; in nm.

    Returns
    -------
    SolidBodies
    """
    table = species_table(recipe)
    around, thickest, widest = box.grown(BEND), _widest(table[:FIRST_THIN]), _widest(table[FIRST_THIN:])
    reach = 2.0 * widest + ROOM + THIN_STEP
    known = max(KNOWN + widest, _bounding(recipe))
    final, settled = around.grown(known), around.grown(known + reach + MARGIN)
    thin_box, longest = settled.grown(THIN_ROUNDS * reach + MARGIN), _longest_capsule(table[:FIRST_THIN])
    aside = thickest + float(table[FIRST_THIN:, SpeciesColumn.LARGEST].max()) + ROOM  # of what a strand leads around
    thick = _settle_thick(table[:FIRST_THIN], key, thin_box.grown(_longest(table) + longest + 2.0 * aside))
    obstacles = capsules_of(thick)
    bins = bin_capsules(obstacles, WIDTH)
    thin = _grow(key, table[FIRST_THIN : Species.SPINE], FIRST_THIN, thin_box, obstacles, bins)
    if recipe.spines.per_um:
        thin = _joined(thin, _grow_spines(key, table[Species.SPINE], thick, thin_box, obstacles, bins))
    thin.beads.swellings[thin.strands.species[thin.beads.strands] != Species.AXON] = 0  # heads are no boutons
    _settle(thin, obstacles, bins, table, _settling(THIN_ROUNDS, reach, THIN_STEP, 0.05), settled)
    contacts = find_synapses(recipe, key, thin, obstacles, around)
    wide = final.grown(longest)
    _limit(thick, thin, obstacles, final, wide)
    capsules, species = _known(thick, thin, final, wide)
    keys, first, which = np.unique(capsules.owners, return_index=True, return_inverse=True)
    order, every = np.argsort(which, kind="stable"), np.concatenate([[0], keys])
    return SolidBodies(
        ends=np.ascontiguousarray(capsules.ends[order]),
        radii=np.ascontiguousarray(capsules.radii[order]),
        owners=np.ascontiguousarray(which[order] + 1),
        keys=every,
        species=np.concatenate([[-1], species[first]]),
        densities=plates_of(recipe, thin, contacts, every),
        tubes=furnish(recipe, key, thick, thin, capsules, around, contacts),
    )


def _bounding(recipe: SolidRecipe) -> float:
    """Return how far from a block anything bounds a mitochondrion of a dendrite that is seen in it, in nm.

    It may begin a step away from what is seen, and it is what lies within its own radius of its surface that bounds it.
    """
    mitochondria, step = recipe.dendritic_mitochondria, recipe.dendrites.step_nm
    seen = step + mitochondria.radius_nm[1] + HALO
    return seen + mitochondria.radius_nm[1] + 2.0 * BEYOND + ROOM + 0.5 * step if mitochondria.share else 0.0


def _widest(table: Doubles) -> float:
    swelling = table[:, SpeciesColumn.SWELLING_RADIUS] + table[:, SpeciesColumn.SWELLING_RADIUS_RANGE]
    return float(max(table[:, SpeciesColumn.LARGEST].max(), swelling.max()))


def _longest_capsule(table: Doubles) -> float:
    """Return the length in nm that no capsule of thick neurites exceeds: both ends move as far apart as they may."""
    return float(table[:, SpeciesColumn.SPACING].max()) + 2.0 * THICK_ROUNDS * THICK_STEP


def _longest(table: Doubles) -> float:
    """Return how far from its origin a thin strand leads at most; a spine leads out of its dendrite to one side."""
    lengths = table[:, SpeciesColumn.LENGTH] + table[:, SpeciesColumn.LENGTH_RANGE]
    lengths[FIRST_THIN : Species.SPINE] /= 2.0
    lengths[Species.SPINE] += table[Species.DENDRITE, SpeciesColumn.LARGEST] if lengths[Species.SPINE] else 0.0
    return float(lengths[FIRST_THIN:].max())


def _settling(rounds: int, reach: float, step: float, stiffness: float) -> Doubles:
    numbers = np.empty(len(SettlingColumn))
    numbers[SettlingColumn.ROUNDS], numbers[SettlingColumn.REACH] = rounds, reach
    numbers[SettlingColumn.GAP], numbers[SettlingColumn.STEP] = ROOM, step
    numbers[SettlingColumn.STIFFNESS], numbers[SettlingColumn.PUSH] = stiffness, 0.7
    return numbers


def _settle_thick(table: Doubles, key: int, box: Box) -> Grown:
    reach = 2.0 * _widest(table) + ROOM + THICK_STEP
    nothing = Capsules(np.empty((0, 6)), np.empty((0, 2)), np.empty(0, np.int64))
    bins = bin_capsules(nothing, WIDTH)
    grown = _grow(key, table, 0, box.grown(THICK_ROUNDS * reach), nothing, bins)
    _settle(grown, nothing, bins, table, _settling(THICK_ROUNDS, reach, THICK_STEP, 0.1), box)
    return grown


def _grow(key: int, table: Doubles, first: int, box: Box, obstacles: Capsules, bins: Bins) -> Grown:
    """Grow the strands that come into a box, of species whose numbers begin with `first`, around obstacles."""
    rows, region = np.ascontiguousarray(table), Region(key, box.low, box.high)
    volume = float(np.prod((box.high - box.low) / 1280.0))

    def grow(strands: Strands, beads: Beads) -> tuple[int, int]:
        known, count = grow_strands(region, rows, first, obstacles, bins, ROOM, strands, beads)
        return known, count

    return _with_room(int(64 + 8 * volume * rows[:, SpeciesColumn.COUNT].sum()), grow)


def _grow_spines(key: int, row: Doubles, thick: Grown, box: Box, obstacles: Capsules, bins: Bins) -> Grown:
    """Grow the spines that come into a box, of settled neurites, around obstacles."""
    strands, beads = thick
    chosen = strands.species[beads.strands] == Species.DENDRITE
    keyed = beads._replace(strands=strands.keys[beads.strands])
    dendrites, region = Beads._make(field[chosen] for field in keyed), Region(key, box.low, box.high)

    def grow(strands: Strands, beads: Beads) -> tuple[int, int]:
        known, count = grow_spines(dendrites, region, row, obstacles, bins, ROOM, strands, beads)
        return known, count

    grown = _with_room(64, grow)
    grown.strands.species[:] = Species.SPINE
    return grown


def _with_room(most: int, grow: Callable[[Strands, Beads], tuple[int, int]]) -> Grown:
    """Return what a kernel grows, which tells how many strands and beads it needs room for."""
    many = 40 * most
    while True:
        keys, owners, species = np.empty((3, most), np.int64)
        strands = Strands(keys, owners, species, np.empty((most, 3)))
        beads = Beads(np.empty((many, 3)), np.empty(many), *np.empty((3, many), np.int64))
        known, count = grow(strands, beads)
        if known <= most and count <= many:
            return Grown(Strands._make(one[:known] for one in strands), Beads._make(one[:count] for one in beads))
        most, many = max(known, most), max(count, many)


def _joined(one: Grown, two: Grown) -> Grown:
    """Return the strands of both, one after the other."""
    beads = two.beads._replace(strands=two.beads.strands + len(one.strands.keys))
    return Grown(
        Strands._make(np.concatenate(pair) for pair in zip(one.strands, two.strands, strict=True)),
        Beads._make(np.concatenate(pair) for pair in zip(one.beads, beads, strict=True)),
    )


def _settle(grown: Grown, obstacles: Capsules, bins: Bins, table: Doubles, numbers: Doubles, box: Box) -> None:
    strands, beads = grown
    owners, species = strands.owners[beads.strands], strands.species[beads.strands]
    held = (species == Species.SPINE) & (beads.places == 0)
    spacings = np.where(held, 0.0, table[:, SpeciesColumn.SPACING][species])
    settle_strands(beads, obstacles, bins, owners, spacings, numbers, box.low, box.high)


def _limit(thick: Grown, thin: Grown, all_thick: Capsules, final: Box, wide: Box) -> None:
    """Lower the radii of beads so that no capsules of different neurites overlap where it matters."""
    all_thin = capsules_of(thin)
    others = (
        chosen_capsules(all_thick, near_box(all_thick, wide.grown(1000.0))),
        chosen_capsules(all_thin, near_box(all_thin, final.grown(400.0))),
    )
    for grown, capsules, box in ((thick, all_thick, wide), (thin, all_thin, final)):
        kept = near_box(capsules, box)
        own, allowed = chosen_capsules(capsules, kept), np.maximum(*capsules.radii[kept].T)
        for other in others:
            limit_radii(own, other, bin_capsules(other, WIDTH), ROOM, allowed)
        _lower(grown.beads, links_of(grown.beads)[kept], allowed)


def _lower(beads: Beads, at: Ints, allowed: Doubles) -> None:
    """Lower radii to what the capsules on both sides of a bead may have, and let them change slowly along a strand."""
    np.minimum.at(beads.radii, at, allowed)
    np.minimum.at(beads.radii, at + 1, allowed)
    rise = STEEPEST * np.linalg.norm(beads.points[at + 1] - beads.points[at], axis=1)
    for _ in range(2):
        most = beads.radii.copy()
        np.minimum.at(most, at, beads.radii[at + 1] + rise)
        np.minimum.at(most, at + 1, beads.radii[at] + rise)
        beads.radii[:] = most


def _known(thick: Grown, thin: Grown, final: Box, wide: Box) -> tuple[Capsules, Ints]:
    """Return the capsules that are known, and their species."""
    ends, radii, owners, species = [], [], [], []
    for grown, box in ((thick, wide), (thin, final)):
        capsules = capsules_of(grown)
        kept = near_box(capsules, box)
        ends.append(capsules.ends[kept])
        radii.append(capsules.radii[kept])
        owners.append(capsules.owners[kept])
        species.append(grown.strands.species[grown.beads.strands[links_of(grown.beads)]][kept])
    capsules = Capsules(np.concatenate(ends), np.concatenate(radii), np.concatenate(owners))
    kinds = np.concatenate(species)
    return capsules, np.where(kinds == Species.SPINE, Species.DENDRITE, kinds)
