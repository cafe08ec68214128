"""What a user may write, for `mypy --strict`: every line must be known to type checkers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

import synthem
from synthem.parameters import Number, declared, draw
from synthem.quality import Report, compare
from synthem.view.sheets import overlay, write_sheet


@dataclass(frozen=True, kw_only=True)
class Ball(synthem.Organelle):
    """An organelle of one's own."""

    materials = {"ball": synthem.Material(grey=(50, 60))}  # noqa: RUF012
    radius_nm: Number = declared((20.0, 30.0), "Radius.", unit="nm")

    def shape(self, rng: np.random.Generator, size: float) -> synthem.Shape:
        """Draw one."""
        ring = synthem.circle(32) * draw(self.radius_nm, rng) * size
        part = synthem.Part(self.kind, (synthem.Fill((ring,), "ball"),), rings=(ring,))
        return synthem.Shape((part,), ring=ring)


def share(masks: npt.NDArray[np.bool_]) -> float:
    """Return the share of pixels of a mask."""
    return float(masks.mean())


def tiles(folder: Path) -> Iterator[synthem.Tile]:
    """Yield tiles from everything that makes them."""
    dataset = synthem.generate(4, axons=(0, 2), psd=synthem.Density(mean=0.5), seed=7, shape=(128, 128), workers=2)
    yield from dataset
    path: Path = synthem.generate_files(folder / "tiles", 2, seed=7, format="tiff")
    yield synthem.Dataset.load(path)[0]
    yield from synthem.iter_tiles(2, style="ac4", pixel_size_nm=(4, 8), seed=7)
    scene = synthem.Scene(organelles=[Ball(count=3), synthem.Axon(count=1)], classes="all")
    layout: synthem.Layout = scene.sample(seed=1, index=2)
    yield layout.render("any")


def look(tile: synthem.Tile) -> list[tuple[int, str, float | None]]:
    """Look at what is known of a tile."""
    picture: npt.NDArray[np.uint8] = overlay(tile.image, tile.masks, classes=tile.classes)
    write_sheet(picture, "tile.png")
    lengths = [share(tile.mask("boundaries")), *(one.length_nm for one in tile.contacts())]
    assert tile.report.complete, lengths
    return [(item.id, item.kind, item.share_inside) for item in tile.objects]


def values() -> tuple[synthem.Style, synthem.Recipe]:
    """Change styles and recipes."""
    style = synthem.load_style("epfl")
    style = replace(style, optics=replace(style.optics, psf_sigma_nm=9.0), name="mine")
    recipe = synthem.load_recipe("tissue")
    recipe = replace(
        recipe, axons=replace(recipe.axons, count=2), artifacts=synthem.Artifacts(fold=synthem.Fold(share=0.1))
    )
    return style, recipe


def report(real: Path) -> Report:
    """Compare tiles with slices."""
    found: Report = compare(real, synthem.generate(12), tiles=10)
    return found
