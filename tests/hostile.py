"""Files as a careless or hostile hand leaves them: changed bytes, and values that nobody expects."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

__all__ = ["changed_bytes", "changed_data", "places"]


def nested(depth: int) -> Any:
    """Return lists within lists."""
    found: Any = []
    for _ in range(depth):
        found = [found]
    return found


ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2**31, 2**63, -(2**63), 10**12, 10**40, 10**400),
    *(0.5, -0.0, 1e-300, 1e300, float("nan"), float("inf"), float("-inf")),
    *("", "x", "../../etc/passwd", "/etc/passwd", "C:\\x", "nul", "\0", "\ud800", "é" * 300, "NaN"),
    *([], {}, [[]], {"": None}, [0, 0], [1, 2, 3], [float("nan")] * 2, {"type": "Axon"}, {"mean": float("inf")}),
    *({"per_tile": [0, float("inf")]}, {"values": []}, nested(60)),
)


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the paths of all values of plain data."""
    yield path
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from places(value, (*path, key))


@st.composite
def changed_data(draw: st.DrawFn, data: Any) -> Any:
    """Draw plain data in which up to three values are others, missing, or there under another name."""
    found = copy.deepcopy(data)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(sorted(places(found), key=repr)))
        if not path:
            continue
        *way, last = path
        holder = found
        for step in way:
            holder = holder[step]
        what = draw(st.sampled_from(["other", "other", "other", "missing", "unknown"]))
        if what == "other":
            holder[last] = copy.deepcopy(draw(st.sampled_from(ODD)))
        elif what == "missing":
            del holder[last]
        elif isinstance(holder, dict):
            name = draw(st.sampled_from(["", "unknown", "__class__", "type", "name"]))
            holder[name] = copy.deepcopy(draw(st.sampled_from(ODD)))
    return found


@st.composite
def changed_bytes(draw: st.DrawFn, content: bytes) -> bytes:
    """Draw the bytes of a file, changed in places, cut off, doubled or with a hole."""
    found = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, len(found) - 1)))
        what = draw(st.sampled_from(["byte", "byte", "bytes", "cut", "hole", "double"]))
        if what == "byte" and found:
            found[place] ^= draw(st.integers(1, 255))
        elif what == "bytes":
            odd = draw(st.sampled_from([b"\0" * 4, b"\xff" * 4, b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"NaN", b"1e999"]))
            found[place : place + len(odd)] = odd
        elif what == "cut":
            del found[place:]
        elif what == "hole":
            del found[place : place + draw(st.integers(1, 64))]
        else:
            found[place:place] = found[place : place + draw(st.integers(1, 64))]
    return bytes(found)
