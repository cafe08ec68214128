"""Painting of sections of solid tissue: bodies under a style become labels and greys."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from synthem.instrument.blur_noise import BlurNoise
from synthem.instrument.cytoplasm import texture_numbers
from synthem.instrument.section_artifacts import mark_section
from synthem.instrument.style import Style
from synthem.kernels.membranes import MembraneColumn
from synthem.kernels.solid.bending import PATCH, Field, Grid, fields_of_section
from synthem.kernels.solid.bricks import BRICK, Bricks, list_bricks
from synthem.kernels.solid.clutter import add_clutter, clutter_of_compartments
from synthem.kernels.solid.partition import LANES, STEEPEST, Bodies, Row
from synthem.kernels.solid.texture import add_solid_texture, shade_compartments
from synthem.kernels.solid.tubes import Tubes, paint_tubes
from synthem.kernels.solid.walls import FUZZ, PlateColumn, Scratch, Walls, paint_walls
from synthem.painting.canvas import Canvas, borrow_canvas
from synthem.painting.textures import normal_quantiles
from synthem.solid.growth import BEND
from synthem.solid.looks import clutter_numbers, membrane_numbers, painted_plates, painted_tubes
from synthem.solid.moved_sections import moved_fields
from synthem.solid.textures import solid_textures
from synthem.tiles.section_artifacts import SectionArtifact, moves

if TYPE_CHECKING:
    from synthem.solid.layout import SolidLayout

__all__ = ["Looks", "SectionPainter"]

Floats = npt.NDArray[np.float32]

BAND_NM = 15.0
"""Thickness of a section that is shown by one plane; thicker ones are the mean of several."""
SEED_OF_SECTION = 0x9E3779B1


class Looks:
    """What is in a layout as flat arrays, under a style."""

    def __init__(self, layout: SolidLayout, style: Style) -> None:
        bodies, key = layout.bodies, layout.key
        self.style = style
        self.bodies = Bodies(bodies.ends, bodies.radii, bodies.owners)
        plates, ids = layout.ids
        membranes = layout.recipe.membranes
        codes = layout.classes.codes
        self.walls = Walls(
            membrane_numbers(membranes, style),
            bodies.keys,
            painted_plates(bodies.densities, layout.recipe.boutons, style, key, plates),
            key,
            codes["boundaries"],
            codes["psd"],
            np.empty(0, np.int32),
        )
        about = (layout.recipe, style, layout.classes, key, ids, bodies.keys, layout.style.own_materials)
        self.tubes: Tubes = painted_tubes(bodies.tubes, *about)
        self.cytoplasm = texture_numbers(style.cytoplasm, style.membranes.texture_sd)
        self.cells = np.empty((2, len(bodies.keys)), np.float32)
        shade_compartments(bodies.keys, key, self.cytoplasm, normal_quantiles(), self.cells)
        look, pixel, clutter = style.cytoplasm, layout.pixel_size_nm, layout.recipe.clutter
        self.textures = solid_textures(look.fine_texture_size_nm, look.fine_texture_stretch, clutter.granule_nm, pixel)
        self.clutter = clutter_numbers(clutter, style)
        self.cluttered = np.empty((3, len(bodies.keys)), np.float32)
        clutter_of_compartments(bodies.keys, key, self.clutter, normal_quantiles(), self.cluttered)


class _Cut(NamedTuple):
    """Where a section cuts the tissue: fields at nodes, the bodies that may matter there, how far tissue is moved."""

    grid: Grid
    fields: Floats
    bricks: Bricks
    scratch: Scratch
    reach: float


class SectionPainter:
    """Paints the sections of a slab of what is in a layout."""

    def __init__(self, looks: Looks, slab: SolidLayout) -> None:
        self.looks, self.layout, self.style = looks, slab, looks.style
        self.bodies, self.walls, self.tubes = looks.bodies, looks.walls, looks.tubes
        self.still = self._cut(slab.grid, slab.fields, BEND, self._layers())
        self.section = np.empty((len(Field), *slab.fields.shape[2:]), np.float32)
        self.rows = np.empty((4, slab.shape[2]), np.float32)

    def _layers(self) -> npt.NDArray[np.bool_]:
        """Return which layers between planes of nodes any plane that is painted lies in."""
        layout, grid = self.layout, self.layout.grid
        middles = (layout.origin[0] + np.arange(layout.shape[0])) * layout.spacing_nm
        used = np.zeros(layout.fields.shape[1] - 1, np.bool_)
        for offset in (0.0, *self._offsets()):
            used[np.floor((middles + offset) / grid.depth).astype(np.intp) - grid.plane] = True
        return used

    def _offsets(self) -> list[float]:
        """Return how far from the middle of a section the planes lie of whose greys its own are the mean."""
        thickness = self.layout.thickness_nm
        bands = max(1, round(thickness / BAND_NM))
        return [thickness * ((band + 0.5) / bands - 0.5) for band in range(bands)]

    def _cut(self, grid: Grid, fields: Floats, reach: float, used: npt.NDArray[np.bool_]) -> _Cut:
        _, planes, rows, columns = fields.shape
        down = -(-(rows - 1 + grid.row // PATCH % BRICK) // BRICK)
        across = -(-(columns - 1 + grid.column // PATCH % BRICK) // BRICK)
        spans = np.zeros((planes - 1, down, across, 2), np.int64)
        rounding = self.layout.recipe.membranes.junction_rounding_nm
        within = float(self.walls.membrane[MembraneColumn.PAINTED_WITHIN])
        margins = (2.0 * STEEPEST * within + rounding, 2.0 * STEEPEST * FUZZ + rounding)
        plates = self.walls.plates
        balls = np.ascontiguousarray(plates[:, [PlateColumn.Z, PlateColumn.Y, PlateColumn.X, PlateColumn.RADIUS]])
        balls[:, 3] += FUZZ
        room = 100 * int(used.sum()) * down * across
        while True:
            bricks = Bricks(spans, np.empty(room, np.int64))
            count = list_bricks(self.bodies, grid, fields, used, reach, margins, balls, bricks)
            if count <= room:
                break
            room = count
        most = int((spans[..., 1] - spans[..., 0]).max(initial=1)) + 1
        lanes = np.empty((max(Row) // LANES + 1) * LANES, np.float32)
        distances = np.empty(self.layout.shape[1:], np.float32)
        scratch = Scratch(lanes, np.empty(most), np.empty(most, np.int64), distances)
        return _Cut(grid, fields, bricks, scratch, reach)

    def _cut_of(self, middle: float, damage: list[SectionArtifact]) -> _Cut:
        """Return where a section cuts the tissue: elsewhere than the others if it is moved."""
        moving, layout = list(filter(moves, damage)), self.layout
        if not moving:
            return self.still
        half, nodes = 0.5 * layout.thickness_nm, self.still.fields.shape[2:]
        grid, fields, far = moved_fields(moving, (middle - half, middle + half), layout.grid, nodes, layout.bend)
        return self._cut(grid, fields, BEND + far, np.ones(fields.shape[1] - 1, np.bool_))

    def expose(self, place: int) -> Canvas:
        """Paint a section and expose it: labels of its middle, grey as the mean over its thickness."""
        layout = self.layout
        canvas, first = borrow_canvas(layout.shape[1:], layout.classes), layout.origin[1:]
        middle, offsets = (layout.origin[0] + place) * layout.spacing_nm, self._offsets()
        damage = [one for one in layout.damage if one.section == place]
        cut, total = self._cut_of(middle, damage), None
        for offset in offsets if len(offsets) > 1 else ():
            self._paint(canvas, middle + offset, cut)
            total = canvas.grey.copy() if total is None else total + canvas.grey
        self._paint(canvas, middle, cut)
        if total is not None:
            canvas.grey[...] = total / np.float32(len(offsets))
        for one in damage:
            mark_section(canvas, one, first)
        noise = layout.exposure.key ^ ((layout.origin[0] + place) * SEED_OF_SECTION & (1 << 40) - 1)
        BlurNoise().apply(canvas, replace(layout.exposure, key=noise), self.style)
        for one in damage:
            mark_section(canvas, one, first)
        return canvas

    def _paint(self, canvas: Canvas, z: float, cut: _Cut) -> None:
        plates = self.walls.plates
        canvas.clear(self.style.cytoplasm.level, self.layout.pixel_size_nm)
        fields_of_section(cut.grid, z, cut.fields, self.section)
        far = plates[:, PlateColumn.RADIUS] + FUZZ + BEND
        near = np.flatnonzero(abs(plates[:, PlateColumn.Z] - z) < far).astype(np.int32)
        walls = self.walls._replace(rough=near)
        about = (cut.grid, z, self.section)
        paint_walls(self.bodies, cut.bricks, *about, walls, cut.scratch, canvas.planes)
        looks = self.looks
        add_solid_texture(looks.textures, *about, looks.cells, looks.cytoplasm, canvas.planes, self.rows)
        add_clutter(looks.textures, *about, looks.cluttered, looks.clutter, canvas.planes, self.rows)
        paint_tubes(self.tubes, *about, cut.reach, cut.scratch, looks.textures, canvas.planes)
