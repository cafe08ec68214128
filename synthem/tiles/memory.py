"""Whether a volume fits into memory, before it is made."""

from __future__ import annotations

import math
import os
from pathlib import Path

from synthem.errors import ConfigError
from synthem.labels import ClassTable
from synthem.tiles.stacks import bytes_per_pixel

__all__ = ["available_memory", "check_fits"]

SHARE = 2 / 3
"""Of the memory that is available, what volumes may take."""

MEMINFO = Path("/proc/meminfo")
LIMIT, USED, USES = (Path("/sys/fs/cgroup", name) for name in ("memory.max", "memory.current", "memory.stat"))


def available_memory() -> int | None:
    """Return how many bytes a process can still take, as the system tells; None where it does not.

    On Linux it is what is free or can be freed, and no more than the limit of the container leaves. Elsewhere it is all
    the memory that there is.
    """
    found = [_of_system(), _of_container()]
    return min((one for one in found if one is not None), default=None)


def check_fits(shape: tuple[int, ...], classes: ClassTable, *, n: int = 1) -> None:
    """Raise if volumes do not fit into two thirds of the memory that is available.

    Parameters
    ----------
    shape : (int, int, int)
        Sections, rows and columns of each.
    classes : ClassTable
        The classes of their masks.
    n : int, default 1
        How many are held at once.

    Raises
    ------
    ConfigError
        Names the shape, what is needed and what is available, and what writes them all the same.
    """
    needed, available = n * math.prod(shape) * bytes_per_pixel(classes), available_memory()
    if available is None or needed <= SHARE * available:
        return
    many = "a volume" if n == 1 else f"{n} volumes"
    raise ConfigError(
        f"`shape` must ask for what fits into memory, got {many} of {'x'.join(map(str, shape))} voxels, which need "
        f"{needed / 1e9:.1f} GB where {available / 1e9:.1f} GB are available; synthem.generate_files(path, n, "
        f'shape={tuple(shape)}, format="folders") writes volumes of any size, section by section'
    )


def _of_system() -> int | None:
    try:
        lines = dict(line.split(":", 1) for line in MEMINFO.read_text().splitlines())
        return int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, ValueError, KeyError, IndexError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows has no such call
        return None


def _of_container() -> int | None:
    """Return what the limit of the control group leaves; files that are cached can be dropped."""
    try:
        uses = dict(line.split() for line in USES.read_text().splitlines())
        return max(0, int(LIMIT.read_text()) - int(USED.read_text()) + int(uses["inactive_file"]))
    except (OSError, ValueError, KeyError):  # no group, or one without a limit
        return None
