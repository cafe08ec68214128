"""Artefacts: stages that damage a tile as sectioning, beam and scan do, and say what they did."""

from synthem.instrument.artifacts.base import ArtifactStage
from synthem.instrument.artifacts.charging import Charging
from synthem.instrument.artifacts.compression import SectionCompression
from synthem.instrument.artifacts.contamination import Contamination
from synthem.instrument.artifacts.crack import Crack
from synthem.instrument.artifacts.curtaining import Curtaining
from synthem.instrument.artifacts.drift import ScanDrift
from synthem.instrument.artifacts.fold import Fold
from synthem.instrument.artifacts.illumination import UnevenIllumination
from synthem.instrument.artifacts.knife_marks import KnifeMarks
from synthem.instrument.artifacts.local_warp import LocalWarp
from synthem.instrument.artifacts.motion_blur import MotionBlur
from synthem.instrument.artifacts.precipitate import Precipitate
from synthem.instrument.artifacts.seam import StitchingSeam
from synthem.instrument.artifacts.table import Artifacts

__all__ = [
    "ArtifactStage",
    "Artifacts",
    "Charging",
    "Contamination",
    "Crack",
    "Curtaining",
    "Fold",
    "KnifeMarks",
    "LocalWarp",
    "MotionBlur",
    "Precipitate",
    "ScanDrift",
    "SectionCompression",
    "StitchingSeam",
    "UnevenIllumination",
]
