"""Search for the parameters whose tiles look most like the slices: damped Gauss-Newton with common random numbers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from synthem._progress import Tick
from synthem.calibration.fit_parameters import FitParameter
from synthem.calibration.forked import forked
from synthem.calibration.model import Model

__all__ = ["Search"]

Vector = NDArray[np.float64]

REACH = 60.0
"""Largest change of a parameter, in steps."""
STRIDE = 12.0
"""Largest change in one round, in steps: derivatives say little of what lies farther away."""
LARGE = 3.0
"""Residuals well below it count by their square, those well above by their size."""
DAMPINGS = tuple(10.0**power for power in (-3.0, -2.25, -1.5, -0.75, 0.0, 0.75))
"""Dampings that are tried in each round, relative to the mean square of the derivatives."""
CLOSE = 1e-3
"""The search ends once a round lowers the cost by no more than this share."""
FRESH, EVERY = 1.0, 4
"""A derivative is taken again once its parameter has moved by so many steps, and in every fourth round."""
STAY = 0.03
"""Residual for each step away from the start, so that a parameter with little effect keeps its value."""


class Search:
    """The search for the lowest cost. Positions are in steps from the start.

    A round takes the derivatives of all residuals, each over one step of a parameter; those of parameters that have
    hardly moved since are kept, corrected by what the last step showed (Broyden 1965). Then it solves the linear
    problem within the limits for several dampings (Levenberg 1944), tries them all, and goes on from the best. Where
    none is better, it takes all derivatives anew, then over a step to the other side as well, and then it ends. Large
    residuals count less than by their square (soft L1 loss).

    Parameters
    ----------
    model : Model
        The start.
    parameters : sequence of FitParameter
        What may change.
    measure : callable
        Returns the residuals of a model, each divided by its tolerance: a pure function.
    evaluations : int
        Most calls of `measure`.
    tick : callable
        Told how many calls were made.

    Attributes
    ----------
    best : (float, Model)
        The lowest cost so far, the mean soft loss, and its model.
    """

    def __init__(
        self,
        model: Model,
        parameters: Sequence[FitParameter],
        measure: Callable[[Model], Vector],
        evaluations: int,
        tick: Tick,
    ) -> None:
        self.model, self.parameters, self.measure = model, tuple(parameters), measure
        self.left, self.tick = evaluations, tick
        self.best: tuple[float, Model] = (np.inf, model)
        self.steps = np.array([parameter.step for parameter in parameters])
        rooms = np.array([parameter.room(model) for parameter in parameters]).reshape(-1, 2)
        self.low, self.high = np.clip(rooms.T / self.steps, -REACH, REACH)

    def run(self) -> None:
        """Search until nothing gets better or all evaluations are spent."""
        if self.left < 1:
            return
        with forked(self.residuals) as trials:
            position, count = np.zeros(len(self.parameters)), len(self.parameters)
            (here,) = self._try([position], trials)
            slopes, taken, turned = np.zeros((len(here), count)), np.full(count, np.inf), False
            for number in itertools.count():
                stale = (np.abs(position - taken) > FRESH) | (number % EVERY == 0)
                if self.left < np.count_nonzero(stale) + len(DAMPINGS):
                    return
                found_here = self._derivatives(position, here, np.flatnonzero(stale), trials, -1.0 if turned else 1.0)
                slopes[:, stale] = 0.5 * (slopes[:, stale] + found_here) if turned else found_here
                taken[stale] = position[stale]
                ahead = [self._ahead(position, here, slopes, damping) for damping in DAMPINGS]
                found = self._try(ahead, trials)
                costs = [soft_cost(one) for one in found]
                chosen = int(np.argmin(costs))
                if costs[chosen] > soft_cost(here) * (1.0 - CLOSE):
                    if turned:
                        return
                    turned = bool(stale.all())
                    taken[:] = np.inf  # perhaps with all derivatives anew, and then with those of the other side
                    continue
                turned = False
                step = ahead[chosen] - position
                slopes += np.outer(found[chosen] - here - slopes @ step, step / (step @ step))  # Broyden 1965
                position, here = ahead[chosen], found[chosen]

    def at(self, position: Vector) -> Model:
        """Return the model at a position."""
        model = self.model
        for parameter, by in zip(self.parameters, (position * self.steps).tolist(), strict=True):
            model = parameter.moved(model, by) if by else model
        return model

    def residuals(self, position: Vector) -> Vector:
        """Return the residuals at a position."""
        return np.concatenate([self.measure(self.at(position)), STAY * position])

    def _derivatives(
        self, position: Vector, here: Vector, chosen: NDArray[np.int64], trials: _Trials, side: float
    ) -> NDArray[np.float64]:
        """Return the derivatives by chosen parameters, each over one step to a side, or to the other at a limit."""
        above, below = self.high - position, position - self.low
        room, other = (above, below) if side > 0.0 else (below, above)
        ahead = np.where((room >= 1.0) | (room > other), side, -side)
        there = self._spend([position + ahead[k] * (np.arange(len(position)) == k) for k in chosen], trials)
        return np.array([(found - here) / ahead[k] for found, k in zip(there, chosen, strict=True)]).T

    def _ahead(self, position: Vector, here: Vector, derivatives: NDArray[np.float64], damping: float) -> Vector:
        """Return where the linear problem is solved, within the limits."""
        weight = (1.0 + (here / LARGE) ** 2) ** -0.25
        slopes, misses = derivatives * weight[:, None], here * weight
        ridge = np.sqrt(damping * np.mean(np.sum(slopes**2, axis=0))) * np.eye(len(position))
        low, high = np.maximum(self.low - position, -STRIDE), np.minimum(self.high - position, STRIDE)
        free = high - low > 1e-9
        step = np.zeros(len(position))
        if free.any():
            rows = np.concatenate([slopes[:, free], ridge[:, free]])
            wanted = np.concatenate([-misses, np.zeros(len(ridge))])
            step[free] = optimize.lsq_linear(rows, wanted, (low[free], high[free]), method="bvls").x
        return np.clip(position + step, self.low, self.high)

    def _try(self, positions: Sequence[Vector], trials: _Trials) -> list[Vector]:
        """Return the residuals at positions, and remember the best."""
        found = self._spend(positions, trials)
        for position, residuals in zip(positions, found, strict=True):
            cost = soft_cost(residuals)
            if cost < self.best[0]:
                self.best = (cost, self.at(position))
        return found

    def _spend(self, positions: Sequence[Vector], trials: _Trials) -> list[Vector]:
        self.left -= len(positions)
        found = trials(positions)
        self.tick(len(positions))
        return found


_Trials = Callable[[Sequence[Vector]], list[Vector]]


def soft_cost(residuals: Vector) -> float:
    """Return the mean soft L1 loss of residuals."""
    return float(np.mean(2.0 * LARGE**2 * (np.sqrt(1.0 + (residuals / LARGE) ** 2) - 1.0)))
