"""Measure volumes: from section to section beside real slices, in all planes, and how fast they are made.

    python examples/measure_volumes.py amounts --real path/to/epfl6
    python examples/measure_volumes.py sections --real path/to/epfl6
    python examples/measure_volumes.py realism -n 60 --real path/to/epfl6 --exclude 0000 0001 ...
    python examples/measure_volumes.py planes
    python examples/measure_volumes.py speed
    python examples/measure_volumes.py budget
    python examples/measure_volumes.py memory

The results are in docs/explanation/solid_tissue.md.
"""

from __future__ import annotations

import argparse
import cProfile
import itertools
import pstats
import re
import resource
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from scipy import ndimage

import synthem
from synthem.quality import compare
from synthem.quality.distances import distances
from synthem.quality.features import FeatureTable
from synthem.quality.sections import SectionPair, SectionSimilarity, measure_sections, pairs_of_stack
from synthem.solid.build import build_solid_scene
from synthem.tiles.tile import Tile

GAPS = (1, 2, 3, 4, 5, 7, 10, 12, 15, 19)
RANGES = {12: (11, 13), 15: (14, 16), 19: (18, 20)}
"""Gaps of real slices that are taken together under one."""


def real_pairs(folder: str) -> dict[int, list[SectionPair]]:
    """Return the pairs of real slices by their distance, as their names number them."""
    slices = synthem.Dataset.load(folder)
    numbers = [int(re.findall(r"\d+", name)[-1]) for name in slices.names]
    found = defaultdict(list)
    for one, first in zip(slices, numbers, strict=True):
        for other, second in zip(slices, numbers, strict=True):
            for gap in GAPS:
                low, high = RANGES.get(gap, (gap, gap))
                if low <= second - first <= high:
                    found[gap].append(((one.image, one.masks), (other.image, other.masks)))
    return found


def amounts(n: int, size: int, real: str | None) -> None:
    """Print how much of each class there is, in single sections of tissues of their own and in real slices.

    Those have no myelinated axons, since these slices hardly show any.
    """
    scene = build_solid_scene(axons=0, shape=(1, size, size))
    made = [np.mean(list(amounts_of(scene.render(index)[0])), axis=0) for index in range(n)]
    slices = synthem.Dataset.load(real) if real else ()
    beside = [np.mean(list(amounts_of(one)), axis=0) for one in slices]
    for row, name in enumerate(AMOUNTS):
        found = np.array([one[row] for one in made])
        line = f"{name:38} {found.mean():6.2f} +- {found.std() / np.sqrt(n):.2f}"
        if beside:
            wanted = np.mean([one[row] for one in beside])
            line += f"  real {wanted:6.2f}  {100 * (found.mean() / wanted - 1):+.0f} %"
        print(line)


SIDE = 256
COVERED = ("mitochondria", "boundaries", "vesicles", "psd", "axon", "mitochondrial_boundaries")
AMOUNTS = (*(f"{name}, % of the area" for name in COVERED), "compartments", "mitochondria", "densities")


def amounts_of(tile: Tile) -> Iterator[list[float]]:
    """Yield, for each window of 256x256, shares of classes in percent, and numbers of areas and of objects."""
    rows, columns = (range(0, side - SIDE + 1, SIDE) for side in tile.image.shape)
    for row, column in itertools.product(rows, columns):
        window = (slice(row, row + SIDE), slice(column, column + SIDE))
        masks = {name: tile.mask(name)[window] for name in COVERED}
        shapes = ((~masks["boundaries"], 50), (masks["mitochondria"], 20), (masks["psd"], 20))
        counts = [(np.bincount(ndimage.label(mask)[0].ravel())[1:] > least).sum() for mask, least in shapes]
        yield [100.0 * float(mask.mean()) for mask in masks.values()] + [float(count) for count in counts]


