"""Hard Dice (equation 1 of the study), and the pixel counts behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthem.errors import DataError
from synthem.labels import EPFL6, ClassTable

__all__ = ["Overlap", "hard_dice", "measure"]


def hard_dice(
    overlap: npt.NDArray[np.int64], predicted: npt.NDArray[np.int64], true: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Return ``2 |P ∩ T| / (|P| + |T|)`` element by element.

    A class that is absent from both scores 1; one that is only in the prediction or only in the truth scores 0.

    Parameters
    ----------
    overlap, predicted, true : ndarray of int
        Pixels in both, in the prediction and in the truth.

    Returns
    -------
    ndarray of float64
        Dice coefficients, 0 to 1.

    Examples
    --------
    >>> hard_dice(np.array([3, 0, 0]), np.array([4, 0, 5]), np.array([4, 0, 0])).tolist()
    [0.75, 1.0, 0.0]
    """
    both = np.asarray(predicted) + np.asarray(true)
    score = 2 * np.asarray(overlap) / np.maximum(both, 1)
    return np.where(both == 0, 1.0, score)


@dataclass(frozen=True, kw_only=True, eq=False)
class Overlap:
    """Pixel counts of predictions against truth, one row per slice.

    Parameters
    ----------
    overlap, predicted, true : ndarray of int64, (slices, K)
        Pixels in both, in the prediction and in the truth.
    axon_on_psd : ndarray of int64, (slices,)
        Pixels predicted as axon that are PSD and not axon; 0 without these two classes.
    """

    overlap: npt.NDArray[np.int64]
    predicted: npt.NDArray[np.int64]
    true: npt.NDArray[np.int64]
    axon_on_psd: npt.NDArray[np.int64]

    @property
    def per_slice(self) -> npt.NDArray[np.float64]:
        """Dice of every slice and class, (slices, K)."""
        return hard_dice(self.overlap, self.predicted, self.true)

    @property
    def mean(self) -> npt.NDArray[np.float64]:
        """Mean over slices of the Dice of every class, (K,): what the study publishes."""
        return np.asarray(self.per_slice.mean(axis=0))

    @property
    def pooled(self) -> npt.NDArray[np.float64]:
        """Dice of every class over the pixels of all slices together, (K,)."""
        return hard_dice(self.overlap.sum(0), self.predicted.sum(0), self.true.sum(0))


def measure(
    predictions: list[npt.NDArray[np.bool_]], truths: list[npt.NDArray[np.bool_]], classes: ClassTable = EPFL6
) -> Overlap:
    """Count the pixels of predicted and true masks.

    Parameters
    ----------
    predictions, truths : list of ndarray of bool, (K, H, W)
        One pair per slice; slices may differ in size.
    classes : ClassTable, default EPFL6
        What the K masks are of, if they are as many.

    Returns
    -------
    Overlap
        The counts, and the Dice coefficients they give.

    Raises
    ------
    DataError
        If the lists or two masks do not fit each other.
    """
    if not predictions or len(predictions) != len(truths):
        raise DataError(f"`predictions` must be one per truth, got {len(predictions)} for {len(truths)}")
    counts: list[list[npt.NDArray[np.int64]]] = []
    false_axon: list[int] = []
    for number, (p, t) in enumerate(zip(predictions, truths, strict=True)):
        if p.shape != t.shape:
            raise DataError(f"`predictions[{number}]` must have the shape of its truth, {t.shape}, got {p.shape}")
        counts.append([np.count_nonzero(a, axis=(1, 2)) for a in (p & t, p, t)])
        false_axon.append(_axon_on_psd(p, t, classes))
    overlap, predicted, true = np.asarray(counts, np.int64).swapaxes(0, 1)
    axon_on_psd = np.asarray(false_axon, np.int64)
    return Overlap(overlap=overlap, predicted=predicted, true=true, axon_on_psd=axon_on_psd)


def _axon_on_psd(predicted: npt.NDArray[np.bool_], true: npt.NDArray[np.bool_], classes: ClassTable) -> int:
    if len(predicted) != len(classes) or not {"axon", "psd"} <= set(classes.names):
        return 0
    axon, psd = classes.index("axon"), classes.index("psd")
    return int(np.count_nonzero(predicted[axon] & true[psd] & ~true[axon]))
