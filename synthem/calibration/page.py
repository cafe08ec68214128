"""The page of a calibration: what it looks like, and every number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from synthem.view.document import Document
from synthem.view.sheets import encode_png, mount

__all__ = ["calibration_page"]

COLUMNS = 4
"""Tiles beside each other on the sheet."""


def calibration_page(
    name: str,
    verdict: str,
    figures: Sequence[Sequence[str]],
    estimates: Sequence[Sequence[str]],
    tiles: Mapping[str, NDArray[np.uint8]],
) -> str:
    """Return a page of HTML that needs no other file.

    Parameters
    ----------
    name : str
        Name of the style.
    verdict : str
        The verdict; its first two lines are shown.
    figures : sequence of rows
        A mark, the name, and five numbers each.
    estimates : sequence of rows
        Parameter, value, origin and reason.
    tiles : dict of str to (n, H, W) uint8 array
        Pictures, each entry a row of the sheet.
    """
    page = Document(f"Fit of {name}")
    page.paragraphs(*(line for line in verdict.splitlines()[:2]))
    page.heading("Tiles")
    rows = ", ".join(f"row {number}: {row}" for number, row in enumerate(tiles, 1))
    page.picture(encode_png(_sheet(tiles)), f"{COLUMNS} tiles in each row", caption=rows, pixels=True)
    page.heading("Figures")
    head = ["figure", "slices", "before", "after", "halves", "allowed"]
    page.table(head, [row[1:] for row in figures], marks=["miss" if row[0] else "" for row in figures])
    page.heading("Parameters")
    page.table(["parameter", "value", "from", "what it follows"], estimates, texts=[2, 3])
    return page.to_html()


def _sheet(tiles: Mapping[str, NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Return rows of tiles that lie evenly among those of their row."""
    shown = []
    for images in tiles.values():
        chosen = images[np.linspace(0, len(images) - 1, COLUMNS).round().astype(int)]
        shown += [np.repeat(image[..., None], 3, axis=2) for image in chosen]
    return mount(shown, columns=COLUMNS)
