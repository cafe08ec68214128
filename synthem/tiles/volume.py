"""A volume: sections of tissue one behind the other, with exact masks, and a record of every object in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError, DataError
from synthem.tiles.affinities import NEAREST, measure_affinities
from synthem.tiles.artifacts import Artifact
from synthem.tiles.body_tally import BodyTally
from synthem.tiles.contacts import MembraneContact
from synthem.tiles.objects import ObjectRecord
from synthem.tiles.section_artifacts import SectionArtifact, artifact_of
from synthem.tiles.skeletons import Lines, Skeleton, skeletons_of
from synthem.tiles.synapses import SynapticContact
from synthem.tiles.tile import Tile

__all__ = ["Axis", "Volume", "VolumeObject", "measure_bodies"]

Axis: TypeAlias = Literal["z", "y", "x"]

AXES: tuple[Axis, ...] = ("z", "y", "x")


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class VolumeObject(ObjectRecord):
    """One object of a volume, as far as it lies in it.

    Parameters
    ----------
    id, kind, class_name, parameters
        As in `ObjectRecord`; lengths are nm. The id is the same in all sections.
    pose, rings, torn
        Not used: a body has no outline of its own. `Volume.section` gives outlines of visible pixels.
    box : tuple of int
        Its voxels lie in sections ``box[0]:box[3]``, rows ``box[1]:box[4]`` and columns ``box[2]:box[5]``.
    centroid : tuple of float
        Mean (section, row, column) of its voxels.
    voxels : int
        Number of its voxels.
    volume_nm3 : float or None
        Their volume; None where the size of a voxel is not known.
    sections : int
        Number of sections that show it.
    """

    box: tuple[int, int, int, int, int, int]
    centroid: tuple[float, float, float]
    voxels: int
    volume_nm3: float | None
    sections: int

    def __eq__(self, other: object) -> bool:
        """Compare all fields."""
        if not isinstance(other, VolumeObject):
            return NotImplemented
        return _values(self) == _values(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Return a short description."""
        return f"VolumeObject(id={self.id}, kind={self.kind!r}, voxels={self.voxels}, box={self.box})"


