"""TIFF files of one picture: one decoding path for all compressions, tifffile, which honours the tags."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from synthem.errors import DataError, MissingExtraError
from synthem.io.decoded import Decoded, oriented
from synthem.io.size_limit import check_tiff_chain, check_tiff_page

__all__ = ["decode_tiff"]

MIN_IS_WHITE, MIN_IS_BLACK, RGB, PALETTE, TRANSPARENCY_MASK, YCBCR = 0, 1, 2, 3, 4, 6
ALPHA = (1, 2)
SEPARATE_PLANES = 2
ZLIB = 8
COLOUR_MAP, ORIENTATION = 320, 274
LOSSY = (6, 7, 33003, 33005, 34712, 34892, 34933, 50001)
FAX = (2, 3, 4)
BY_LIBTIFF = (*FAX, 5, 50000)
"""CCITT, LZW and ZSTD: what the libtiff within Pillow expands; tifffile would need imagecodecs."""

FAX_OPTIONS = (292, 293)
FILL_ORDER, SOFTWARE = 266, 305

COLUMNS_PER_UNIT, ROWS_PER_UNIT, UNIT = 282, 283, 296
NM_PER_UNIT = {2: 25.4e6, 3: 1e7}
"""Inch and centimetre."""
NM_PER_NAME = {"nm": 1.0, "um": 1e3, "µm": 1e3, "μm": 1e3, "\\u00B5m": 1e3, "micron": 1e3, "microns": 1e3}
"""Units as ImageJ names them."""
MICROSCOPE = (0.1, 1000.0)
"""Sides in nm that a pixel may have; a picture made for print or screen says 72 per inch and means nothing by it."""
SQUARE = 0.01

ONE_EACH = "save each section as a file"
EXTRA = 'pip install "synthem[images]"'


def decode_tiff(path: Path, data: bytes) -> Decoded:
    """Decode the content of a TIFF file with a single picture.

    Axes of length 1, separate planes, palettes, 1 bit, "min is white" and the orientation are honoured; reduced copies
    of the picture are skipped. A bool array that tifffile wrote comes back as it was.

    Parameters
    ----------
    path : Path
        The file, for errors.
    data : bytes
        Its content.

    Returns
    -------
    Decoded

    Raises
    ------
    DataError
        If it is something else, damaged, has several pictures, or a form that is not read.
    MissingExtraError
        If its compression needs a package that is not installed; the compression is named.
    """
    import tifffile

    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            check_tiff_chain(path, file)
            page = _single_page(path, file)
            check_tiff_page(path, page)
            if int(page.samplesperpixel) < 1:
                raise DataError(f"{path} must have samples, got a TIFF of {int(page.samplesperpixel)} per pixel")
            pixels = _expanded(page, data) if _by_libtiff(page) else _asarray(path, page)
            return _picture(path, page, pixels)
    except (DataError, MissingExtraError):
        raise
    except Exception as error:
        raise DataError(f"{path} cannot be decoded as TIFF: {error}") from error


def _single_page(path: Path, file: Any) -> Any:
    pages = [page for page in file.pages if not page.keyframe.is_reduced]
    first = file.pages.first if len(file.pages) == 1 else pages[0] if pages else None
    if first is None or len(pages) > 1:
        shape = (len(pages), *file.pages.first.shape)
        raise DataError(f"{path} must hold a single image, got shape {shape}; {ONE_EACH}")
    stack = file.series[0].shape  # ImageJ describes many pictures on one page
    if len(file.pages) == 1 and np.prod(stack, dtype=np.int64) > np.prod(first.shape, dtype=np.int64):
        raise DataError(f"{path} must hold a single image, got shape {stack}; {ONE_EACH}")
    return first.keyframe


def _asarray(path: Path, page: Any) -> npt.NDArray[Any]:
    try:
        pixels: npt.NDArray[Any] = page.asarray()
    except (ValueError, ImportError) as error:
        if "imagecodecs" not in str(error) and not isinstance(error, ImportError):
            raise
        name = getattr(page.compression, "name", None) or str(int(page.compression))
        if name == "NONE":
            name = f"{page.bitspersample} bits per sample"
        raise MissingExtraError(f"{path} has TIFF compression {name}, which needs imagecodecs: {EXTRA}") from error
    return pixels


def _picture(path: Path, page: Any, pixels: npt.NDArray[Any]) -> Decoded:
    """Return the bands of a page as its tags mean them."""
    bands = _bands(path, page, pixels)
    extra = tuple(int(kind) for kind in page.extrasamples)
    photometric = int(page.photometric)
    if photometric not in (MIN_IS_WHITE, MIN_IS_BLACK, RGB, PALETTE, TRANSPARENCY_MASK, YCBCR):
        name = getattr(page.photometric, "name", photometric)
        raise DataError(f"{path} must be a grey image, got a TIFF of photometric interpretation {name}")
    alpha = None
    if extra and extra[0] in ALPHA and len(bands) > len(extra):
        alpha = bands[len(bands) - len(extra)]
        bands = bands[: len(bands) - len(extra)]
    index = None
    if photometric == PALETTE and COLOUR_MAP in page.tags:
        index, bands = bands[0], _colours(bands[0], page.tags[COLOUR_MAP].value)
    elif photometric == MIN_IS_WHITE and not _bools_of_tifffile(page):
        bands = [_inverted(path, band, int(page.bitspersample)) for band in bands]
    bits, step = int(page.bitspersample), 1
    if bits in (2, 4) and index is None:
        step = 255 // (2**bits - 1)
        bands = [band * np.uint8(step) for band in bands]
    bands = [_grey_of_bits(band) for band in bands]
    orientation = int(page.tags[ORIENTATION].value) if ORIENTATION in page.tags else 1
    picture = Decoded(
        bands=tuple(bands),
        alpha=None if alpha is None else _grey_of_bits(alpha),
        index=index,
        step=step,
        lossy=int(page.compression) in LOSSY,
        pixel_size_nm=_pixel_size(page),
    )
    return oriented(picture, orientation)


def _grey_of_bits(band: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a band of single bits as 0 and 255, and others as they are."""
    return band.view(np.uint8) * np.uint8(255) if band.dtype == np.bool_ else band


