"""Measure how real synthetic tiles look."""

from synthem.quality.distribution import Distribution

__all__ = ["Distribution"]
