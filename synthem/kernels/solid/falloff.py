"""How paint of the solid fades out."""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import helper
from synthem.kernels._math import ONE, TWO, clamp01

__all__ = ["smooth_end"]

THREE = np.float32(3.0)


@helper
def smooth_end(away, per_reach):
    """Return what falls from 1 to 0 over a distance, flat at both ends."""
    t = clamp01(away * per_reach)
    return ONE - t * t * (THREE - TWO * t)
