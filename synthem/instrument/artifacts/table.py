"""Which artefacts the tiles of a recipe may have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

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

__all__ = ["Artifacts"]


@dataclass(frozen=True, kw_only=True)
class Artifacts:
    """Artefacts of a recipe, in the order in which they come about: the section first, then beam and scan.

    Parameters
    ----------
    section_compression, local_warp, knife_marks, fold, crack, precipitate, contamination, curtaining, charging, \
scan_drift, motion_blur, uneven_illumination, stitching_seam
        Each with its `share` of the tiles; None, the default, for never.

    Examples
    --------
    >>> import synthem
    >>> some = synthem.Artifacts(fold=synthem.Fold(share=0.1), stitching_seam=synthem.StitchingSeam(share=0.05))
    >>> [stage.name for stage in some.before_exposure], [stage.name for stage in some.after_exposure]
    (['fold'], ['stitching_seam'])
    """

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    section_compression: SectionCompression | None = None
    local_warp: LocalWarp | None = None
    knife_marks: KnifeMarks | None = None
    fold: Fold | None = None
    crack: Crack | None = None
    precipitate: Precipitate | None = None
    contamination: Contamination | None = None
    curtaining: Curtaining | None = None
    charging: Charging | None = None
    scan_drift: ScanDrift | None = None
    motion_blur: MotionBlur | None = None
    uneven_illumination: UnevenIllumination | None = None
    stitching_seam: StitchingSeam | None = None

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
