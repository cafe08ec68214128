"""Stacks of equally large tiles, with their provenance."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from html import escape
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from synthem._wording import counted_tiles
from synthem.errors import ConfigError, DataError
from synthem.labels import EPFL6, Classes, ClassTable, load_class_table
from synthem.tiles.joining import joined_config, joined_names
from synthem.tiles.object_table import ObjectTable, Rows, tabulate
from synthem.tiles.placement_report import PlacementReport
from synthem.tiles.stacks import Stacks, TileMeta, check_array
from synthem.tiles.tile import Tile
from synthem.tiles.volume import Volume

if TYPE_CHECKING:
    from synthem.io import Format

__all__ = ["Dataset"]

PREVIEW_TILES = 12
STREAM_INSTEAD = "`iter_tiles` yields and `generate_files` writes any number"


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Dataset:
    """Tiles of one size. Made by `synthem.generate`, `Dataset.load`, `from_tiles` or `from_arrays`.

    Volumes are tiles with a third axis: then arrays have the axes (n, Z, H, W), masks (n, C, Z, H, W).

    Parameters
    ----------
    images : (n, H, W) uint8 array
        Grey levels.
    masks : (n, C, H, W) bool array
        One mask per class of `classes`.
    instances : (n, H, W) int32 array
        Object id of each pixel, 0 for none; ids are unique within a tile.
    compartments : (n, H, W) int32 array
        Cell compartment of each pixel, 0 on membranes and where unknown.
    tiles : tuple of Tile
        The tiles, as views of the arrays above.
    names : tuple of str
        File name of each tile, without its ending.
    seed : int or None, default None
        Seed of the scene; None for data that was not generated.
    config : dict, default empty
        What the tiles were made from, as JSON-able values.
    classes : ClassTable, default EPFL6
        The classes that are labelled.
    """

    images: npt.NDArray[np.uint8]
    masks: npt.NDArray[np.bool_]
    instances: npt.NDArray[np.int32]
    compartments: npt.NDArray[np.int32]
    tiles: tuple[Tile, ...]
    names: tuple[str, ...]
    seed: int | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    classes: ClassTable = EPFL6

    @classmethod
    def from_tiles(
        cls,
        tiles: Iterable[Tile],
        *,
        n: int,
        shape: tuple[int, ...],
        names: Sequence[str] | None = None,
        seed: int | None = None,
        config: Mapping[str, Any] | None = None,
        classes: ClassTable | None = None,
    ) -> Dataset:
        """Stack tiles as they come; each is copied and may be dropped afterwards.

        Parameters
        ----------
        tiles : iterable of Tile
            Exactly `n` tiles of `shape`.
        n : int
            Number of tiles.
        shape : tuple of int
            Height and width of every tile; of volumes sections, height and width.
        names : sequence of str, optional
            File names without endings; by default the six-digit tile number.
        seed, config
            As in `Dataset`.
        classes : ClassTable, optional
            Those of every tile; by default those of the first.

        Raises
        ------
        DataError
            If there are more or fewer tiles, or one is of another shape or has other classes.
        """
        if classes is None:
            tiles = iter(tiles)
            first = next(tiles, None)
            tiles, classes = (tiles, EPFL6) if first is None else (chain((first,), tiles), first.classes)
        stacks = Stacks.empty(n, shape, classes, instead=STREAM_INSTEAD)
        metas: list[TileMeta] = []
        for place, tile in enumerate(tiles):
            if place >= n:
                raise DataError(f"`tiles` must hold {n} tiles, got more")
            if tile.image.shape != tuple(shape):
                raise DataError(f"`tiles` must be of shape {tuple(shape)}, got {tile.image.shape} at {place}")
            if tile.classes != classes:
                names = f"{', '.join(tile.classes.names)} at {place}"
                raise DataError(f"`tiles` must have the classes {', '.join(classes.names)}, got {names}")
            stacks.put(place, tile)
            metas.append(TileMeta.of(tile))
        if len(metas) < n:
            raise DataError(f"`tiles` must hold {n} tiles, got {len(metas)}")
        return cls.assemble(stacks, metas, names=names, seed=seed, config=config, classes=classes)

    @classmethod
    def from_arrays(
        cls,
        images: npt.NDArray[np.uint8],
        masks: npt.NDArray[np.bool_],
        instances: npt.NDArray[np.int32] | None = None,
        compartments: npt.NDArray[np.int32] | None = None,
        *,
        names: Sequence[str] | None = None,
        classes: Classes = None,
    ) -> Dataset:
        """Make a dataset of arrays, for example of real slices, as read-only views.

        Parameters
        ----------
        images : (n, H, W) uint8 array
            Grey levels.
        masks : (n, C, H, W) bool array
            One mask per class.
        instances, compartments : (n, H, W) int32 array, optional
            Zero where left out.
        names : sequence of str, optional
            File names without endings; by default the six-digit position.
        classes : str, Path, ClassTable or None, default None
            The classes of the masks: a shipped table, a TOML file or a table; None means "epfl6".

        Raises
        ------
        ConfigError
            If a shape or dtype is not as above.

        Examples
        --------
        >>> import numpy as np
        >>> from synthem import Dataset
        >>> Dataset.from_arrays(np.zeros((2, 64, 64), np.uint8), np.zeros((2, 6, 64, 64), bool))
        Dataset(2 tiles of 64x64, seed=None)
        """
        table = load_class_table(classes)
        n, height, width = check_array("images", images, np.uint8, (None, None, None))
        check_array("masks", masks, np.bool_, (n, len(table), height, width))
        planes = []
        for name, array in (("instances", instances), ("compartments", compartments)):
            plane = np.zeros(images.shape, np.int32) if array is None else array
            check_array(name, plane, np.int32, (n, height, width))
            planes.append(plane)
        if names is not None and len(names) != n:
            raise ConfigError(f"`names` must hold one name per image ({n}), got {len(names)}")
        metas = [TileMeta(index=i) for i in range(n)]
        return cls.assemble(Stacks(images, masks, planes[0], planes[1]), metas, names=names, classes=table)

    @classmethod
    def concat(cls, *datasets: Dataset, prefixes: Sequence[str] | None = None) -> Dataset:
        """Join datasets, such as real and synthetic tiles, one after the other.

        Tiles keep instances, objects, artefacts, seed and index; ``config["parts"]`` tells of what each part was made.

        Parameters
        ----------
        *datasets : Dataset
            At least one; all of one shape and with the same classes.
        prefixes : sequence of str, optional
            Beginnings for the names of each dataset. Left out, names stay as they are, and must all differ.

        Raises
        ------
        ConfigError
            If there is no dataset, or shapes, classes or the number of prefixes differ, or two names are the same.

        Examples
        --------
        >>> import numpy as np
        >>> import synthem
        >>> real = synthem.Dataset.from_arrays(np.zeros((2, 64, 64), np.uint8), np.zeros((2, 6, 64, 64), bool))
        >>> synthetic = synthem.generate(2, seed=7, shape=64, axons=0)
        >>> both = synthem.Dataset.concat(real, synthetic, prefixes=("real_", "made_"))
        >>> both.names, [part["seed"] for part in both.config["parts"]]
        (('real_000000', 'real_000001', 'made_000000', 'made_000001'), [None, 7])
        """
        names = joined_names(datasets, prefixes)
        stacks = Stacks(*(np.concatenate([getattr(one, name) for one in datasets]) for name in Stacks._fields))
        metas = [replace(TileMeta.of(tile), records=tile.objects) for one in datasets for tile in one.tiles]
        seeds = {one.seed for one in datasets}
        rest: dict[str, Any] = {"config": joined_config(datasets), "classes": datasets[0].classes}
        return cls.assemble(stacks, metas, names=names, seed=seeds.pop() if len(seeds) == 1 else None, **rest)

    @classmethod
    def assemble(
        cls,
        stacks: Stacks,
        metas: Sequence[TileMeta],
        *,
        names: Sequence[str] | None = None,
        seed: int | None = None,
        config: Mapping[str, Any] | None = None,
        classes: ClassTable = EPFL6,
    ) -> Dataset:
        """Join stacks with what is known of each tile.

        Parameters
        ----------
        stacks : Stacks
            Images, masks, instances and compartments, as in `Dataset`.
        metas : sequence of TileMeta
            For each tile its records, report, seed and index.
        names : sequence of str, optional
            File names without endings; by default the six-digit tile number.
        seed, config, classes
            As in `Dataset`.
        """
        views = stacks.frozen()
        tiles = tuple(views.tile(place, meta, classes) for place, meta in enumerate(metas))
        if names is None:
            names = [f"{meta.index:06d}" for meta in metas]
        if len(names) != len(tiles):
            raise ConfigError(f"`names` must hold one name per tile ({len(tiles)}), got {len(names)}")
        rest: dict[str, Any] = {"seed": seed, "config": config or {}, "classes": classes}
        return cls(**views._asdict(), tiles=tiles, names=tuple(names), **rest)

    @property
    def reports(self) -> tuple[PlacementReport, ...]:
        """Requested and placed objects of each tile."""
        return tuple(tile.report for tile in self.tiles)

    @property
    def shape(self) -> tuple[int, ...]:
        """Height and width of a tile; of volumes sections, height and width."""
        return self.images.shape[1:]

    def __len__(self) -> int:
        """Return the number of tiles."""
        return len(self.tiles)

    def __iter__(self) -> Iterator[Tile]:
        """Iterate over the tiles."""
        return iter(self.tiles)

    @overload
    def __getitem__(self, key: int) -> Tile: ...
    @overload
    def __getitem__(self, key: slice) -> Dataset: ...
    def __getitem__(self, key: int | slice) -> Tile | Dataset:
        """Return one tile, or IndexError; for a slice a dataset that shares the memory of this one."""
        if not isinstance(key, slice):
            if not -len(self) <= key < len(self):
                raise IndexError(f"`key` must be from {-len(self)} to {len(self) - 1}, got {key}")
            return self.tiles[key]
        arrays = {name: getattr(self, name)[key] for name in Stacks._fields}
        return replace(self, **arrays, tiles=self.tiles[key], names=self.names[key])

    def __eq__(self, other: object) -> bool:
        """Compare pixels, classes, objects, reports and provenance."""
        if not isinstance(other, Dataset):
            return NotImplemented
        names = ("names", "seed", "config", "classes", "shape", "tiles")
        return all(getattr(self, name) == getattr(other, name) for name in names)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the stacks once, not again with every tile."""
        metas = [replace(TileMeta.of(tile), records=tile.objects) for tile in self.tiles]
        whole = partial(Dataset.assemble, names=self.names, seed=self.seed, config=self.config, classes=self.classes)
        return whole, (Stacks(*(getattr(self, name) for name in Stacks._fields)), metas)

    def __repr__(self) -> str:
        """Return a short description."""
        size = "x".join(map(str, self.shape))
        return f"Dataset({counted_tiles(len(self), len(self.shape))} of {size}, seed={self.seed})"

    def save(self, path: str | Path, *, format: Format = "folders", overwrite: bool = False) -> Path:
        """Write the dataset as a new folder, whole or not at all.

        Parameters
        ----------
        path : str or Path
            Folder to make. It may exist if it is empty.
        format : str, default "folders"
            One of `synthem.io.FORMATS`: "folders", "tiff", "ome-zarr", "precomputed", "nnunet", "hdf5", "hdf5-main",
            "webdataset", "coco", "hf" or "npz".
        overwrite : bool, default False
            Replace a dataset that synthem wrote there; files of others in that folder are kept.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        ConfigError
            If `format` is unknown, or the dataset holds no tile.
        MissingExtraError
            If a package that the format needs is not installed; it names the extra.
        OutputError
            If the folder is not empty, cannot be written, or holds something that is not synthem's to replace; also if
            a name cannot be that of a file on all systems.
        """
        from synthem.io import DatasetInfo, save_tiles  # with what they need, slow to import
        from synthem.io.content import common_spacing

        solid = {tile.voxel_size_nm for tile in self.tiles if isinstance(tile, Volume)}
        flat = common_spacing(self.config, (tile.pixel_size_nm for tile in self.tiles), axes=2)
        spacing = (solid.pop() if len(solid) == 1 else None) if solid else flat
        about: dict[str, Any] = {"seed": self.seed, "config": self.config, "classes": self.classes}
        info = DatasetInfo(n=len(self), shape=self.shape, spacing_nm=spacing, **about)
        named = zip(self.names, self.tiles, strict=True)
        return save_tiles(named, path, info=info, format=format, overwrite=overwrite)

    @classmethod
    def load(cls, path: str | Path, *, classes: Classes = None) -> Dataset:
        """Read a dataset that `save` wrote, or any folder in the EPFL6 layout.

        Parameters
        ----------
        path : str or Path
            The folder.
        classes : str, Path, ClassTable or None, default None
            The classes whose masks are read: a shipped table, a TOML file or a table. None means those of which the
            folder's manifest tells, or "epfl6" for a folder without one.

        Raises
        ------
        ConfigError
            If there is no such table, or the manifest tells of other classes.
        DataError
            If a file is missing, damaged, or of another size or depth than the rest, or a newer synthem wrote it.
        """
        from synthem.io import read_dataset

        stored = read_dataset(path, classes=classes)
        rest: dict[str, Any] = {"seed": stored.seed, "config": stored.config, "classes": stored.classes}
        return cls.assemble(stored.stacks, stored.tiles, names=stored.names, **rest)

    def table(self, of: Rows = "objects") -> ObjectTable:
        """Return the objects of all tiles, or the synapses whose density is seen, as columns; see `tabulate`.

        Parameters
        ----------
        of : {"objects", "synapses"}, default "objects"
            What there is a row for.

        Returns
        -------
        ObjectTable
            With `to_csv` and `to_parquet`.
        """
        return tabulate(zip(self.names, self.tiles, strict=True), of=of)

    def preview(self, *, columns: int = 3, scale: int = 1) -> npt.NDArray[np.uint8]:
        """Return a sheet of the first tiles, image beside coloured overlay, (rows, cols, 3) uint8 RGB.

        Of volumes it shows the three middle planes, one volume per row.

        Parameters
        ----------
        columns : int, default 3
            Pairs per row of tiles.
        scale : int, default 1
            Whole-number magnification.
        """
        from synthem.view.volumes import sheet_of  # cv2 is slow to import

        return sheet_of(self.tiles[:PREVIEW_TILES], columns=columns, scale=scale)

    def _repr_png_(self) -> bytes:
        from synthem.view.sheets import encode_png  # cv2 is slow to import

        return encode_png(self.preview())

    def _repr_html_(self) -> str:
        png = b64encode(self._repr_png_()).decode()
        return f'<p>{escape(repr(self))}</p><img alt="preview" src="data:image/png;base64,{png}">'
