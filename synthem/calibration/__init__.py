"""Fit style and recipe to slices: `calibrate` returns the style, `fit` both."""

from synthem.calibration.fitting import calibrate, fit
from synthem.calibration.result import Calibration, Estimate

__all__ = ["Calibration", "Estimate", "calibrate", "fit"]
