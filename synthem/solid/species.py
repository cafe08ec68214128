"""Species of neurites and kinds of tubes, in the order of their numbers; recipes as tables for the kernels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from synthem.kernels.solid.furnishing import ThreadColumn
from synthem.kernels.solid.strands import SpeciesColumn
from synthem.kernels.solid.vesicles import CloudColumn
from synthem.solid.recipe import HOSTS, SPINE_STEP_NM, Contents, Neurites, SolidMembranes, SolidRecipe

__all__ = [
    "BEYOND",
    "FIRST_THIN",
    "Kind",
    "Species",
    "beside_walls",
    "cloud_row",
    "kind_names",
    "species_table",
    "thread_table",
]

Doubles = npt.NDArray[np.float64]

FILLING = 1e4
"""Radius in nm of what fills a neurite: as wide as that."""
WRAPPED = 60.0
"""How far in nm a sheath reaches beyond the strand of its axon, if its cell does."""
BEYOND = 40.0
"""How far in nm a mitochondrion of a dendrite is moved beyond the strand, if its cell has room there."""
SMALLEST_VESICLE = 18.0
"""Radius in nm below which there are no vesicles outside boutons."""
BESIDE_MEMBRANE = 4.5
"""Room in nm between a mitochondrion and the membrane against which it is pressed."""
PRESSED = 3.0
"""By how many nm more a mitochondrion may reach beyond its strand than it ends before a wall: less than the strand's
surface is from any wall."""

SPINE_TURN = 0.15
"""Standard deviation of the angle from bead to bead of a spine, in radians."""


class Species(IntEnum):
    """Neurites; those before `FIRST_THIN` settle first. A spine is of its dendrite."""

    MYELINATED = 0
    DENDRITE = 1
    AXON = 2
    PROCESS = 3
    SPINE = 4


FIRST_THIN = Species.AXON


class Kind(IntEnum):
    """Tubes within neurites, in the order in which they are painted; those of one's own follow."""

    AXON = 0
    MITOCHONDRION = 1
    VESICLE = 2
    RETICULUM = 3
    MICROTUBULE = 4
    DENSE_BODY = 5
    LYSOSOME = 6


def beside_walls(membranes: SolidMembranes) -> float:
    """Return the distance from walls in nm at which mitochondria end: beside a membrane of usual thickness."""
    return 0.5 * membranes.width_nm + BESIDE_MEMBRANE


def kind_names(recipe: SolidRecipe) -> tuple[str, ...]:
    """Return the names of all kinds of tubes, those of one's own last."""
    return (*(kind.name.lower() for kind in Kind), *(body.name for body in recipe.own))


@dataclass(frozen=True)
class _Thread:
    """Where tubes of a kind lie: in which species, how far from the surface, in which sector, least radius.

    One that reaches `beyond` the surface stays within the cell. One that is `whole` fills all of its neurite. One that
    lies `outside` boutons lies in none.
    """

    kind: int
    species: Species
    contents: Contents
    margin: float = 14.0
    sector: tuple[float, float] = (0.0, 2.0 * math.pi)
    least: float = 6.0
    beyond: float = 0.0
    whole: bool = False
    outside: bool = False


def species_table(recipe: SolidRecipe) -> Doubles:
    """Return the species of a recipe as `synthem.kernels.solid.strands` takes them."""
    table = np.array(
        [
            *(_species_row(one) for one in (recipe.myelinated, recipe.dendrites, recipe.axons, recipe.processes)),
            _spine_row(recipe),
        ]
    )
    for species, swelling in ((Species.AXON, recipe.boutons), (Species.PROCESS, recipe.heads)):
        row, (low, high) = table[species], swelling.radius_nm
        row[SpeciesColumn.SWELLING_EVERY] = swelling.every_nm if high else 0.0
        row[SpeciesColumn.SWELLING_RADIUS], row[SpeciesColumn.SWELLING_RADIUS_RANGE] = low, high - low
    return table


def _species_row(one: Neurites) -> list[float]:
    row = dict.fromkeys(SpeciesColumn, 0.0)
    row[SpeciesColumn.COUNT] = one.count
    row[SpeciesColumn.LENGTH], row[SpeciesColumn.LENGTH_RANGE] = one.length_nm[0], one.length_nm[1] - one.length_nm[0]
    row[SpeciesColumn.SPACING] = one.step_nm
    row[SpeciesColumn.RADIUS], row[SpeciesColumn.RADIUS_SD] = one.radius_nm, one.spread
    row[SpeciesColumn.SMALLEST], row[SpeciesColumn.LARGEST] = one.limits_nm
    row[SpeciesColumn.TURN], row[SpeciesColumn.UNEVENNESS] = one.turn, one.unevenness
    row[SpeciesColumn.ALIGNMENT], row[SpeciesColumn.BUNDLE] = one.alignment, one.bundle
    return list(row.values())


def _spine_row(recipe: SolidRecipe) -> list[float]:
    """Return the spines of a recipe, their count per bead of a dendrite; zeros, if there are none."""
    row, spines = dict.fromkeys(SpeciesColumn, 0.0), recipe.spines
    if not spines.per_um:
        return list(row.values())
    row[SpeciesColumn.COUNT] = spines.per_um * recipe.dendrites.step_nm / 1000.0
    row[SpeciesColumn.LENGTH] = spines.length_nm[0]
    row[SpeciesColumn.LENGTH_RANGE] = spines.length_nm[1] - spines.length_nm[0]
    row[SpeciesColumn.SPACING], row[SpeciesColumn.TURN] = SPINE_STEP_NM, SPINE_TURN
    row[SpeciesColumn.SMALLEST], row[SpeciesColumn.LARGEST] = spines.neck_radius_nm
    row[SpeciesColumn.SWELLING_RADIUS] = spines.head_radius_nm[0]
    row[SpeciesColumn.SWELLING_RADIUS_RANGE] = spines.head_radius_nm[1] - spines.head_radius_nm[0]
    return list(row.values())


