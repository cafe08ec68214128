"""The formats of datasets on disk: one protocol and one table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias, cast, get_args

from synthem.errors import ConfigError, MissingExtraError, did_you_mean

if TYPE_CHECKING:  # what these import is not needed to list the formats
    from pathlib import Path

    from synthem.io.content import DatasetInfo
    from synthem.io.manifest import Manifest
    from synthem.tiles.stacks import Pixels
    from synthem.tiles.tile import Tile

__all__ = [
    "FORMATS",
    "TRAITS",
    "Encoded",
    "Format",
    "FormatTraits",
    "SlabFormat",
    "StorageFormat",
    "TileWriter",
    "check_format",
    "load_format",
]

Format: TypeAlias = Literal[
    "folders", "tiff", "ome-zarr", "precomputed", "nnunet", "hdf5", "hdf5-main", "webdataset", "coco", "hf", "npz"
]
"""Names of the formats; `TRAITS` says of each what it is."""

FORMATS: Final[tuple[Format, ...]] = get_args(Format)
"""Names of the formats that are written and read."""

Encoded: TypeAlias = Mapping[str, bytes]
"""A tile in the bytes of a format, by names that are the format's own: of files, planes or columns."""

TileWriter: TypeAlias = Callable[[str, Encoded], None]
"""Takes the name of the next tile and what `StorageFormat.encode` made of it; of a volume once for each slab."""


@dataclass(frozen=True, kw_only=True)
class FormatTraits:
    """A row of the table.

    Parameters
    ----------
    module : str
        Module of `synthem.io.storage` that is the `StorageFormat`.
    about : str
        What it is, in a few words.
    packages : tuple of str, default ()
        Modules that it imports and that synthem itself does not need.
    extra : str, default ""
        Extra of synthem that installs them.
    volumes : bool, default False
        Whether it holds pixels along three axes.
    slabs : bool, default False
        Whether a volume is encoded and written in slabs of sections.
    slab_multiple : int, default 1
        Slabs of more sections than this have a multiple of it.
    shared_files : bool, default False
        Whether files hold many tiles, `DatasetInfo.tiles_per_file` of them at most.
    volumes_apart : bool, default False
        Whether a volume has files to itself where tiles share them.
    joined_at_the_end : bool, default False
        Whether `finish` takes away what writers left, so that a part alone cannot be written again.
    one_part_if_overlapping : bool, default False
        Whether classes that overlap as their parents do not tell must all be written by one writer.
    """

    module: str
    about: str
    packages: tuple[str, ...] = ()
    extra: str = ""
    volumes: bool = False
    slabs: bool = False
    slab_multiple: int = 1
    shared_files: bool = False
    volumes_apart: bool = False
    joined_at_the_end: bool = False
    one_part_if_overlapping: bool = False


TRAITS: Final[dict[Format, FormatTraits]] = {
    "folders": FormatTraits(
        module="folders",
        about="a PNG per tile and class, in the EPFL6 layout; of volumes per section",
        volumes=True,
        slabs=True,
    ),
    "tiff": FormatTraits(
        module="tiff", about="an OME-TIFF stack per class", volumes=True, slabs=True, shared_files=True
    ),
    "ome-zarr": FormatTraits(
        module="ome_zarr",
        about="OME-Zarr 0.5, an image per tile with labels per class",
        packages=("yaozarrs", "zarr"),
        extra="ome-zarr",
        volumes=True,
        slabs=True,
    ),
    "precomputed": FormatTraits(
        module="precomputed",
        about="layers along xyz, a folder per tile or volume (Neuroglancer)",
        volumes=True,
        slabs=True,
        slab_multiple=64,
    ),
    "nnunet": FormatTraits(
        module="nnunet",
        about="nnU-Net v2, classes as regions",
        volumes=True,
        slabs=True,
        one_part_if_overlapping=True,
    ),
    "hdf5": FormatTraits(
        module="hdf5",
        about="HDF5 with raw and labels/... along zyx (torch-em, BiaPy)",
        packages=("h5py",),
        extra="hdf5",
        volumes=True,
        slabs=True,
        shared_files=True,
        volumes_apart=True,
    ),
    "hdf5-main": FormatTraits(
        module="hdf5_main",
        about="HDF5 with main along zyx, a file per class (PyTorch Connectomics)",
        packages=("h5py",),
        extra="hdf5",
        volumes=True,
        slabs=True,
        shared_files=True,
        volumes_apart=True,
    ),
    "webdataset": FormatTraits(
        module="webdataset",
        about="tar files of samples (WebDataset)",
        packages=("webdataset",),
        extra="webdataset",
        shared_files=True,
    ),
    "coco": FormatTraits(
        module="coco",
        about="PNG images and COCO annotations with run lengths",
        packages=("pycocotools",),
        extra="coco",
        shared_files=True,
        joined_at_the_end=True,
    ),
    "hf": FormatTraits(
        module="hf",
        about="Parquet for Hugging Face datasets, with a Croissant description",
        packages=("pyarrow",),
        extra="hf",
        shared_files=True,
    ),
    "npz": FormatTraits(module="npz", about="a file of NumPy arrays per tile", volumes=True),
}
"""The table."""


