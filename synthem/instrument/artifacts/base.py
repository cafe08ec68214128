"""What all artefacts share: a probability per tile, checked parameters, lengths in nanometres, moved planes."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError
from synthem.geometry.territory import Territory
from synthem.instrument.style import Style
from synthem.kernels.planes import Planes
from synthem.kernels.resample import move_planes
from synthem.painting.canvas import Canvas
from synthem.parameters import Choice, Declared, Number, declared
from synthem.tiles.artifacts import Artifact

__all__ = ["ArtifactStage", "check_fits", "highest", "lowest", "move_tissue", "pixels"]


def pixels(length_nm: float, pixel_nm: float) -> float:
    """Return a length in pixels."""
    return length_nm / pixel_nm


@dataclass(frozen=True, kw_only=True)
class ArtifactStage(Declared, ABC):
    """A stage that damages a tile and says what it did.

    Subclasses draw a plan in `draw`, and carry it out in `damage`. `largest_shares` says how much of the shorter side
    of a tile a length may be, so that pixels do not come to lie over each other.
    """

    before_organelles: ClassVar[bool] = False
    largest_shares: ClassVar[Mapping[str, float]] = {}

    share: float = declared(1.0, "Probability that a tile has it.", high=1)

    @property
    def name(self) -> str:
        """Name of the artefact in `synthem.Artifact`, such as ``"knife_marks"``."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(self).__name__).lower()

    def sample(self, rng: np.random.Generator, territory: Territory) -> Any:
        """Draw whether the tile has it, and if so, a plan; None if not.

        Raises
        ------
        ConfigError
            If a length does not fit into the tile.
        """
        self.check_tile(territory.pixel_size_nm, territory.shape)
        present = rng.random() < self.share
        return self.draw(rng, territory.pixel_size_nm, territory.shape) if present else None

    def apply(self, canvas: Canvas, record: Any, style: Style) -> Artifact | None:
        """Damage the tile; return what was done, or None if it has none."""
        return None if record is None else self.damage(canvas, record, canvas.pixel_size_nm)

    def check_tile(self, pixel_nm: float, shape: tuple[int, int]) -> None:
        """Raise a `ConfigError` if a length does not fit into tiles of a shape."""
        for name, most in self.largest_shares.items():
            check_fits(name, getattr(self, name), most * min(shape), pixel_nm, shape)

    @abstractmethod
    def draw(self, rng: np.random.Generator, pixel_nm: float, shape: tuple[int, int]) -> Any:
        """Draw an immutable plan of everything random."""

    @abstractmethod
    def damage(self, canvas: Canvas, plan: Any, pixel_nm: float) -> Artifact:
        """Change the canvas, as a pure function of the plan, and say what was done."""


def highest(value: Number) -> float:
    """Return the largest number that can be drawn."""
    return max(value.values) if isinstance(value, Choice) else value[1] if isinstance(value, tuple) else value


def lowest(value: Number) -> float:
    """Return the smallest number that can be drawn."""
    return min(value.values) if isinstance(value, Choice) else value[0] if isinstance(value, tuple) else value


def check_fits(
    name: str, value: Number, most_px: float, pixel_nm: float, shape: tuple[int, int], among: str = ""
) -> None:
    """Raise if a length may be too long for a tile: pixels would lie over each other, or nothing would be left.

    Parameters
    ----------
    name : str
        Parameter in nanometres.
    value : Number
        Its value.
    most_px : float
        What fits, in pixels.
    pixel_nm : float
        Side of a pixel in nm.
    shape : (int, int)
        Of the tile.
    among : str
        To which of such tiles the limit applies, for the error.
    """
    if pixels(max(abs(highest(value)), abs(lowest(value))), pixel_nm) > most_px * (1.0 + 1e-9):
        most = math.floor(10.0 * most_px / pixels(1.0, pixel_nm) + 1e-6) / 10.0
        raise ConfigError(
            f"`{name}` must be at most {most:.1f} nm in tiles of {shape[0]} x {shape[1]} pixels{among}, got {value!r}"
        )


def move_tissue(
    canvas: Canvas, displacement: npt.NDArray[np.float32], lost: npt.NDArray[np.uint8] | None = None
) -> None:
    """Move greys, labels, ids and compartments of a canvas by a field; lost pixels get no label.

    Parameters
    ----------
    canvas : Canvas
        Gets new planes.
    displacement : (2, H, W) float32 array
        Where each pixel comes from, as in `synthem.Artifact`.
    lost : (H, W) uint8 array, optional
        1 where a pixel shows nothing of the tissue.
    """
    hidden = np.zeros(canvas.shape, np.uint8) if lost is None else lost
    moved = Planes(*map(np.empty_like, canvas.planes))
    move_planes(displacement, hidden, canvas.planes, moved)
    canvas.grey, canvas.label, canvas.ids, canvas.compartments = moved
