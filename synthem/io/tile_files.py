"""Files of tiles: those that one tile has to itself, and those that tiles share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import TypeVar

from synthem.errors import ConfigError
from synthem.io.content import DatasetInfo
from synthem.io.formats import Encoded, TileWriter

__all__ = ["shared_files", "write_files", "write_shared"]

T = TypeVar("T")


@contextmanager
def write_files(folder: Path) -> Iterator[TileWriter]:
    """Give a writer for tiles whose encoded form is files by their paths.

    Parameters
    ----------
    folder : Path
        Where paths begin; folders are made as needed.
    """
    made: set[Path] = set()

    def write(name: str, encoded: Encoded) -> None:
        for path, content in encoded.items():
            file = folder / path
            if file.parent not in made:
                file.parent.mkdir(parents=True, exist_ok=True)
                made.add(file.parent)
            file.write_bytes(content)

    yield write


def shared_files(stem: str, suffix: str, n: int, tiles_per_file: int) -> list[str]:
    """Return the names of the files that tiles share: one has the plain name, several are numbered.

    Parameters
    ----------
    stem, suffix : str
        Name without and with its ending.
    n : int
        Number of all tiles.
    tiles_per_file : int
        The most tiles of a file.

    Examples
    --------
    >>> from synthem.io.tile_files import shared_files
    >>> shared_files("PSD", ".tif", 300, 1000), shared_files("PSD", ".tif", 2001, 1000)
    (['PSD.tif'], ['PSD-000.tif', 'PSD-001.tif', 'PSD-002.tif'])
    """
    files = -(-n // tiles_per_file)
    return [f"{stem}{suffix}"] if files == 1 else [f"{stem}-{number:03d}{suffix}" for number in range(files)]


@contextmanager
def write_shared(
    opened: Callable[[int, int], AbstractContextManager[TileWriter]], info: DatasetInfo, first: int
) -> Iterator[TileWriter]:
    """Give a writer that goes on to the next file where one is full.

    Parameters
    ----------
    opened : callable
        Given the number of a file and how many tiles it will hold, opens it.
    info : DatasetInfo
        Number of all tiles and of those of a file.
    first : int
        Place of the first tile, a multiple of `info.tiles_per_file`.

    Raises
    ------
    ConfigError
        If it is none: a file that has been begun cannot be gone on with.
    """
    if first % info.tiles_per_file:
        raise ConfigError(f"`first` must be a multiple of `tiles_per_file` ({info.tiles_per_file}), got {first}")
    places = count(first)
    with ExitStack() as stack:
        put: TileWriter | None = None
        last: str | None = None

        def write(name: str, encoded: Encoded) -> None:
            nonlocal put, last
            if put is None or name != last:
                place, last = next(places), name
                if put is None or place % info.tiles_per_file == 0:
                    stack.close()
                    tiles = min(info.tiles_per_file, info.n - place)
                    put = stack.enter_context(opened(place // info.tiles_per_file, tiles))
            put(name, encoded)

        yield write