class StorageFormat(Protocol):
    """How the pixels of a dataset lie in a folder; ``manifest.json`` and ``tiles.jsonl`` are the same in all formats.

    A module of five functions is one. What costs time, `encode`, is a function of one tile alone, so that it may run
    anywhere; what it returns is small. Where tiles share files, each file holds at most `DatasetInfo.tiles_per_file`
    tiles and is complete in itself, so that writers may fill different files of one folder at the same time.
    """

    def owned_files(self, manifest: Manifest) -> Iterable[str]:
        """Return the files that writers and `finish` make.

        Parameters
        ----------
        manifest : Manifest
            Names, shape and classes of the tiles.

        Returns
        -------
        iterable of str
            Paths relative to the folder, with ``/``. Nothing else is ever overwritten.
        """

    def encode(self, name: str, tile: Tile, place: int, info: DatasetInfo) -> Encoded:
        """Return a tile in the bytes of the format: the same for the same tile, wherever it is done.

        Parameters
        ----------
        name : str
            A plain file name.
        tile : Tile
            The tile.
        place : int
            Its number in the dataset, from 0.
        info : DatasetInfo
            Number, shape, spacing and classes of the tiles.

        Returns
        -------
        mapping of str to bytes
            To be given to a writer.

        Raises
        ------
        OutputError
            If the format cannot hold what is in the tile, such as ids that large.
        """

    def open_writer(self, folder: Path, info: DatasetInfo, *, first: int = 0) -> AbstractContextManager[TileWriter]:
        """Open a folder for tiles that come one by one, in order.

        Parameters
        ----------
        folder : Path
            An existing folder, without files of these tiles.
        info : DatasetInfo
            As in `encode`.
        first : int, default 0
            Place of the first tile that comes; where tiles share files, a multiple of `info.tiles_per_file`.

        Returns
        -------
        context manager
            Gives the `TileWriter`. Files are complete when it is left.
        """

    def finish(self, folder: Path, names: Sequence[str], info: DatasetInfo) -> None:
        """Write what concerns all tiles, once, when all of them are there.

        Parameters
        ----------
        folder : Path
            The folder that writers have filled.
        names : sequence of str
            The names of all tiles.
        info : DatasetInfo
            As in `encode`.
        """

    def read(self, folder: Path, manifest: Manifest) -> Iterator[Pixels]:
        """Yield the pixels of the tiles, in the order of their names.

        Parameters
        ----------
        folder : Path
            A folder that was finished.
        manifest : Manifest
            Names, shape and classes of the tiles.

        Yields
        ------
        Pixels
            What was written.

        Raises
        ------
        DataError
            If a file is missing, damaged, or of another size or depth.
        """


class SlabFormat(StorageFormat, Protocol):
    """A format that takes volumes in slabs."""

    def encode(self, name: str, tile: Tile, place: int, info: DatasetInfo, *, first: int = 0) -> Encoded:
        """Return a tile, or a slab of a volume, in the bytes of the format.

        Parameters
        ----------
        name, tile, place, info
            As in `StorageFormat`; `info.shape` is that of the whole volume.
        first : int, default 0
            Number of the first section of the slab.
        """


def check_format(name: str, *, axes: int = 2) -> FormatTraits:
    """Return the row of a format, or say why it cannot be used.

    Parameters
    ----------
    name : str
        One of `FORMATS`.
    axes : int, default 2
        Axes of pixels: 2 for tiles, 3 for volumes.

    Raises
    ------
    ConfigError
        If it is not in the table, or cannot hold so many axes.
    MissingExtraError
        If a package that it needs is not installed.

    Examples
    --------
    >>> from synthem.io.formats import check_format
    >>> check_format("tiff").volumes
    True
    """
    if name not in FORMATS:
        raise ConfigError(f"`format` must be one of {', '.join(FORMATS)}, got {name!r}{did_you_mean(name, FORMATS)}")
    traits = TRAITS[name]
    if axes > 2 and not traits.volumes:
        able = ", ".join(other for other in FORMATS if TRAITS[other].volumes)
        raise ConfigError(f"`format` must be one that holds volumes, {able}, got {name!r}")
    missing = [package for package in traits.packages if find_spec(package) is None]
    if missing:
        raise MissingExtraError(
            f'format {name!r} needs {" and ".join(missing)}, not installed here: pip install "synthem[{traits.extra}]"'
        )
    return traits


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
    MissingExtraError
        If a package that it needs is not installed.

    Examples
    --------
    >>> from synthem.io.formats import load_format
    >>> load_format("folders").__name__
    'synthem.io.storage.folders'
    """
    return cast("StorageFormat", import_module(f"synthem.io.storage.{check_format(name).module}"))
