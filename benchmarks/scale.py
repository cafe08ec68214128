"""What tiles cost in memory, in a loader, in each format: the figures of docs/explanation/scale.md.

    python benchmarks/scale.py rates      # in memory, through a DataLoader, beside PNG files and an augmentation
    python benchmarks/scale.py formats    # written in each format, one and two workers
    python benchmarks/scale.py memory     # the most memory of 300 and of 30,000 tiles

Every measurement is a process of its own. What is compared is run in turn, so that a busy machine slows all alike; the
median of the rounds is given, and the processor time of all processes, which others disturb less than the clock.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import synthem
from synthem.io import FORMATS

SHAPE, SEED = 256, 7
Work = Callable[[], int]


def measured(work: Work) -> tuple[float, float, int]:
    """Run work in a forked process; return seconds of the clock and of processors per tile, and tiles."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        warnings.simplefilter("ignore")
        code = 1
        try:
            start = time.perf_counter()
            tiles = work()
            seconds = time.perf_counter() - start
            used = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
            os.write(writer, f"{seconds / tiles} {used / tiles} {tiles}".encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writer)
    os.wait()
    clock, used, tiles = os.read(reader, 100).split()
    os.close(reader)
    return float(clock), float(used), int(tiles)


def compared(works: Mapping[str, Work], rounds: int) -> None:
    """Print a row for each work: tiles per second, and milliseconds of processors for a tile."""
    found: dict[str, list[tuple[float, float, int]]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            found[name].append(measured(work))
    print(f"{'':34} {'tiles/s':>8} {'best':>8} {'CPU ms/tile':>12}")  # noqa: T201
    for name, each in found.items():
        clock, used, _ = zip(*each, strict=True)
        rate = 1 / statistics.median(clock)
        print(f"{name:34} {rate:8.1f} {1 / min(clock):8.1f} {1000 * statistics.median(used):12.1f}", flush=True)  # noqa: T201


def in_memory(n: int) -> int:
    """Make tiles, and keep none."""
    return sum(1 for _ in synthem.iter_tiles(n, seed=SEED, shape=SHAPE))


def through_loader(data: Any, n: int) -> int:
    """Go through a loader with two workers, in batches of 10."""
    from torch.utils.data import DataLoader

    seen = 0
    for images, _ in DataLoader(data, batch_size=10, num_workers=2):
        seen += len(images)
        if seen >= n:
            break
    return seen


class _Folder:
    """The tiles of a folder in the EPFL6 layout: eight PNG files each, as a person would read them."""

    def __init__(self, path: Path) -> None:
        self.names = sorted(file.name for file in (path / "original").iterdir())
        self.planes = [path / folder for folder in ("original", *(one.folder for one in synthem.EPFL6))]

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, place: int) -> tuple[Any, Any]:
        import cv2
        import numpy as np
        import torch

        image, *masks = (cv2.imread(str(plane / self.names[place]), cv2.IMREAD_GRAYSCALE) for plane in self.planes)
        return torch.from_numpy(image[None] / np.float32(255)), torch.from_numpy(np.stack(masks) > 0).float()


class _Augmented:
    """A tile that is there, deformed elastically and with noise, by albumentations: a new sample from an old one."""

    def __init__(self, n: int) -> None:
        import albumentations

        self.tile, self.n = synthem.generate(1, seed=SEED, shape=SHAPE)[0], n
        steps = [albumentations.ElasticTransform(p=1.0), albumentations.GaussNoise(p=1.0)]
        self.pipeline = albumentations.Compose(steps)

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, place: int) -> tuple[Any, Any]:
        import numpy as np
        import torch

        masks = [mask.view(np.uint8) for mask in self.tile.masks]
        changed = self.pipeline(image=self.tile.image[..., None].copy(), masks=masks)
        image = changed["image"].reshape(1, SHAPE, SHAPE) / np.float32(255)
        return torch.from_numpy(image), torch.from_numpy(np.stack(changed["masks"])).float()


def rates(n: int, rounds: int) -> None:
    """Compare ways to a batch."""
    from synthem.torch import TileStream

    with tempfile.TemporaryDirectory() as folder:
        path = synthem.generate_files(Path(folder) / "tiles", n, seed=SEED, shape=SHAPE, workers=2)
        works: dict[str, Work] = {
            "in memory, one process": lambda: in_memory(n),
            "DataLoader, 2 workers: TileStream": lambda: through_loader(
                TileStream(seed=SEED, shape=SHAPE, batch_size=10), n
            ),
            "DataLoader, 2 workers: PNG files": lambda: through_loader(_Folder(path), n),
        }
        try:
            augmented = _Augmented(n)
        except ImportError:
            print("albumentations is not installed")  # noqa: T201
        else:
            works["DataLoader, 2 workers: elastic"] = lambda: through_loader(augmented, n)
        in_memory(3)
        compared(works, rounds)


def written(n: int, format: str, workers: int, place: str) -> int:
    """Write tiles, and take them away again."""
    with tempfile.TemporaryDirectory(dir=place) as folder:
        synthem.generate_files(
            f"{folder}/tiles", n, seed=SEED, shape=SHAPE, format=format, workers=workers, tiles_per_file=n // 16
        )
    return n


def formats(n: int, rounds: int, names: list[str]) -> None:
    """Compare formats, and one worker with two."""
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()
    for name in names:
        with tempfile.TemporaryDirectory(dir=place) as folder:
            path = synthem.generate_files(Path(folder) / "tiles", 64, seed=SEED, shape=SHAPE, format=name)
            size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) / 64
        print(f"{name}: {size / 1000:.0f} kB per tile")  # noqa: T201
        works = {f"{name}, {k}": lambda k=k: written(n, name, k, place) for k in (1, 2)}  # noqa: B023
        compared(works, rounds)  # type: ignore[arg-type]


def memory(sizes: list[int], shape: int, format: str, place: str) -> None:
    """Print the most memory of a run and of its workers, as shares of pages that processes have in common."""
    import psutil

    for n in sizes:
        target = Path(place) / f"tiles{n}"
        pid = os.fork()
        if pid == 0:
            warnings.simplefilter("ignore")
            synthem.generate_files(target, n, seed=SEED, shape=shape, format=format, workers=2)
            os._exit(0)
        process, most, main = psutil.Process(pid), 0, 0
        while process.status() != psutil.STATUS_ZOMBIE:
            total = 0
            for one in (process, *process.children(recursive=True)):
                try:
                    total += one.memory_full_info().pss
                except psutil.Error:
                    continue
            most, main = max(most, total), max(main, process.memory_info().rss)
            time.sleep(0.2)
        os.waitpid(pid, 0)
        print(f"{n} tiles: {most / 2**20:.0f} MiB in all processes, {main / 2**20:.0f} MiB in the main one", flush=True)  # noqa: T201
        shutil.rmtree(target)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["rates", "formats", "memory"])
    parser.add_argument("-n", type=int, default=320, help="tiles of a measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--format", default=None, help="one format, or several with commas")
    parser.add_argument("--place", default=tempfile.gettempdir(), help="where `memory` writes")
    parser.add_argument("--shape", type=int, default=SHAPE, help="side of the tiles of `memory`")
    parser.add_argument("--sizes", default="300,30000", help="numbers of tiles for `memory`")
    options = parser.parse_args()
    if options.what == "rates":
        rates(options.n, options.rounds)
    elif options.what == "formats":
        formats(options.n, options.rounds, options.format.split(",") if options.format else list(FORMATS))
    else:
        sizes = [int(n) for n in options.sizes.split(",")]
        memory(sizes, options.shape, options.format or "tiff", options.place)
