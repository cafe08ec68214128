"""Print where the time of a tile goes: ``python benchmarks/budget.py``.

Processor time per tile in milliseconds, median over tiles, so that other programs on the machine count little.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from synthem.canvas import Canvas
from synthem.recipes import build_scene
from synthem.scene import Layout, Scene
from synthem.stages import BlurNoise, Cytoplasm, MembraneLayer

TILES = 200


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
    parts = [(MembraneLayer, "sample"), (MembraneLayer, "apply"), (Cytoplasm, "apply"), (BlurNoise, "apply")]
    saved = [(owner, name, getattr(owner, name)) for owner, name in [*parts, (Canvas, "paint")]]
    for owner, name, function in saved:
        setattr(owner, name, timed(spent, f"{owner.__name__}.{name}", function))
    rows: dict[str, list[float]] = defaultdict(list)
    try:
        for index in range(-20, TILES):
            spent.clear()
            layout = timed(spent, "sample, all", scene.sample)(seed=1, index=index + 20)
            timed(spent, "render, all", Layout.render)(layout)
            if index >= 0:
                for name, value in spent.items():
                    rows[name].append(value)
    finally:
        for owner, name, function in saved:
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
