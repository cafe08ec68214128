"""Fit the look and the contents of tiles to slices of one's own: `calibrate`, `fit`."""

from synthem.calibration.fitting import calibrate, fit
from synthem.calibration.result import Calibration, Estimate

__all__ = ["Calibration", "Estimate", "calibrate", "fit"]
