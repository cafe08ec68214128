"""The EPFL6 data: fetch them, read them.

The registry of hashes is part of the package; the images belong to their authors and are not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final
from urllib.parse import quote

import cv2
import numpy as np
import numpy.typing as npt
import pooch
import requests
from rich.console import Console
from rich.progress import track

from synthem.classes import CLASSES
from synthem.errors import ConfigError, DataError, OutputError

__all__ = ["BASE_URL", "CITATION", "Slice", "data_folder", "fetch", "load", "load_folder", "registry"]

BASE_URL: Final = (
    "https://raw.githubusercontent.com/NikolaySokolov152/UnetClass/"
    "6d1cb00427432f72054c2abea9d35a1380a8d1bc/data/original%20data/"
)
"""Where the files are published, at one commit."""

CITATION: Final = """\
EPFL6 is the work of others; cite both when you use it:
  images: A. Lucchi, K. Smith, R. Achanta, G. Knott, P. Fua, "Supervoxel-Based Segmentation of
    Mitochondria in EM Image Stacks With Learned Shape Features", IEEE Transactions on Medical
    Imaging 31(2), 2012, DOI 10.1109/TMI.2011.2171705 (EPFL CVLab "Electron Microscopy Dataset");
  six-class labels: the ITMM group, published in https://github.com/NikolaySokolov152/UnetClass
    (no licence is stated there; ask its authors before you redistribute the labels).
"""
"""Printed on the first fetch; the source publishes no terms for the labels."""

ENVIRONMENT: Final = "SYNTHEM_EPFL6_DIR"
_THRESHOLD = 127


@dataclass(frozen=True, kw_only=True, eq=False)
class Slice:
    """One labelled slice.

    Parameters
    ----------
    name : str
        File name without suffix, such as ``"training0013"``.
    image : ndarray of uint8, (H, W)
        Grey levels.
    masks : ndarray of bool, (6, H, W)
        Masks in the order of `synthem.classes.CLASSES`.
    """

    name: str
    image: npt.NDArray[np.uint8]
    masks: npt.NDArray[np.bool_]

    @property
    def number(self) -> int:
        """Number at the end of the name, the place in the stack; -1 if there is none."""
        found = re.search(r"(\d+)$", self.name)
        return int(found.group(1)) if found else -1

    @property
    def stack(self) -> str:
        """Name without its number: slices of one stack are neighbours."""
        return re.sub(r"\d+$", "", self.name)


def registry() -> dict[str, str]:
    """Return the SHA-256 of every file, by its path inside the data folder.

    Examples
    --------
    >>> len(registry())
    224
    """
    text = (files("synthem.experiments") / "epfl6_registry.txt").read_text(encoding="utf-8")
    rows = (line.split(maxsplit=2) for line in text.splitlines() if line.strip())
    return {path: digest for digest, _size, path in rows}


def fetch(
    cache: str | os.PathLike[str] | None = None,
    *,
    base_url: str = BASE_URL,
    known: dict[str, str] | None = None,
    retries: int = 3,
    timeout: float = 30.0,
    connections: int = 4,
    quiet: bool = False,
) -> Path:
    """Download what is missing of the EPFL6 data and return its folder.

    Files that are there with the right hash stay; each other file is downloaded beside its place,
    checked and moved there, so an interrupted fetch goes on where it stopped.

    Parameters
    ----------
    cache : path, optional
        Folder to fill; by default one of the user's cache folder.
    base_url : str
        Where the files lie; ends in a slash.
    known : dict, optional
        SHA-256 by path; `registry()` by default.
    retries : int
        Further tries per file after a dropped connection or a wrong hash, 0 or more.
    timeout : float
        Seconds without an answer after which a connection counts as dropped.
    connections : int
        Downloads at a time, at least 1.
    quiet : bool
        Whether to print nothing.

    Returns
    -------
    Path
        Folder with one subfolder per class and ``original/``; the test slices in ``testing/``.

    Raises
    ------
    DataError
        If a file is not there, cannot be had or has another hash; the others are kept.
    OutputError
        If a file cannot be written.
    """
    if retries < 0 or connections < 1:
        raise ConfigError(f"`retries` must be 0 or more and `connections` 1 or more, got {retries} and {connections}")
    folder = Path(cache) if cache is not None else Path(pooch.os_cache("synthem")) / "epfl6"
    wanted = registry() if known is None else known
    urls = {path: base_url + quote(path) for path in wanted}
    console = Console(stderr=True, quiet=quiet)
    if not folder.exists():
        console.print(CITATION, highlight=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"`cache`: {folder} cannot be made: {error}") from error
    store = pooch.create(path=folder, base_url=base_url, registry=wanted, urls=urls)
    pooch.get_logger().setLevel("WARNING")
    get = pooch.HTTPDownloader(timeout=timeout)
    with ThreadPoolExecutor(connections) as threads:
        jobs = [threads.submit(_fetch_one, store, path, get, retries) for path in wanted]
        try:
            for job in track(as_completed(jobs), "EPFL6", len(jobs), console=console, disable=not console.is_terminal):
                job.result()
        finally:
            _cancel(jobs)
    return folder


def _cancel(jobs: Sequence[Future[None]]) -> None:
    for job in jobs:
        job.cancel()


def _fetch_one(store: pooch.Pooch, path: str, get: pooch.HTTPDownloader, retries: int) -> None:
    failure: Exception | None = None
    for _ in range(retries + 1):
        try:
            store.fetch(path, downloader=get)
            return
        except requests.HTTPError as error:
            status = error.response.status_code if error.response is not None else 0
            if status < 500:
                raise DataError(f"{store.get_url(path)} cannot be had: HTTP status {status}") from error
            failure = error
        except (requests.RequestException, ValueError) as error:  # ValueError: wrong hash
            failure = error
        except OSError as error:
            raise OutputError(f"`cache`: {path} cannot be written to {store.abspath}: {error}") from error
    raise DataError(f"{store.get_url(path)} cannot be had after {retries + 1} tries: {failure}") from failure


def data_folder(data: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder to read: `data`, else that of SYNTHEM_EPFL6_DIR, else the fetched one."""
    chosen = data if data is not None else os.environ.get(ENVIRONMENT)
    if chosen is None:
        return fetch()
    folder = Path(chosen)
    if not folder.is_dir():
        source = "`data`" if data is not None else ENVIRONMENT
        raise DataError(f"{source} must be a folder in the EPFL6 layout, got {folder}")
    return folder


