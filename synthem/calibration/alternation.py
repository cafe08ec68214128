"""The alternation of a fit: corrections by the labels, then trials against the pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthem._progress import Tick
from synthem.calibration.evidence import Evidence
from synthem.calibration.fit_parameters import FitParameter
from synthem.calibration.image_fit import ImageMetrics, find_regions, image_fit, image_metrics
from synthem.calibration.model import Model
from synthem.calibration.rules import Rule, apply_rules
from synthem.calibration.statistics import Statistics, image_statistics, label_statistics
from synthem.calibration.trial_tiles import TrialTiles
from synthem.tiles.labelled_image import LabelledTiles

__all__ = ["SCHEDULE", "Alternation", "Course", "Phase"]

AXON_SHARE = 0.25
PAINTED_SHARE = 0.4


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One phase of the fit: rounds of corrections by the labels, then evaluations of the fit to images."""

    rounds: int
    breadth: float
    """Tiles per round, as a multiple of `tiles`."""
    share: float
    """Share of the evaluations."""


SCHEDULE = (
    Phase(rounds=4, breadth=1.0, share=0.4),
    Phase(rounds=3, breadth=1.0, share=0.3),
    Phase(rounds=3, breadth=2.5, share=0.3),
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Course:
    """What an alternation found.

    Attributes
    ----------
    model : Model
        The best model.
    before, after : Statistics
        Metrics of tiles of the first model and of the best.
    tiles_before, tiles_after : LabelledTiles
        These tiles.
    cost : float or None
        Mean soft loss of the fit to images; None without it.
    interrupted : bool
        Whether Ctrl-C ended it early.
    """

    model: Model
    before: Statistics
    after: Statistics
    tiles_before: LabelledTiles
    tiles_after: LabelledTiles
    cost: float | None
    interrupted: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class Alternation:
    """The fit of a model in turns: rounds of corrections by the labels, then trials against the images.

    Parameters
    ----------
    evidence : Evidence
        What the slices tell.
    rules : tuple of Rule
        What follows metrics.
    free : tuple of FitParameter
        What follows images.
    schedule : tuple of Phase
        The phases, one after another.
    tiles : int
        Tiles of a round.
    trials : TrialTiles
        Renders them.
    tick : callable
        Told of each round and each trial.
    """

    evidence: Evidence
    rules: tuple[Rule, ...]
    free: tuple[FitParameter, ...]
    schedule: tuple[Phase, ...]
    tiles: int
    trials: TrialTiles
    tick: Tick

    def run(self, model: Model, evaluations: int) -> Course:
        """Fit a model, with so many trials against the images."""
        real = self.evidence.tiles
        breadth, cost, interrupted, found = self.schedule[-1].breadth, None, False, [model]
        tiles_before, before = self._generated(model, breadth)
        target = image_metrics(real, find_regions(real, self.evidence.classes)) if evaluations else None
        try:
            for phase in self.schedule:
                cost = self._phase(found, phase, target, round(phase.share * evaluations)) or cost
        except KeyboardInterrupt:  # the best so far is worth keeping
            interrupted = True
        tiles_after, after = self._generated(found[-1], breadth)
        return Course(
            model=found[-1],
            before=before,
            after=after,
            tiles_before=tiles_before,
            tiles_after=tiles_after,
            cost=cost,
            interrupted=interrupted,
        )

    @property
    def lasting_rules(self) -> tuple[Rule, ...]:
        """The rules without those that only give the fit to images a place to begin.

        That fit sees the greys of the labels, too. Two hands on one grey undo what the other did.
        """
        fitted = {item.path for item in self.free if not item.widens}
        return tuple(rule for rule in self.rules if rule.path not in fitted)

    def _phase(self, found: list[Model], phase: Phase, target: ImageMetrics | None, most: int) -> float | None:
        """Add the models of one phase, the best last; return the cost of the fit to images."""
        rules = self.rules if len(found) == 1 or target is None else self.lasting_rules
        for _ in range(phase.rounds):
            _, generated = self._generated(found[-1], phase.breadth)
            chance = self._chance(len(self.evidence.tiles) / self._share(phase.breadth))
            found.append(apply_rules(found[-1], rules, self.evidence.metrics, generated, chance=chance, start=found[0]))
            self.tick(1)
        if not most or target is None:
            return None
        model, cost = image_fit(
            found[-1],
            target,
            parameters=self.free,
            classes=self.evidence.classes,
            trials=self.trials,
            tiles=self._share(PAINTED_SHARE),
            evaluations=most,
            tick=self.tick,
        )
        found.append(model)
        return cost

    def _chance(self, ratio: float) -> Statistics:
        """Return the standard error of each metric of generated tiles; `ratio` is the number of real ones to each."""
        return {name: float(np.sqrt(ratio)) * error for name, error in self.evidence.errors.items()}

    def _share(self, share: float) -> int:
        return max(1, round(share * self.tiles))

    def _generated(self, model: Model, breadth: float) -> tuple[LabelledTiles, Statistics]:
        drawn, pixel = self.trials.render(model, self._share(breadth)), model.style.pixel_size_nm
        found = image_statistics(drawn) | label_statistics(drawn.restricted(self.evidence.classes), pixel)
        if "axon_grey" in self.evidence.metrics:
            axons = self.trials.render(model, self._share(AXON_SHARE), axons=1)
            found |= label_statistics(axons.restricted(["axon"]), pixel)
        return drawn, found
