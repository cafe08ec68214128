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
    from synthem.generation import generate, generate_files, iter_tiles, restyle
    from synthem.geometry.curves import circle
    from synthem.geometry.poses import Pose
    from synthem.instrument.artifacts import (
        Artifacts,
        Charging,
        Contamination,
        Crack,
        Curtaining,
        Fold,
        KnifeMarks,
        LocalWarp,
        MotionBlur,
        Precipitate,
        ScanDrift,
        SectionCompression,
        StitchingSeam,
        UnevenIllumination,
    )
    from synthem.instrument.blur_noise import BlurNoise
    from synthem.instrument.cytoplasm import Cytoplasm
    from synthem.instrument.materials import Material, Materials
    from synthem.instrument.style import Style, list_styles, load_style
    from synthem.labels import EPFL6, ClassTable, LabelClass, list_class_tables, load_class_table
    from synthem.painting.paint import Discs, Fill, Part, Ridges, Stroke, Strokes
    from synthem.parameters import Choice, Density
    from synthem.scene import Layout, Scene, build_scene
    from synthem.solid import SolidRecipe, SolidScene, load_solid_recipe
    from synthem.tiles.artifacts import Artifact
    from synthem.tiles.tile import Tile
    from synthem.tiles.volume import Volume
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
        GrazedContact,
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
    "Artifact",
    "Artifacts",
    "Axon",
    "Barrier",
    "BlurNoise",
    "Charging",
    "Choice",
    "ClassTable",
    "Clutter",
    "Contamination",
    "Crack",
    "Curtaining",
    "Cytoplasm",
    "Dataset",
    "Dendrite",
    "Density",
    "Discs",
    "EmptyClassWarning",
    "Endomembrane",
    "Fill",
    "Fold",
    "FreeVesicles",
    "GrazedContact",
    "Group",
    "KnifeMarks",
    "LabelClass",
    "Layout",
    "LocalWarp",
    "Lysosome",
    "Margins",
    "Material",
    "Materials",
    "MembraneLayer",
    "Mitochondrion",
    "MotionBlur",
    "Organelle",
    "Part",
    "PlacementWarning",
    "Pose",
    "Precipitate",
    "Recipe",
    "Region",
    "Ridges",
    "ScanDrift",
    "Scene",
    "SectionCompression",
    "Shape",
    "SolidRecipe",
    "SolidScene",
    "StitchingSeam",
    "Stroke",
    "Strokes",
    "Style",
    "Synapse",
    "Synaptic",
    "SynthemError",
    "Tile",
    "UnevenIllumination",
    "Vesicles",
    "Volume",
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
    "load_solid_recipe",
    "load_style",
    "restyle",
]

_HOME = {
    "Artifact": "tiles.artifacts",
    "Artifacts": "instrument.artifacts",
    "Axon": "tissue.organelles",
    "Barrier": "tissue.claims",
    "BlurNoise": "instrument.blur_noise",
    "Charging": "instrument.artifacts",
    "Choice": "parameters",
    "ClassTable": "labels",
    "Clutter": "tissue.organelles",
    "Contamination": "instrument.artifacts",
    "Crack": "instrument.artifacts",
    "Curtaining": "instrument.artifacts",
    "Cytoplasm": "instrument.cytoplasm",
    "Dataset": "dataset",
    "Dendrite": "tissue.organelles",
    "Density": "parameters",
    "Discs": "painting.paint",
    "EPFL6": "labels",
    "EmptyClassWarning": "errors",
    "Endomembrane": "tissue.organelles",
    "Fill": "painting.paint",
    "Fold": "instrument.artifacts",
    "FreeVesicles": "tissue.organelles",
    "Group": "tissue.organelles.base",
    "KnifeMarks": "instrument.artifacts",
    "LabelClass": "labels",
    "Layout": "scene",
    "LocalWarp": "instrument.artifacts",
    "GrazedContact": "tissue.organelles",
    "Lysosome": "tissue.organelles",
    "Margins": "tissue.margins",
    "Material": "instrument.materials",
    "Materials": "instrument.materials",
    "MembraneLayer": "tissue.membrane_layer",
    "Mitochondrion": "tissue.organelles",
    "MotionBlur": "instrument.artifacts",
    "Organelle": "tissue.organelles.base",
    "PSD": "tissue.organelles",
    "Part": "painting.paint",
    "PlacementWarning": "errors",
    "Pose": "geometry.poses",
    "Precipitate": "instrument.artifacts",
    "Recipe": "tissue.recipes",
    "Region": "tissue.claims",
    "Ridges": "painting.paint",
    "ScanDrift": "instrument.artifacts",
    "Scene": "scene",
    "SectionCompression": "instrument.artifacts",
    "Shape": "tissue.shape",
    "SolidRecipe": "solid",
    "SolidScene": "solid",
    "StitchingSeam": "instrument.artifacts",
    "Stroke": "painting.paint",
    "Strokes": "painting.paint",
    "Style": "instrument.style",
    "Synapse": "tissue.organelles",
    "Synaptic": "tissue.claims",
    "SynthemError": "errors",
    "Tile": "tiles.tile",
    "UnevenIllumination": "instrument.artifacts",
    "Vesicles": "tissue.organelles",
    "Volume": "tiles.volume",
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
    "load_solid_recipe": "solid",
    "load_style": "instrument.style",
    "restyle": "generation",
}
"""Module of each public name."""

_MODULES = (
    "calibration",
    "errors",
    "io",
    "labels",
    "parameters",
    "quality",
    "torch",
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