def sections(n: int, real: str | None) -> None:
    """Print Dice and correlation of sections so many apart, of volumes and of real slices."""
    scene = synthem.SolidScene(shape=(max(GAPS) + 4, 256, 256))
    pairs = defaultdict(list)
    for index in range(n):
        stack = [(tile.image, tile.masks) for tile in scene.render(1, index)]
        for gap in GAPS:
            pairs[gap] += pairs_of_stack(stack, gap)[:: max(1, len(stack) // 8)]
    beside = real_pairs(real) if real else {}
    names = ("mitochondria", "psd", "vesicles", "axon", "boundaries", "mitochondrial_boundaries")
    print(f"{'k':>3} {'':9} pairs  grey " + " ".join(f"{name[:12]:>12}" for name in names))
    for gap in GAPS:
        for side, which in (("synthetic", pairs), ("real", beside)):
            if which.get(gap):
                print(_row(gap, side, measure_sections(which[gap]), names))


def _row(gap: int, side: str, found: SectionSimilarity, names: tuple[str, ...]) -> str:
    figures = " ".join(f"{found.dice[name]:12.2f}" for name in names)
    return f"{gap:3} {side:9} {found.pairs:5} {found.grey:5.2f} {figures}"


def planes(n: int, size: int) -> None:
    """Print how well planes along one axis are told from those along another by figures of their labels."""
    rows: dict[str, list[list[float]]] = {"z": [], "y": [], "x": []}
    sources: list[int] = []
    for index in range(n):
        volume = synthem.SolidScene(shape=(size, size, size)).render(2, index)
        for place in range(8, size - 8, max(8, size // 8)):
            sources.append(index)
            for axis, found in rows.items():
                found.append(list(label_figures(volume.section(axis, place))))
    for one, other in (("z", "y"), ("z", "x"), ("y", "x")):
        tables = [
            FeatureTable(names=FIGURES, values=np.array(rows[axis]), sources=np.array(sources)) for axis in (one, other)
        ]
        many = min(60, len(sources))
        found = distances(*tables, tiles=many, seed=0)
        print(f"planes across {one} against {other}, {many} each: accuracy {found.accuracy:.2f}")


FIGURES = (
    *("mitochondria", "psd", "vesicles", "boundaries", "mitochondria number", "vesicles number"),
    *("compartments", "median area", "membrane down", "membrane right", "membrane depth"),
)


def label_figures(tile: Tile) -> Iterator[float]:
    """Yield figures of the labels of a plane."""
    for name in ("mitochondria", "psd", "vesicles", "boundaries"):
        yield float(tile.mask(name).mean())
    for name in ("mitochondria", "vesicles"):
        yield float(ndimage.label(tile.mask(name))[1])
    walls = tile.mask("boundaries")
    areas = np.bincount(ndimage.label(~walls)[0].ravel())[1:]
    areas = areas[areas > 50]
    yield float(len(areas))
    yield float(np.median(areas)) if len(areas) else 0.0
    yield float((walls[1:] != walls[:-1]).mean())
    yield float((walls[:, 1:] != walls[:, :-1]).mean())
    yield float(ndimage.distance_transform_edt(walls)[walls].mean()) if walls.any() else 0.0


def speed(n: int) -> None:
    """Print the processor time of a voxel, beside that of a pixel of flat tissue, on one core."""
    tile = synthem.build_scene("tissue")
    cases = {"tile 256x256": tile}
    for shape in ((64, 256, 256), (64, 512, 512), (1, 256, 256)):
        cases["x".join(map(str, shape))] = synthem.SolidScene(shape=shape)
    cases["32 sections, 100 nm apart"] = synthem.SolidScene(shape=(32, 256, 256), spacing_nm=100, thickness_nm=5)
    first = 0.0
    for name, scene in cases.items():
        scene.render(0, 0)
        times = []
        for index in range(1, 1 + (20 * n if scene is tile else n)):
            began = time.process_time()
            scene.render(0, index)
            times.append(time.process_time() - began)
        per_pixel = float(np.median(times)) / np.prod(scene.shape)
        first = first or per_pixel
        print(
            f"{name:25} {1e3 * np.median(times):8.1f} ms {1e9 * per_pixel:6.1f} ns per pixel, {per_pixel / first:.2f}"
        )
    print(f"most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10:.0f} MB")


STEPS = {
    "grow_strands": "neurites: strands of beads",
    "grow_spines": "neurites: spines",
    "settle_strands": "neurites: settling",
    "limit_radii": "neurites: radii",
    "lay_vesicles": "vesicles: places",
    "list_bricks": "what is near each brick of tissue",
    "paint_walls": "compartments, membranes, densities",
    "add_solid_texture": "texture of cytoplasm",
    "add_clutter": "clutter of cytoplasm",
    "paint_tubes": "mitochondria, vesicles, sheaths, other tubes",
    "expose": "blur, noise, bytes",
    "write_masks": "masks",
}
"""Kernels, and what they do."""


def budget(n: int) -> None:
    """Print where the processor time of a volume goes."""
    scene = synthem.SolidScene(shape=(64, 256, 256))
    scene.render(0, 0)
    profile = cProfile.Profile(time.process_time)
    began = time.process_time()
    for index in range(1, 1 + n):
        profile.runcall(scene.render, 0, index)
    whole = time.process_time() - began
    spent = dict.fromkeys(STEPS, 0.0)
    for (file, _, name), (_, _, own, *_) in pstats.Stats(profile).stats.items():
        if "kernels" in file and name in spent:
            spent[name] += own
    for name, seconds in sorted(spent.items(), key=lambda one: -one[1]):
        print(f"{STEPS[name]:48} {1e3 * seconds / n:7.1f} ms {seconds / whole:5.0%}")
    print(f"{'all, with what is not listed':48} {1e3 * whole / n:7.1f} ms")


STREAM = """
import resource, sys, tempfile, time
import synthem
shape, format = tuple(map(int, sys.argv[1].split("x"))), sys.argv[2]
with tempfile.TemporaryDirectory() as folder:
    began = time.process_time()
    synthem.generate_files(f"{folder}/v", 1, shape=shape, seed=1, format=format, progress=False)
    took = time.process_time() - began
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
speed = shape[0] * shape[1] * shape[2] / took / 1e6
print(f"{sys.argv[1]:>14} {format:9} {most:6.0f} MB {took:6.1f} s {speed:5.2f} Mvoxel/s", flush=True)
"""


def memory(shapes: list[str], formats: list[str]) -> None:
    """Print the most memory, processor time, and voxels per second, of a process that writes a volume to disk."""
    for shape in shapes:
        for format in formats:
            subprocess.run([sys.executable, "-c", STREAM, shape, format], check=True)


def realism(n: int, real: str, exclude: list[str], recipe: str) -> None:
    """Print how far single sections, of tissues of their own and without myelinated axons, are from real slices."""
    scene = build_solid_scene(recipe, axons=0, shape=(1, SIDE, SIDE))
    print(compare(real, [scene.render(index)[0] for index in range(n)], exclude=exclude))


def main() -> None:
    """Run one of the measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("amounts", "sections", "realism", "planes", "speed", "budget", "memory"))
    parser.add_argument("-n", type=int, default=8, help="number of volumes")
    parser.add_argument("--size", type=int, default=192, help="side of the cubes or sections that are measured")
    parser.add_argument("--shapes", nargs="+", default=["128x512x512", "1024x512x512"], help="volumes to write")
    parser.add_argument("--formats", nargs="+", default=["folders"], help="formats to write them in")
    parser.add_argument("--real", help="folder of real slices, numbered by their names")
    parser.add_argument("--exclude", nargs="*", default=[], help="of these, those to leave out of `realism`")
    parser.add_argument("--recipe", default="tissue", help="recipe of solid tissue for `realism`: its name or a file")
    given = parser.parse_args()
    if given.what == "amounts":
        amounts(given.n, given.size, given.real)
    elif given.what == "memory":
        memory(given.shapes, given.formats)
    elif given.what == "sections":
        sections(given.n, given.real)
    elif given.what == "realism":
        if not given.real:
            parser.error("realism needs --real")
        realism(given.n, given.real, given.exclude, given.recipe)
    elif given.what == "planes":
        planes(given.n, given.size)
    elif given.what == "budget":
        budget(given.n)
    else:
        speed(given.n)


if __name__ == "__main__":
    main()
