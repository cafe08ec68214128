"""Stitching seams: where two pictures meet that do not quite fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from synthem.instrument.artifacts.base import ArtifactStage, move_tissue, pixels
from synthem.kernels.resample import TearColumn, tear_field
from synthem.painting.canvas import Canvas
from synthem.parameters import Number, declared, draw
from synthem.tiles.artifacts import Artifact

__all__ = ["SeamPlan", "StitchingSeam"]

LARGEST_SHARE = 0.1
"""Of a tile by which pictures may miss each other."""

MIDDLE = np.float32(128.0)


@dataclass(frozen=True)
class SeamPlan:
    """The axis that the seam cuts, its place in pixels along it, and what was drawn."""

    axis: int
    place: float
    across_nm: float
    along_nm: float
    step: float
    contrast: float


@dataclass(frozen=True, kw_only=True)
class StitchingSeam(ArtifactStage):
    """A straight, upright or level line at which two pictures of a mosaic meet with an offset and a step in brightness.

    Across the seam some tissue is missing or seen twice; along it, the second picture is shifted. Towards the edges
    of the tile the offset vanishes evenly. The field is a discontinuity at the seam.

    Examples
    --------
    >>> import synthem
    >>> stages = [synthem.MembraneLayer(), synthem.Cytoplasm(), synthem.BlurNoise(), synthem.StitchingSeam()]
    >>> synthem.Scene(stages=stages).render(seed=1).artifacts[0].name
    'stitching_seam'
    """

    largest_shares: ClassVar[Mapping[str, float]] = {"across_nm": LARGEST_SHARE, "along_nm": LARGEST_SHARE}

    across_nm: Number = declared(
        (-25.0, 25.0),
        "Tissue that is missing at the seam; below 0: seen twice. At most a tenth of the tile.",
        unit="nm",
        low=-5000,
        high=5000,
    )
    along_nm: Number = declared(
        (-40.0, 40.0), "Offset along the seam. At most a tenth of the tile.", unit="nm", low=-5000, high=5000
    )
    step: Number = declared(
        (-14.0, 14.0), "By how much the second picture is brighter.", unit="levels", low=-255, high=255
    )
    contrast: Number = declared(
        (0.88, 1.14), "Contrast of the second picture over that of the first.", low=0.1, high=10
    )

    def draw(self, rng: np.random.Generator, pixel_nm: float, shape: tuple[int, int]) -> SeamPlan:
        """Draw where the pictures meet."""
        axis = int(rng.random() < 0.5)
        return SeamPlan(
            axis=axis,
            place=int(shape[axis] * (0.2 + 0.6 * rng.random())) + 0.5,
            across_nm=draw(self.across_nm, rng),
            along_nm=draw(self.along_nm, rng),
            step=draw(self.step, rng),
            contrast=draw(self.contrast, rng),
        )

    def damage(self, canvas: Canvas, plan: SeamPlan, pixel_nm: float) -> Artifact:
        """Shift the pictures, and change the second one."""
        displacement, lost = np.empty((2, *canvas.shape), np.float32), np.empty(canvas.shape, np.uint8)
        tear_field(_tears(plan, canvas.shape, pixels(plan.across_nm, pixel_nm)), plan.axis, displacement, lost)
        second = [slice(None), slice(None)]
        second[plan.axis] = slice(int(plan.place + 0.5), None)
        places = np.linspace(0.0, 1.0, canvas.shape[1 - plan.axis], dtype=np.float32)
        shift = np.float32(4.0 * pixels(plan.along_nm, pixel_nm)) * places * (1.0 - places)
        displacement[1 - plan.axis][tuple(second)] = shift[:, None] if plan.axis == 1 else shift
        move_tissue(canvas, displacement)
        part = canvas.grey[tuple(second)]
        part *= np.float32(plan.contrast)
        part += np.float32(plan.step) + (np.float32(1.0) - np.float32(plan.contrast)) * MIDDLE
        mask = np.zeros(canvas.shape, np.bool_)
        mask[tuple(second)] = True
        return Artifact(
            name=self.name,
            parameters={
                "axis": plan.axis,
                "place": plan.place,
                "across_nm": plan.across_nm,
                "along_nm": plan.along_nm,
                "step": plan.step,
                "contrast": plan.contrast,
            },
            mask=mask,
            displacement=displacement,
        )


def _tears(plan: SeamPlan, shape: tuple[int, int], missing: float) -> npt.NDArray[np.float64]:
    """Return the seam as `synthem.kernels.resample.tear_field` takes it."""
    end = shape[plan.axis] - 1
    slope = (end - missing) / end
    tears = np.empty((shape[1 - plan.axis], len(TearColumn)))
    for column in (TearColumn.FIRST, TearColumn.LAST, TearColumn.GAP_FIRST, TearColumn.GAP_LAST):
        tears[:, column] = plan.place
    tears[:, TearColumn.BEFORE], tears[:, TearColumn.AFTER] = slope * plan.place, end - slope * (end - plan.place)
    tears[:, TearColumn.SLOPE_BEFORE] = tears[:, TearColumn.SLOPE_AFTER] = slope
    return tears
