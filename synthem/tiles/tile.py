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
from synthem.tiles.contacts import MembraneContact, measure_contacts
from synthem.tiles.label_map import LabelMap, map_labels
from synthem.tiles.objects import ObjectRecord, TileObject, measure_objects
from synthem.tiles.placement_report import PlacementReport
from synthem.tiles.synapses import SynapticContact, seen_synapses

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
    facing : tuple of SynapticContact, default ()
        Synapses of the tissue in and around the tile. Read `synapses` instead.
    pixel_size_nm : float or None, default None
        Side of a pixel; None where it is not known.
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
    facing: tuple[SynapticContact, ...] = ()
    pixel_size_nm: float | None = None

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

    def label_map(self) -> LabelMap:
        """Return one number per pixel: the class on top.

        Classes are laid over each other by `LabelClass.precedence`, each whole before its parts, so that body and
        membrane of a mitochondrion are told apart. Of the six classes of EPFL6 that is, from below to above:
        boundaries, mitochondria, mitochondrial boundaries, vesicles, PSDs, axons. Classes that are whole compartments
        lie below all that is painted.

        Returns
        -------
        LabelMap
            ``labels``, (H, W) uint8, the place of a class in the table, from 1, and 0 for none; their ``legend``; and
            the ``precedence``.

        Examples
        --------
        >>> import synthem
        >>> tile = synthem.generate(1, seed=0)[0]
        >>> found = tile.label_map()
        >>> found.legend[1], bool((found.labels[tile.mask("mitochondrial_boundaries")] >= 2).all())
        ('mitochondria', True)
        """
        return map_labels(self.masks, self.classes)

    @cached_property
    def objects(self) -> tuple[TileObject, ...]:
        """The objects with at least one visible pixel, in the order of their ids."""
        records = self.records() if callable(self.records) else self.records
        return measure_objects(records, self.instances)

    @cached_property
    def synapses(self) -> tuple[SynapticContact, ...]:
        """The synapses of which anything is seen: a pixel of either compartment, or of the density.

        A cloud of vesicles that faces no density makes no synapse.

        Examples
        --------
        >>> import synthem
        >>> tile = synthem.generate(1, seed=0)[0]
        >>> densities = {item.id for item in tile.objects if item.kind == "psd"}
        >>> densities == {synapse.psd for synapse in tile.synapses if synapse.psd}
        True
        """
        return seen_synapses(self.facing, self.compartments, self.instances)

    def contacts(self, *, widest_nm: float = 120.0) -> tuple[MembraneContact, ...]:
        """Return for each two compartments that face each other across a membrane how long their border is.

        Pixels without a compartment belong to their nearest one, as far as a membrane is not too wide: densities count
        as membrane, myelin does not (where it is a class of the tile). The length is that of the middle line, within
        the tile, to about 2 %. See `synthem.tiles.contacts`.

        Parameters
        ----------
        widest_nm : float, default 120
            Width up to which a membrane is bridged. By default wide enough for nearly all membranes that are cut aslant
            and for densities.

        Raises
        ------
        ConfigError
            If the tile does not know the size of its pixels, or the width is not positive.

        Examples
        --------
        >>> import synthem
        >>> tile = synthem.generate(1, seed=0)[0]
        >>> border = {(one.first, one.second): one.length_nm for one in tile.contacts()}
        >>> synapse = next(one for one in tile.synapses if one.psd)
        >>> round(border[synapse.presynaptic, synapse.postsynaptic])
        383
        """
        if self.pixel_size_nm is None:
            raise ConfigError(
                "`pixel_size_nm` of the tile must be known, got None; `synthem.tiles.contacts.measure_contacts` takes "
                "widths in pixels"
            )
        myelin = self.mask("axon") if "axon" in self.classes.names else None
        widest = widest_nm / self.pixel_size_nm
        return measure_contacts(self.compartments, widest, pixel_size_nm=self.pixel_size_nm, barred=myelin)

    def __eq__(self, other: object) -> bool:
        """Compare pixels and their size, classes, objects, synapses, artefacts, report, seed and index."""
        if not isinstance(other, Tile):
            return NotImplemented
        return (
            (self.seed, self.index, self.report) == (other.seed, other.index, other.report)
            and (self.pixel_size_nm, self.synapses) == (other.pixel_size_nm, other.synapses)
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
