"""Looks: bodies and a style become the flat arrays that kernels paint."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from synthem.instrument.materials import Material, Materials
from synthem.instrument.style import Style
from synthem.kernels.membranes import MembraneColumn
from synthem.kernels.solid.clutter import ClutterColumn
from synthem.kernels.solid.tube_looks import Named, Shades, shade_tubes
from synthem.kernels.solid.tubes import WALL_FELT, TubeColumn, Tubes
from synthem.kernels.solid.walls import FUZZ, PlateColumn
from synthem.labels import ClassTable
from synthem.painting.paint_list import MaterialTable
from synthem.solid.bodies import Densities, TubeSet
from synthem.solid.recipe import Boutons, SolidClutter, SolidMembranes, SolidRecipe
from synthem.solid.shells import shell_codes, shell_rows
from synthem.solid.species import beside_walls

__all__ = [
    "clutter_numbers",
    "membrane_numbers",
    "painted_plates",
    "painted_tubes",
    "widest_membrane",
]

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LAST_KEY = (1 << 40) - 1
LEAST_SHARE = 1e-9
"""Share of granules that stands for none."""
TUBULE_RIM_NM = 15.0
"""Width of the membrane of a tubule."""
GREYS_OF_CLUTTER = (ClutterColumn.GRANULE_LEVEL, ClutterColumn.RIM_LEVEL, ClutterColumn.LUMEN_LEVEL)


def painted_tubes(
    tubes: TubeSet,
    recipe: SolidRecipe,
    style: Style,
    classes: ClassTable,
    key: int,
    ids: Ints,
    keys: Ints,
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
    keys : (c + 1,) int64 array
        Keys of the compartments, rising.
    brought : mapping of str to Material, default empty
        Materials of bodies of one's own, for styles that do not know them.
    """
    names, rows = shell_rows(recipe)
    table: MaterialTable = style.table(names, brought)
    looks = np.empty((len(tubes.kinds), len(TubeColumn)), np.float32)
    named = Named(tubes.kinds, tubes.keys, tubes.hosts, tubes.radii, tubes.starts)
    shade_tubes(Shades(*table, key), rows, named, looks)
    codes, hosts = shell_codes(recipe, classes)[tubes.kinds], np.searchsorted(keys, tubes.hosts)
    return Tubes(tubes.ends, tubes.radii, tubes.starts, codes, ids, hosts, looks)


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
    within = max(widest_membrane(membranes) + looks.edge_shadow_reach_nm, beside_walls(membranes) + WALL_FELT)
    numbers[MembraneColumn.PAINTED_WITHIN] = within
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


def clutter_numbers(clutter: SolidClutter, style: Style) -> npt.NDArray[np.float32]:
    """Return amounts and greys of clutter as `synthem.kernels.solid.clutter` takes them."""
    numbers, materials = np.zeros(len(ClutterColumn), np.float32), style.materials
    numbers[ClutterColumn.THRESHOLD] = NormalDist().inv_cdf(1.0 - max(clutter.granule_share, LEAST_SHARE))
    numbers[ClutterColumn.THRESHOLD_SD] = clutter.granule_variation if clutter.granule_share else 0.0
    numbers[ClutterColumn.TUBULE_SHARE], numbers[ClutterColumn.RIM_WIDTH] = clutter.tubule_share, TUBULE_RIM_NM
    numbers[ClutterColumn.RADIUS] = clutter.tubule_radius_nm[0]
    numbers[ClutterColumn.RADIUS_RANGE] = clutter.tubule_radius_nm[1] - clutter.tubule_radius_nm[0]
    numbers[ClutterColumn.SHEET_SHARE], numbers[ClutterColumn.SHEET_WIDTH] = clutter.sheet_share, clutter.sheet_nm[0]
    numbers[ClutterColumn.SHEET_WIDTH_RANGE] = clutter.sheet_nm[1] - clutter.sheet_nm[0]
    painted = (materials.dense_body, materials.reticulum, materials.reticulum_lumen)
    for column, material in zip(GREYS_OF_CLUTTER, painted, strict=True):
        numbers[column], numbers[column + 1] = _within(material.grey, 0.5), _within(material.opacity, 0.5)
    return numbers


