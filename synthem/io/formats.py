"""The formats of datasets on disk: one protocol and one table."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, cast, get_args

from synthem.errors import ConfigError, did_you_mean

if TYPE_CHECKING:  # what these import is not needed to list the formats
    from pathlib import Path

    from synthem.io.content import DatasetInfo
    from synthem.io.manifest import Manifest
    from synthem.labels import ClassTable
    from synthem.tiles.stacks import Stacks
    from synthem.tiles.tile import Tile

__all__ = ["FORMATS", "Format", "StorageFormat", "load_format"]

Format: TypeAlias = Literal[
    "folders",  # one PNG per tile and plane, in the EPFL6 layout
    "tiff",  # one multi-page TIFF per plane
]
"""The table: each row is the name of a format and of the module of `synthem.io` that is its `StorageFormat`."""

FORMATS: tuple[Format, ...] = get_args(Format)
"""Names of the formats that are written and read."""


class StorageFormat(Protocol):
    """How the pixels of a dataset lie in a folder; ``manifest.json`` and ``tiles.jsonl`` are the same in all formats.

    A module of three functions is one. No format sees more than one tile at a time when it writes.
    """

    def owned_files(self, names: Sequence[str], classes: ClassTable) -> Iterable[str]:
        """Return the files that `write` makes.

        Parameters
        ----------
        names : sequence of str
            Names of the tiles.
        classes : ClassTable
            The classes of their masks.

        Returns
        -------
        iterable of str
            Paths relative to the folder, with ``/``. Nothing else is ever overwritten.
        """

    def write(
        self, tiles: Iterable[tuple[str, Tile]], folder: Path, info: DatasetInfo
    ) -> Generator[tuple[str, Tile], None, None]:
        """Write the pixels of tiles as they come.

        Parameters
        ----------
        tiles : iterable of (str, Tile)
            Names and tiles; names are plain, different file names. A tile may change once the next is asked for.
        folder : Path
            An existing, empty folder.
        info : DatasetInfo
            Number, shape, spacing and classes of the tiles.

        Yields
        ------
        (str, Tile)
            Each tile, once it is written.
        """

    def read(self, folder: Path, manifest: Manifest) -> Stacks:
        """Read the pixels of all tiles.

        Parameters
        ----------
        folder : Path
            A folder that `write` filled.
        manifest : Manifest
            Names, shape and classes of the tiles.

        Returns
        -------
        Stacks
            The pixels that were written.

        Raises
        ------
        DataError
            If a file is missing, damaged, or of another size or depth.
        """


def load_format(name: str) -> StorageFormat:
    """Return a format of the table.

    Parameters
    ----------
    name : str
        One of `FORMATS`.

    Raises
    ------
    ConfigError
        If it is not.

    Examples
    --------
    >>> from synthem.io.formats import load_format
    >>> from synthem.labels import EPFL6
    >>> len(list(load_format("tiff").owned_files(["a", "b"], EPFL6)))
    9
    """
    if name not in FORMATS:
        raise ConfigError(f"`format` must be one of {', '.join(FORMATS)}, got {name!r}{did_you_mean(name, FORMATS)}")
    return cast("StorageFormat", import_module(f"synthem.io.{name}"))
