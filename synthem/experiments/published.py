"""What the paper of the study states in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["PUBLISHED", "Published"]


@dataclass(frozen=True, kw_only=True)
class Published:
    """One number of the paper (DOI 10.25686/978-5-8158-2474-4-2025-828-834).

    Parameters
    ----------
    text : str
        The statement.
    experiment : int
        1 or 2.
    name : str
        Class.
    value : float
        The published Dice.
    real : int or None
        Real slices; None if the paper names no number: then our best set counts.
    synthetic : int or None
        Synthetic tiles; None for the best number.
    axons : int or None
        Smallest number of synthetic axons; then our worst set with as many counts.
    sense : str
        "equals", "over" or "under".
    """

    text: str
    experiment: int
    name: str
    value: float
    real: int | None = None
    synthetic: int | None = None
    axons: int | None = None
    sense: str = "equals"


PUBLISHED: Final = (
    Published(text="axon, peak, with 210 synthetic tiles", experiment=1, name="axon", value=0.78, synthetic=210),
    Published(text="axon, from 180 synthetic axons on", experiment=2, name="axon", value=0.74, axons=180, sense="over"),
    Published(
        text="axon, 5 slices, 300 synthetic tiles", experiment=2, name="axon", value=0.795, real=5, synthetic=300
    ),
    Published(text="PSD, 10 slices, best", experiment=2, name="psd", value=0.75, real=10),
    Published(text="PSD, 5 slices, best", experiment=2, name="psd", value=0.72, real=5),
    Published(text="PSD, 5 slices, best", experiment=1, name="psd", value=0.70, real=5, sense="under"),
    Published(text="PSD, 10 slices, best", experiment=1, name="psd", value=0.77, real=10),
)
"""What the paper states in numbers."""
