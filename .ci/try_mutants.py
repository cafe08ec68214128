"""A sample of small faults put into the source, one at a time: the tests must find each.

    python -m venv mutants && mutants/bin/pip install cosmic-ray
    mutants/bin/python .ci/try_mutants.py --python .venv/bin/python [--most 10] [--seed 0] [seeds.py io/masks.py ...]

Cosmic-ray says what can be changed, such as a number, a comparison or an operator. A fault is one of those of a random
place, so that lines with many variants do not weigh more. Faults in annotations are left out. The source is a copy, so
that a run that is killed leaves nothing. What is printed of a fault that no test found is either a gap, or changes
nothing that can be seen. That tests do not end may be due to the fault, or to other work on the machine.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).resolve().parent.parent

COMES_BACK = "io/test_saving.py::test_a_dataset_comes_back_equal"
FILES = "io/storage/test_files.py::test"
TESTS = {
    "seeds.py": ("test_seeds.py", "test_golden_hashes.py"),
    "tissue/placement.py": ("tissue/test_placement.py", "tissue/test_base.py"),
    "tissue/membrane_layer.py": ("tissue/test_membrane_layer.py", "test_golden_hashes.py"),
    "kernels/masks.py": ("kernels/test_masks.py",),
    "labels/class_table.py": ("labels/test_class_table.py", "labels/test_shipped.py"),
    "io/masks.py": ("io/test_masks.py",),
    "io/manifest.py": ("io/test_manifest.py", "io/test_formats.py"),
    "io/listing.py": ("io/test_epfl6.py",),
    "io/foreign.py": ("io/test_foreign.py", "io/test_converting.py"),
    "parameters.py": ("test_parameters.py", "tissue/test_base.py"),
    "io/images.py": ("io/test_images.py", "io/test_size_limit.py::TestLimit"),
    "io/staging.py": ("io/test_staging.py",),
    "io/storage/coco.py": (f"{COMES_BACK}[coco]", f"{FILES}_annotations_keep_holes_and_tell_crowds_from_objects"),
    "io/storage/hdf5.py": (f"{COMES_BACK}[hdf5]", f"{FILES}_hdf5_has_raw_and_labels_along_zyx"),
    "io/storage/hf.py": (
        *(f"{COMES_BACK}[hf]", f"{FILES}_parquet_has_a_row_per_tile_and_is_described"),
        f"{FILES}_parquet_rows_of_other_tiles_are_refused",
    ),
    "io/storage/nnunet.py": (f"{COMES_BACK}[nnunet]", "io/storage/test_nnunet.py"),
    "io/storage/npz.py": (f"{COMES_BACK}[npz]", f"{FILES}_npz_is_compressed_and_has_no_pickles"),
    "io/storage/ome_zarr.py": (f"{COMES_BACK}[ome-zarr]", "io/storage/test_ome_zarr.py"),
    "io/storage/precomputed.py": (f"{COMES_BACK}[precomputed]", "io/storage/test_precomputed.py"),
    "io/storage/tiff.py": (f"{COMES_BACK}[tiff]", "io/storage/test_tiff.py"),
    "io/storage/webdataset.py": (f"{COMES_BACK}[webdataset]", f"{FILES}_samples_have_a_picture_per_plane_and_no_dates"),
    "generation/tile_request.py": ("generation/test_tile_request.py", "generation/test_requests.py"),
    "generation/jobs.py": ("generation/test_jobs.py",),
    "generation/verification.py": ("generation/test_verification.py",),
    "painting/paint_list.py": ("kernels/test_raster.py", "kernels/test_shading.py"),
    "painting/canvas.py": ("painting/test_canvas.py", "kernels/test_raster.py", "scene/test_drawing.py"),
    "geometry/territory.py": ("tissue/test_base.py", "scene/test_drawing.py"),
    "geometry/poses.py": ("geometry/test_poses.py", "kernels/test_raster.py", "kernels/test_outlines.py"),
    "tissue/claims.py": ("tissue/test_base.py", "scene/test_drawing.py", "scene/test_synapses.py"),
    "tissue/free_space.py": ("tissue/test_free_space.py", "tissue/test_base.py", "tissue/test_placement.py"),
    "kernels/occupancy.py": ("kernels/test_occupancy.py",),
    "kernels/packing.py": ("kernels/test_occupancy.py",),
    "instrument/section_artifacts.py": ("instrument/test_section_artifacts.py",),
    "solid/recipe.py": ("solid/test_recipe.py", "solid/test_scene.py"),
    "solid/bodies.py": ("solid/test_own_bodies.py",),
    "solid/growth.py": ("solid/test_growth.py", "solid/test_exact.py"),
}
"""Modules, and the tests that are to find faults in them."""


class _Bare(ast.NodeTransformer):
    """Leave out annotations, which are not run, and what documents."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)


