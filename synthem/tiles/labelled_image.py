"""An image with masks: the one form in which slices of any origin are held."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from synthem._wording import counted
from synthem.labels import EPFL6, ClassTable

__all__ = ["LabelledImage", "LabelledTiles"]


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelledImage:
    """One labelled, partly labelled or unlabelled image of any size.

    Parameters
    ----------
    name : str
        File name without its ending.
    image : (H, W) uint8 array
        Grey levels.
    masks : (C, H, W) bool array
        One mask per class of `classes`; empty where the class was not labelled.
    labelled : tuple of str
        The classes that have a mask file.
    instances : mapping of str to (H, W) int32 array, default empty
        Ids of the objects of a class, 0 for none, where the masks came with ids.
    data : (H, W) bool array, optional
        Which pixels hold data; None if all do. See `synthem.tiles.data_area`.
    classes : ClassTable, default EPFL6
        The classes of the masks.
    pixel_size_nm : float, optional
        Side of a pixel, where the file tells it.
    """

    name: str
    image: npt.NDArray[np.uint8]
    masks: npt.NDArray[np.bool_]
    labelled: tuple[str, ...]
    instances: Mapping[str, npt.NDArray[np.int32]] = field(default_factory=dict)
    data: npt.NDArray[np.bool_] | None = None
    classes: ClassTable = EPFL6
    pixel_size_nm: float | None = None

    def __repr__(self) -> str:
        """Return a short description."""
        size = "x".join(map(str, self.image.shape))
        return f"LabelledImage({self.name!r}, {size}, {_labels_of(self.labelled)})"

    def mask(self, name: str) -> npt.NDArray[np.bool_]:
        """Return the mask of one class, (H, W) bool."""
        result: npt.NDArray[np.bool_] = self.masks[self.classes.index(name)]
        return result

    def with_classes(self, classes: ClassTable) -> LabelledImage:
        """Return the image with the masks of another table, empty for classes that this one does not have."""
        masks = np.zeros((len(classes), *self.image.shape), np.bool_)
        shared = [name for name in classes.names if name in self.classes.names]
        for name in shared:
            masks[classes.index(name)] = self.mask(name)
        labelled = tuple(name for name in shared if name in self.labelled)
        instances = {name: ids for name, ids in self.instances.items() if name in shared}
        return replace(self, masks=masks, labelled=labelled, instances=instances, classes=classes)

    def window(self, row: int, col: int, shape: tuple[int, int]) -> LabelledImage:
        """Return the part of a shape whose first pixel is (row, col), as views."""
        place = (slice(row, row + shape[0]), slice(col, col + shape[1]))
        return replace(
            self,
            image=self.image[place],
            masks=self.masks[:, *place],
            instances={name: ids[place] for name, ids in self.instances.items()},
            data=None if self.data is None else self.data[place],
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class LabelledTiles:
    """Many images of one size with their masks, and the slice from which each was cut.

    Parameters
    ----------
    images : (n, H, W) uint8 array
        Grey levels.
    masks : (n, C, H, W) bool array
        One mask per class of `classes`.
    sources : (n,) int array, optional
        Index of the slice from which each was cut; by default each tile is a slice of its own.
    labelled : tuple of str
        Names of the classes that are labelled. A class that is labelled and never occurs is in this list; a class that
        nobody labelled is not.
    classes : ClassTable, default EPFL6
        The classes of the masks.
    """

    images: npt.NDArray[np.uint8]
    masks: npt.NDArray[np.bool_]
    sources: npt.NDArray[np.int64]
    labelled: tuple[str, ...]
    classes: ClassTable = EPFL6

    @classmethod
    def of(
        cls, images: npt.NDArray[np.uint8], masks: npt.NDArray[np.bool_], classes: ClassTable = EPFL6
    ) -> LabelledTiles:
        """Return tiles with all classes labelled, each a slice of its own."""
        sources = np.arange(len(images))
        return cls(images=images, masks=masks, sources=sources, labelled=classes.names, classes=classes)

    def __len__(self) -> int:
        """Return the number of tiles."""
        return len(self.images)

    def __getitem__(self, number: int) -> LabelledImage:
        """Return one tile."""
        place = range(len(self))[number]
        return LabelledImage(
            name=f"{place:06d}",
            image=self.images[place],
            masks=self.masks[place],
            labelled=self.labelled,
            classes=self.classes,
        )

    def __repr__(self) -> str:
        """Return a short description."""
        size = "x".join(map(str, self.images.shape[1:]))
        return f"LabelledTiles({counted(len(self), 'tile')} of {size}, {_labels_of(self.labelled)})"

    def mask(self, name: str) -> npt.NDArray[np.bool_]:
        """Return the masks of one class, (n, H, W) bool."""
        return self.masks[:, self.classes.index(name)]

    def part(self, chosen: npt.NDArray[np.bool_]) -> LabelledTiles:
        """Return some of the tiles."""
        return replace(self, images=self.images[chosen], masks=self.masks[chosen], sources=self.sources[chosen])

    def restricted(self, names: Sequence[str]) -> LabelledTiles:
        """Return the same tiles as if only these classes were labelled."""
        masks = np.zeros_like(self.masks)
        for name in names:
            masks[:, self.classes.index(name)] = self.mask(name)
        return replace(self, masks=masks, labelled=tuple(names))

    def labels(self, *names: str) -> bool:
        """Return whether all these classes are labelled."""
        return all(name in self.labelled for name in names)

    def digest(self) -> str:
        """Return 16 hexadecimal digits that stand for the pixels."""
        state = hashlib.sha256(np.ascontiguousarray(self.images).tobytes())
        state.update(np.packbits(self.masks).tobytes())
        return state.hexdigest()[:16]


def _labels_of(labelled: Sequence[str]) -> str:
    return f"labels of {', '.join(labelled)}" if labelled else "no labels"
