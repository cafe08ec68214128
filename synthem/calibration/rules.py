"""Rules: which measured metric adjusts which parameter, and how."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from synthem.calibration.fit_parameters import DARKEST
from synthem.calibration.model import (
    Model,
    Value,
    ends,
    limits,
    middle,
    scaled,
    shifted,
    stretched,
    value_at,
    with_value,
)
from synthem.calibration.statistics import Statistics
from synthem.parameters import Density

__all__ = ["RULES", "Adjustment", "Rule", "apply_rules"]


STRIDE = 3.0
"""Largest factor by which one round scales a parameter."""


class Adjustment(StrEnum):
    """How a parameter follows a metric."""

    shift = "shift"
    """Add the difference; a range is shifted as a whole."""
    scale = "scale"
    """Multiply by the ratio of the real to the generated metric."""
    stretch = "stretch"
    """Move both ends of a range apart by the difference, on a logarithmic scale; the middle stays."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A parameter and the metric that it follows.

    Attributes
    ----------
    path : str
        The parameter.
    metric : str
        Name in `label_statistics` or `image_statistics`.
    classes : tuple of str
        Classes that must be labelled; empty for a metric of the image alone.
    unless : tuple of str
        Classes whose labels make the rule unnecessary.
    adjustment : Adjustment
        How the parameter follows.
    gain : float
        Share of the difference that one round corrects, default 0.8.
    low, high : float or None
        Limits that are narrower than those the parameter declares, default None.
    reach : float
        Largest factor between a scaled parameter and its starting value, or each end of a stretched one and its
        starting value, default 20.
    """

    path: str
    metric: str
    classes: tuple[str, ...]
    adjustment: Adjustment
    gain: float = 0.8
    low: float | None = None
    high: float | None = None
    reach: float = 20.0
    unless: tuple[str, ...] = ()


def _image(path: str, metric: str, *, unless: tuple[str, ...] = (), gain: float = 0.8, **limited: float) -> Rule:
    """Return a rule that shifts a parameter of the style by a metric of the image alone."""
    return Rule(
        path=f"style.{path}",
        metric=metric,
        classes=(),
        adjustment=Adjustment.shift,
        gain=gain,
        unless=unless,
        **limited,
    )


def _greys(metric: str, classes: tuple[str, ...], *paths: str, gain: float = 0.9) -> tuple[Rule, ...]:
    """Return rules that shift several greys of the style, all by one metric."""
    return tuple(
        Rule(path=f"style.{path}", metric=metric, classes=classes, adjustment=Adjustment.shift, gain=gain, low=DARKEST)
        for path in paths
    )


def _size(path: str, metric: str, *classes: str, gain: float = 0.8, reach: float = 20.0) -> Rule:
    return Rule(
        path=f"recipe.{path}", metric=metric, classes=classes, adjustment=Adjustment.scale, gain=gain, reach=reach
    )


def _stretch(path: str, metric: str, *classes: str) -> Rule:
    return Rule(
        path=f"recipe.{path}", metric=metric, classes=classes, adjustment=Adjustment.stretch, gain=0.7, reach=1.7
    )


def _count(path: str, metric: str, *classes: str, gain: float = 0.8) -> Rule:
    """Return a rule for a number per (1.28 µm)²; it stays above 0, from where nothing scales it back."""
    return Rule(
        path=f"recipe.{path}.count",
        metric=metric,
        classes=classes,
        adjustment=Adjustment.scale,
        gain=gain,
        low=0.01,
        high=100.0,
    )


_MEMBRANES = ("boundaries",)
_MITOCHONDRIA = ("mitochondria",)
_RIM = ("mitochondria", "mitochondrial_boundaries")
_VESICLES = ("vesicles",)

RULES = (
    Rule(path="style.detector.white", metric="fine_noise", classes=(), adjustment=Adjustment.scale, high=80.0),
    _image("detector.shot_slope", "noise_slope", low=-2.0, high=2.0),
    _image("detector.shot_curve", "noise_curve", low=-3.0, high=3.0),
    _image("detector.noise_sd", "fine_noise_spread", high=1.0),
    _image("optics.brightness_sd", "brightness_sd", gain=0.6),
    _image("detector.normalisation", "brightness_sd", gain=-0.05),
    _image("cytoplasm.level", "bright_grey", unless=_MEMBRANES),
    _image("membranes.level", "dark_grey", unless=_MEMBRANES),
    *_greys("cytoplasm_grey", _MEMBRANES, "cytoplasm.level"),
    *_greys("compartment_grey_sd", _MEMBRANES, "cytoplasm.compartment_sd", gain=0.6),
    *_greys("dark_compartment_depth", _MEMBRANES, "cytoplasm.dark_level", gain=0.6),
    Rule(
        path="recipe.cytoplasm.dark_share",
        metric="dark_compartments",
        classes=_MEMBRANES,
        adjustment=Adjustment.shift,
        high=0.5,
    ),
    *_greys("membrane_grey", _MEMBRANES, "membranes.level"),
    *_greys("oblique_membrane_grey", _MEMBRANES, "membranes.oblique_level"),
    *_greys("oblique_membrane_grey", _MEMBRANES, "membranes.defocus", gain=0.4),
    *_greys("mitochondrion_interior_grey", _MITOCHONDRIA, "materials.matrix.grey"),
    *_greys("mitochondrion_rim_grey", _RIM, "materials.mitochondrial_rim.grey"),
    *_greys("psd_grey", ("psd",), "materials.psd.grey", "materials.psd_core.grey"),
    Rule(
        path="style.materials.psd_fuzz.grey",
        metric="psd_fuzz_grey",
        classes=("psd",),
        adjustment=Adjustment.shift,
        low=20.0,
    ),
    *_greys(
        "vesicle_rim_grey",
        _VESICLES,
        "materials.vesicle_membrane.grey",
        "materials.out_of_plane_membrane.grey",
        "materials.free_vesicle_membrane.grey",
    ),
    *_greys("vesicle_interior_grey", _VESICLES, "materials.vesicle_lumen.grey", "materials.free_vesicle_lumen.grey"),
    *_greys("axon_grey", ("axon",), "materials.myelin.grey"),
    _size("membranes.width_nm", "membrane_width", *_MEMBRANES),
    _size("membranes.oblique_width_nm", "membrane_width_oblique", *_MEMBRANES, gain=0.5),
    _size("membranes.width_sd_along", "membrane_width_spread", *_MEMBRANES, reach=10.0),
    _size("membranes.width_sd_between", "membrane_width_spread", *_MEMBRANES, reach=10.0),
    _size("membranes.double_share", "membrane_width_spread", *_MEMBRANES, reach=50.0),
    _size("membranes.junction_rounding_nm", "broad_membranes", *_MEMBRANES, gain=0.2, reach=5.0),
    _size("mitochondria.rim_nm", "mitochondrion_rim_width", *_RIM),
    _count("psd", "psd_count", "psd"),
    _size("psd.length_nm", "psd_length", "psd"),
    _size("psd.width_nm", "psd_width", "psd"),
    _count("mitochondria", "mitochondrion_count", *_MITOCHONDRIA),
    _size("mitochondria.length_nm", "mitochondrion_length", *_MITOCHONDRIA),
    _size("mitochondria.width_nm", "mitochondrion_width", *_MITOCHONDRIA),
    _stretch("mitochondria.length_nm", "mitochondrion_length_spread", *_MITOCHONDRIA),
    _stretch("mitochondria.width_nm", "mitochondrion_width_spread", *_MITOCHONDRIA),
    _size("vesicles.radius_nm", "vesicle_radius", *_VESICLES),
    _size("free_vesicles.radius_nm", "vesicle_radius", *_VESICLES),
    _count("vesicles", "vesicle_area", *_VESICLES, gain=0.7),
    _size("membranes.compartments", "compartment_count", *_MEMBRANES, gain=0.7),
    _size("membranes.radius_nm", "compartment_area", *_MEMBRANES, gain=0.3, reach=1.3),
    _size("membranes.spread", "compartment_area_spread", *_MEMBRANES, gain=0.3, reach=1.15),
    _size("membranes.alignment", "membrane_alignment", *_MEMBRANES, gain=0.7),
    _size("membranes.elongation", "compartment_elongation", *_MEMBRANES, gain=0.8),
    _size("membranes.oblique_share", "broad_membranes", *_MEMBRANES),
)


def apply_rules(
    model: Model, rules: tuple[Rule, ...], real: Statistics, generated: Statistics, *, chance: Statistics, start: Model
) -> Model:
    """Adjust every parameter so that the generated metrics come closer to the real ones.

    Parameters
    ----------
    model : Model
        The model that rendered the generated tiles.
    rules : tuple of Rule
        The rules whose metrics the real side has.
    real, generated : dict
        Measured metrics. A rule whose metric is missing on the generated side is skipped.
    chance : dict
        Standard error of each generated metric, default 0. A difference as large moves a parameter by half of what it
        would otherwise, a smaller one by less.
    start : Model
        The model at the start of the fit, from which `Rule.reach` counts.

    Returns
    -------
    Model
        The adjusted model.
    """
    for rule in rules:
        if rule.metric not in generated:
            continue
        wanted, got = real[rule.metric], generated[rule.metric]
        if wanted == got:
            continue
        trust = 1.0 / (1.0 + (chance.get(rule.metric, 0.0) / (wanted - got)) ** 2)
        value = _moved(value_at(model, rule.path), rule, wanted, got, trust)
        model = with_value(model, rule.path, _within_limits(value, rule, start))
    return model


def _moved(value: Value, rule: Rule, wanted: float, got: float, trust: float) -> Value:
    gain = rule.gain * trust
    if rule.adjustment is Adjustment.shift:
        return shifted(value, gain * (wanted - got))
    if rule.adjustment is Adjustment.stretch:
        return stretched(value, gain * (wanted - got))
    if rule.path.endswith(".count"):
        value = Density(mean=middle(value))
    factor = (wanted / max(got, 1e-9)) ** gain
    return scaled(value, min(max(factor, 1.0 / STRIDE), STRIDE))


def _within_limits(value: Value, rule: Rule, start: Model) -> Value:
    """Return a value within the reach of a rule, its limits, and those that the parameter declares."""
    begin, now = middle(value_at(start, rule.path)), middle(value)
    if rule.adjustment is Adjustment.scale and begin > 0 and now > 0:
        value = scaled(value, min(max(now, begin / rule.reach), begin * rule.reach) / now)
    low, high = limits(start, rule.path)
    low = low if rule.low is None else max(low, rule.low)
    high = high if rule.high is None else min(high, rule.high)

    def limit(number: float) -> float:
        return min(max(number, low), high)

    if isinstance(value, tuple):
        if rule.adjustment is Adjustment.stretch:
            bottom, top = ends(value_at(start, rule.path))
            value = max(value[0], bottom / rule.reach), min(value[1], top * rule.reach)
        return limit(value[0]), limit(value[1])
    return Density(mean=limit(value.mean)) if isinstance(value, Density) else limit(value)
