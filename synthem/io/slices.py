"""Labelled slices of any origin, read into one form and checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthem.errors import ConfigError, DataError
from synthem.io.content import pixel_size_of
from synthem.io.epfl6 import read_images
from synthem.io.foreign import is_foreign
from synthem.io.manifest import MANIFEST
from synthem.io.read_report import Ignored, ReadReport
from synthem.io.reading import check_complete, read_dataset
from synthem.labels import Classes, ClassTable, load_class_table
from synthem.tiles.data_area import data_area
from synthem.tiles.labelled_image import LabelledImage

__all__ = ["Slices", "read_slices"]


class Slices(list[LabelledImage]):
    """Slices, and what they were read from.

    Parameters
    ----------
    slices : iterable of LabelledImage
        The slices.
    report : ReadReport
        What was used, and what was ignored.
    """

    def __init__(self, slices: Iterable[LabelledImage], report: ReadReport) -> None:
        super().__init__(slices)
        self.report = report

    def __repr__(self) -> str:
        """Return what was read."""
        return f"Slices({self.report})"


def read_slices(
    source: object, *, exclude: Sequence[str] = (), partial: bool = False, classes: Classes = None
) -> Slices:
    """Return the slices of a folder, a dataset or a sequence of pairs.

    Parameters
    ----------
    source : path, Dataset, sequence of LabelledImage, of Tile or of (image, masks) pairs
        A folder is read in the EPFL6 layout, or in the one that synthem wrote. Images are (H, W)
        uint8, masks (C, H, W) bool. Slices may differ in size. All classes of a dataset count as
        labelled if any pixel is; of pairs, the classes that occur.
    exclude : sequence of str
        Slices to leave out: names, or endings of names.
    partial : bool
        Whether a folder may have masks for some of the images only, default False.
    classes : str, Path, ClassTable or None
        The classes of the masks: a shipped table, a TOML file or a table. None means those of which the source tells,
        or "epfl6".

    Returns
    -------
    Slices
        A list of at least one `LabelledImage`; its `report` says what was used and what was ignored.

    Raises
    ------
    DataError
        If there is no slice, or a picture or a mask does not have the required form.
    ConfigError
        If `exclude` names no slice, or the source has other `classes`.

    Warns
    -----
    DataWarning
        If something of a folder was ignored that looks like pictures or masks, or may not be what it was meant to be.

    Examples
    --------
    >>> import numpy as np
    >>> from synthem.io import read_slices
    >>> image = np.arange(64 * 64, dtype=np.uint8).reshape(64, 64)
    >>> print(read_slices([(image, np.zeros((6, 64, 64), bool))]).report)
    slices in memory: 1 picture, no masks
    """
    report: ReadReport | None = None
    if isinstance(source, str | Path):
        slices, report = _from_folder(Path(source), partial, classes)
    elif hasattr(source, "images") and hasattr(source, "masks"):
        size = pixel_size_of(getattr(source, "config", {}))
        slices = _from_stacks(source, getattr(source, "names", None), _table(source, classes), size)
    elif isinstance(source, Iterable):
        slices = _from_items(list(source), classes)
    else:
        raise DataError(
            f"`source` must be a folder, a dataset or a sequence of (image, masks) pairs, got {type(source).__name__}"
        )
    for item in slices:
        _check_content(item)
    kept = _without(slices, exclude)
    if slices and not kept:
        raise ConfigError(f"`exclude` must leave at least one slice, got all {len(slices)} of them")
    if not kept:
        raise DataError("`source` must hold at least one slice, got none")
    report = report or getattr(source, "report", None)
    if not isinstance(report, ReadReport):
        report = _report_in_memory("slices in memory", kept)
    elif len(kept) < len(slices):
        used = {item.name for item in kept}
        left = tuple(Ignored(item.name, "excluded", False) for item in slices if item.name not in used)
        report = replace(report, ignored=(*report.ignored, *left))
    return Slices(kept, report)


def _report_in_memory(what: str, slices: Sequence[LabelledImage]) -> ReadReport:
    names = tuple(item.name for item in slices)
    classes = dict.fromkeys(name for item in slices for name in item.classes.names)
    masks = {c: tuple(item.name for item in slices if c in item.labelled) for c in classes}
    return ReadReport(source=what, pictures=names, masks={name: found for name, found in masks.items() if found})


def _table(source: object, classes: Classes) -> ClassTable:
    """Return the class table of a source, if it tells of one, or the one that was asked for."""
    own, wanted = getattr(source, "classes", None), load_class_table(classes)
    if not isinstance(own, ClassTable):
        return wanted
    if classes is not None and own != wanted:
        names, got = ", ".join(own.names), ", ".join(wanted.names)
        raise ConfigError(f"`classes` must be left out or be those of the source ({names}), got {got}")
    return own


def _from_folder(folder: Path, partial: bool, classes: Classes) -> tuple[list[LabelledImage], ReadReport]:
    if (folder / MANIFEST).is_file():
        stored = read_dataset(folder, classes=classes)
        slices = _from_stacks(stored.stacks, stored.names, stored.classes, pixel_size_of(stored.config))
        return slices, _report_in_memory(f"{folder}, written by synthem", slices)
    if is_foreign(folder):
        raise DataError(
            f"`path` must be a folder of slices, got the arrays {folder}; `synthem convert` makes one of them"
        )
    check_complete(folder)
    return read_images(folder, load_class_table(classes), partial=partial)


def _from_stacks(
    source: Any, names: Sequence[str] | None, classes: ClassTable, pixel_size_nm: float | None
) -> list[LabelledImage]:
    images, masks = source.images, source.masks
    if len(images) != len(masks):
        raise DataError(f"`masks` must be as many as the {len(images)} images, got {len(masks)}")
    labelled = classes.names if any(np.any(mask) for mask in masks) else ()
    names = names or [f"{index:06d}" for index in range(len(images))]
    found = [_checked(*parts, labelled, classes) for parts in zip(names, images, masks, strict=True)]
    return [replace(item, pixel_size_nm=pixel_size_nm) for item in found]


def _from_items(items: list[Any], classes: Classes) -> list[LabelledImage]:
    tables = [_table(item, classes) for item in items]
    if all(isinstance(item, LabelledImage) for item in items):
        return items
    table = tables[0]
    if any(other != table for other in tables):
        raise DataError(f"slices must have the same classes, got others than {', '.join(table.names)}")
    pairs = [_pair(index, item) for index, item in enumerate(items)]
    present = np.zeros(len(table), bool)
    for _, masks in pairs:
        if masks.ndim == 3 and len(masks) == len(table):
            present |= masks.any(axis=(1, 2))
    labelled = tuple(name for name, flag in zip(table.names, present.tolist(), strict=True) if flag)
    slices = [_checked(f"{index:06d}", *pair, labelled, table) for index, pair in enumerate(pairs)]
    return [replace(item, data=data_area(item.image)) if item.image.size else item for item in slices]


def _pair(index: int, item: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    try:
        image, masks = (item.image, item.masks) if hasattr(item, "masks") else item
    except (TypeError, ValueError):
        raise DataError(f"slice {index} must be an (image, masks) pair, got {type(item).__name__}") from None
    return np.asarray(image), np.asarray(masks)


def _checked(
    name: str, image: NDArray[Any], masks: NDArray[Any], labelled: tuple[str, ...], classes: ClassTable
) -> LabelledImage:
    if image.ndim != 2 or image.dtype != np.uint8:
        raise DataError(f"image of slice {name} must be (H, W) uint8, got {image.shape} {image.dtype}")
    if masks.shape != (len(classes), *image.shape):
        raise DataError(
            f"masks of slice {name} must have shape {(len(classes), *image.shape)} to fit its image, got {masks.shape}"
        )
    masks = masks.astype(np.bool_)
    return LabelledImage(name=name, image=image, masks=masks, labelled=labelled, classes=classes)


def _check_content(item: LabelledImage) -> None:
    if item.image.size == 0 or item.image.min() == item.image.max():
        level = f"grey level {item.image.flat[0]} only" if item.image.size else "no pixel"
        raise DataError(f"image of slice {item.name} must show something, got {level}")


def _without(slices: list[LabelledImage], exclude: Sequence[str]) -> list[LabelledImage]:
    if isinstance(exclude, str):
        raise ConfigError(f"`exclude` must be a sequence of names, got the text {exclude!r}")
    for ending in exclude:
        if not ending or not any(item.name.endswith(ending) for item in slices):
            names = ", ".join(item.name for item in slices[:3])
            raise ConfigError(f"`exclude` must name slices or endings of names (such as {names}), got {ending!r}")
    return [item for item in slices if not item.name.endswith(tuple(exclude) or ("\0",))]
