"""Artefacts of a tile: what damaged it, which pixels show it, and where the tissue went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError

__all__ = ["Artifact"]

T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Artifact:
    """What one artefact did to a tile. Arrays are read-only.

    Parameters
    ----------
    name : str
        Which artefact it is, such as ``"fold"``.
    parameters : mapping of str to float, int, bool or str, default empty
        What was drawn for it. Lengths are nanometres (``_nm``), angles radians.
    mask : (H, W) bool array
        Pixels that show it; ``docs/howto/artifacts.md`` says for each artefact which these are.
    lost : (H, W) bool array or None, default None
        Pixels of the mask that show nothing of the tissue: no class, no instance, compartment 0. None if there are
        none.
    displacement : (2, H, W) float32 array or None, default None
        Where each pixel comes from, in pixels: the damaged tile shows at (r, c) what was at
        ``(r + displacement[0, r, c], c + displacement[1, r, c])`` before. That point lies within the tile. The numbers
        at lost pixels are finite and mean nothing. None if nothing moved.

    Raises
    ------
    ConfigError
        If an array is of another shape or type, or not all of `lost` is in `mask`.

    Examples
    --------
    >>> import numpy as np
    >>> from synthem import Artifact
    >>> left = np.zeros((2, 1, 3), np.float32)
    >>> left[1] = [[0.0, -1.0, -1.0]]
    >>> shift = Artifact(name="shift", mask=np.ones((1, 3), bool), displacement=left)
    >>> shift.warp(np.array([[5, 6, 7]]))
    array([[5, 5, 6]])
    """

    name: str
    mask: npt.NDArray[np.bool_]
    parameters: Mapping[str, float | str] = field(default_factory=dict)
    lost: npt.NDArray[np.bool_] | None = None
    displacement: npt.NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        """Check and freeze the arrays."""
        _check("mask", self.mask, np.bool_, self.mask.shape[-2:])
        if self.lost is not None:
            _check("lost", self.lost, np.bool_, self.mask.shape)
            if (self.lost > self.mask).any():
                raise ConfigError(f"`lost` must lie within `mask`, got {(self.lost > self.mask).sum()} pixels beyond")
        if self.displacement is not None:
            _check("displacement", self.displacement, np.float32, (2, *self.mask.shape))
        self._freeze()

    def _freeze(self) -> None:
        for array in (self.mask, self.lost, self.displacement):
            if array is not None:
                array.flags.writeable = False

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the tile in pixels."""
        return (self.mask.shape[0], self.mask.shape[1])

    def warp(self, labels: npt.NDArray[T]) -> npt.NDArray[T]:
        """Do to a plane of labels what the artefact did to those of the tile.

        Each pixel takes the label of the nearest pixel to where it comes from; lost pixels become 0. Of several
        artefacts of a tile, apply the first one first.

        Parameters
        ----------
        labels : (..., H, W) array
            Masks, instances or compartments of the tile before.

        Returns
        -------
        (..., H, W) array
            A new array.
        """
        moved = labels.copy()
        if self.displacement is not None:
            places = []
            for axis, size in enumerate(self.shape):
                source = np.indices(self.shape, sparse=True)[axis] + self.displacement[axis].astype(np.float64)
                places.append(np.floor(np.clip(source, 0, size - 1) + 0.5).astype(np.intp))
            moved = labels[..., places[0], places[1]]
        if self.lost is not None:
            moved[..., self.lost] = 0
        return moved

    def __eq__(self, other: object) -> bool:
        """Compare name, parameters, and arrays number by number."""
        if not isinstance(other, Artifact):
            return NotImplemented
        return (
            self.name == other.name
            and dict(self.parameters) == dict(other.parameters)
            and np.array_equal(self.mask, other.mask)
            and _same(self.lost, other.lost)
            and _same(self.displacement, other.displacement)
        )

    __hash__ = None  # type: ignore[assignment]

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore the fields and freeze the arrays again."""
        self.__dict__.update(state)
        self._freeze()

    def __repr__(self) -> str:
        """Return a short description."""
        numbers = ", ".join(f"{k}={v:.4g}" if isinstance(v, float) else f"{k}={v}" for k, v in self.parameters.items())
        return f"Artifact({self.name}: {numbers})"


def _same(one: npt.NDArray[Any] | None, other: npt.NDArray[Any] | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other)


def _check(name: str, array: npt.NDArray[Any], dtype: type[np.generic], shape: tuple[int, ...]) -> None:
    if array.dtype != dtype or array.shape != tuple(shape):
        raise ConfigError(
            f"`{name}` must be a {np.dtype(dtype)} array of shape {tuple(shape)}, got {array.dtype} {array.shape}"
        )