def painted_plates(densities: Densities, boutons: Boutons, style: Style, key: int, ids: Ints) -> Doubles:
    """Return densities with their ids and greys, as `synthem.kernels.solid.walls` takes them.

    Parameters
    ----------
    densities : Densities
        The densities.
    boutons : Boutons
        How many fade or are pale.
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
    most, materials = FUZZ - densities.depths.max(initial=0.0), style.materials
    for row, name in zip(plates, densities.keys.tolist(), strict=True):
        draws = np.random.Generator(np.random.PCG64([key, name & LAST_KEY])).random(24)
        pale = _within(materials.pale_psd.grey, draws[7]) if draws[8] < boutons.pale_share else 0.0
        level = _within(materials.psd.grey, draws[0]) + pale
        row[PlateColumn.LEVEL], row[PlateColumn.TEXTURE_SD] = level, materials.psd.texture_sd
        row[PlateColumn.CORE_LEVEL] = _within(materials.psd_core.grey, draws[0]) + pale
        row[PlateColumn.CORE_OPACITY] = materials.psd_core.opacity[1]
        row[PlateColumn.FUZZ_LEVEL] = _within(materials.psd_fuzz.grey, draws[1])
        row[PlateColumn.FUZZ_OPACITY] = _within(materials.psd_fuzz.opacity, draws[2])
        row[PlateColumn.FUZZ_REACH] = min(_within(materials.psd_fuzz.reach_nm, draws[3]), most)
        row[PlateColumn.ZONE_LEVEL] = _within(materials.presynaptic_zone.grey, draws[4])
        row[PlateColumn.ZONE_OPACITY] = _within(materials.presynaptic_zone.opacity, draws[5])
        row[PlateColumn.ZONE_REACH] = min(_within(materials.presynaptic_zone.reach_nm, draws[6]), most)
        _fade_plate(row, draws[9:], draws[8] < boutons.pale_share, boutons.fading_share, materials)
    return plates


def _fade_plate(row: Doubles, draws: Doubles, pale: bool, fading_share: float, materials: Materials) -> None:
    """Write how a density fades towards its ends and flanks, and the soft edge around it."""
    level, fading = row[PlateColumn.LEVEL], draws[0] < fading_share
    edge = materials.faint_psd_edge if fading or pale else materials.psd_edge
    row[PlateColumn.EDGE_LEVEL] = level + _within(edge.grey, draws[1])
    row[PlateColumn.EDGE_OPACITY] = _within(edge.opacity, draws[2])
    if not fading:
        return
    end, flank = materials.psd_end, materials.psd_flank
    row[PlateColumn.END_LEVEL] = level + _within(end.grey, draws[3])
    row[PlateColumn.END_OPACITY : PlateColumn.OTHER_END_OPACITY + 1] = _pieces(end, draws[4:7])
    row[PlateColumn.END_REACH] = _within(end.reach_nm, draws[7])
    up, turn = 2.0 * draws[8] - 1.0, 2.0 * np.pi * draws[9]
    flat = np.sqrt(1.0 - up * up)
    row[PlateColumn.END_Z : PlateColumn.END_X + 1] = up, flat * np.sin(turn), flat * np.cos(turn)
    row[PlateColumn.FLANK_LEVEL] = level + _within(flank.grey, draws[10])
    row[PlateColumn.PRE_FLANK_OPACITY : PlateColumn.POST_FLANK_OPACITY + 1] = _pieces(flank, draws[11:14])
    row[PlateColumn.FLANK_REACH] = _within(flank.reach_nm, draws[14])


def _pieces(material: Material, draws: Doubles) -> Doubles:
    """Return the opacities of two pieces of a material."""
    pieces = _within(material.opacity, draws[0]) + material.opacity_within * (draws[1:] - 0.5)
    return np.clip(pieces, 0.0, 1.0)


def _within(limits: tuple[float, float], share: float) -> float:
    return limits[0] + (limits[1] - limits[0]) * share