def thread_table(recipe: SolidRecipe) -> Doubles:
    """Return what lies along neurites as `synthem.kernels.solid.furnishing.lay_threads` takes it, microtubules last."""
    beside = (math.pi, 0.9 * math.pi)
    dendritic, axonal = recipe.dendritic_mitochondria, recipe.axonal_mitochondria
    pressed = -beside_walls(recipe.membranes) - PRESSED
    sheath = Contents(share=1.0, host_share=1.0, aside=0.0)
    threads = [
        _Thread(Kind.AXON, Species.MYELINATED, sheath, margin=-WRAPPED, least=50.0, whole=True),
        _Thread(Kind.MITOCHONDRION, Species.MYELINATED, recipe.myelinated_mitochondria, 60.0, (0.0, 1.0), 45.0),
        _Thread(Kind.MITOCHONDRION, Species.DENDRITE, dendritic, pressed, least=_least(dendritic), beyond=BEYOND),
        _Thread(Kind.MITOCHONDRION, Species.AXON, axonal, pressed, least=_least(axonal)),
        _Thread(Kind.RETICULUM, Species.DENDRITE, recipe.reticulum, 20.0, beside, 14.0),
        _Thread(Kind.LYSOSOME, Species.DENDRITE, recipe.lysosomes, 25.0, beside, 40.0),
        _Thread(Kind.LYSOSOME, Species.AXON, recipe.lysosomes, 20.0, beside, 40.0),
        _Thread(Kind.DENSE_BODY, Species.DENDRITE, recipe.dense_bodies, 20.0, beside, 12.0),
        _Thread(Kind.DENSE_BODY, Species.PROCESS, recipe.dense_bodies, 18.0, beside, 12.0),
        *(
            _Thread(number, Species(HOSTS.index(body.host)), body, body.margin_nm, beside, 0.5 * body.radius_nm[0])
            for number, body in enumerate(recipe.own, start=len(Kind))
        ),
        *(  # after bodies of one's own, for which they make room
            _Thread(
                Kind.VESICLE,
                species,
                recipe.free_vesicles,
                recipe.vesicles.margin_nm,
                least=SMALLEST_VESICLE,
                outside=True,
            )
            for species in (Species.DENDRITE, Species.AXON, Species.PROCESS)
        ),
        *(
            _Thread(Kind.MICROTUBULE, Species.DENDRITE, recipe.microtubules, 24.0, (0.5 + n, 1.0), 8.0)
            for n in range(recipe.microtubules.sets)
        ),
    ]
    steps = {
        Species.MYELINATED: recipe.myelinated.step_nm,
        Species.DENDRITE: recipe.dendrites.step_nm,
        Species.AXON: recipe.axons.step_nm,
        Species.PROCESS: recipe.processes.step_nm,
    }
    repeated = [one for one in threads for _ in range(1 if one.kind == Kind.MICROTUBULE else one.contents.sets)]
    return np.array([_thread_row(one, steps[one.species]) for one in repeated])


def _least(contents: Contents) -> float:
    """Return the radius below which a mitochondrion is interrupted."""
    return 0.7 * contents.radius_nm[0]


def _thread_row(thread: _Thread, step: float) -> list[float]:
    row, contents = dict.fromkeys(ThreadColumn, 0.0), thread.contents
    row[ThreadColumn.KIND], row[ThreadColumn.SPECIES] = thread.kind, thread.species
    row[ThreadColumn.EVERY] = 0.0 if thread.whole else contents.every_nm
    row[ThreadColumn.SHARE] = contents.share
    row[ThreadColumn.LENGTH] = contents.length_nm[0]
    row[ThreadColumn.LENGTH_RANGE] = contents.length_nm[1] - contents.length_nm[0]
    low, high = (FILLING, FILLING) if thread.whole else contents.radius_nm
    row[ThreadColumn.RADIUS], row[ThreadColumn.RADIUS_RANGE] = low, high - low
    row[ThreadColumn.HOST_SHARE], row[ThreadColumn.ASIDE] = contents.host_share, contents.aside
    row[ThreadColumn.MARGIN], row[ThreadColumn.LEAST], row[ThreadColumn.SPACING] = thread.margin, thread.least, step
    row[ThreadColumn.BEYOND] = thread.beyond
    row[ThreadColumn.SECTOR], row[ThreadColumn.SECTOR_RANGE] = thread.sector
    row[ThreadColumn.OUTSIDE] = float(thread.outside)
    return list(row.values())


def cloud_row(recipe: SolidRecipe) -> Doubles:
    """Return the vesicles of boutons as `synthem.kernels.solid.vesicles.lay_vesicles` takes them."""
    row, vesicles = np.empty(len(CloudColumn)), recipe.vesicles
    row[CloudColumn.RADIUS], row[CloudColumn.RADIUS_RANGE] = (
        vesicles.radius_nm[0],
        vesicles.radius_nm[1] - vesicles.radius_nm[0],
    )
    row[CloudColumn.MARGIN], row[CloudColumn.GAP], row[CloudColumn.DECAY] = vesicles.margin_nm, 0.5, vesicles.decay_nm
    row[CloudColumn.FILLING], row[CloudColumn.FILLING_RANGE] = (
        vesicles.filling[0],
        vesicles.filling[1] - vesicles.filling[0],
    )
    row[CloudColumn.EMPTY] = vesicles.empty_share
    return row
