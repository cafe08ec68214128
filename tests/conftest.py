"""Fixtures shared by all tests, the one Hypothesis profile, and which tests run first."""

from __future__ import annotations

import gc
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.update({name: os.environ.get(name, "1") for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")})

import numpy as np
import pytest

from synthem.dataset import Dataset
from synthem.tiles.labelled_image import LabelledImage
from synthem.tiles.objects import ObjectRecord
from synthem.tiles.placement_report import KindReport, PlacementReport
from synthem.tiles.tile import Tile

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each of some 20 processes would compile all sources anew
sys.dont_write_bytecode = False

MEMORY = Path("/dev/shm")
"""Temporary files lie here if there is room: tests write some 20000 small ones, which takes seconds on a disk."""
ALL_SLOW = re.compile(r"^pytestmark = .*\bmark\.slow\b", re.MULTILINE)


def pytest_configure(config: pytest.Config) -> None:
    """Put temporary files into memory where there is room, and say how many examples a property is tried with."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 2**30:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    os.environ.setdefault("HYPOTHESIS_NO_PLUGINS", "1")  # one of trio, which selenium needs, warns
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        load_profile()  # the process that only hands out tests needs no Hypothesis


def load_profile() -> None:
    from hypothesis import HealthCheck, settings

    settings.register_profile(
        "synthem",
        deadline=None,
        max_examples=int(os.environ.get("SYNTHEM_EXAMPLES", "15")),
        derandomize=bool(os.environ.get("CI")),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    settings.load_profile("synthem")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Without slow tests, leave out modules of which all are slow: what they import takes seconds."""
    if config.option.markexpr != "not slow" or not collection_path.match("test_*.py"):
        return None
    return bool(ALL_SLOW.search(collection_path.read_text(encoding="utf-8"))) or None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Look for no garbage while modules are imported, and none among what stays from then on."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run modules with slow tests first: one that comes last leaves the other workers idle."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@dataclass(frozen=True)
class SquaresScene:
    """A scene as simple as can be: one vesicle square and one axon square per tile, at a random place."""

    shape: tuple[int, int] = (64, 64)
    requested: int = 2
    delay: float = 0.0

    def render(self, seed: int, index: int = 0) -> Tile:
        rng = np.random.default_rng((seed, index))
        image = rng.integers(0, 256, self.shape, dtype=np.uint8)
        masks = np.zeros((6, *self.shape), bool)
        instances = np.zeros(self.shape, np.int32)
        records = []
        for number, (kind, channel, name) in enumerate([("axon", 3, "axon"), ("vesicle", 2, "vesicles")], start=1):
            row, col = (int(value) for value in rng.integers(0, 20, 2) + 30 * (number - 1))
            masks[channel, row : row + 6, col : col + 6] = True
            instances[row : row + 6, col : col + 6] = number
            corners = np.array([(0, 0), (0, 6), (6, 6), (6, 0)], np.float32) + rng.random(2).astype(np.float32)
            records.append(
                ObjectRecord(
                    id=number,
                    kind=kind,
                    class_name=name,
                    pose={"row": float(row), "col": float(col), "angle": 0.0, "scale": 1.0},
                    parameters={"width": np.float32(0.1), "variant": "square"},
                    rings=(corners + np.float32([row, col]),),
                )
            )
        compartments = np.arange(image.size, dtype=np.int32).reshape(self.shape) % 7
        report = KindReport(kind="axon", requested=self.requested - index % 2, placed=1, attempts=3, free_area=10)
        return Tile(
            image=image,
            masks=masks,
            instances=instances,
            compartments=compartments,
            records=lambda: tuple(records),
            report=PlacementReport((report,)),
            seed=seed,
            index=index,
        )

    def to_dict(self) -> dict[str, Any]:
        return {"squares": 2, "shape": list(self.shape)}


@pytest.fixture
def squares() -> type[SquaresScene]:
    """The class of a made-up scene that needs no kernels."""
    return SquaresScene


@pytest.fixture
def tile() -> Tile:
    """One made-up tile."""
    return SquaresScene().render(5, 3)


@pytest.fixture
def dataset() -> Dataset:
    """Four made-up tiles."""
    scene = SquaresScene()
    tiles = (scene.render(7, i) for i in range(4))
    return Dataset.from_tiles(tiles, n=4, shape=scene.shape, seed=7, config=scene.to_dict())


@pytest.fixture
def epfl6(tmp_path: Path) -> Callable[..., Path]:
    """Make a small folder in the EPFL6 layout: RGBA and grey+alpha files, masks that are not quite binary."""
    return lambda **options: write_slices(tmp_path / "epfl6", **options)


def write_slices(
    folder: Path,
    *,
    n: int = 2,
    shape: tuple[int, int] = (80, 96),
    folders: tuple[str, ...] = ("mitochondria", "PSD", "vesicles", "axon", "boundaries", "mitochondrial boundaries"),
    alpha: bool = True,
) -> Path:
    import cv2

    rng = np.random.default_rng(0)
    for name in ("original", *folders):
        (folder / name).mkdir(parents=True)
    for i in range(n):
        image = rng.integers(90, 200, shape, dtype=np.uint8)
        cv2.imwrite(str(folder / "original" / f"training{i:04d}.png"), _with_alpha(image) if alpha else image)
        for k, name in enumerate(folders):
            mask = np.zeros(shape, np.uint8)
            mask[10 * k : 10 * k + 8, 5:20] = 255
            mask[10 * k, 5], mask[0, -1] = 128, 127
            cv2.imwrite(str(folder / name / f"training{i:04d}.png"), _with_alpha(mask) if alpha else mask)
    return folder


def _with_alpha(grey: np.ndarray) -> np.ndarray:
    return np.dstack([grey, grey, grey, np.full_like(grey, 255)])


def grid_slice(
    seed: int, *, size: int = 128, cell: int = 32, noise: float = 8.0, dark: float = 100.0, name: str | None = None
) -> LabelledImage:
    """A grid of cells with membranes of 5 px, a mitochondrion with a rim of 4 px, vesicles and a bar."""
    from scipy import ndimage

    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[:size, :size]
    masks = np.zeros((6, size, size), bool)
    masks[4] = (rows % cell < 5) | (cols % cell < 5)
    top, left = (int(v) * cell + 5 + (cell - 5) // 2 for v in rng.integers(0, size // cell - 1, 2))
    distance = np.hypot(rows - top, cols - left)
    masks[0], masks[5] = distance < 12, (distance < 12) & (distance >= 8)
    for row in range(cell + 12, size - 8, cell):
        masks[2] |= np.hypot(rows - row, cols - (size - 16)) < 5.2
    masks[1, size - cell : size - cell + 5, size // 2 + 8 : size // 2 + 25] = True
    masks[4] &= ~masks[1]
    image = np.full((size, size), 160.0)
    for channel, grey in ((4, dark + 10.0), (0, 115.0), (5, dark), (2, dark + 8.0), (1, dark - 12.0)):
        image[masks[channel]] = grey
    image = ndimage.gaussian_filter(image, 1.0) + rng.normal(0.0, noise, image.shape)
    return LabelledImage(
        name=name or f"made{seed:04d}",
        image=np.clip(np.rint(image), 0, 255).astype(np.uint8),
        masks=masks,
        labelled=("mitochondria", "psd", "vesicles", "boundaries", "mitochondrial_boundaries"),
    )


@pytest.fixture(scope="session")
def make_slice() -> Callable[..., LabelledImage]:
    """The function that makes up a slice."""
    return grid_slice


@pytest.fixture(scope="session")
def tissue() -> list[LabelledImage]:
    """Six made-up slices of 256x256, four tiles of 128x128 each."""
    return [grid_slice(seed, size=256) for seed in range(6)]
