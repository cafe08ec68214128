"""Download and read the EPFL6 data.

The registry of hashes is part of the package; the images belong to their authors and are not.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pooch
import requests
from rich.console import Console

from synthem._progress import track
from synthem.errors import ConfigError, DataError, OutputError
from synthem.io.slices import read_slices
from synthem.labels import EPFL6
from synthem.tiles.labelled_image import LabelledImage

__all__ = ["BASE_URL", "CITATION", "data_folder", "fetch", "load", "load_folder", "pick", "registry", "stack_place"]

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
    """Download the missing files of the EPFL6 data and return their folder.

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
        If a file cannot be downloaded or has another hash; the other files are kept.
    OutputError
        If a file cannot be written.
    """
    if retries < 0 or connections < 1:
        raise ConfigError(f"`retries` must be 0 or more and `connections` 1 or more, got {retries} and {connections}")
    folder = Path(cache) if cache is not None else Path(pooch.os_cache("synthem")) / "epfl6"
    wanted = registry() if known is None else known
    urls = {path: base_url + quote(path) for path in wanted}
    if not folder.exists() and not quiet:
        Console(stderr=True).print(CITATION, highlight=False)
    try:
        for path in wanted:  # beforehand: pooch does not expect that another thread makes the same folder
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"`cache`: {folder} cannot be made: {error}") from error
    store = pooch.create(path=folder, base_url=base_url, registry=wanted, urls=urls)
    get = pooch.HTTPDownloader(timeout=timeout)
    with _silent_pooch(), ThreadPoolExecutor(connections) as threads:
        jobs = [threads.submit(_fetch_one, store, path, get, retries) for path in wanted]
        try:
            for job in track(as_completed(jobs), total=len(jobs), label="EPFL6", show=False if quiet else None):
                job.result()
        finally:
            for job in jobs:
                job.cancel()
    return folder


@contextmanager
def _silent_pooch() -> Iterator[None]:
    """Keep pooch from logging a line per file, for as long as we use it."""
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel("WARNING")
    try:
        yield
    finally:
        logger.setLevel(level)


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
    tries = f"{retries + 1} tries" if retries else "1 try"
    raise DataError(f"{store.get_url(path)} cannot be had after {tries}: {_reason(failure)}") from failure


def _reason(failure: Exception | None) -> str:
    """Say in a few words why a download failed; what `requests` says takes lines."""
    if isinstance(failure, requests.Timeout):
        return "no answer in time"
    if isinstance(failure, requests.HTTPError):
        return str(failure)
    if isinstance(failure, requests.ConnectionError):
        return "the connection failed"
    return str(failure)


def data_folder(data: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder to read: `data`, else that of SYNTHEM_EPFL6_DIR, else the fetched one."""
    chosen = data if data is not None else os.environ.get(ENVIRONMENT)
    if chosen is None:
        try:
            return fetch()
        except DataError as error:
            raise DataError(f"{error}. If you have the data, name their folder with --data or {ENVIRONMENT}") from error
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
) -> list[LabelledImage]:
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
    list of LabelledImage
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


def load_folder(folder: str | os.PathLike[str], *, slices: Sequence[str] | None = None) -> list[LabelledImage]:
    """Read slices or tiles with all six classes from any folder in the EPFL6 layout.

    Parameters
    ----------
    folder : path
        See `synthem.io.slices.read_slices`.
    slices : sequence of str, optional
        See `load`.

    Returns
    -------
    list of LabelledImage
        See `load`.
    """
    pieces = read_slices(Path(folder), classes=EPFL6)
    missing = [c.folder for c in EPFL6 if any(c.name not in piece.labelled for piece in pieces)]
    if missing:
        raise DataError(f"{folder} must hold masks of all six classes, it has none in {', '.join(missing)}")
    return pieces if slices is None else pick(pieces, slices)


def pick(pieces: Sequence[LabelledImage], wanted: Sequence[str]) -> list[LabelledImage]:
    """Return slices by name (``"training0013"``) or number (``"13"``, ``"0013"``), in the order asked for.

    Raises
    ------
    DataError
        If no slice is asked for, or one twice, or none or several fit.
    """
    if isinstance(wanted, str) or not wanted:
        raise DataError(f"`slices` must be a sequence of at least one name, got {wanted!r}")
    picked: list[LabelledImage] = []
    for name in wanted:
        number = int(name) if name.isdigit() else None
        hits = [s for s in pieces if s.name == name or (number is not None and stack_place(s.name)[1] == number)]
        if len(hits) != 1:
            known = ", ".join(s.name for s in pieces)
            raise DataError(f"`slices` must name slices that are there, got {name!r}; there are {known}")
        if any(hits[0] is one for one in picked):
            raise DataError(f"`slices` must name every slice once, got {name!r} again")
        picked += hits
    return picked


def stack_place(name: str) -> tuple[str, int]:
    """Return the stack that a slice belongs to and its place in there, -1 if the name has no number.

    Examples
    --------
    >>> stack_place("training0013")
    ('training', 13)
    """
    digits = len(name) - len(name.rstrip("0123456789"))
    return (name[:-digits], int(name[-digits:])) if digits else (name, -1)
