"""Soft Dice, on which the networks are trained (equation 2 of the study)."""

from __future__ import annotations

from torch import Tensor

__all__ = ["dice_loss", "soft_dice"]


def soft_dice(probabilities: Tensor, targets: Tensor, *, smoothing: float = 1.0) -> Tensor:
    """Return the soft Dice coefficient of every class over the whole batch.

    ``(2 Σ p t + s) / (Σ p + Σ t + s)``, the sums over batch and pixels.

    Parameters
    ----------
    probabilities : Tensor of float, (B, K, H, W)
        Predictions between 0 and 1.
    targets : Tensor of float, same shape
        Labels, 0 or 1.
    smoothing : float
        *s*; with 1, an empty class that is predicted as empty scores 1.

    Returns
    -------
    Tensor of float, (K,)
        Dice coefficients between 0 and 1.

    Examples
    --------
    >>> import torch
    >>> p, t = torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 2, 2)
    >>> p[..., 0, :], t[..., 0, 0] = 1.0, 1.0
    >>> soft_dice(p, t).item()  # (2 * 1 + 1) / (2 + 1 + 1)
    0.75
    """
    p, t = probabilities.float(), targets.float()
    overlap = (p * t).sum(dim=(0, 2, 3))
    both = p.sum(dim=(0, 2, 3)) + t.sum(dim=(0, 2, 3))
    return (2 * overlap + smoothing) / (both + smoothing)


def dice_loss(dice: Tensor, weights: Tensor) -> Tensor:
    """Return the weighted loss, ``Σ alpha_i (1 - Dice_i)``.

    Parameters
    ----------
    dice : Tensor, (K,)
        From `soft_dice`.
    weights : Tensor, (K,)
        The alpha_i; the study uses 1/K for each.

    Returns
    -------
    Tensor
        One number.
    """
    return ((1 - dice) * weights).sum()
