"""Which artefacts the tiles of a recipe may have."""

from __future__ import annotations

from dataclasses import dataclass

from synthem.errors import ConfigError
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
from synthem.parameters import Declared, declared

__all__ = ["Artifacts"]


@dataclass(frozen=True, kw_only=True)
class Artifacts(Declared):
    """Artefacts of a recipe, in the order in which they come about: the section first, then beam and scan.

    Each has a `share` of the tiles; None is never.

    Examples
    --------
    >>> import synthem
    >>> some = synthem.Artifacts(fold=synthem.Fold(share=0.1), stitching_seam=synthem.StitchingSeam(share=0.05))
    >>> [stage.name for stage in some.before_exposure], [stage.name for stage in some.after_exposure]
    (['fold'], ['stitching_seam'])
    """

    section_compression: SectionCompression | None = declared(None, "Tissue that the knife has compressed.")
    local_warp: LocalWarp | None = declared(None, "Smooth, irregular distortion.")
    knife_marks: KnifeMarks | None = declared(None, "Thin parallel lines.")
    fold: Fold | None = declared(None, "Dark bands that hide tissue.")
    crack: Crack | None = declared(None, "Bright gaps.")
    precipitate: Precipitate | None = declared(None, "Dark grains and needles.")
    contamination: Contamination | None = declared(None, "Dark frames of an earlier scan.")
    curtaining: Curtaining | None = declared(None, "Streaks along the direction of milling.")
    charging: Charging | None = declared(None, "Bright flares.")
    scan_drift: ScanDrift | None = declared(None, "Shifted rows.")
    motion_blur: MotionBlur | None = declared(None, "Rows blurred along a direction.")
    uneven_illumination: UnevenIllumination | None = declared(None, "Slopes and curvatures of brightness.")
    stitching_seam: StitchingSeam | None = declared(None, "Two pictures that miss each other.")

    def __post_init__(self) -> None:
        for name, stage in vars(self).items():
            if stage is not None and not (isinstance(stage, ArtifactStage) and stage.name == name):
                raise ConfigError(f"`{name}` must be such an artefact or None, got {stage!r}")

    @property
    def before_exposure(self) -> tuple[ArtifactStage, ...]:
        """Stages that come before `synthem.BlurNoise`."""
        return tuple(stage for name, stage in vars(self).items() if stage is not None and name != "stitching_seam")

    @property
    def after_exposure(self) -> tuple[ArtifactStage, ...]:
        """Stages that work on the exposed picture."""
        return () if self.stitching_seam is None else (self.stitching_seam,)