def _values(item: VolumeObject) -> list[object]:
    return [dict(v) if isinstance(v, Mapping) else v for v in (getattr(item, f.name) for f in fields(item))]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Volume(Tile):
    """One generated or loaded volume: a tile with a third axis. Arrays are read-only; copy one to change it.

    Axes are sections, rows and columns: z, y, x.

    Parameters
    ----------
    image : (Z, H, W) uint8 array
        Grey levels.
    masks : (C, Z, H, W) bool array
        One mask per class of `classes`.
    instances : (Z, H, W) int32 array
        Object id of each voxel, 0 where there is none. An object has one id in all sections.
    compartments : (Z, H, W) int32 array
        Neurite of each voxel, 0 on membranes and where unknown; one number in all sections.
    records, report, seed, index, classes, artifacts, facing
        As in `Tile`.
    pixel_size_nm, spacing_nm, thickness_nm : float or None, default None
        Side of a pixel, distance of sections from middle to middle, and thickness of a section; None: not known.
    origin : (int, int, int), default (0, 0, 0)
        First section, row and column, counted from the origin of the tissue.
    damage : tuple of SectionArtifact, default ()
        What damaged sections. Masks, instances and compartments are those of the damaged sections; `artifacts` of a
        section has masks and fields.
    lines : callable or None, default None
        Finds the centre lines of the neurites; None where nothing is known of the tissue. Read `skeletons` instead.
    """

    spacing_nm: float | None = None
    thickness_nm: float | None = None
    origin: tuple[int, int, int] = (0, 0, 0)
    damage: tuple[SectionArtifact, ...] = ()
    lines: Lines | None = None

    @property
    def shape(self) -> tuple[int, int, int]:  # type: ignore[override]
        """Sections, rows and columns."""
        return (self.image.shape[0], self.image.shape[1], self.image.shape[2])

    @property
    def voxel_size_nm(self) -> tuple[float, float, float] | None:
        """Distance of neighbouring voxels along z, y and x in nm; None where it is not known."""
        if self.pixel_size_nm is None or self.spacing_nm is None:
            return None
        return (self.spacing_nm, self.pixel_size_nm, self.pixel_size_nm)

    def __len__(self) -> int:
        """Return the number of sections."""
        return len(self.image)

    def __getitem__(self, section: int) -> Tile:
        """Return a section, as views of the volume."""
        return self.section("z", section)

    def __iter__(self) -> Iterator[Tile]:
        """Iterate over the sections."""
        return (self.section("z", place) for place in range(len(self)))

    def section(self, axis: Axis | int, place: int) -> Tile:
        """Return a plane of the volume, as views of it.

        Parameters
        ----------
        axis : {"z", "y", "x"} or {0, 1, 2}
            Axis across the plane. Along y a plane has sections as rows and columns as columns; along x it has sections
            as rows and rows as columns.
        place : int
            Number of the plane, from the end if negative.

        Returns
        -------
        Tile
            Its objects have the ids that they have in the volume, and outlines of their visible pixels.
            `Tile.pixel_size_nm` is None where pixels are not square.

        Raises
        ------
        ConfigError
            If there is no such axis or plane.

        Examples
        --------
        >>> import synthem
        >>> volume = synthem.generate(1, shape=(16, 64, 96), seed=0)[0]
        >>> volume[3].shape, volume.section("y", 10).shape, volume.section("x", 10).shape
        ((64, 96), (16, 96), (16, 64))
        """
        number = AXES.index(axis) if axis in AXES else axis
        if isinstance(number, bool) or number not in (0, 1, 2):
            raise ConfigError(f"`axis` must be one of z, y, x or 0, 1, 2, got {axis!r}")
        if isinstance(place, bool) or not isinstance(place, int | np.integer):
            raise ConfigError(f"`place` must be a whole number, got {place!r}")
        if not -self.shape[number] <= place < self.shape[number]:
            size = self.shape[number]
            raise ConfigError(f"`place` must be from {-size} to {size - 1} along {AXES[number]}, got {place}")
        square = number == 0 or self.spacing_nm == self.pixel_size_nm
        return Tile(
            image=np.take(self.image, place, number) if number else self.image[place],
            masks=np.take(self.masks, place, number + 1) if number else self.masks[:, place],
            instances=np.take(self.instances, place, number) if number else self.instances[place],
            compartments=np.take(self.compartments, place, number) if number else self.compartments[place],
            records=tuple(_as_seen(record) for record in self.known),
            report=self.report,
            seed=self.seed,
            index=self.index,
            classes=self.classes,
            artifacts=() if number else self._artifacts_of(place % len(self)),
            facing=self.facing,
            pixel_size_nm=self.pixel_size_nm if square else None,
        )

    def _artifacts_of(self, section: int) -> tuple[Artifact, ...]:
        found = [one for one in self.damage if one.section == section]
        about = (self.shape[1:], self.origin[1:], self.pixel_size_nm or 1.0)
        return tuple(artifact_of(one, *about) for one in found)

    @property
    def known(self) -> tuple[ObjectRecord, ...]:
        """The records of all bodies in and around the volume, whether they have a voxel or not."""
        return self.records() if callable(self.records) else self.records

    @cached_property
    def objects(self) -> tuple[VolumeObject, ...]:  # type: ignore[override]
        """The objects with at least one voxel, in the order of their ids."""
        voxel = None if self.voxel_size_nm is None else float(np.prod(self.voxel_size_nm))
        return measure_bodies(self.known, BodyTally.of(self.instances), voxel)

    @cached_property
    def synapses(self) -> tuple[SynapticContact, ...]:
        """The synapses whose density has a voxel in the volume.

        Examples
        --------
        >>> import synthem
        >>> volume = synthem.generate(1, shape=(64, 128, 128), seed=3)[0]
        >>> {one.psd for one in volume.synapses} == {one.id for one in volume.objects if one.kind == "psd"}
        True
        """
        ids = {item.id for item in self.objects}
        return tuple(one for one in self.facing if one.psd in ids)

    def affinities(self, offsets: Sequence[tuple[int, ...]] = NEAREST) -> npt.NDArray[np.bool_]:
        """Return which voxels belong to the same compartment as the voxel that lies so far off.

        Parameters
        ----------
        offsets : sequence of (int, int, int), default ((-1, 0, 0), (0, -1, 0), (0, 0, -1))
            For each channel, how many sections, rows and columns off the other voxel lies.

        Returns
        -------
        (K, Z, H, W) bool array
            Channel k is True at a voxel if it and the voxel at ``voxel + offsets[k]`` have one number other than 0 in
            `compartments`. Voxels of membranes, and those whose other voxel lies beyond the border, are False.

        Raises
        ------
        ConfigError
            If an offset is not three whole numbers, or nothing but zeros.

        Examples
        --------
        >>> import synthem
        >>> volume = synthem.generate(1, shape=(4, 64, 64), seed=3)[0]
        >>> affinities = volume.affinities([(-1, 0, 0), (0, 0, -9)])
        >>> affinities.shape, bool(affinities[:, volume.compartments == 0].any())
        ((2, 4, 64, 64), False)
        """
        return measure_affinities(self.compartments, offsets)

    def skeletons(self) -> tuple[Skeleton, ...]:
        """Return the centre lines of the neurites, as far as they lie in the volume, in the order of their numbers.

        They come from the geometry, not from voxels. The tissue is grown again for them, which takes about as long as
        when the volume was made.

        Raises
        ------
        ConfigError
            If nothing is known of the tissue, as of volumes of others.
        DataError
            If the volume was loaded, and another version of synthem, which grows other tissue, has made it.

        Examples
        --------
        >>> import synthem
        >>> volume = synthem.generate(1, shape=(64, 128, 128), seed=3)[0]
        >>> found = volume.skeletons()
        >>> all(one.compartment in volume.compartments for one in found)
        True
        """
        if self.lines is None or self.voxel_size_nm is None:
            raise ConfigError("`skeletons` must be asked of generated volumes, got one whose tissue is not known")
        about = (self.compartments, self.origin, self.voxel_size_nm, self.damage)
        found = skeletons_of(self.lines(), *about)
        if 4 * sum(int(one.inside.sum()) for one in found) < sum(map(len, found)):
            raise DataError("`compartments` must be those of the tissue that this version of synthem grows, got others")
        return found

    def contacts(self, *, widest_nm: float = 120.0) -> tuple[MembraneContact, ...]:
        """Raise a `ConfigError`: contacts are measured in sections, ``volume[z].contacts()``."""
        raise ConfigError("`contacts` of a volume are measured section by section: volume[z].contacts()")

    def __eq__(self, other: object) -> bool:
        """Compare as tiles are compared, and spacing, thickness, origin and damage."""
        if not isinstance(other, Volume):
            return NotImplemented
        own, theirs = ((one.spacing_nm, one.thickness_nm, one.origin, one.damage) for one in (self, other))
        return own == theirs and super().__eq__(other)

    __hash__ = None

    def __repr__(self) -> str:
        """Return a short description."""
        return f"Volume({'x'.join(map(str, self.shape))}, seed={self.seed}, index={self.index})"

    def preview(self, *, scale: int = 1) -> npt.NDArray[np.uint8]:
        """Return the three middle planes, each beside its coloured overlay, uint8 RGB.

        Parameters
        ----------
        scale : int, default 1
            Whole-number magnification.
        """
        from synthem.view.volumes import sheet_of_volumes  # cv2 is slow to import

        return sheet_of_volumes([self], scale=scale)

    def scroll(self, path: str | Path, *, scale: int = 1, ms: int = 80) -> Path:
        """Write a film of the sections, each beside its coloured overlay.

        Parameters
        ----------
        path : str or Path
            File to make or replace, ending in ``.webp``, ``.gif`` or ``.png``.
        scale : int, default 1
            Whole-number magnification.
        ms : int, default 80
            Milliseconds for which each section is shown.

        Raises
        ------
        ConfigError
            If its name has another ending, or `ms` is not a whole number from 1.
        OutputError
            If it cannot be written.
        """
        from synthem.view.animations import scroll, write_animation

        return write_animation(list(scroll(self, scale=scale)), path, ms=ms)

    def _repr_png_(self) -> bytes:
        from synthem.view.sheets import encode_png

        return encode_png(self.preview())


