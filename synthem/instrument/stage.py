"""The contract of stages: what is applied to a canvas."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol, TypeGuard

import numpy as np
import numpy.typing as npt

from synthem.geometry.poses import TissueDirection
from synthem.geometry.territory import Territory
from synthem.instrument.style import Style
from synthem.painting.canvas import Canvas
from synthem.tiles.artifacts import Artifact

__all__ = ["PartitionStage", "Stage", "is_partition"]


class Stage(Protocol):
    """A step of painting: `sample` draws everything random, `apply` paints it.

    Stages with ``before_organelles`` paint the tissue. The others work on the picture as it is when their turn comes,
    the exposed one after `synthem.BlurNoise`. Each stage has a stream of its own, named after its class: a stage that
    draws nothing, or is left out, changes nothing of the others.
    """

    before_organelles: ClassVar[bool]

    def sample(self, rng: np.random.Generator, territory: Territory) -> Any:
        """Draw an immutable record of everything random; it becomes part of the layout."""

    def apply(self, canvas: Canvas, record: Any, style: Style) -> Artifact | None:
        """Change the canvas, as a pure function of the record and the style; the style changes no label.

        A stage that comes after the organelles and damages the tile returns what it did; `synthem.Tile.artifacts` holds
        it.
        """


class PartitionStage(Stage, Protocol):
    """A stage that divides the tile into compartments; only such a stage may draw membranes and compartments."""

    def lower_clearance(self, record: Any, territory: Territory, grid: npt.NDArray[np.float32]) -> TissueDirection:
        """Keep what fills compartments off the membranes.

        Parameters
        ----------
        record : object
            What `sample` drew.
        territory : Territory
            The claims under which the tile is divided.
        grid : (h, w) float32 array
            Distance of each node from the nearest organelle, in pixels; to be lowered, in place, to the distance from
            the nearest membrane. Node (j, i) is the point ``(j * SPACING - PAD, i * SPACING - PAD)`` of the tile, see
            `synthem.kernels.occupancy`.

        Returns
        -------
        TissueDirection
            Which way the tissue runs; what fills compartments turns the same way.
        """


def is_partition(stage: Stage) -> TypeGuard[PartitionStage]:
    """Return whether a stage divides the tile into compartments: it defines `lower_clearance`."""
    return hasattr(stage, "lower_clearance")  # isinstance of a protocol takes fifty times as long
