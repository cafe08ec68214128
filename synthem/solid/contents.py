"""Contents: what lies within settled neurites, and where they are joined by synapses."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from synthem.kernels.solid.bins import Capsules, Region
from synthem.kernels.solid.furnishing import ContactColumn, Placed, find_contacts, lay_threads
from synthem.kernels.solid.vesicles import lay_vesicles
from synthem.solid.bodies import Box, Densities, Doubles, Ints, TubeSet
from synthem.solid.grown import Grown, capsules_of, chosen_capsules, links_of, near_box
from synthem.solid.recipe import SolidRecipe
from synthem.solid.species import FIRST_THIN, Kind, Species, cloud_row, thread_table

__all__ = ["Contacts", "find_synapses", "furnish", "plates_of"]

BONUS = 60.0
"""By how many nm a dendrite, with its spines, may be farther from a bouton than others, and still be its partner."""
IN_REACH = 160.0
"""Farthest that anything of a density lies from its edge, in nm."""
BESIDE = 260.0
"""Farthest that the axis of the partner of a bouton may lie beyond both radii, in nm."""
SHOWN = 400.0
"""Farthest from a tube that anything of it is seen, in nm."""


class Contacts(NamedTuple):
    """Synapses found: a row of `ContactColumn` for each, and the key of the postsynaptic neurite."""

    rows: Doubles
    partners: Ints


class _Laid(NamedTuple):
    """Tubes that were laid, their numbers, and the key of the neurite of each bead."""

    placed: Placed
    capsules: int
    tubes: int
    names: Ints


def find_synapses(recipe: SolidRecipe, key: int, thin: Grown, thick: Capsules, around: Box) -> Contacts:
    """Return the synapses whose density comes near a box.

    Parameters
    ----------
    recipe : SolidRecipe
        What is in the tissue.
    key : int
        Key of the tissue.
    thin : Grown
        Settled thin neurites, whose radii are not yet limited.
    thick : Capsules
        Capsules of thick neurites, likewise.
    around : Box
        The box.
    """
    boutons = recipe.boutons
    low, high = boutons.density_radius_nm
    beside = around.grown(high + boutons.radius_nm[1] + IN_REACH)
    reach = beside.grown(2.0 * boutons.radius_nm[1] + BESIDE)
    own, species = capsules_of(thin), _species_of(thin)
    near = near_box(own, reach)
    faces = (species != Species.AXON) & (np.maximum(*own.radii.T) >= boutons.partner_radius_nm)
    bonus = np.where(species == Species.SPINE, BONUS, 0.0)[near]
    own = chosen_capsules(own, near)
    thick = chosen_capsules(thick, near_box(thick, reach.grown(600.0)))
    every = Capsules(*(np.concatenate(pair) for pair in zip(own, thick, strict=True)))
    handicap = np.concatenate([np.where(faces[near], -bonus, np.inf), np.full(len(thick.owners), -BONUS)])
    region, room = Region(key, beside.low, beside.high), 64
    while True:
        rows = np.empty((room, len(ContactColumn)))
        chances = (boutons.density_share, low, high)
        count = find_contacts(thin.beads, thin.strands, region, every, handicap, chances, rows)
        if count <= room:
            partners = rows[:count, ContactColumn.PARTNER].astype(np.int64)
            return Contacts(rows[:count], every.owners[partners])
        room = count


def _species_of(grown: Grown) -> Ints:
    """Return the species of each capsule between linked beads."""
    return grown.strands.species[grown.beads.strands[links_of(grown.beads)]]


def plates_of(recipe: SolidRecipe, thin: Grown, contacts: Contacts, keys: Ints) -> Densities:
    """Return the densities of synapses whose two neurites are known.

    Parameters
    ----------
    recipe : SolidRecipe
        What is in the tissue.
    thin : Grown
        Settled thin neurites.
    contacts : Contacts
        The synapses.
    keys : (c + 1,) int64 array
        Keys of the compartments, rising.
    """
    boutons, at = recipe.boutons, contacts.rows[:, ContactColumn.BEAD].astype(np.int64)
    names = thin.strands.keys[thin.beads.strands[at]]
    known = np.isin(names, keys) & np.isin(contacts.partners, keys)
    rows, names, at = contacts.rows[known], names[known], at[known]
    low, high = np.array([boutons.presynaptic_depth_nm, boutons.postsynaptic_depth_nm]).T
    return Densities(
        pre=np.searchsorted(keys, names),
        post=np.searchsorted(keys, contacts.partners[known]),
        centres=rows[:, ContactColumn.Z : ContactColumn.X + 1].copy(),
        radii=rows[:, ContactColumn.RADIUS].copy(),
        depths=low + (high - low) * rows[:, ContactColumn.SHARE, None],
        keys=names * 1_000_003 + thin.beads.places[at],
    )


def furnish(
    recipe: SolidRecipe, key: int, thick: Grown, thin: Grown, capsules: Capsules, around: Box, contacts: Contacts
) -> TubeSet:
    """Return what lies within the neurites in a box, and what is seen there from beside it.

    Parameters
    ----------
    recipe : SolidRecipe
        What is in the tissue.
    key : int
        Key of the tissue.
    thick, thin : Grown
        Neurites with their final radii.
    capsules : Capsules
        Final capsules of all neurites around.
    around : Box
        The box.
    contacts : Contacts
        Synapses, around whose densities vesicles gather.
    """
    targets = np.full((len(thin.beads.radii), 3), np.nan)
    at = contacts.rows[:, ContactColumn.BEAD].astype(np.int64)
    targets[at] = contacts.rows[:, ContactColumn.Z : ContactColumn.X + 1]
    rows, room = thread_table(recipe), 16_384
    step = max(recipe.dendrites.step_nm, recipe.myelinated.step_nm, recipe.axons.step_nm)
    within = around.grown(step + max(recipe.dendrites.limits_nm[1], recipe.myelinated.limits_nm[1]))
    region = Region(key, within.low, within.high)
    while True:
        laid = [
            _lay(thick, region, rows[rows[:, 1] < FIRST_THIN], capsules, room),
            _lay(thin, region, rows[rows[:, 1] >= FIRST_THIN], capsules, room),
        ]
        most = max(max(one.capsules, one.tubes) for one in laid)
        if most < room:
            placed, *known, names = laid[1]
            beads, strands = thin.beads, thin.strands
            about = (capsules, region, targets, cloud_row(recipe), (int(Kind.VESICLE), *known), placed)
            count, tubes = lay_vesicles(beads, strands, *about)
            most, laid[1] = max(count, tubes), _Laid(placed, count, tubes, names)
        if most < room:
            return _shown(_joined(laid), around.grown(SHOWN))
        room = 2 * most


def _lay(grown: Grown, region: Region, rows: Doubles, around: Capsules, room: int) -> _Laid:
    starts, kinds, keys, hosts = np.empty((4, room + 1), np.int64)
    placed = Placed(np.empty((room, 6)), np.empty((room, 2)), starts, kinds[:room], keys[:room], hosts[:room])
    blocking = int((rows[:, 0] != Kind.MICROTUBULE).sum())
    strands, beads = grown
    capsules, tubes = lay_threads(beads, strands, region, np.ascontiguousarray(rows), blocking, around, placed)
    return _Laid(placed, capsules, tubes, grown.strands.owners[grown.beads.strands])


def _joined(laid: list[_Laid]) -> TubeSet:
    """Return tubes of several sets together, in the order of their kinds and keys."""
    ends = np.concatenate([one.placed.ends[: one.capsules] for one in laid])
    radii = np.concatenate([one.placed.radii[: one.capsules] for one in laid])
    before = np.cumsum([0, *(one.capsules for one in laid)])
    first = np.concatenate([one.placed.starts[: one.tubes] + n for one, n in zip(laid, before, strict=False)])
    last = np.append(first[1:], len(ends))
    kinds = np.concatenate([one.placed.kinds[: one.tubes] for one in laid])
    keys = np.concatenate([one.placed.keys[: one.tubes] for one in laid])
    hosts = np.concatenate([one.names[one.placed.hosts[: one.tubes]] for one in laid])
    order = np.lexsort((keys, kinds))
    counts = (last - first)[order]
    starts = np.concatenate([[0], np.cumsum(counts)])
    at = np.repeat(first[order] - starts[:-1], counts) + np.arange(len(ends))
    return TubeSet(ends[at], radii[at], starts, kinds[order], keys[order], hosts[order])


def _shown(tubes: TubeSet, box: Box) -> TubeSet:
    """Return the tubes that come into a box."""
    counts = np.diff(tubes.starts)
    wide, (one, two) = tubes.radii.max(axis=1, keepdims=True), np.hsplit(tubes.ends, 2)
    touches = np.all((np.maximum(one, two) + wide >= box.low) & (np.minimum(one, two) - wide <= box.high), axis=1)
    kept = np.zeros(len(counts), bool)
    np.logical_or.at(kept, np.repeat(np.arange(len(counts)), counts), touches)
    of_kept = np.repeat(kept, counts)
    starts = np.concatenate([[0], np.cumsum(counts[kept])])
    ends, radii = tubes.ends[of_kept], tubes.radii[of_kept]
    return TubeSet(ends, radii, starts, tubes.kinds[kept], tubes.keys[kept], tubes.hosts[kept])
