"""Multi-page TIFF stacks: one file for the images, one per class, one each for instances and compartments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import tifffile

from synthem.errors import DataError
from synthem.io.folders import IMAGES, LABELS, MASK_THRESHOLD
from synthem.labels import CLASSES

if TYPE_CHECKING:
    from synthem.dataset import Dataset
    from synthem.io.manifest import Manifest

__all__ = ["owned_files", "read_stacks", "write_tiff"]

COMPRESSION = "zlib"


def write_tiff(dataset: Dataset, folder: Path) -> None:
    """Write the pixels of a dataset as stacks, one page per tile, with the size of a pixel where it is known.

    Parameters
    ----------
    dataset : Dataset
        What to write.
    folder : Path
        An existing, empty folder.
    """
    style = dataset.config.get("style")
    pixel = style.get("pixel_size_nm") if isinstance(style, Mapping) else None  # of one's own scenes it may be anything
    _write(folder / f"{IMAGES}.tif", dataset.images, pixel)
    for k, label_class in enumerate(CLASSES):
        _write(folder / f"{label_class.folder}.tif", dataset.masks[:, k], pixel)
    for kind in LABELS:
        _write(folder / f"{kind}.tif", getattr(dataset, kind), pixel)


def read_stacks(folder: Path, manifest: Manifest) -> tuple[npt.NDArray[Any], ...]:
    """Read the pixels of a dataset that `write_tiff` wrote.

    Parameters
    ----------
    folder : Path
        The dataset.
    manifest : Manifest
        Its number of tiles and shape.

    Returns
    -------
    tuple of array
        Images (n, H, W) uint8, masks (n, 6, H, W) bool, instances and compartments (n, H, W) int32.

    Raises
    ------
    DataError
        If a stack is missing, damaged or of another size or depth.
    """
    n, shape = len(manifest.names), manifest.shape
    images = _read(folder / f"{IMAGES}.tif", (n, *shape), np.uint8)
    masks = np.empty((n, len(CLASSES), *shape), np.bool_)
    for k, label_class in enumerate(CLASSES):
        masks[:, k] = _read(folder / f"{label_class.folder}.tif", (n, *shape), np.uint8) > MASK_THRESHOLD
    labels = [_read(folder / f"{kind}.tif", (n, *shape), np.int32) for kind in LABELS]
    return (images, masks, *labels)


def owned_files() -> Iterator[str]:
    """Yield the relative paths that `write_tiff` writes."""
    for name in (IMAGES, *(c.folder for c in CLASSES), *LABELS):
        yield f"{name}.tif"


def _write(path: Path, stack: npt.NDArray[Any], pixel: object) -> None:
    per_cm = 1e7 / pixel if isinstance(pixel, int | float) and pixel > 0 else None
    dtype = np.dtype(np.uint8) if stack.dtype == np.bool_ else stack.dtype
    pages = (plane.view(np.uint8) * np.uint8(255) if plane.dtype == np.bool_ else plane for plane in stack)
    tifffile.imwrite(
        path,
        pages,
        shape=stack.shape,
        dtype=dtype,
        photometric="minisblack",
        compression=COMPRESSION,
        metadata={"axes": "QYX"},
        resolution=(per_cm, per_cm) if per_cm else None,
        resolutionunit="CENTIMETER" if per_cm else None,
    )


def _read(path: Path, shape: tuple[int, ...], dtype: type[np.generic]) -> npt.NDArray[Any]:
    try:
        with tifffile.TiffFile(path) as file:
            sizes = {(page.shape, np.dtype(page.dtype)) for page in file.pages}
            if len(file.pages) != shape[0] or sizes != {(shape[1:], np.dtype(dtype))}:
                raise DataError(
                    f"{path} must hold {shape[0]} {np.dtype(dtype)} pages of {shape[1:]}, "
                    f"got {len(file.pages)} of {sorted(map(str, sizes))}"
                )
            pixels: npt.NDArray[Any] = file.asarray().reshape(shape)
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"{path} cannot be read as TIFF: {error}") from error
    return pixels
