"""The planes of a tile that is being painted."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from synthem.kernels._records import Codes, Floats, Int32s

__all__ = ["Planes"]


class Planes(NamedTuple):
    """Planes of one shape (H, W), on which kernels paint."""

    grey: Annotated[Floats, "f4[:,::1]"]  # 0 to 255
    label: Annotated[Codes, "u1[:,::1]"]  # label codes, 0: none
    ids: Annotated[Int32s, "i4[:,::1]"]  # of objects, 0: none
    compartments: Annotated[Int32s, "i4[:,::1]"]  # their numbers, 0: none
