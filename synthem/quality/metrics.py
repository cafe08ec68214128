"""The table of metrics: real and synthetic values, with the allowed deviation."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from synthem.labels import EPFL6
from synthem.quality.edges import DISTANCES
from synthem.quality.measurement import Measurement
from synthem.quality.regions import LAGS

__all__ = ["Metric", "metrics"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric, measured on both sides.

    Attributes
    ----------
    name : str
        Name, with its unit.
    real, synthetic : float
        Value on each side; NaN if it could not be measured.
    tolerance : float
        Allowed difference.
    relative : bool
        Whether `tolerance` is a share of the real value.
    """

    name: str
    real: float
    synthetic: float
    tolerance: float
    relative: bool

    @property
    def deviation(self) -> float:
        """Synthetic less real value, as a share of the real one if `relative`."""
        difference = self.synthetic - self.real
        if not self.relative:
            return difference
        return difference / abs(self.real) if self.real else math.nan

    @property
    def met(self) -> bool | None:
        """Whether the deviation is allowed; None if a side could not be measured."""
        return None if math.isnan(self.deviation) else abs(self.deviation) <= self.tolerance

    @property
    def deviation_text(self) -> str:
        """The deviation as a signed number, in percent if `relative`; ``"-"`` if it is not known."""
        if math.isnan(self.deviation):
            return "-"
        return f"{100 * self.deviation:+.1f} %" if self.relative else f"{self.deviation:+.2f}"

    @property
    def allowed_text(self) -> str:
        """The allowed deviation, in percent if `relative`."""
        return f"{100 * self.tolerance:.0f} %" if self.relative else f"{self.tolerance:g}"


SHAPES = (
    "membrane_thickness",
    "psd_length",
    "psd_width",
    "vesicle_radius",
    "mitochondrion_length",
    "mitochondrion_width",
    "mitochondrion_rim",
)


def metrics(real: Measurement, synthetic: Measurement) -> tuple[Metric, ...]:
    """Return the metrics that could be measured on both sides, in the order of the documentation."""
    rows = [*_amounts(real, synthetic), *_sizes(real, synthetic), *_arrangement(real, synthetic)]
    rows += [*_grey(real, synthetic), *_edges(real, synthetic), *_noise(real, synthetic)]
    return tuple(rows)


def _amounts(real: Measurement, synthetic: Measurement) -> Iterator[Metric]:
    for name in real.areas.keys() & synthetic.areas.keys() & {"boundaries"}:
        yield _relative("membrane area, %", real.areas[name].mean, synthetic.areas[name].mean, 0.10)
    if real.compartments and synthetic.compartments:
        one, two = real.compartments["count"], synthetic.compartments["count"]
        yield _relative("compartments per tile", one.mean, two.mean, 0.10)
        one, two = real.compartments["area"], synthetic.compartments["area"]
        yield _relative("compartment area, median", one.median, two.median, 0.25)
    for name in ("psd", "mitochondria"):
        if name in real.counts and name in synthetic.counts:
            one, two = real.counts[name], synthetic.counts[name]
            yield _relative(f"{name} per tile", one.mean, two.mean, 0.15)
    for name in ("psd", "vesicles", "mitochondria", "mitochondrial_boundaries"):
        if name in real.areas and name in synthetic.areas:
            one, two = real.areas[name], synthetic.areas[name]
            yield _relative(f"{name} area, %", one.mean, two.mean, 0.15)
    yield from _own_amounts(real, synthetic)


def _own_amounts(real: Measurement, synthetic: Measurement) -> Iterator[Metric]:
    """Yield number, area and size of classes of one's own."""
    for name in (name for name in real.areas if name in synthetic.areas and name not in EPFL6.names):
        if name in real.counts and name in synthetic.counts:
            yield _relative(f"{name} per tile", real.counts[name].mean, synthetic.counts[name].mean, 0.15)
        yield _relative(f"{name} area, %", real.areas[name].mean, synthetic.areas[name].mean, 0.15)
        size = f"{name}_area"
        if size in real.shapes and size in synthetic.shapes:
            yield _relative(f"{name} size, px, median", real.shapes[size].median, synthetic.shapes[size].median, 0.25)


def _sizes(real: Measurement, synthetic: Measurement) -> Iterator[Metric]:
    for name in (*SHAPES, "psd_bend"):
        unit, tolerance = (", radians", 0.25) if name == "psd_bend" else ("", 0.10)
        if name in real.shapes and name in synthetic.shapes:
            one, two = real.shapes[name].median, synthetic.shapes[name].median
            yield _relative(f"{name.replace('_', ' ')}{unit}, median", one, two, tolerance)


def _arrangement(real: Measurement, synthetic: Measurement) -> Iterator[Metric]:
    for name, one in real.arrangement.items():
        if name not in synthetic.arrangement:
            continue
        two = synthetic.arrangement[name]
        if name in ("open_cytoplasm", "broad_membranes"):
            yield _relative(f"{name.replace('_', ' ')}, % of area", one.mean, two.mean, 0.25)
        else:
            unit = ", px" if "_to_" in name else ""
            yield _relative(f"{name.replace('_', ' ')}{unit}, median", one.median, two.median, 0.25)


def _grey(real: Measurement, synthetic: Measurement) -> Iterator[Metric]:
    for name, one in real.grey.items():
        if name in synthetic.grey:
            two = synthetic.grey[name]
            yield _absolute(f"grey mean, {name}", one.mean, two.mean, 4.0)
            yield _absolute(f"grey sd, {name}", one.sd, two.sd, 4.0)


def _edges(real: Measurement, synthetic: Measurement) -> Iterator[Metric]:
    for name in (name for name in real.edges if name in synthetic.edges):
        for distance, one, two in zip(DISTANCES, real.edges[name], synthetic.edges[name], strict=True):
            side = "within" if distance < 0 else "beyond"
            yield _absolute(f"grey {abs(distance)} px {side} {name}", one, two, 4.0)


def _noise(real: Measurement, synthetic: Measurement) -> Iterator[Metric]:
    if real.noise and synthetic.noise:
        yield _relative("noise sd", real.noise["sd"][0], synthetic.noise["sd"][0], 0.05)
        for axis in ("x", "y"):
            for lag, one, two in zip(LAGS, real.noise[axis], synthetic.noise[axis], strict=True):
                yield _absolute(f"noise autocorrelation, {axis} {lag} px", one, two, 0.05)


def _relative(name: str, real: float, synthetic: float, tolerance: float) -> Metric:
    return Metric(name=name, real=real, synthetic=synthetic, tolerance=tolerance, relative=True)


def _absolute(name: str, real: float, synthetic: float, tolerance: float) -> Metric:
    return Metric(name=name, real=real, synthetic=synthetic, tolerance=tolerance, relative=False)