def _as_seen(record: ObjectRecord) -> ObjectRecord:
    """Return the record of what a section shows of a body: its outline is that of its pixels."""
    return ObjectRecord(
        id=record.id, kind=record.kind, class_name=record.class_name, parameters=record.parameters, torn=True
    )


def measure_bodies(
    records: tuple[ObjectRecord, ...], tally: BodyTally, voxel_nm3: float | None
) -> tuple[VolumeObject, ...]:
    """Join records with what is visible of them; objects without a voxel are left out.

    Parameters
    ----------
    records : tuple of ObjectRecord
        In any order.
    tally : BodyTally
        What was counted of their voxels.
    voxel_nm3 : float or None
        Volume of a voxel.

    Returns
    -------
    tuple of VolumeObject
        In the order of their ids.
    """
    known, found = {record.id: record for record in records}, []
    for number, many, sections, sums, low, high in zip(*(column.tolist() for column in tally), strict=True):
        record = known.get(number)
        if record is not None:
            z, y, x = (one / many for one in sums)
            found.append(
                VolumeObject(
                    id=number,
                    kind=record.kind,
                    class_name=record.class_name,
                    pose=record.pose,
                    parameters=record.parameters,
                    box=(*low, *high),
                    centroid=(z, y, x),
                    voxels=many,
                    volume_nm3=None if voxel_nm3 is None else many * voxel_nm3,
                    sections=sections,
                )
            )
    return tuple(found)
