"""The contract of stages: what is applied to a canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from synthem.instrument.style import Style

if TYPE_CHECKING:
    from synthem.geometry.territory import Territory
    from synthem.painting.canvas import Canvas

__all__ = ["Stage"]


class Stage(Protocol):
    """A step of painting: `sample` draws everything random, `apply` paints it.

    ``before_organelles`` stages paint the tissue; the others work on the finished picture.
    """

    before_organelles: ClassVar[bool]

    def sample(self, rng: np.random.Generator, style: Style, territory: Territory) -> Any:
        """Draw an immutable record of everything random; it becomes part of the layout."""

    def apply(self, canvas: Canvas, record: Any, style: Style) -> None:
        """Change the canvas, as a pure function of the record and the style."""
