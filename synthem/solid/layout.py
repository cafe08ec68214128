"""Layout of a block of solid tissue: everything random drawn and frozen, and its sections painted."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError
from synthem.instrument.blur_noise import ExposurePlan
from synthem.instrument.style import Style, load_style
from synthem.kernels.masks import mark_seen, write_masks
from synthem.kernels.solid.bending import PATCH, Field, Grid, bend_fields
from synthem.labels import ClassTable
from synthem.solid.bodies import Box, SolidBodies
from synthem.solid.centre_lines import BentBlock, centre_lines
from synthem.solid.growth import BEND, grow_bodies
from synthem.solid.painter import Looks, SectionPainter
from synthem.solid.recipe import SolidRecipe
from synthem.solid.shells import paints_objects, shells_of
from synthem.solid.species import kind_names
from synthem.tiles.body_tally import report_of_bodies
from synthem.tiles.memory import check_fits
from synthem.tiles.objects import ObjectRecord
from synthem.tiles.section_artifacts import SectionArtifact
from synthem.tiles.skeletons import CentreLine
from synthem.tiles.synapses import SynapticContact
from synthem.tiles.volume import Volume

__all__ = ["SolidLayout"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

NODE_NM = 40.0
"""Distance of planes of nodes at which it is aimed."""
WAVES = (260.0, 90.0, 320.0)
"""Sizes in nm of the features of the wide and of the narrow bend, and of the coarse texture."""


@dataclass(frozen=True, eq=False, kw_only=True)
class SolidLayout:
    """A block of solid tissue before it is painted: a function of recipe, key and place.

    Parameters
    ----------
    shape : (int, int, int)
        Sections, rows and columns.
    origin : (int, int, int)
        First section, row and column, counted from the origin of the tissue.
    recipe : SolidRecipe
        What is in the tissue.
    style : Style
        How it looks, unless `render` is asked for another one.
    classes : ClassTable
        The classes that are labelled.
    pixel_size_nm, spacing_nm, thickness_nm : float
        Side of a pixel, distance of sections, and thickness of a section.
    key : int
        Key of the tissue.
    exposure : ExposurePlan
        How the instrument deviates; the noise differs from section to section.
    seed, index : int
        Where it came from.

    Examples
    --------
    >>> import synthem
    >>> scene = synthem.SolidScene(shape=(8, 64, 64))
    >>> layout = scene.sample(seed=3)
    >>> layout.render() == layout.render()
    True
    """

    shape: tuple[int, int, int]
    origin: tuple[int, int, int]
    recipe: SolidRecipe
    style: Style
    classes: ClassTable
    pixel_size_nm: float
    spacing_nm: float
    thickness_nm: float
    key: int
    exposure: ExposurePlan
    seed: int
    index: int

    @cached_property
    def box(self) -> Box:
        """The tissue of the block, with half a section beyond its first and last middle."""
        voxel = np.array([self.spacing_nm, self.pixel_size_nm, self.pixel_size_nm])
        low = np.array(self.origin) * voxel
        half = np.array([0.5 * self.thickness_nm, 0.0, 0.0])
        return Box(low - half, low + (np.array(self.shape) - 1) * voxel + half)

    @cached_property
    def bodies(self) -> SolidBodies:
        """All bodies in the block and around it."""
        beyond = self.recipe.artifacts.reach_nm * np.array([0.0, 1.0, 1.0])
        return grow_bodies(self.recipe, self.key, Box(self.box.low - beyond, self.box.high + beyond))

    @cached_property
    def grid(self) -> Grid:
        """Where the block lies, as the kernels take it."""
        few, many = NODE_NM / self.spacing_nm, self.spacing_nm / NODE_NM
        depth = self.spacing_nm * round(few) if few >= 1.0 else self.spacing_nm / math.ceil(many)
        plane = math.floor(self.box.low[0] / depth)
        return Grid(self.origin[1], self.origin[2], plane, self.pixel_size_nm, depth)

    @cached_property
    def fields(self) -> Floats:
        """The fields of `synthem.kernels.solid.bending` at the nodes of the block."""
        grid, (_, height, width) = self.grid, self.shape
        planes = math.floor(self.box.high[0] / grid.depth) + 2 - grid.plane
        rows = (grid.row + height - 1) // PATCH + 2 - grid.row // PATCH
        columns = (grid.column + width - 1) // PATCH + 2 - grid.column // PATCH
        return self.bend(grid, (planes, rows, columns))

    def bend(self, grid: Grid, nodes: tuple[int, int, int]) -> Floats:
        """Return the fields at so many planes, rows and columns of nodes."""
        out = np.empty((len(Field), *nodes), np.float32)
        waves = np.array((*WAVES, self.recipe.clutter.tubule_spacing_nm))
        bend_fields(grid, self.key, np.array((self.recipe.bend_nm, self.recipe.fine_bend_nm)), waves, out)
        return out

    @cached_property
    def damage(self) -> tuple[SectionArtifact, ...]:
        """What damages the sections, in their order."""
        draw, first = self.recipe.artifacts.draw, self.origin[0]
        return tuple(one for place in range(self.shape[0]) for one in draw(self.key, first + place, place))

    @cached_property
    def ids(self) -> tuple[Ints, Ints]:
        """Ids of densities, from 1, and of tubes; 0 for those that are no objects."""
        densities = np.arange(1, len(self.bodies.densities.keys) + 1)
        shells = shells_of(self.recipe)
        whole = np.array([paints_objects(shell, self.classes) for shell in shells.values()])[self.bodies.tubes.kinds]
        tubes = np.where(whole, len(densities) + np.cumsum(whole), 0)
        return densities, tubes

    def records(self) -> tuple[ObjectRecord, ...]:
        """Return what is known of every object that has an id; those beyond the block have no voxel."""
        return self._records

    @cached_property
    def _records(self) -> tuple[ObjectRecord, ...]:
        densities, tubes = self.bodies.densities, self.bodies.tubes
        shells, names, (plates, numbers) = shells_of(self.recipe), kind_names(self.recipe), self.ids
        psd, nowhere = "psd" if "psd" in self.classes.names else None, dict[str, float]()
        out = [
            ObjectRecord(
                id=number, kind="psd", class_name=psd, pose=nowhere, parameters={"radius_nm": radius}, torn=True
            )
            for number, radius in zip(plates.tolist(), densities.radii.tolist(), strict=True)
        ]
        widest = np.maximum.reduceat(tubes.radii.max(axis=1), tubes.starts[:-1]) if len(tubes.kinds) else ()
        for number, kind, radius in zip(
            numbers.tolist(), tubes.kinds.tolist(), np.asarray(widest).tolist(), strict=True
        ):
            if number:
                owner = shells[kind].owner
                name = owner if owner in self.classes.names else None
                drawn = {"radius_nm": radius}
                about = {"kind": names[kind], "class_name": name, "pose": nowhere, "parameters": drawn}
                out.append(ObjectRecord(id=number, torn=True, **about))
        return tuple(out)

    @property
    def synapses(self) -> tuple[SynapticContact, ...]:
        """Both sides of each synapse in the block and around it."""
        found = self.bodies.densities
        sides = zip(found.pre.tolist(), found.post.tolist(), self.ids[0].tolist(), strict=True)
        return tuple(SynapticContact(presynaptic=pre, postsynaptic=post, psd=psd) for pre, post, psd in sides)

    def centre_lines(self, sections: range) -> tuple[CentreLine, ...]:
        """Return where the neurites run within some of the sections."""
        slab = self._slab(sections)
        voxel = (slab.spacing_nm, slab.pixel_size_nm, slab.pixel_size_nm)
        block = BentBlock(slab.shape, slab.origin, voxel, slab.grid, slab.fields)
        return tuple(centre_lines(self.bodies, slab.box.grown(BEND), block))

    def _slab(self, sections: range) -> SolidLayout:
        """Return the layout of some of the sections, whose bodies have other numbers."""
        section, row, column = self.origin
        return replace(self, shape=(len(sections), *self.shape[1:]), origin=(section + sections.start, row, column))

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what follows from the rest."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @cached_property
    def _looks(self) -> Looks:
        """What is in the layout in its own style."""
        return Looks(self, self.style.for_tile(self.key))

    def render(self, style: str | Path | Style | None = None, *, sections: range | None = None) -> Volume:
        """Paint all sections, or some: a pure function of layout, style and sections.

        Parameters
        ----------
        style : str, Path, Style or None
            How it looks; None: the style of the layout. Its `pixel_size_nm` changes nothing.
        sections : range, optional
            Neighbouring sections to paint. Their compartments and objects have the numbers that they have in the whole
            block.

        Returns
        -------
        Volume

        Raises
        ------
        ConfigError
            If `sections` are none of the block, or the volume does not fit into memory.

        Examples
        --------
        >>> import synthem
        >>> layout = synthem.SolidScene(shape=(8, 64, 64)).sample(seed=3)
        >>> slab = layout.render(sections=range(2, 4))
        >>> slab.origin, (slab.instances == layout.render().instances[2:4]).all().item()
        ((2, 0, 0), True)
        """
        places, (depth, height, width) = range(self.shape[0]) if sections is None else sections, self.shape
        if places.step != 1 or not 0 <= places.start < places.stop <= depth:
            raise ConfigError(f"`sections` must be a range within the {depth} sections of the block, got {sections!r}")
        shape = (len(places), height, width)
        check_fits(shape, self.classes)
        looks = self._looks if style is None else Looks(self, load_style(style).for_tile(self.key))
        slab = self._slab(places)
        painter = SectionPainter(looks, slab)
        image, instances, compartments = (np.empty(shape, kind) for kind in (np.uint8, np.int32, np.int32))
        masks, own = (np.empty((len(self.classes), *sides), np.uint8) for sides in (shape, shape[1:]))
        seen = np.zeros(max((one.id for one in self.records()), default=0) + 1, bool)
        for row in range(len(places)):
            canvas = painter.expose(row)
            assert canvas.image is not None
            write_masks(canvas.label, canvas.compartments, self.classes.code_ranges, self.classes.separators, own)
            image[row], masks[:, row] = canvas.image, own
            instances[row], compartments[row] = canvas.ids, canvas.compartments
            mark_seen(canvas.ids, seen)
        return Volume(
            image=image,
            masks=masks.view(np.bool_),
            instances=instances,
            compartments=compartments,
            records=self.records(),
            report=report_of_bodies(self.records(), np.flatnonzero(seen).tolist()),
            seed=self.seed,
            index=self.index,
            classes=self.classes,
            facing=self.synapses,
            pixel_size_nm=self.pixel_size_nm,
            spacing_nm=self.spacing_nm,
            thickness_nm=self.thickness_nm,
            origin=slab.origin,
            damage=slab.damage,
            lines=partial(replace(self).centre_lines, places),  # without its bodies, which need not be kept
        )
