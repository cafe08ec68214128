"""Records: arguments of kernels that belong together, under names.

A record is a `NamedTuple` whose fields say of which type numba takes them::

    class Rings(NamedTuple):
        points: Annotated[Doubles, "f8[:,::1]"]
        starts: Annotated[Ints, "i8[::1]"]

    @kernel(Rings, "i8")
    def paint(rings, code): ...

To numba it is a tuple, and its fields cost no more than arguments of their own.
"""

from __future__ import annotations

from typing import Any, TypeAlias, get_args, get_type_hints

import numpy as np
import numpy.typing as npt
from numba import types
from numba.core.sigutils import normalize_signature

__all__ = ["Bools", "Bytes", "Codes", "Doubles", "Floats", "Int32s", "Ints", "numba_types"]

Floats: TypeAlias = npt.NDArray[np.float32]
Doubles: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Int32s: TypeAlias = npt.NDArray[np.int32]
Codes: TypeAlias = npt.NDArray[np.uint8]
Bytes: TypeAlias = npt.NDArray[np.int8]
Bools: TypeAlias = npt.NDArray[np.bool_]


def numba_types(argument: str | type[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Return types of arguments: those that a string lists as numba writes them, or the one of a record."""
    if isinstance(argument, str):
        return tuple(normalize_signature(f"({argument},)")[0])
    hints = get_type_hints(argument, include_extras=True)
    fields = [found for hint in hints.values() for found in numba_types(get_args(hint)[1])]
    return (types.BaseTuple.from_types(fields, argument),)
