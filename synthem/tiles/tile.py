"""A tile: an image, its exact masks, and a record of every object in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError
from synthem.labels import EPFL6, ClassTable
from synthem.tiles.artifacts import Artifact
from synthem.tiles.objects import ObjectRecord, TileObject, measure_objects
from synthem.tiles.placement_report import PlacementReport

__all__ = ["Records", "Tile"]

Records: TypeAlias = tuple[ObjectRecord, ...] | Callable[[], tuple[ObjectRecord, ...]]
"""What a layout knows of the objects, or how to learn it."""


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Tile:
    """One generated or loaded tile. Arrays are read-only; copy one to change it.

    Parameters
    ----------
    image : (H, W) uint8 array
        Grey levels.
    masks : (C, H, W) bool array
        One mask per class of `classes`.
    instances : (H, W) int32 array
        Object id of each pixel, 0 where there is no organelle.
    compartments : (H, W) int32 array
        Cell compartment of each pixel, 0 on membranes and where unknown.
    records : tuple of ObjectRecord, or a callable that returns one
        What the layout knows of the objects. May be a callable, evaluated on first access of `objects`. Read `objects`
        instead.
    report : PlacementReport
        Requested and placed objects.
    seed : int or None
        Seed of the scene; None for loaded data without one.
    index : int, default 0
        Number of the tile under this seed.
    classes : ClassTable, default EPFL6
        The classes that are labelled.
    artifacts : tuple of Artifact, default ()
        What damaged the tile, in the order in which it happened. Masks, instances, compartments and objects are those
        of the damaged tile.
    """

    image: npt.NDArray[np.uint8]
    masks: npt.NDArray[np.bool_]
    instances: npt.NDArray[np.int32]
    compartments: npt.NDArray[np.int32]
    records: Records = ()
    report: PlacementReport = field(default_factory=PlacementReport)
    seed: int | None = None
    index: int = 0
    classes: ClassTable = EPFL6
    artifacts: tuple[Artifact, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        if len(self.masks) != len(self.classes):
            raise ConfigError(f"`masks` must be one per class ({len(self.classes)}), got {len(self.masks)}")
        for array in (self.image, self.masks, self.instances, self.compartments):
            array.flags.writeable = False

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return (self.image.shape[0], self.image.shape[1])

    def mask(self, name: str) -> npt.NDArray[np.bool_]:
        """Return the mask of one class, (H, W) bool.

        Parameters
        ----------
        name : str
            Class name, such as ``"axon"``; case, spaces and underscores do not matter.
        """
        result: npt.NDArray[np.bool_] = self.masks[self.classes.index(name)]
        return result

    @cached_property
    def objects(self) -> tuple[TileObject, ...]:
        """The objects with at least one visible pixel, in the order of their ids."""
        records = self.records() if callable(self.records) else self.records
        return measure_objects(records, self.instances)

    def __eq__(self, other: object) -> bool:
        """Compare pixels, classes, objects, artefacts, report, seed and index."""
        if not isinstance(other, Tile):
            return NotImplemented
        return (
            (self.seed, self.index, self.report) == (other.seed, other.index, other.report)
            and self.classes == other.classes
            and np.array_equal(self.image, other.image)
            and np.array_equal(self.masks, other.masks)
            and np.array_equal(self.instances, other.instances)
            and np.array_equal(self.compartments, other.compartments)
            and self.objects == other.objects
            and self.artifacts == other.artifacts
        )

    __hash__ = None  # type: ignore[assignment]

    def __getstate__(self) -> dict[str, Any]:
        """Resolve the records, so that a tile can be pickled whatever its maker was."""
        return {**self.__dict__, "records": self.objects}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore the fields and freeze the arrays again."""
        self.__dict__.update(state)
        for array in (self.image, self.masks, self.instances, self.compartments):
            array.flags.writeable = False

    def __repr__(self) -> str:
        """Return a short description."""
        height, width = self.shape
        return f"Tile({height}x{width}, seed={self.seed}, index={self.index})"

    def preview(self, *, scale: int = 1) -> npt.NDArray[np.uint8]:
        """Return the image beside its coloured overlay, with a legend below, uint8 RGB.

        Parameters
        ----------
        scale : int, default 1
            Whole-number magnification.
        """
        from synthem.view.sheets import sheet  # cv2 is slow to import

        return sheet([self], columns=1, scale=scale)

    def _repr_png_(self) -> bytes:
        from synthem.view.sheets import encode_png

        return encode_png(self.preview())
