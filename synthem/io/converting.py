"""From one format to another, and from arrays and folders of others, tile by tile."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError, DataError, DataWarning, did_you_mean
from synthem.io.content import DatasetInfo
from synthem.io.epfl6 import read_folder
from synthem.io.foreign import ForeignArrays, Sections, is_foreign, open_arrays
from synthem.io.formats import Format, check_format
from synthem.io.images import check_grey
from synthem.io.listing import class_of_folder
from synthem.io.manifest import MANIFEST
from synthem.io.masks import mask_reading
from synthem.io.planes import LABELS
from synthem.io.reading import check_complete, stream_dataset
from synthem.io.saving import save_tiles
from synthem.io.size_limit import check_pixel_count
from synthem.labels import Classes, ClassTable, load_class_table
from synthem.parameters import LARGEST
from synthem.tiles.stacks import BlockMeta, Pixels, Stacks, TileMeta
from synthem.tiles.tile import Tile

__all__ = ["convert"]

IMAGE = "image"
LARGEST_ID = np.iinfo(np.int32).max


def convert(
    source: str | Path,
    target: str | Path,
    *,
    format: Format,
    names: Mapping[str, str] | None = None,
    classes: Classes = None,
    pixel_size_nm: float | None = None,
    volume: bool = False,
    spacing_nm: float | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a dataset, or arrays or a folder of others, in another format.

    Datasets of synthem keep all that is known of them. Arrays are read section by section; each section becomes a tile,
    or all together one volume.

    Parameters
    ----------
    source : str or Path
        A dataset of synthem; a folder in the EPFL6 layout; an HDF5 or NPZ file; or a Zarr or OME-Zarr hierarchy.
    target : str or Path
        Folder to make. It may exist if it is empty.
    format : str
        One of `synthem.io.FORMATS`.
    names : mapping of str to str, optional
        For arrays: from ``"image"``, class names, ``"instances"`` and ``"compartments"`` to the names of arrays, such
        as ``{"image": "raw", "mitochondria": "labels/mito"}``. In OME-Zarr a name may be that of an image or a label,
        and ``"."`` is the hierarchy itself. Axes are z, y, x or y, x.
    classes : str, Path, ClassTable or None, default None
        Of folders of others: their classes. Of arrays: the table that has the classes of `names`; only these are
        labelled. None means "epfl6".
    pixel_size_nm : float, optional
        Side of a pixel of data of others. Left out, it is that of OME-Zarr, if that tells one, or not known.
    volume : bool, default False
        Make one volume of the sections of arrays. It is held in memory.
    spacing_nm : float, optional
        Distance of its sections from middle to middle. Left out, it is that of OME-Zarr, if that tells one; else the
        size of a pixel.
    overwrite : bool, default False
        Replace a dataset that synthem wrote at `target`.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ConfigError
        If a parameter is not as above, or does not apply to this source.
    DataError
        If the source cannot be read, or arrays are not grey images of 8 bits, clear masks or ids.
    MissingExtraError
        If a package that one of the formats needs is not installed.
    OutputError
        If the folder may not or cannot be written.

    Warns
    -----
    DataWarning
        If a class is given by an array of ids, and no array of instances keeps them.

    Examples
    --------
    >>> import tempfile
    >>> import synthem
    >>> from synthem.io import convert
    >>> tiles = synthem.generate(n=2, seed=0, shape=(64, 64), axons=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = convert(tiles.save(f"{folder}/a"), f"{folder}/b", format="npz")
    ...     synthem.Dataset.load(path) == tiles
    True
    """
    check_format(format)
    folder = Path(source)
    for name, size in (("pixel_size_nm", pixel_size_nm), ("spacing_nm", spacing_nm)):
        if size is not None and not 0 < size <= LARGEST:
            raise ConfigError(f"`{name}` must be a positive number, got {size}")
    if spacing_nm is not None and not volume:
        raise ConfigError(f"`spacing_nm` is of a volume: give `volume`, too, or leave it out, got {spacing_nm}")
    if volume and not is_foreign(folder):
        raise ConfigError(f"`volume` is for arrays of others, HDF5, NPZ or Zarr, got {folder}")
    options: dict[str, Any] = {"format": format, "overwrite": overwrite}
    if (folder / MANIFEST).is_file():
        given = {"names": names, "classes": classes, "pixel_size_nm": pixel_size_nm}
        _check_left_out(given, "for a dataset of synthem, which tells it")
        info, tiles = stream_dataset(folder)
        return save_tiles(tiles, target, info=info, **options)
    if not is_foreign(folder):
        _check_left_out({"names": names}, "for a folder, whose names tell it")
        check_complete(folder)
        info, tiles = _of_folder(folder, load_class_table(classes), pixel_size_nm)
        return save_tiles(tiles, target, info=info, **options)
    if not folder.exists():
        raise DataError(f"`source` must be there, got {folder}")
    with open_arrays(folder) as arrays:
        found, table = _find(arrays, names or {}, load_class_table(classes))
        if volume:
            info, tiles = _as_volume(found, table, pixel_size_nm, spacing_nm)
        else:
            info, tiles = _as_tiles(found, table, pixel_size_nm)
        return save_tiles(tiles, target, info=info, **options)


def _check_left_out(given: Mapping[str, object], why: str) -> None:
    for name, value in given.items():
        if value is not None:
            raise ConfigError(f"`{name}` must be left out {why}, got {value!r}")


