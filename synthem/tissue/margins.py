"""Margins: the distances that kinds keep from each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError, did_you_mean
from synthem.parameters import check_scalar

__all__ = ["Margins"]

WIDEST_MARGIN = 200.0


@dataclass(frozen=True)
class Margins:
    """Distance in pixels that kinds keep from each other.

    Parameters
    ----------
    default : float
        For every pair that is not named.
    pairs : mapping of (str, str) to float
        Distances for pairs of kinds, in either order. What a `Synapse` places together has the kind ``"synapse"``,
        what it places alone its own.

    Examples
    --------
    >>> from synthem.tissue.margins import Margins
    >>> Margins(default=4.0, pairs={("axon", "psd"): 10.0}).between("psd", "axon")
    10.0
    """

    default: float = 4.0
    pairs: Mapping[tuple[str, str], float] | None = None

    def __post_init__(self) -> None:
        check_scalar("default", self.default, low=0, high=WIDEST_MARGIN)
        for kinds, distance in (self.pairs or {}).items():
            if not isinstance(kinds, tuple) or len(kinds) != 2 or not all(isinstance(kind, str) for kind in kinds):
                raise ConfigError(f"`pairs` must map two kinds, such as ('axon', 'psd'), to a distance, got {kinds!r}")
            check_scalar(f"pairs[{kinds!r}]", distance, low=0, high=WIDEST_MARGIN)

    def check_kinds(self, known: set[str]) -> None:
        """Raise a `ConfigError` if a pair names a kind that is not known."""
        named = {kind for kinds in self.pairs or {} for kind in kinds}
        for kind in sorted(named - known):
            hint = did_you_mean(kind, sorted(known))
            raise ConfigError(f"`pairs` of margins must name kinds ({', '.join(sorted(known))}), got {kind!r}{hint}")

    def between(self, first: str, second: str) -> float:
        """Return the distance that two kinds keep."""
        if not self.pairs:
            return self.default
        return self.pairs.get((first, second), self.pairs.get((second, first), self.default))

    @cached_property
    def _known(self) -> dict[tuple[str, ...], dict[str, npt.NDArray[np.float64]]]:
        return {}

    def rows(self, kinds: tuple[str, ...]) -> dict[str, npt.NDArray[np.float64]]:
        """Return, per kind, the distances from nothing (0) and from each kind, as the kernels take them."""
        if kinds not in self._known:
            self._known[kinds] = {
                kind: np.array([0.0, *(self.between(kind, other) for other in kinds)]) for kind in kinds
            }
        return self._known[kinds]
