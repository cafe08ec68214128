"""The EPFL6 layout: a folder of images and one folder of masks per class, with equal file names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from synthem.errors import ConfigError, DataError
from synthem.io.content import StoredTiles
from synthem.io.images import IMAGE_SUFFIXES, read_grey, read_plane
from synthem.io.planes import IMAGES
from synthem.labels import CLASS_NAMES, class_index
from synthem.tiles.labelled_image import LabelledImage
from synthem.tiles.stacks import Stacks, TileMeta

__all__ = ["read_folder", "read_images"]

GREY, MASK = np.dtype(np.uint8), np.dtype(np.bool_)


def read_images(path: str | Path, *, partial: bool = False) -> list[LabelledImage]:
    """Read a folder of images that may differ in size and lack classes.

    Parameters
    ----------
    path : str or Path
        A folder in the EPFL6 layout, or a plain folder of unlabelled images.
    partial : bool, default False
        Allow that a class labels only some of the images; by default a class folder must hold a mask for each.

    Returns
    -------
    list of LabelledImage
        Sorted by name.

    Raises
    ------
    DataError
        If there are no images, or one is damaged, not 8-bit or not grey, or a mask is missing or of another size.
    """
    folder = _existing(path)
    images, masks = _listing(folder)
    if not partial:
        _check_complete(images, masks)
    return [_slice(name, images[name], masks) for name in sorted(images)]


def read_folder(path: str | Path) -> StoredTiles:
    """Read a folder with all six classes and images of one size, such as the real EPFL6 data.

    Class folders are found in any case, with a space, hyphen or underscore. Masks are true above 127.

    Parameters
    ----------
    path : str or Path
        The folder.

    Returns
    -------
    StoredTiles
        With empty `instances` and `compartments`, which this layout does not have.

    Raises
    ------
    DataError
        As `read_images`, and if a class is missing or sizes differ.
    """
    folder = _existing(path)
    images, masks = _listing(folder)
    missing = [name for name in CLASS_NAMES if name not in masks]
    if missing:
        raise DataError(f"{folder} must have a folder for each of the six classes, but has none for {missing[0]!r}")
    _check_complete(images, masks)
    names = sorted(images)
    shape = read_grey(images[names[0]]).shape
    stacks = Stacks.empty(len(names), (shape[0], shape[1]), name="path")
    stacks.instances[:], stacks.compartments[:] = 0, 0
    for place, name in enumerate(names):
        stacks.images[place] = read_plane(images[name], GREY, shape)
        for channel, class_name in enumerate(CLASS_NAMES):
            stacks.masks[place, channel] = read_plane(masks[class_name][name], MASK, shape)
    return StoredTiles(stacks=stacks, tiles=[TileMeta(index=i) for i in range(len(names))], names=tuple(names))


def _existing(path: str | Path) -> Path:
    folder = Path(path)
    if not folder.is_dir():
        raise DataError(f"`path` must be an existing folder, got {folder}")
    return folder


def _listing(folder: Path) -> tuple[dict[str, Path], dict[str, dict[str, Path]]]:
    """Find the images and the masks of each class, by name."""
    images: dict[str, Path] | None = None
    masks: dict[str, dict[str, Path]] = {}
    for entry in sorted(folder.iterdir()):
        if not entry.is_dir():
            continue
        if entry.name.strip().lower() == IMAGES:
            images = _by_name(entry)
        elif (name := _class_of(entry.name)) is not None:
            if name in masks:
                raise DataError(f"{folder} must have one folder for class {name!r}, got several")
            masks[name] = _by_name(entry)
    if images is None:
        if masks:
            raise DataError(f"{folder} must have a folder {IMAGES!r} beside its folders of masks")
        images = _by_name(folder)
    if not images:
        raise DataError(f"{folder} must hold images ({', '.join(IMAGE_SUFFIXES)}), got none")
    return images, masks


def _class_of(folder_name: str) -> str | None:
    try:
        return CLASS_NAMES[class_index(folder_name)]
    except ConfigError:
        return None


def _by_name(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.suffix.lower() not in IMAGE_SUFFIXES:
            continue
        if path.stem in found:
            raise DataError(f"{folder} must hold one file per name, got {found[path.stem].name} and {path.name}")
        found[path.stem] = path
    return found


def _check_complete(images: Mapping[str, Path], masks: Mapping[str, Mapping[str, Path]]) -> None:
    for class_name, files in masks.items():
        for name in sorted(images.keys() - files.keys()):
            raise DataError(f"{images[name]} must have a mask for class {class_name!r}, got none")
        for name in sorted(files.keys() - images.keys()):
            raise DataError(f"{files[name]} must belong to an image of the same name in {IMAGES!r}, got none")


def _slice(name: str, path: Path, masks: Mapping[str, Mapping[str, Path]]) -> LabelledImage:
    image = read_grey(path)
    planes = np.zeros((len(CLASS_NAMES), *image.shape), np.bool_)
    labelled = tuple(c for c in CLASS_NAMES if name in masks.get(c, {}))
    for class_name in labelled:
        planes[class_index(class_name)] = read_plane(masks[class_name][name], MASK, image.shape)
    return LabelledImage(name=name, image=image, masks=planes, labelled=labelled)