def _of_folder(
    folder: Path, classes: ClassTable, pixel_size_nm: float | None
) -> tuple[DatasetInfo, Iterator[tuple[str, Tile]]]:
    stored = read_folder(folder, classes)
    shape = stored.stacks.images.shape[1:]
    spacing = None if pixel_size_nm is None else (pixel_size_nm,) * len(shape)
    info = DatasetInfo(n=len(stored.names), shape=shape, classes=classes, spacing_nm=spacing)
    metas = (TileMeta(index=place, pixel_size_nm=pixel_size_nm) for place in range(info.n))
    tiles = (stored.stacks.tile(place, meta, classes) for place, meta in enumerate(metas))
    return info, zip(stored.names, tiles, strict=True)


def _find(arrays: ForeignArrays, names: Mapping[str, str], table: ClassTable) -> tuple[dict[str, Sections], ClassTable]:
    """Open the arrays that names tell of; return them with the table of their classes."""
    wanted = _canonical(names, table, arrays)
    found = {name: arrays.find(place) for name, place in wanted.items()}
    image = found[IMAGE]
    for one in found.values():
        if (one.n, one.shape) != (image.n, image.shape):
            required = f"{one.place} must have {image.n} sections of {image.shape} pixels, as the image has"
            raise DataError(f"{required}, got {one.n} of {one.shape}")
    return found, ClassTable(classes=tuple(one for one in table if one.name in wanted))


def _as_tiles(
    found: Mapping[str, Sections], classes: ClassTable, pixel_size_nm: float | None
) -> tuple[DatasetInfo, Iterator[tuple[str, Tile]]]:
    """Return what is known of arrays as tiles, and a stream of these."""
    image = found[IMAGE]
    told = image.spacing_nm and image.spacing_nm[-2:]
    spacing = told if pixel_size_nm is None else (pixel_size_nm,) * 2
    info = DatasetInfo(n=image.n, shape=image.shape, classes=classes, spacing_nm=spacing)
    return info, _tiles(found, classes, _side(spacing))


def _as_volume(
    found: Mapping[str, Sections], classes: ClassTable, pixel_size_nm: float | None, spacing_nm: float | None
) -> tuple[DatasetInfo, Iterator[tuple[str, Tile]]]:
    """Return what is known of arrays as a volume, and that volume."""
    image = found[IMAGE]
    shape = (image.n, *image.shape)
    check_pixel_count(image.place, *shape)
    told = image.spacing_nm or ()
    within = told[-2:] if pixel_size_nm is None else (pixel_size_nm,) * 2
    across = spacing_nm if spacing_nm is not None else next(iter((*told[-3:-2], *within[:1])), None)
    if across is not None and not within:
        raise ConfigError(f"`pixel_size_nm` must be given with `spacing_nm`, got {spacing_nm} alone")
    stacks = Stacks.empty(1, shape, classes, name="volume", instead="leave it out, and each section becomes a tile")
    for z, (_, tile) in enumerate(_tiles(found, classes, None)):
        stacks.images[0, z], stacks.masks[0, :, z] = tile.image, tile.masks
        stacks.instances[0, z], stacks.compartments[0, z] = tile.instances, tile.compartments
    spacing = None if across is None else (across, *within)
    meta = TileMeta(pixel_size_nm=_side(within), block=BlockMeta(spacing_nm=across))
    info = DatasetInfo(n=1, shape=shape, classes=classes, spacing_nm=spacing)
    return info, iter([("000000", stacks.tile(0, meta, classes))])


def _side(spacing: Sequence[float] | None) -> float | None:
    """Return the side of a pixel, where it is square."""
    return spacing[0] if spacing and len(set(spacing)) == 1 else None


def _canonical(names: Mapping[str, str], table: ClassTable, arrays: ForeignArrays) -> dict[str, str]:
    """Return the names as the class table spells them, or say what is missing."""
    known = (IMAGE, *table.names, *LABELS)
    wanted: dict[str, str] = {}
    for name, place in names.items():
        key = name if name in (IMAGE, *LABELS) else class_of_folder(name, table)
        if key is None:
            raise ConfigError(f"`names` must be for {', '.join(known)}, got {name!r}{did_you_mean(name, known)}")
        wanted[key] = place
    if IMAGE not in wanted or not set(wanted) & set(table.names):
        missing = "the image" if IMAGE not in wanted else "at least one class"
        held = ", ".join(arrays.names) or "none"
        raise ConfigError(
            f"`names` must tell which array is {missing}, such as image=raw; {arrays.path} has the arrays {held}"
        )
    return wanted


def _tiles(
    found: Mapping[str, Sections], classes: ClassTable, pixel_size_nm: float | None
) -> Iterator[tuple[str, Tile]]:
    image, told = found[IMAGE], False
    for z in range(image.n):
        planes: list[npt.NDArray[Any]] = [check_grey(image.place, image.section(z))]
        for name in classes.names:
            reading = mask_reading(found[name].place, found[name].section(z))
            planes.append(reading.mask)
            if reading.form == "ids" and LABELS[0] not in found and not told:
                told = True
                text = f"{found[name].place} holds ids, taken as one mask; map `{LABELS[0]}` to it to keep them"
                warnings.warn(text, DataWarning, stacklevel=4)
        none = np.zeros(image.shape, np.int32)
        planes += [_ids(found[name], z) if name in found else none.copy() for name in LABELS]
        yield f"{z:06d}", Pixels.of_planes(planes).tile(TileMeta(index=z, pixel_size_nm=pixel_size_nm), classes)


def _ids(sections: Sections, z: int) -> npt.NDArray[np.int32]:
    ids = sections.section(z)
    if ids.dtype.kind not in "ui" or ids.min() < 0 or ids.max() > LARGEST_ID:
        got = f"{ids.dtype} from {ids.min():g} to {ids.max():g}"
        raise DataError(f"{sections.place} must hold ids, whole numbers from 0 to {LARGEST_ID}, got {got}")
    return ids.astype(np.int32)
