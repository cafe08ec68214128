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

WIDEST_MARGIN = 1000.0


@dataclass(frozen=True)
class Margins:
    """Distance in nanometres that kinds keep from each other.

    Parameters
    ----------
    default_nm : float
        For every pair that is not named, 0 to 1000 nm; default 20.
    pairs_nm : mapping of (str, str) to float
        Distances for pairs of kinds, in either order. What a `Synapse` places together has the kind ``"synapse"``,
        what it places alone its own.

    Examples
    --------
    >>> from synthem.tissue.margins import Margins
    >>> Margins(default_nm=20.0, pairs_nm={("axon", "psd"): 50.0}).between("psd", "axon")
    50.0
    """

    default_nm: float = 20.0
    pairs_nm: Mapping[tuple[str, str], float] | None = None

    def __post_init__(self) -> None:
        check_scalar("default_nm", self.default_nm, low=0, high=WIDEST_MARGIN)
        for kinds, distance in (self.pairs_nm or {}).items():
            if not isinstance(kinds, tuple) or len(kinds) != 2 or not all(isinstance(kind, str) for kind in kinds):
                raise ConfigError(
                    f"`pairs_nm` must map two kinds, such as ('axon', 'psd'), to a distance, got {kinds!r}"
                )
            check_scalar(f"pairs_nm[{kinds!r}]", distance, low=0, high=WIDEST_MARGIN)

    def check_kinds(self, known: set[str]) -> None:
        """Raise a `ConfigError` if a pair names a kind that is not known."""
        named = {kind for kinds in self.pairs_nm or {} for kind in kinds}
        for kind in sorted(named - known):
            hint = did_you_mean(kind, sorted(known))
            raise ConfigError(f"`pairs_nm` of margins must name kinds ({', '.join(sorted(known))}), got {kind!r}{hint}")

    def between(self, first: str, second: str) -> float:
        """Return the distance that two kinds keep."""
        if not self.pairs_nm:
            return self.default_nm
        return self.pairs_nm.get((first, second), self.pairs_nm.get((second, first), self.default_nm))

    @cached_property
    def _known(self) -> dict[tuple[tuple[str, ...], float], dict[str, npt.NDArray[np.float64]]]:
        return {}

    def rows(self, kinds: tuple[str, ...], pixel_size_nm: float) -> dict[str, npt.NDArray[np.float64]]:
        """Return, per kind, the distances in pixels from nothing (0) and from each kind, as the kernels take them."""
        asked = kinds, pixel_size_nm
        if asked not in self._known:
            self._known[asked] = {
                kind: np.array([0.0, *(self.between(kind, other) for other in kinds)]) / pixel_size_nm for kind in kinds
            }
        return self._known[asked]
