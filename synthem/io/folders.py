"""The EPFL6 layout: a folder of images and one folder of masks per class, with equal file names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from synthem.dataset import Dataset
from synthem.errors import ConfigError, DataError
from synthem.io.images import IMAGE_SUFFIXES, read_grey, read_labels, write_png
from synthem.labels import CLASS_NAMES, CLASSES, class_index
from synthem.tiles.labelled_image import LabelledImage

if TYPE_CHECKING:
    from synthem.io.manifest import Manifest
    from synthem.tiles.tile import Tile

__all__ = ["IMAGES", "LABELS", "owned_files", "read_folder", "read_images", "read_stacks", "write_folders"]

IMAGES = "original"
"""Folder of the images."""

LABELS = ("instances", "compartments")
"""Folders of the 16-bit label images."""

MASK_THRESHOLD = 127


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


def read_folder(path: str | Path) -> Dataset:
    """Read a folder with all six classes and images of one size, such as the real EPFL6 data.

    Class folders are found in any case, with a space, hyphen or underscore. Masks are true above 127.

    Parameters
    ----------
    path : str or Path
        The folder.

    Returns
    -------
    Dataset
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
    first = read_grey(images[names[0]])
    stack = np.empty((len(names), *first.shape), np.uint8)
    labels = np.empty((len(names), len(CLASS_NAMES), *first.shape), np.bool_)
    for i, name in enumerate(names):
        stack[i] = _sized(images[name], read_grey(images[name]), first.shape)
        for k, class_name in enumerate(CLASS_NAMES):
            labels[i, k] = _mask(masks[class_name][name], first.shape)
    return Dataset.from_arrays(stack, labels, names=names)


def read_stacks(folder: Path, manifest: Manifest) -> tuple[npt.NDArray[Any], ...]:
    """Read the pixels of a dataset that `write_folders` wrote.

    Parameters
    ----------
    folder : Path
        The dataset.
    manifest : Manifest
        Its names and shape.

    Returns
    -------
    tuple of array
        Images (n, H, W) uint8, masks (n, 6, H, W) bool, instances and compartments (n, H, W) int32.
    """
    n, shape = len(manifest.names), manifest.shape
    first = folder / IMAGES / f"{manifest.names[0]}.png"
    _sized(first, read_grey(first), shape)
    images = np.empty((n, *shape), np.uint8)
    masks = np.empty((n, len(CLASSES), *shape), np.bool_)
    labels = tuple(np.empty((n, *shape), np.int32) for _ in LABELS)
    for i, name in enumerate(manifest.names):
        file = f"{name}.png"
        images[i] = _sized(folder / IMAGES / file, read_grey(folder / IMAGES / file), shape)
        for k, label_class in enumerate(CLASSES):
            masks[i, k] = _mask(folder / label_class.folder / file, shape)
        for stack, kind in zip(labels, LABELS, strict=True):
            stack[i] = _sized(folder / kind / file, read_labels(folder / kind / file), shape)
    return (images, masks, *labels)


def write_folders(tiles: Iterable[tuple[str, Tile]], folder: Path) -> Iterator[tuple[str, Tile]]:
    """Write the pixels of tiles as PNG files, as they come.

    Parameters
    ----------
    tiles : iterable of (str, Tile)
        Tiles with their names.
    folder : Path
        An existing, empty folder.

    Yields
    ------
    (str, Tile)
        Each tile, once it is written.
    """
    for name in (IMAGES, *(c.folder for c in CLASSES), *LABELS):
        (folder / name).mkdir()
    for name, tile in tiles:
        file = f"{name}.png"
        write_png(folder / IMAGES / file, tile.image)
        for label_class, mask in zip(CLASSES, tile.masks, strict=True):
            write_png(folder / label_class.folder / file, mask)
        write_png(folder / LABELS[0] / file, tile.instances)
        write_png(folder / LABELS[1] / file, tile.compartments)
        yield name, tile


def owned_files(names: tuple[str, ...]) -> Iterator[str]:
    """Yield the relative paths that `write_folders` writes for tiles of these names."""
    for folder in (IMAGES, *(c.folder for c in CLASSES), *LABELS):
        for name in names:
            yield f"{folder}/{name}.png"


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
        planes[class_index(class_name)] = _mask(masks[class_name][name], image.shape)
    return LabelledImage(name=name, image=image, masks=planes, labelled=labelled)


def _mask(path: Path, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    return _sized(path, read_grey(path), shape) > MASK_THRESHOLD


def _sized(path: Path, pixels: npt.NDArray[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    if pixels.shape != tuple(shape):
        raise DataError(f"{path} must have the size {_size(shape)} of the others, got {_size(pixels.shape)}")
    return pixels


def _size(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
