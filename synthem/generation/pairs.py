"""The same tissue under another style: aligned pairs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthem._progress import track
from synthem.dataset import Dataset
from synthem.errors import ConfigError, DataError, SynthemError
from synthem.generation.scenes import scene_of_config
from synthem.generation.tile_request import check_flag
from synthem.instrument.style import Style, load_style

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synthem.scene.scene import Scene
    from synthem.solid.scene import SolidScene
    from synthem.tiles.tile import Tile
    from synthem.tiles.volume import Volume

__all__ = ["restyle"]


def restyle(dataset: Dataset, style: str | Path | Style, *, progress: bool | None = None) -> Dataset:
    """Show the tissue of a dataset through another instrument.

    Tile by tile masks, instances, compartments and objects are the same, pixel for pixel; only the pictures differ. So
    two datasets make aligned pairs: another dose, stain or detector. Artefacts move and hide the same tissue; only the
    mask of an artefact that changes greys follows the picture.

    Parameters
    ----------
    dataset : Dataset
        Tiles that `generate` made, or `Dataset.load` read: they are drawn again from their configuration and seed.
    style : str, Path or Style
        A shipped style, a TOML file or a style. Its `pixel_size_nm` changes nothing: the tiles keep theirs.
    progress : bool or None, default None
        Show a progress bar on standard error; None means if that is a terminal.

    Returns
    -------
    Dataset
        As many tiles, with the same names and seed.

    Raises
    ------
    ConfigError
        If the dataset was not generated, or by a scene with organelles or stages of one's own.
    DataError
        If masks differ from those that configuration and seed give: the dataset was changed, or made by another
        version.

    Examples
    --------
    >>> import synthem
    >>> tiles = synthem.generate(2, seed=3, shape=128)
    >>> dark = synthem.restyle(tiles, "ac4")
    >>> bool((dark.masks == tiles.masks).all()), bool((dark.images == tiles.images).all())
    (True, False)
    """
    check_flag("progress", False if progress is None else progress)
    look = load_style(style)
    scene = _scene_of(dataset)
    shown_so: dict[str, Any] = {"style": look, "pixel_size_nm": scene.pixel_size_nm}
    scene = replace(scene, **shown_so)

    def shown() -> Iterator[Tile | Volume]:
        for name, tile in zip(dataset.names, dataset, strict=True):
            assert dataset.seed is not None
            again = scene.render(dataset.seed if tile.seed is None else tile.seed, tile.index)
            if not _aligned(tile, again):
                raise DataError(
                    f"`dataset` must hold the tiles that its configuration gives, got other masks in {name}: it was "
                    "changed, or another version of synthem made it"
                )
            yield again

    return Dataset.from_tiles(
        track(shown(), total=len(dataset), label="tiles", show=progress),
        n=len(dataset),
        shape=dataset.shape,
        names=dataset.names,
        seed=dataset.seed,
        config=scene.to_dict(),
        classes=dataset.classes,
    )


def _scene_of(dataset: Dataset) -> Scene | SolidScene:
    """Return the scene that made a dataset."""
    if not isinstance(dataset, Dataset):
        raise ConfigError(f"`dataset` must be a Dataset, got {dataset!r}")
    if not dataset.config or dataset.seed is None:
        raise ConfigError(
            "`dataset` must have been generated, so that its tissue can be drawn again, got one without configuration "
            "and seed"
        )
    try:
        return scene_of_config(dataset.config)
    except SynthemError as error:
        raise ConfigError(f"`dataset` must be of a scene that can be built again, got {error}") from error


def _aligned(tile: Tile | Volume, again: Tile | Volume) -> bool:
    """Return whether two tiles or volumes show the same tissue."""
    masks = (tile.masks == again.masks).all()
    return bool(masks and (tile.instances == again.instances).all())
