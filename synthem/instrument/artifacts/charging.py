"""Charging: bright flares around what does not conduct, dragged along by the beam."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthem.instrument.artifacts.base import ArtifactStage, pixels
from synthem.kernels.scanning import COARSE, FlareColumn, add_flares
from synthem.painting.canvas import Canvas
from synthem.painting.textures import TEXTURE_SIZE, texture
from synthem.parameters import Number, declared, draw
from synthem.seeds import draw_key
from synthem.tiles.artifacts import Artifact

__all__ = ["Charging", "ChargingPlan"]

PATCH_CELLS = 16
"""Size of the patches that charge, in cells of four pixels."""

BRIGHT, DARK = 0.8, 1.0
"""Standard deviations from the mean grey of the tile, beyond which places charge."""

TAIL = 4.0
"""Strength of a tail where it begins, beside the halo, if what charges is as long."""

USUAL_CHARGE = 9.0
"""Charge of a place that flares as much as `strength` says, in levels beyond those limits."""


LEAST_LIMIT = 1e-3
"""Levels: flares of no strength have a limit, too."""


@dataclass(frozen=True)
class ChargingPlan:
    """Where the patches are read, the key of the flicker, and what was drawn."""

    place: tuple[int, int]
    key: int
    strength: float
    halo_nm: float
    tail_nm: float
    dark: bool
    reverse: bool


@dataclass(frozen=True, kw_only=True)
class Charging(ArtifactStage):
    """Bright flares around bright or dark structures, in some patches of the tile. Nothing moves.

    A flare has a halo, and a tail along the row in the direction of the scan, with a dark shadow after it. The tail
    flickers from row to row.

    Examples
    --------
    >>> import synthem
    >>> stages = [synthem.MembraneLayer(), synthem.Cytoplasm(), synthem.Charging(), synthem.BlurNoise()]
    >>> synthem.Scene(stages=stages).render(seed=1).artifacts[0].displacement is None
    True
    """

    strength: Number = declared((20.0, 80.0), "Typical brightness of a flare.", unit="levels", high=255)
    halo_nm: Number = declared((25.0, 80.0), "How far charge spreads.", unit="nm", low=1, high=2000)
    tail_nm: Number = declared((100.0, 500.0), "Length of the tails.", unit="nm", low=1, high=20_000)
    dark_share: float = declared(
        0.5,
        "Probability that dark structures charge, such as myelin, rather than bright ones, such as empty resin.",
        high=1,
    )

    def draw(self, rng: np.random.Generator, pixel_nm: float, shape: tuple[int, int]) -> ChargingPlan:
        """Draw where and how much the tile charges."""
        down, right = (rng.random(2) * TEXTURE_SIZE).astype(int).tolist()
        return ChargingPlan(
            place=(down, right),
            key=draw_key(rng),
            strength=draw(self.strength, rng),
            halo_nm=draw(self.halo_nm, rng),
            tail_nm=draw(self.tail_nm, rng),
            dark=bool(rng.random() < self.dark_share),
            reverse=bool(rng.random() < 0.5),
        )

    def damage(self, canvas: Canvas, plan: ChargingPlan, pixel_nm: float) -> Artifact:
        """Add the flares."""
        mean, deviation = float(canvas.grey.mean()), float(canvas.grey.std())
        numbers = np.empty(len(FlareColumn), np.float32)
        numbers[FlareColumn.BRIGHT] = 1e6 if plan.dark else mean + BRIGHT * deviation
        numbers[FlareColumn.DARK] = mean - DARK * deviation if plan.dark else -1e6
        numbers[FlareColumn.SPREAD] = math.exp(-COARSE / pixels(plan.halo_nm, pixel_nm))
        numbers[FlareColumn.DECAY] = math.exp(-COARSE / pixels(plan.tail_nm, pixel_nm))
        numbers[FlareColumn.GAIN] = plan.strength / USUAL_CHARGE
        numbers[FlareColumn.LIMIT] = max(2.0 * plan.strength, LEAST_LIMIT)
        numbers[FlareColumn.TAIL], numbers[FlareColumn.SHADOW] = TAIL, 1.1
        numbers[FlareColumn.FLICKER] = 0.5
        mask = np.empty(canvas.shape, np.uint8)
        add_flares(_patches(plan.place, canvas.shape), numbers, plan.key, plan.reverse, canvas.grey, mask)
        return Artifact(
            name=self.name,
            parameters={
                "strength": plan.strength,
                "halo_nm": plan.halo_nm,
                "tail_nm": plan.tail_nm,
                "around": "dark" if plan.dark else "bright",
                "reverse": plan.reverse,
            },
            mask=mask.view(np.bool_),
        )


def _patches(place: tuple[int, int], shape: tuple[int, int]) -> npt.NDArray[np.float32]:
    """Return how easily each cell charges: not at all in more than half of the tile."""
    cells = (-(-size // COARSE) for size in shape)
    rows, cols = ((start + np.arange(count)) % TEXTURE_SIZE for start, count in zip(place, cells, strict=True))
    patches = np.float32(1.6) * texture(PATCH_CELLS, 2)[np.ix_(rows, cols)] - np.float32(0.6)
    return np.clip(patches, np.float32(0.0), np.float32(1.6), out=patches)