def _pixel_size(page: Any) -> float | None:
    """Return the side of a pixel in nm; None if the tags tell none, or none of a microscope with square pixels."""
    if COLUMNS_PER_UNIT not in page.tags or ROWS_PER_UNIT not in page.tags:
        return None
    named = (page.parent.imagej_metadata or {}).get("unit", "")
    unit = NM_PER_NAME.get(named) or NM_PER_UNIT.get(int(page.tags[UNIT].value) if UNIT in page.tags else 2)
    sides = []
    for tag in (COLUMNS_PER_UNIT, ROWS_PER_UNIT):
        number, parts = page.tags[tag].value
        if unit is None or not number or not parts:
            return None
        sides.append(unit * parts / number)
    low, high = MICROSCOPE
    square = abs(sides[0] - sides[1]) <= SQUARE * sides[0]
    return round(sides[0], 4) if square and low <= sides[0] <= high else None


def _bands(path: Path, page: Any, pixels: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    size = (int(page.imagelength), int(page.imagewidth))
    samples = int(page.samplesperpixel)
    separate = samples > 1 and int(page.planarconfig) == SEPARATE_PLANES
    wanted = (samples, *size) if separate else (*size, samples)
    if pixels.size != np.prod(wanted, dtype=np.int64):
        raise DataError(f"{path} must hold a single image, got shape {pixels.shape}")
    pixels = pixels.reshape(wanted)
    if pixels.dtype.byteorder == ">":
        pixels = pixels.astype(pixels.dtype.newbyteorder("="))
    return [np.ascontiguousarray(pixels[k] if separate else pixels[..., k]) for k in range(samples)]


def _bools_of_tifffile(page: Any) -> bool:
    """Return whether a page was made of a bool array, which tifffile calls "min is white" and does not invert."""
    return page.bitspersample == 1 and SOFTWARE in page.tags and str(page.tags[SOFTWARE].value).startswith("tifffile")


def _inverted(path: Path, band: npt.NDArray[Any], bits: int) -> npt.NDArray[Any]:
    if band.dtype == np.bool_:
        return ~band
    if band.dtype.kind != "u":
        raise DataError(f'{path} must hold whole numbers from 0 to be "min is white", got {band.dtype}')
    inverted: npt.NDArray[Any] = band.dtype.type(2**bits - 1) - band
    return inverted


def _colours(index: npt.NDArray[Any], table: Any) -> list[npt.NDArray[Any]]:
    colours = np.asarray(table, np.uint16).reshape(3, -1)
    if colours.max(initial=0) > np.iinfo(np.uint8).max:  # some write 8 bits where the format has 16
        colours //= 256
    return [row.astype(np.uint8)[index.astype(np.intp)] for row in colours]


def _by_libtiff(page: Any) -> bool:
    if int(page.compression) not in BY_LIBTIFF:
        return False
    try:
        import imagecodecs  # noqa: F401
    except ImportError:
        return True
    return False


def _expanded(page: Any, data: bytes) -> npt.NDArray[Any]:
    """Return the samples of a page whose strips or tiles are expanded and appended to the file as zlib stores them."""
    import tifffile

    row_bits = int(page.bitspersample) * (1 if int(page.planarconfig) == SEPARATE_PLANES else int(page.samplesperpixel))
    width, height = (page.tilewidth, page.tilelength) if page.is_tiled else (page.imagewidth, page.rowsperstrip)
    row_bytes = (int(width) * row_bits + 7) // 8
    strips = -(-int(page.imagelength) // int(height))
    parts, offsets, place = [data], [], len(data)
    for k, (offset, count) in enumerate(zip(page.dataoffsets, page.databytecounts, strict=True)):
        rows = int(height)
        if not page.is_tiled:
            rows = min(rows, int(page.imagelength) - (k % strips) * rows)
        expanded = _expand(page, data[offset : offset + count], (rows, row_bytes))
        parts.append(zlib.compress(expanded, level=0))
        offsets.append(place)
        place += len(parts[-1])
    with tifffile.TiffFile(io.BytesIO(b"".join(parts))) as file:
        again: Any = file.pages[page.index]
        again.compression, again.fillorder = ZLIB, 1
        again.dataoffsets, again.databytecounts = tuple(offsets), tuple(len(part) for part in parts[1:])
        pixels: npt.NDArray[Any] = again.asarray()
    return pixels


def _expand(page: Any, segment: bytes, shape: tuple[int, int]) -> bytes:
    """Return the bytes of a compressed segment, by way of a TIFF that has nothing else in it."""
    from PIL.TiffImagePlugin import TiffImageFile

    rows, columns = shape
    fax = int(page.compression) in FAX
    width = int(page.tilewidth if page.is_tiled else page.imagewidth) if fax else columns
    tags = {256: width, 257: rows, 258: 1 if fax else 8, 259: int(page.compression), 262: 1, FILL_ORDER: page.fillorder}
    tags |= {tag: int(page.tags[tag].value) for tag in FAX_OPTIONS if tag in page.tags}
    tags |= {273: 8 + 2 + 12 * (len(tags) + 3) + 4, 278: rows, 279: len(segment)}
    entries = [struct.pack("<HHII", tag, 4, 1, int(value)) for tag, value in sorted(tags.items())]
    header = struct.pack("<2sHIH", b"II", 42, 8, len(entries)) + b"".join(entries) + struct.pack("<I", 0)
    with TiffImageFile(io.BytesIO(header + segment)) as file:
        file.load()
        return file.tobytes()
