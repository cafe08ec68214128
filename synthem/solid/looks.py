"""Looks: bodies and a style become the flat arrays that kernels paint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from synthem.instrument.materials import Material
from synthem.instrument.style import Style
from synthem.kernels.membranes import MembraneColumn
from synthem.kernels.solid.tube_looks import Named, Shades, ShellColumn, shade_tubes
from synthem.kernels.solid.tubes import TubeColumn, Tubes
from synthem.kernels.solid.walls import FUZZ, PlateColumn
from synthem.labels import ClassTable
from synthem.painting.paint_list import MaterialTable
from synthem.solid.bodies import Densities, TubeSet
from synthem.solid.recipe import SolidBody, SolidMembranes, SolidRecipe
from synthem.solid.species import Kind

__all__ = [
    "Shell",
    "bouton_shades",
    "membrane_numbers",
    "painted_plates",
    "painted_tubes",
    "paints_objects",
    "shells_of",
    "widest_membrane",
]

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LAST_KEY = (1 << 40) - 1
HAZY = 0.45
"""Share of the haze between vesicles that lies over all cytoplasm of an axon: greys are then those of real slices."""
BOUTONS = 1
"""Tells draws for the cytoplasm of axons from those for densities."""


@dataclass(frozen=True)
class Shell:
    """How tubes of a kind are built and labelled; lengths in nm.

    Parameters
    ----------
    rim, interior, ridges : str or None
        Materials; without an interior the tube is of one material, or hollow.
    rim_label, label : str or None
        Classes of the rim and of the interior.
    owner : str or None
        Class of the object; None: it is no object of its own.
    rim_nm : (float, float)
        Range of the width of the rim.
    rim_share, rim_most : float
        Width of the rim beyond that relative to the radius, and at most.
    sharp : bool
        Whether the rim ends at its width; else it fades into the interior.
    softness_nm : float
        Distance over which the tube fades out beyond its surface.
    hollow : bool
        Whether the interior stays as it is.
    period_nm : (float, float)
        Range of the distance of ridges.
    """

    rim: str
    interior: str | None = None
    ridges: str | None = None
    rim_label: str | None = None
    label: str | None = None
    owner: str | None = None
    rim_nm: tuple[float, float] = (1000.0, 1000.0)
    rim_share: float = 0.0
    rim_most: float = 1.0
    sharp: bool = True
    softness_nm: float = 0.0
    hollow: bool = False
    period_nm: tuple[float, float] = (1.0, 1.0)


def shells_of(recipe: SolidRecipe) -> dict[int, Shell]:
    """Return how the tubes of a recipe are built, by the numbers of their kinds."""
    return {
        Kind.AXON: Shell(
            "myelin", rim_label="axon", owner="axon", rim_nm=recipe.myelin.sheath_nm, rim_most=0.6, hollow=True
        ),
        Kind.MITOCHONDRION: Shell(
            "mitochondrial_rim",
            "matrix",
            "crista",
            rim_label="mitochondrial_boundaries",
            label="mitochondria",
            owner="mitochondria",
            rim_nm=(22.0, 36.0),
            rim_most=0.35,
            period_nm=(35.0, 60.0),
        ),
        Kind.VESICLE: Shell(
            "vesicle_membrane",
            "vesicle_lumen",
            rim_label="vesicles",
            label="vesicles",
            owner="vesicles",
            rim_nm=(7.68, 13.18),
            rim_share=0.3,
            sharp=False,
        ),
        Kind.RETICULUM: Shell("reticulum", "reticulum_lumen", rim_nm=(9.0, 13.0), softness_nm=6.0, rim_most=0.7),
        Kind.MICROTUBULE: Shell("microtubule", softness_nm=8.0),
        Kind.DENSE_BODY: Shell("dense_body", softness_nm=10.0),
        Kind.LYSOSOME: Shell("lysosome_membrane", "lysosome_lumen", rim_nm=(12.0, 20.0), softness_nm=6.0),
        **{number: _shell_of(body) for number, body in enumerate(recipe.own, start=len(Kind))},
    }


def _shell_of(body: SolidBody) -> Shell:
    label = body.label or None
    return Shell(
        body.rim,
        body.interior or None,
        rim_label=label,
        label=label,
        owner=label,
        rim_nm=body.rim_nm,
        rim_most=0.5,
        hollow=not body.interior,
    )


def paints_objects(shell: Shell, classes: ClassTable) -> bool:
    """Return whether tubes of a kind are objects under a class table."""
    return shell.owner is not None and classes.owners[shell.owner] is not None


@lru_cache(maxsize=64)
def _shell_rows(recipe: SolidRecipe) -> tuple[tuple[str, ...], Doubles]:
    """Return the materials of all kinds, and the table of kinds as `shade_tubes` takes it."""
    shells = shells_of(recipe)
    names = tuple(dict.fromkeys(n for s in shells.values() for n in (s.rim, s.interior, s.ridges) if n))
    rows = np.empty((len(shells), len(ShellColumn)))
    for kind, shell in shells.items():
        row = rows[kind]
        for column, name in ((0, shell.rim), (1, shell.interior), (2, shell.ridges)):
            row[column] = names.index(name) if name else -1
        row[ShellColumn.RIM_WIDTH], row[ShellColumn.RIM_WIDTH_RANGE] = (
            shell.rim_nm[0],
            shell.rim_nm[1] - shell.rim_nm[0],
        )
        row[ShellColumn.RIM_SHARE], row[ShellColumn.RIM_MOST] = shell.rim_share, shell.rim_most
        row[ShellColumn.SHARPNESS], row[ShellColumn.SOFTNESS] = shell.sharp, shell.softness_nm
        row[ShellColumn.FILLED] = not shell.hollow
        row[ShellColumn.PERIOD], row[ShellColumn.PERIOD_RANGE] = (
            shell.period_nm[0],
            shell.period_nm[1] - shell.period_nm[0],
        )
    return names, rows


def painted_tubes(
    tubes: TubeSet,
    recipe: SolidRecipe,
    style: Style,
    classes: ClassTable,
    key: int,
    ids: Ints,
    brought: Mapping[str, Material] = MappingProxyType({}),
) -> Tubes:
    """Return tubes with their codes, ids and greys, as `synthem.kernels.solid.tubes.paint_tubes` takes them.

    Parameters
    ----------
    tubes : TubeSet
        The tubes.
    recipe, style, classes
        What is in the tissue, how it looks, which classes are labelled.
    key : int
        Key of the tissue.
    ids : (m,) int64 array
        Id of each tube, 0 for none.
    brought : mapping of str to Material, default empty
        Materials of bodies of one's own, for styles that do not know them.
    """
    names, rows = _shell_rows(recipe)
    table: MaterialTable = style.table(names, brought)
    looks = np.empty((len(tubes.kinds), len(TubeColumn)), np.float32)
    named = Named(tubes.kinds, tubes.keys, tubes.radii, tubes.starts)
    shade_tubes(Shades(*table, key), rows, named, looks)
    return Tubes(tubes.ends, tubes.radii, tubes.starts, _codes(recipe, classes)[tubes.kinds], ids, looks)


def _codes(recipe: SolidRecipe, classes: ClassTable) -> npt.NDArray[np.uint8]:
    """Return label codes of rim and interior of each kind, and the lowest code that it does not cover."""
    rows = []
    for shell in shells_of(recipe).values():
        limit = classes.limits[shell.owner] if shell.owner else 1
        rows.append((classes.codes[shell.rim_label], classes.codes[shell.label], limit))
    return np.array(rows, np.uint8)


def widest_membrane(membranes: SolidMembranes) -> float:
    """Return the distance from a border that no membrane exceeds, in nm."""
    return 1.5 * membranes.width_nm


def membrane_numbers(membranes: SolidMembranes, style: Style) -> npt.NDArray[np.float32]:
    """Return widths and greys of membranes as `synthem.kernels.solid.walls` takes them, in nm."""
    looks, numbers = style.membranes, np.zeros(len(MembraneColumn), np.float32)
    numbers[MembraneColumn.HALF_WIDTH] = 0.5 * membranes.width_nm
    numbers[MembraneColumn.WIDTH_SD_ALONG] = membranes.width_sd_along
    numbers[MembraneColumn.WIDTH_SD_BETWEEN] = membranes.width_sd_between
    numbers[MembraneColumn.WIDEST_HALF_WIDTH] = widest_membrane(membranes)
    numbers[MembraneColumn.PAINTED_WITHIN] = widest_membrane(membranes) + looks.edge_shadow_reach_nm
    numbers[MembraneColumn.ROUNDING] = membranes.junction_rounding_nm
    numbers[MembraneColumn.LEVEL], numbers[MembraneColumn.LEVEL_SD] = looks.level, looks.level_sd
    numbers[MembraneColumn.FADE], numbers[MembraneColumn.DEFOCUS] = looks.fade, looks.defocus
    numbers[MembraneColumn.OBLIQUE_LEVEL], numbers[MembraneColumn.OBLIQUE_SD] = looks.oblique_level, looks.oblique_sd
    numbers[MembraneColumn.OBLIQUE_FADE] = looks.oblique_fade
    numbers[MembraneColumn.DOUBLE_SHARE] = membranes.double_share
    numbers[MembraneColumn.CLEFT_HALF_WIDTH] = 0.5 * membranes.cleft_nm
    numbers[MembraneColumn.CLEFT_LEVEL] = looks.cleft_level
    numbers[MembraneColumn.EDGE_SHADOW] = looks.edge_shadow
    numbers[MembraneColumn.EDGE_SHADOW_REACH] = looks.edge_shadow_reach_nm
    return numbers


def painted_plates(densities: Densities, style: Style, key: int, ids: Ints) -> Doubles:
    """Return densities with their ids and greys, as `synthem.kernels.solid.walls` takes them.

    Parameters
    ----------
    densities : Densities
        The densities.
    style : Style
        How they look.
    key : int
        Key of the tissue.
    ids : (m,) int64 array
        Id of each.
    """
    plates = np.zeros((len(densities.keys), len(PlateColumn)))
    plates[:, PlateColumn.PRE], plates[:, PlateColumn.POST] = densities.pre, densities.post
    plates[:, PlateColumn.Z : PlateColumn.X + 1] = densities.centres
    plates[:, PlateColumn.RADIUS], plates[:, PlateColumn.ID] = densities.radii, ids
    plates[:, PlateColumn.PRE_DEPTH : PlateColumn.POST_DEPTH + 1] = densities.depths
    materials = style.materials
    for row, name in zip(plates, densities.keys.tolist(), strict=True):
        draws = np.random.Generator(np.random.PCG64([key, name & LAST_KEY])).random(8)
        row[PlateColumn.LEVEL] = _within(materials.psd.grey, draws[0])
        row[PlateColumn.CORE_LEVEL] = _within(materials.psd_core.grey, draws[0])
        row[PlateColumn.CORE_OPACITY] = materials.psd_core.opacity[1]
        row[PlateColumn.FUZZ_LEVEL] = _within(materials.psd_fuzz.grey, draws[1])
        row[PlateColumn.FUZZ_OPACITY] = _within(materials.psd_fuzz.opacity, draws[2])
        reach = _within(materials.psd_fuzz.reach_nm, draws[3])
        row[PlateColumn.FUZZ_REACH] = min(reach, FUZZ - densities.depths.max())
        row[PlateColumn.ZONE_LEVEL] = _within(materials.presynaptic_zone.grey, draws[4])
        row[PlateColumn.ZONE_OPACITY] = _within(materials.presynaptic_zone.opacity, draws[5])
        reach = _within(materials.presynaptic_zone.reach_nm, draws[6])
        row[PlateColumn.ZONE_REACH] = min(reach, FUZZ - densities.depths.max())
    return plates


def bouton_shades(keys: Ints, key: int, style: Style) -> npt.NDArray[np.float32]:
    """Return how much darker than others the cytoplasm of axons with boutons is, in levels.

    Parameters
    ----------
    keys : (n,) int64 array
        Keys of the axons.
    key : int
        Key of the tissue.
    style : Style
        How they look; its material ``bouton_cytoplasm`` is laid over cytoplasm.
    """
    haze, shades = style.materials.bouton_cytoplasm, np.empty(len(keys), np.float32)
    for place, name in enumerate(keys.tolist()):
        grey, opacity = np.random.Generator(np.random.PCG64([key, name & LAST_KEY, BOUTONS])).random(2)
        shades[place] = HAZY * _within(haze.opacity, opacity) * (_within(haze.grey, grey) - style.cytoplasm.level)
    return shades


def _within(limits: tuple[float, float], share: float) -> float:
    return limits[0] + (limits[1] - limits[0]) * share