def load(
    split: str = "train",
    *,
    data: str | os.PathLike[str] | None = None,
    slices: Sequence[str] | None = None,
) -> list[Slice]:
    """Read the slices of one split.

    Parameters
    ----------
    split : {"train", "test"}
        Training slices (27 are published with all six classes) or the five of the published test.
    data : path, optional
        Folder; see `data_folder`.
    slices : sequence of str, optional
        Only these, by name (``"training0013"``) or number (``"13"``, ``"0013"``), in this order.

    Returns
    -------
    list of Slice
        In the order of their names, or as asked for.

    Raises
    ------
    DataError
        If images or masks are missing, differ in size, or a slice that was asked for is not there.
    """
    if split not in ("train", "test"):
        raise ConfigError(f'`split` must be "train" or "test", got {split!r}')
    folder = data_folder(data)
    return load_folder(folder / "testing" if split == "test" else folder, slices=slices)


def load_folder(folder: str | os.PathLike[str], *, slices: Sequence[str] | None = None) -> list[Slice]:
    """Read slices or tiles from any folder in the EPFL6 layout.

    Parameters
    ----------
    folder : path
        Holds ``original/`` and one folder per class; spaces, underscores and case do not matter.
    slices : sequence of str, optional
        See `load`.

    Returns
    -------
    list of Slice
        See `load`.
    """
    root = Path(folder)
    found = {_key(p.name): p for p in root.iterdir() if p.is_dir()} if root.is_dir() else {}
    missing = [c for c in ("original", *(c.folder for c in CLASSES)) if _key(c) not in found]
    if missing:
        raise DataError(f"{root} must hold the folder{'s' * (len(missing) > 1)} {', '.join(missing)}; it does not")
    images = {p.stem: p for p in sorted(found["original"].glob("*.png"))}
    if not images:
        raise DataError(f"{found['original']} must hold PNG images, got none")
    names = list(images) if slices is None else [_find(images, wanted) for wanted in slices]
    masks = [found[_key(c.folder)] for c in CLASSES]
    return [_read_slice(name, images[name], masks) for name in names]


def _key(name: str) -> str:
    return name.lower().replace(" ", "_")


def _find(images: dict[str, Path], wanted: str) -> str:
    if wanted in images:
        return wanted
    number = int(wanted) if wanted.isdigit() else None
    hits = [n for n in images if number is not None and (m := re.search(r"(\d+)$", n)) and int(m.group(1)) == number]
    if len(hits) != 1:
        raise DataError(f"`slices` must name slices that are there, got {wanted!r}; there are {', '.join(images)}")
    return hits[0]


def _read_slice(name: str, path: Path, folders: Sequence[Path]) -> Slice:
    image = _read_grey(path)
    masks = np.empty((len(folders), *image.shape), bool)
    for k, folder in enumerate(folders):
        mask = _read_grey(folder / path.name)
        if mask.shape != image.shape:
            raise DataError(f"{folder / path.name} must have the size of its image, {image.shape}, got {mask.shape}")
        masks[k] = mask > _THRESHOLD
    return Slice(name=name, image=image, masks=masks)


def _read_grey(path: Path) -> npt.NDArray[np.uint8]:
    """Read a grey, grey+alpha, RGB or RGBA file; transparency is ignored."""
    try:
        raw = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    decoded = cv2.imdecode(raw, cv2.IMREAD_GRAYSCALE) if raw.size else None
    if decoded is None:
        raise DataError(f"{path} must be an image, it cannot be decoded")
    return np.asarray(decoded, np.uint8)
