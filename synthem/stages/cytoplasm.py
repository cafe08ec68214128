"""Cytoplasm: texture and the brightness of each compartment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from synthem.canvas import Canvas
from synthem.claims import Territory
from synthem.kernels.optics import add_texture
from synthem.styles import Style
from synthem.textures import TEXTURE_SIZE, normal_quantiles, texture

__all__ = ["Cytoplasm", "CytoplasmPlan"]

CELLS = 4096
"""Brightness repeats after so many compartments."""


@dataclass(frozen=True, eq=False)
class CytoplasmPlan:
    """Offsets into the shared textures, and a start in the table of brightness."""

    shifts: npt.NDArray[np.int64]
    start: int


@dataclass(frozen=True, kw_only=True)
class Cytoplasm:
    """Paint cytoplasm wherever nothing is labelled.

    The texture is multi-octave gradient noise in two sizes, the wider one deeper on its dark side, and dark speckle;
    every compartment is a little brighter or darker as a whole. Amplitudes are those of the style.

    Examples
    --------
    >>> import synthem
    >>> tile = synthem.Scene(organelles=[], stages=[synthem.Cytoplasm()]).render(seed=1)
    >>> tile.image.std() > 2
    np.True_
    """

    before_organelles: ClassVar[bool] = True

    def sample(self, rng: np.random.Generator, style: Style, territory: Territory) -> CytoplasmPlan:
        """Draw where the textures are read."""
        shifts = rng.integers(TEXTURE_SIZE, size=4)
        return CytoplasmPlan(shifts, int(rng.integers(CELLS)))

    def apply(self, canvas: Canvas, record: CytoplasmPlan, style: Style) -> None:
        """Paint it."""
        look = style.cytoplasm
        count = int(canvas.compartments.max()) + 1
        cells = _normal(record.start, count)
        cells[0] *= look.compartment_sd
        np.exp(look.speckle_sd * cells[1], out=cells[1])
        values = [look.level, look.mottle, look.fine, look.speckle, style.membrane.grain]
        values += [look.speckle_threshold, look.mottle_bow, look.knee, look.headroom]
        add_texture(
            texture(look.mottle_size, 4),
            texture(look.fine_size, stretch=look.fine_stretch),
            record.shifts,
            cells,
            np.array(values, np.float32),
            canvas.compartments,
            canvas.label,
            canvas.rows,
            canvas.grey,
        )


def _normal(start: int, count: int) -> npt.NDArray[np.float32]:
    """Return two rows of `count` numbers of the standard normal distribution: walks through the table of quantiles."""
    starts = np.array([[start + 1], [start + 1 + CELLS // 2]], np.uint64) * np.uint64(2654435761) % np.uint64(1 << 32)
    steps = starts + np.arange(count, dtype=np.uint64) * np.uint64(2246822519)
    normal: npt.NDArray[np.float32] = normal_quantiles()[(steps >> np.uint64(15)) & np.uint64(CELLS - 1)]
    return normal
