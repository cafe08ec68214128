"""synthem: brain electron-microscopy tiles with exact ground truth.

The public names are loaded on first use, so that ``import synthem`` stays light.

Examples
--------
>>> import synthem
>>> tiles = synthem.generate(n=2, seed=7, shape=(128, 128))
>>> tiles.masks.shape
(2, 6, 128, 128)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synthem.calibration import calibrate
    from synthem.classes import CLASS_NAMES, CLASSES
    from synthem.dataset import Dataset
    from synthem.errors import PlacementWarning, SynthemError
    from synthem.generation import generate, generate_files, iter_tiles
    from synthem.nodes import Group
    from synthem.organelles import PSD, Axon, Clutter, Dendrite, Mitochondrion, Synapse, Vesicles
    from synthem.recipes import Recipe
    from synthem.sampling import Density
    from synthem.scene import Layout, Scene
    from synthem.stages import BlurNoise, Cytoplasm, MembraneLayer
    from synthem.styles import Style
    from synthem.tile import Tile

__version__ = "0.1.0"

__all__ = [
    "CLASSES",
    "CLASS_NAMES",
    "PSD",
    "Axon",
    "BlurNoise",
    "Clutter",
    "Cytoplasm",
    "Dataset",
    "Dendrite",
    "Density",
    "Group",
    "Layout",
    "MembraneLayer",
    "Mitochondrion",
    "PlacementWarning",
    "Recipe",
    "Scene",
    "Style",
    "Synapse",
    "SynthemError",
    "Tile",
    "Vesicles",
    "calibrate",
    "generate",
    "generate_files",
    "iter_tiles",
]

_HOME = {
    "CLASSES": "classes",
    "CLASS_NAMES": "classes",
    "PSD": "organelles",
    "Axon": "organelles",
    "BlurNoise": "stages",
    "Clutter": "organelles",
    "Cytoplasm": "stages",
    "Dataset": "dataset",
    "Dendrite": "organelles",
    "Density": "sampling",
    "Group": "nodes",
    "Layout": "scene",
    "MembraneLayer": "stages",
    "Mitochondrion": "organelles",
    "PlacementWarning": "errors",
    "Recipe": "recipes",
    "Scene": "scene",
    "Style": "styles",
    "Synapse": "organelles",
    "SynthemError": "errors",
    "Tile": "tile",
    "Vesicles": "organelles",
    "calibrate": "calibration",
    "generate": "generation",
    "generate_files": "generation",
    "iter_tiles": "generation",
}

_MODULES = (
    "calibration",
    "classes",
    "errors",
    "geometry",
    "io",
    "nodes",
    "organelles",
    "preview",
    "quality",
    "recipes",
    "report",
    "sampling",
    "shapes",
    "stages",
    "styles",
    "tile",
)
"""Modules with names for users: ``synthem.quality.compare`` needs no import of its own."""


def __getattr__(name: str) -> object:
    """Import a public name on first use."""
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*__all__, *globals()})
