"""What must hold for every case."""

from __future__ import annotations

import json
import pickle
import tempfile
from pathlib import Path

import numpy as np

from synthem import Dataset, Scene, SolidScene
from synthem.errors import ConfigError
from synthem.io import FORMATS
from synthem.io.formats import TRAITS
from synthem.tiles.tile import Tile
from tests.soak.configurations import Blob, Case
from tests.truth import check_ids, check_labels, check_outlines, check_report

__all__ = ["TooLargeError", "check"]


class TooLargeError(Exception):
    """A length that is allowed does not fit into this tile, and was refused."""


def check(case: Case) -> None:
    """Raise an `AssertionError` if something does not hold.

    Raises
    ------
    TooLargeError
        If the scene says, in an error of its own, that it cannot be drawn.
    """
    try:
        tile = case.scene.render(case.seed, case.index)
    except ConfigError as error:
        raise TooLargeError(str(error)) from error
    _check_again(case, tile)
    check_labels(tile)
    check_ids(tile)
    if case.index % 4 == 0:
        _check_files(case, tile)
    if isinstance(case.scene, SolidScene):
        return
    check_report(tile)
    if "boundaries" in tile.classes.names and not any(one.displacement is not None for one in tile.artifacts):
        check_outlines(tile)
    _check_layout(case.scene, case, tile)


def _check_again(case: Case, tile: Tile) -> None:
    """Scene, JSON and scene again: the same bytes."""
    text = json.dumps(case.scene.to_dict(), allow_nan=False)
    if isinstance(case.scene, Scene) and any(isinstance(one, Blob) for one in case.scene.organelles):
        assert case.scene.render(case.seed, case.index) == tile
        return
    again = type(case.scene).from_dict(json.loads(text))
    assert json.dumps(again.to_dict()) == text, "a configuration does not come back"
    assert again.render(case.seed, case.index) == tile, "its configuration makes another tile"


def _check_layout(scene: Scene, case: Case, tile: Tile) -> None:
    """A layout is a value, and no style changes its labels."""
    layout = scene.sample(case.seed, case.index)
    assert pickle.loads(pickle.dumps(layout)) == layout
    other = layout.render("ac4")
    for name in ("masks", "instances", "compartments"):
        assert np.array_equal(getattr(other, name), getattr(tile, name)), f"{name} differ under another style"


def _check_files(case: Case, tile: Tile) -> None:
    """A tile comes back from files."""
    able = [one for one in FORMATS if TRAITS[one].volumes or tile.image.ndim == 2]
    format = able[case.index // 4 % len(able)]
    tiles = Dataset.from_tiles([tile], n=1, shape=tile.shape, seed=case.seed, classes=tile.classes)
    with tempfile.TemporaryDirectory() as folder:
        again = Dataset.load(tiles.save(Path(folder) / "out", format=format))
    assert again == tiles, f"it does not come back from {format}"
