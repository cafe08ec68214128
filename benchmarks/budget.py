"""Print where the time of a tile goes: ``python benchmarks/budget.py``.

Processor time per tile in milliseconds, median over tiles, so that other programs on the machine count little.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

import synthem.scene.drawing
import synthem.scene.layout
from synthem.instrument.blur_noise import BlurNoise
from synthem.instrument.cytoplasm import Cytoplasm
from synthem.painting.canvas import Canvas
from synthem.painting.paint_list import PaintList
from synthem.scene.build import build_scene
from synthem.scene.layout import Layout
from synthem.scene.scene import Scene
from synthem.tissue.membrane_layer import MembraneLayer

TILES = 200

STEPS = {
    "draw and place organelles": (synthem.scene.drawing, "place_all"),
    "pack compartments, find candidates": (MembraneLayer, "sample"),
    "draw and place what lies within compartments": (synthem.scene.drawing, "place_within"),
    "flatten the layout into arrays": (PaintList, "compile"),
    "greys of materials": (PaintList, "shaded"),
    "compartments and membranes": (MembraneLayer, "apply"),
    "cytoplasm": (Cytoplasm, "apply"),
    "fills, strokes, discs": (Canvas, "paint"),
    "blur, noise, bytes": (BlurNoise, "apply"),
    "masks, compartments": (synthem.scene.layout, "write_masks"),
}


def timed(spent: dict[str, float], name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that adds the processor time of each call to `spent`."""

    def call(*args: Any, **kwargs: Any) -> Any:
        start = time.process_time_ns()
        try:
            return function(*args, **kwargs)
        finally:
            spent[name] += (time.process_time_ns() - start) / 1e6

    return call


def budget(scene: Scene) -> dict[str, float]:
    """Return the median per step over `TILES` tiles."""
    spent: dict[str, float] = defaultdict(float)
    saved = [(step, owner, name, getattr(owner, name)) for step, (owner, name) in STEPS.items()]
    for step, owner, name, function in saved:
        setattr(owner, name, timed(spent, step, function))
    rows: dict[str, list[float]] = defaultdict(list)
    try:
        for index in range(-20, TILES):
            spent.clear()
            layout = timed(spent, "drawing, together", scene.sample)(seed=1, index=index + 20)
            timed(spent, "painting, together", Layout.render)(layout)
            if index >= 0:
                spent["tile"] = spent["drawing, together"] + spent["painting, together"]
                for name, value in spent.items():
                    rows[name].append(value)
    finally:
        for _, owner, name, function in saved:
            setattr(owner, name, function)
    return {name: float(np.median(values)) for name, values in rows.items()}


def main() -> None:
    """Print the table for two recipes."""
    recipes = {
        "paper, 1 to 3 of each": build_scene("paper", axons=(1, 3), psd=(1, 3), vesicles=(1, 3)),
        "tissue": build_scene("tissue"),
    }
    found = {name: budget(scene) for name, scene in recipes.items()}
    print("| step | " + " | ".join(found) + " |")  # noqa: T201 - this is what it is for
    print("|---|" + "---|" * len(found))  # noqa: T201
    for step in next(iter(found.values())):
        print(f"| {step} | " + " | ".join(f"{one[step]:.2f}" for one in found.values()) + " |")  # noqa: T201


if __name__ == "__main__":
    main()
