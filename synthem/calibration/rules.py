"""Rules: which measured metric adjusts which parameter, and how."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from synthem.calibration.model import Model, Value, middle, scaled, shifted, value_at, with_value
from synthem.calibration.statistics import Statistics
from synthem.parameters import Density

__all__ = ["RULES", "Adjustment", "Rule", "apply_rules", "metric_misses"]


STRIDE = 2.0
"""Largest factor by which one round scales a parameter."""


class Adjustment(StrEnum):
    """How a parameter follows a metric."""

    shift = "shift"
    """Add the difference; a range is shifted as a whole."""
    scale = "scale"
    """Multiply by the ratio of the real to the generated metric."""


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
    low, high : float
        Limits of the parameter, default 0 and 255.
    reach : float
        Largest factor between a scaled parameter and its starting value, default 20.
    """

    path: str
    metric: str
    classes: tuple[str, ...]
    adjustment: Adjustment
    gain: float = 0.8
    low: float = 0.0
    high: float = 255.0
    reach: float = 20.0
    unless: tuple[str, ...] = ()


def _grey(path: str, metric: str, *classes: str, gain: float = 0.9) -> Rule:
    return Rule(path=f"style.{path}", metric=metric, classes=classes, adjustment=Adjustment.shift, gain=gain)


def _size(
    path: str, metric: str, *classes: str, low: float, high: float, gain: float = 0.8, reach: float = 20.0
) -> Rule:
    return Rule(
        path=path,
        metric=metric,
        classes=classes,
        adjustment=Adjustment.scale,
        gain=gain,
        low=low,
        high=high,
        reach=reach,
    )


_RIM = ("mitochondria", "mitochondrial_boundaries")

RULES = (
    Rule(path="style.optics.noise_white", metric="fine_noise", classes=(), adjustment=Adjustment.scale, high=80.0),
    Rule(
        path="style.optics.shot_slope",
        metric="noise_slope",
        classes=(),
        adjustment=Adjustment.shift,
        low=-2.0,
        high=2.0,
    ),
    Rule(
        path="style.optics.shot_curve",
        metric="noise_curve",
        classes=(),
        adjustment=Adjustment.shift,
        low=-3.0,
        high=3.0,
    ),
    Rule(path="style.optics.noise_sd", metric="fine_noise_spread", classes=(), adjustment=Adjustment.shift, high=1.0),
    Rule(path="style.optics.brightness_sd", metric="brightness_sd", classes=(), adjustment=Adjustment.shift, gain=0.6),
    Rule(
        path="style.cytoplasm.level",
        metric="bright_grey",
        classes=(),
        adjustment=Adjustment.shift,
        unless=("boundaries",),
    ),
    Rule(
        path="style.membrane.level", metric="dark_grey", classes=(), adjustment=Adjustment.shift, unless=("boundaries",)
    ),
    _grey("cytoplasm.level", "cytoplasm_grey", "boundaries"),
    _grey("cytoplasm.compartment_sd", "compartment_grey_sd", "boundaries", gain=0.6),
    _grey("membrane.level", "membrane_grey", "boundaries"),
    _grey("endomembrane.level", "membrane_grey", "boundaries"),
    _grey("membrane.oblique_level", "oblique_membrane_grey", "boundaries"),
    _grey("mitochondrion.interior_level", "mitochondrion_interior_grey", "mitochondria"),
    _grey("mitochondrion.rim_level", "mitochondrion_rim_grey", *_RIM),
    _grey("psd.level", "psd_grey", "psd"),
    _grey("psd.core_level", "psd_grey", "psd"),
    Rule(path="style.psd.fuzz_level", metric="psd_fuzz_grey", classes=("psd",), adjustment=Adjustment.shift, low=75.0),
    _grey("vesicles.rim_level", "vesicle_rim_grey", "vesicles"),
    _grey("vesicles.interior_level", "vesicle_interior_grey", "vesicles"),
    _grey("axon.level", "axon_grey", "axon"),
    _size("style.membrane.width", "membrane_width", "boundaries", low=1.5, high=40.0),
    _size("style.membrane.oblique_width", "membrane_width_oblique", "boundaries", low=3.0, high=80.0, gain=0.5),
    _size("style.mitochondrion.rim_width", "mitochondrion_rim_width", *_RIM, low=1.0, high=30.0),
    _size("recipe.psd.count", "psd_count", "psd", low=0.01, high=100.0),
    _size("recipe.psd.length", "psd_length", "psd", low=8.0, high=900.0),
    _size("recipe.psd.width", "psd_width", "psd", low=4.0, high=190.0),
    _size("recipe.mitochondria.count", "mitochondrion_count", "mitochondria", low=0.01, high=100.0),
    _size("recipe.mitochondria.length", "mitochondrion_length", "mitochondria", low=12.0, high=1900.0),
    _size("recipe.mitochondria.width", "mitochondrion_width", "mitochondria", low=10.0, high=900.0),
    _size("recipe.vesicles.radius", "vesicle_radius", "vesicles", low=1.6, high=90.0),
    _size("recipe.free_vesicles.radius", "vesicle_radius", "vesicles", low=1.6, high=90.0),
    _size("recipe.vesicles.count", "vesicle_area", "vesicles", low=0.01, high=100.0, gain=0.7),
    _size("recipe.membranes.compartments", "compartment_count", "boundaries", low=1.0, high=900.0, gain=0.7),
    _size("recipe.membranes.radius", "compartment_area", "boundaries", low=3.0, high=400.0, gain=0.3, reach=1.3),
    _size("recipe.membranes.spread", "compartment_area_spread", "boundaries", low=0.1, high=1.8, gain=0.3, reach=1.15),
)


def apply_rules(
    model: Model, rules: tuple[Rule, ...], real: Statistics, generated: Statistics, *, slack: Statistics, start: Model
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
    slack : dict
        Difference of each metric that may be chance; a smaller difference changes nothing. Default 0.
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
        if abs(wanted - got) > slack.get(rule.metric, 0.0):
            value = _moved(value_at(model, rule.path), rule, wanted, got)
            model = with_value(model, rule.path, _within_reach(value, rule, value_at(start, rule.path)))
    return model


def metric_misses(rules: tuple[Rule, ...], real: Statistics, generated: Statistics) -> dict[str, float]:
    """Return the relative difference between generated and real, for each metric that a rule uses."""
    return {
        name: abs(real[name] - generated[name]) / max(abs(real[name]), 1e-9)
        for name in dict.fromkeys(rule.metric for rule in rules)
        if name in generated
    }


def _moved(value: Value, rule: Rule, wanted: float, got: float) -> Value:
    if rule.adjustment is Adjustment.shift:
        return shifted(value, rule.gain * (wanted - got))
    if rule.path.endswith(".count"):
        value = Density(mean=middle(value))
    factor = (wanted / max(got, 1e-9)) ** rule.gain
    return scaled(value, min(max(factor, 1.0 / STRIDE), STRIDE))


def _within_reach(value: Value, rule: Rule, start: Value) -> Value:
    begin, now = middle(start), middle(value)
    if rule.adjustment is Adjustment.scale and begin > 0 and now > 0:
        value = scaled(value, min(max(now, begin / rule.reach), begin * rule.reach) / now)

    def limit(number: float) -> float:
        return min(max(number, rule.low), rule.high)

    if isinstance(value, tuple):
        return limit(value[0]), limit(value[1])
    return Density(mean=limit(value.mean)) if isinstance(value, Density) else limit(value)
