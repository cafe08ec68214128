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
import sys
from typing import TYPE_CHECKING

from synthem._renamed import MODULES as _OLD
from synthem._renamed import OldModules as _OldModules

if TYPE_CHECKING:
    from synthem.calibration import calibrate
    from synthem.dataset import Dataset
    from synthem.errors import EmptyClassWarning, PlacementWarning, SynthemError
    from synthem.generation import generate, generate_files, iter_tiles
    from synthem.geometry.curves import circle
    from synthem.geometry.poses import Pose
    from synthem.instrument.blur_noise import BlurNoise
    from synthem.instrument.cytoplasm import Cytoplasm
    from synthem.instrument.style import Style, list_styles, load_style
    from synthem.labels import EPFL6, ClassTable, LabelClass, list_class_tables, load_class_table
    from synthem.painting.paint import Discs, Fill, Part, Stroke, Strokes
    from synthem.parameters import Choice, Density
    from synthem.scene import Layout, Scene, build_scene
    from synthem.tiles.tile import Tile
    from synthem.tissue.claims import Barrier, Region, Synaptic
    from synthem.tissue.margins import Margins
    from synthem.tissue.membrane_layer import MembraneLayer
    from synthem.tissue.organelles import (
        PSD,
        Axon,
        Clutter,
        Dendrite,
        Endomembrane,
        FreeVesicles,
        Lysosome,
        Mitochondrion,
        Synapse,
        Vesicles,
    )
    from synthem.tissue.organelles.base import Group, Organelle
    from synthem.tissue.recipes import Recipe, list_recipes, load_recipe
    from synthem.tissue.shape import Shape

__version__ = "0.1.0"

__all__ = [
    "EPFL6",
    "PSD",
    "Axon",
    "Barrier",
    "BlurNoise",
    "Choice",
    "ClassTable",
    "Clutter",
    "Cytoplasm",
    "Dataset",
    "Dendrite",
    "Density",
    "Discs",
    "EmptyClassWarning",
    "Endomembrane",
    "Fill",
    "FreeVesicles",
    "Group",
    "LabelClass",
    "Layout",
    "Lysosome",
    "Margins",
    "MembraneLayer",
    "Mitochondrion",
    "Organelle",
    "Part",
    "PlacementWarning",
    "Pose",
    "Recipe",
    "Region",
    "Scene",
    "Shape",
    "Stroke",
    "Strokes",
    "Style",
    "Synapse",
    "Synaptic",
    "SynthemError",
    "Tile",
    "Vesicles",
    "build_scene",
    "calibrate",
    "circle",
    "generate",
    "generate_files",
    "iter_tiles",
    "list_class_tables",
    "list_recipes",
    "list_styles",
    "load_class_table",
    "load_recipe",
    "load_style",
]

_HOME = {
    "Axon": "tissue.organelles",
    "Barrier": "tissue.claims",
    "BlurNoise": "instrument.blur_noise",
    "Choice": "parameters",
    "ClassTable": "labels",
    "Clutter": "tissue.organelles",
    "Cytoplasm": "instrument.cytoplasm",
    "Dataset": "dataset",
    "Dendrite": "tissue.organelles",
    "Density": "parameters",
    "Discs": "painting.paint",
    "EPFL6": "labels",
    "EmptyClassWarning": "errors",
    "Endomembrane": "tissue.organelles",
    "Fill": "painting.paint",
    "FreeVesicles": "tissue.organelles",
    "Group": "tissue.organelles.base",
    "LabelClass": "labels",
    "Layout": "scene",
    "Lysosome": "tissue.organelles",
    "Margins": "tissue.margins",
    "MembraneLayer": "tissue.membrane_layer",
    "Mitochondrion": "tissue.organelles",
    "Organelle": "tissue.organelles.base",
    "PSD": "tissue.organelles",
    "Part": "painting.paint",
    "PlacementWarning": "errors",
    "Pose": "geometry.poses",
    "Recipe": "tissue.recipes",
    "Region": "tissue.claims",
    "Scene": "scene",
    "Shape": "tissue.shape",
    "Stroke": "painting.paint",
    "Strokes": "painting.paint",
    "Style": "instrument.style",
    "Synapse": "tissue.organelles",
    "Synaptic": "tissue.claims",
    "SynthemError": "errors",
    "Tile": "tiles.tile",
    "Vesicles": "tissue.organelles",
    "build_scene": "scene",
    "calibrate": "calibration",
    "circle": "geometry.curves",
    "generate": "generation",
    "generate_files": "generation",
    "iter_tiles": "generation",
    "list_class_tables": "labels",
    "list_recipes": "tissue.recipes",
    "list_styles": "instrument.style",
    "load_class_table": "labels",
    "load_recipe": "tissue.recipes",
    "load_style": "instrument.style",
}
"""Module of each public name."""

_MODULES = (
    "calibration",
    "errors",
    "io",
    "labels",
    "parameters",
    "quality",
    "view",
)
"""Modules with further names for users: ``synthem.quality.compare`` needs no import of its own."""

if not any(isinstance(finder, _OldModules) for finder in sys.meta_path):
    sys.meta_path.append(_OldModules())


def __getattr__(name: str) -> object:
    """Import a public name on first use."""
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name not in _HOME:
        new = f"; it is now {__name__}.{_OLD[name]}" if name in _OLD else ""
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{new}")
    value: object = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*__all__, *globals()})