def bare(code: str) -> str:
    """Return what is run of a module, or the empty text if it is not Python."""
    try:
        return ast.dump(_Bare().visit(ast.parse(code)))
    except SyntaxError:
        return ""


def sample(code: str, most: int, rng: random.Random) -> Iterator[tuple[str, str]]:
    """Yield the names of operators and faulty code, of as many places."""
    places, nodes = defaultdict(list), list(ast_nodes(get_ast(code)))
    for name in operator_names():
        if get_operator(name).arguments():
            continue
        operator = get_operator(name)()
        positions = [place for node in nodes for place in operator.mutation_positions(node)]
        for occurrence, place in enumerate(positions):
            places[place].append((name, occurrence))
    order = sorted(places)
    rng.shuffle(order)
    original, found = bare(code), 0
    for place in order:
        name, occurrence = rng.choice(places[place])
        try:
            faulty = mutate_code(code, get_operator(name)(), occurrence)
        except AttributeError:  # cosmic-ray 8.7 cannot replace an exception with a dot in its name
            continue
        if faulty is not None and bare(faulty) not in ("", original):
            yield name, faulty
            found += 1
        if found == most:
            return


def outcome(python: Path, copy: Path, tests: list[str], cache: Path | None, limit: float | None) -> str:
    """Return what tests say of the copy; kernels are compiled anew where a cache of their own is given."""
    own = {}
    if cache is not None:
        shutil.rmtree(cache, ignore_errors=True)
        own = {"NUMBA_CACHE_DIR": str(cache)}
    command = [str(python), "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(copy), "CI": "1", **own}
    try:
        done = subprocess.run(command, cwd=copy, env=environment, timeout=limit, capture_output=True)
    except subprocess.TimeoutExpired:
        return "does not end"
    return "found" if done.returncode else "NOT FOUND"


def main() -> None:
    """Try the sample, and print each fault with what became of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", default=list(TESTS), help="within synthem, default all that have tests")
    parser.add_argument("--python", type=Path, required=True, help="interpreter that runs the tests")
    parser.add_argument("--most", type=int, default=10, help="faults per module")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        copy, missed = Path(work) / "copy", 0
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "shared", "docs"))
        for module in asked.modules:
            path, tests = copy / "synthem" / module, [f"tests/{test}" for test in TESTS[module]]
            cache = Path(work) / "cache" if module.startswith("kernels/") else None
            code, begin = path.read_text(encoding="utf-8"), time.monotonic()
            if outcome(asked.python.absolute(), copy, tests, cache, None) != "NOT FOUND":
                sys.exit(f"{', '.join(tests)} fail without a fault")
            limit = 60 + 5 * (time.monotonic() - begin)
            for name, faulty in sample(code, asked.most, random.Random(f"{asked.seed} {module}")):
                path.write_text(faulty, encoding="utf-8")
                said = outcome(asked.python.absolute(), copy, tests, cache, limit)
                missed += said == "NOT FOUND"
                print(f"{module}: {name}: {said}", flush=True)
                changed = difflib.unified_diff(code.splitlines(), faulty.splitlines(), lineterm="", n=0)
                print("\n".join(f"    {line}" for line in list(changed)[2:]), flush=True)
            path.write_text(code, encoding="utf-8")
    print(f"{missed} not found")


if __name__ == "__main__":
    main()
