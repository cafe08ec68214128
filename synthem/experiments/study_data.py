"""Training and test data of a study, prepared once and read by all workers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from synthem.errors import DataError, OutputError
from synthem.experiments import epfl6
from synthem.experiments.augment import pack_tiles
from synthem.experiments.counting import Counts, count_objects
from synthem.experiments.study import RECIPES, Run, StudyConfig, choose_slices
from synthem.experiments.trainer import TrainingJob
from synthem.labels import EPFL6
from synthem.tiles.cutting import cut_images
from synthem.tiles.data_area import data_area
from synthem.tiles.labelled_image import LabelledImage, LabelledTiles

__all__ = ["StudyData", "load_study_data", "synthetic_tiles"]

GENERATOR: Final = "synthem"


@dataclass(frozen=True, kw_only=True, eq=False)
class StudyData:
    """Training slices, test slices and synthetic pools of one study.

    Parameters
    ----------
    train, test : tuple of LabelledImage
        Real slices, the training ones in the order in which sets take them.
    pools : dict of int to LabelledTiles
        Synthetic tiles of each experiment.
    tile, stride : int
        How the training slices are cut.
    """

    train: tuple[LabelledImage, ...]
    test: tuple[LabelledImage, ...]
    pools: dict[int, LabelledTiles]
    tile: int
    stride: int

    def describe(self) -> dict[str, Any]:
        """Return names and digests of the slices and tiles, which belong to the identity of a study."""
        real = {
            name: [[s.name, LabelledTiles.of(s.image[None], s.masks[None]).digest()] for s in slices]
            for name, slices in (("train_slices", self.train), ("test_slices", self.test))
        }
        return {**real, "synthetic": {str(e): pool.digest() for e, pool in sorted(self.pools.items())}}

    def real_tiles(self) -> list[LabelledTiles]:
        """Return the tiles of each training slice."""
        return [cut_images([s], self.tile, self.stride, cover=True) for s in self.train]

    def packed(self) -> tuple[Tensor, list[int], dict[int, int]]:
        """Return all tiles packed, the index after each training slice, and the first index of each pool."""
        parts = self.real_tiles()
        ends = np.cumsum([len(p) for p in parts]).tolist()
        starts: dict[int, int] = {}
        place = ends[-1] if ends else 0
        for experiment, pool in sorted(self.pools.items()):
            starts[experiment] = place
            place += len(pool)
            parts.append(pool)
        packed = np.concatenate([pack_tiles(p.images, p.masks) for p in parts])
        return torch.from_numpy(packed), ends, starts

    def counts(self) -> tuple[list[Counts], dict[int, Counts]]:
        """Return the organelles in the tiles of each training slice, and in each pool."""
        real = [count_objects(p.masks) for p in self.real_tiles()]
        return real, {e: count_objects(pool.masks) for e, pool in self.pools.items()}

    def save(self, path: Path) -> None:
        """Write everything to one file, which workers elsewhere can read."""
        arrays: dict[str, npt.NDArray[Any]] = {"cut": np.array([self.tile, self.stride])}
        for kind, slices in (("train", self.train), ("test", self.test)):
            arrays[f"{kind}_names"] = np.array([s.name for s in slices])
            for k, s in enumerate(slices):
                arrays[f"{kind}_{k}"] = pack_tiles(s.image[None], s.masks[None])[0]
        for experiment, pool in self.pools.items():
            arrays[f"pool_{experiment}"] = pack_tiles(pool.images, pool.masks)
        partial = path.with_suffix(".tmp.npz")
        try:
            np.savez(partial, allow_pickle=False, **arrays)
            os.replace(partial, path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise OutputError(f"`out`: {path} cannot be written: {error}") from error

    @classmethod
    def load(cls, path: Path) -> StudyData:
        """Read what `save` wrote."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                arrays = dict(stored)
        except (OSError, ValueError) as error:
            raise DataError(f"{path} must be the data of a study: {error}") from error
        tile, stride = (int(v) for v in arrays["cut"])
        slices = {
            kind: tuple(_slice(str(name), arrays[f"{kind}_{k}"]) for k, name in enumerate(arrays[f"{kind}_names"]))
            for kind in ("train", "test")
        }
        pools = {int(key.split("_")[1]): _pool(value) for key, value in arrays.items() if key.startswith("pool_")}
        return cls(train=slices["train"], test=slices["test"], pools=pools, tile=tile, stride=stride)


def _pool(packed: npt.NDArray[np.uint8]) -> LabelledTiles:
    masks = np.unpackbits(packed[:, 1:], axis=1, count=len(EPFL6), bitorder="little").view(bool)
    return LabelledTiles.of(packed[:, 0], masks)


def _slice(name: str, packed: npt.NDArray[np.uint8]) -> LabelledImage:
    pool = _pool(packed[None])
    image = pool.images[0]
    return LabelledImage(name=name, image=image, masks=pool.masks[0], labelled=EPFL6.names, data=data_area(image))


def training_job(run: Run, ends: Sequence[int], starts: dict[int, int]) -> TrainingJob:
    """Return the tiles of the packed pool that a run trains on, with its seed."""
    real = np.arange(ends[run.real - 1] if run.real else 0)
    if not run.synthetic:
        return TrainingJob(tiles=real, seed=run.seed)
    first = starts[run.experiment]
    return TrainingJob(tiles=np.concatenate([real, np.arange(first, first + run.synthetic)]), seed=run.seed)


def synthetic_tiles(generator: str, experiment: int, config: StudyConfig) -> LabelledTiles:
    """Make or read the synthetic tiles of one experiment.

    Parameters
    ----------
    generator : str
        "synthem", or a folder of tiles in the EPFL6 layout: one with a folder per recipe
        (``paper_axons/`` and ``paper/``), or one that serves all experiments.
    experiment : int
        1 or 2.
    config : StudyConfig
        Number, size and seed of the tiles.

    Returns
    -------
    LabelledTiles
        The first `StudyConfig.pool` tiles.

    Raises
    ------
    DataError
        If the folder holds fewer tiles, or tiles of another size.
    """
    recipe = RECIPES[experiment]
    if generator == GENERATOR:
        from synthem.generation.requests import generate

        shape = (config.tile, config.tile)
        dataset = generate(config.pool, recipe=recipe, seed=config.pool_seed, shape=shape)
        return LabelledTiles.of(np.asarray(dataset.images), np.asarray(dataset.masks))
    folder = Path(generator)
    if not folder.is_dir():
        raise DataError(f"`generator` must be {GENERATOR!r} or a folder of tiles, got {generator!r}")
    own = folder / recipe
    tiles = epfl6.load_folder(own if own.is_dir() else folder)
    if len(tiles) < config.pool:
        raise DataError(f"`generator` must be a folder of at least {config.pool} tiles, got {len(tiles)} in {folder}")
    tiles = tiles[: config.pool]
    wrong = next((t for t in tiles if t.image.shape != (config.tile, config.tile)), None)
    if wrong is not None:
        raise DataError(f"`generator`: tiles must be {config.tile} pixels square, {wrong.name} is {wrong.image.shape}")
    return LabelledTiles.of(np.stack([t.image for t in tiles]), np.stack([t.masks for t in tiles]))


def load_study_data(
    config: StudyConfig,
    *,
    data: str | os.PathLike[str] | None = None,
    train_slices: Sequence[str] | None = None,
    test_slices: Sequence[str] | None = None,
    generator: str = GENERATOR,
) -> StudyData:
    """Read the real slices and make the synthetic pools.

    Parameters
    ----------
    config : StudyConfig
        The study.
    data : path, optional
        EPFL6 folder; see `epfl6.data_folder`.
    train_slices : sequence of str, optional
        Training slices by name or number, in the order in which sets take them; by default those
        of `choose_slices`.
    test_slices : sequence of str, optional
        Test slices, from the training stack; by default the five of the published test.
    generator : str
        See `synthetic_tiles`.

    Returns
    -------
    StudyData
        Training slices, test slices and pools.

    Raises
    ------
    DataError
        If slices are missing, too few or too small, or are in both sets.
    """
    folder = epfl6.data_folder(data)
    if test_slices is None and not (folder / "testing").is_dir():
        raise DataError(
            f"`data`: {folder} does not hold the published test slices (testing/); "
            "name slices to hold out with --test-slices"
        )
    pieces = epfl6.load(data=folder)
    test = epfl6.load("test", data=folder) if test_slices is None else epfl6.pick(pieces, test_slices)
    every = pieces if train_slices is None else epfl6.pick(pieces, train_slices)
    if train_slices is None:
        chosen = choose_slices(every, test, config)
    elif len(every) < config.slices:
        raise DataError(f"`train_slices` must be {config.slices} slices for this grid, got {len(every)}")
    else:
        chosen = every[: config.slices]
    both = sorted({s.name for s in chosen} & {s.name for s in test})
    if both:
        raise DataError(f"`train_slices` must not be tested on, got {', '.join(both)} in both")
    for piece in (*chosen, *test):
        if min(piece.image.shape) < config.tile:
            raise DataError(f"`tile` must fit every slice, got {config.tile}, {piece.name} is {piece.image.shape}")
    pools: dict[int, LabelledTiles] = {}
    if config.synthetic[-1]:
        pools = {e: synthetic_tiles(generator, e, config) for e in config.experiments}
    return StudyData(train=tuple(chosen), test=tuple(test), pools=pools, tile=config.tile, stride=config.stride)
