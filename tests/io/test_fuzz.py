"""Every reader, given what nobody wrote: it reads it, or says in an error of synthem what is wrong.

``SYNTHEM_EXAMPLES=1000`` tries more.
"""

from __future__ import annotations

import gzip
import io
import json
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from synthem import SolidScene, build_scene, load_class_table, load_recipe, load_style
from synthem._toml import read_toml
from synthem.dataset import Dataset
from synthem.errors import SynthemError
from synthem.generation.packing import unpack
from synthem.io import FORMATS, convert
from synthem.io.images import read_grey, read_labels
from synthem.io.masks import MaskReading, read_mask
from synthem.io.summary import summarise
from synthem.scene.scene import Scene
from tests.hostile import changed_bytes, changed_data

pytestmark = pytest.mark.filterwarnings("ignore")  # those of packages that read broken files


def read_or_said(read, *arguments, **options):
    """Return what is read, or None if an error of synthem says what is wrong."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return read(*arguments, **options)
        except SynthemError as error:
            assert str(error)  # noqa: PT017
            return None


def pictures() -> dict[str, bytes]:
    """Return small files of many kinds by their names."""
    rng = np.random.default_rng(0)
    grey = rng.integers(0, 256, (16, 24), dtype=np.uint8)
    mask = (grey > 200).astype(np.uint8) * 255
    found = {"grey.png": cv2.imencode(".png", grey)[1].tobytes(), "mask.png": cv2.imencode(".png", mask)[1].tobytes()}
    for kind, ending in (("JPEG", "jpg"), ("PNG", "png"), ("TIFF", "tif")):
        for mode in ("L", "RGB", "P", "1", "LA" if kind != "JPEG" else "L"):
            if kind == "JPEG" and mode in ("P", "1"):
                continue
            stream = io.BytesIO()
            Image.fromarray(grey).convert(mode).save(stream, kind)
            found[f"{mode}.{ending}"] = stream.getvalue()
    for name in ("tiff_lzw", "packbits"):
        stream = io.BytesIO()
        Image.fromarray(grey).save(stream, "TIFF", compression=name)
        found[f"{name}.tif"] = stream.getvalue()
    for name, options in {
        "zlib": {"compression": "zlib"},
        "lzma": {"compression": "lzma"},
        "tiled": {"tile": (16, 16), "compression": "zlib"},
        "imagej": {"imagej": True},
        "big": {"bigtiff": True},
    }.items():
        stream = io.BytesIO()
        tifffile.imwrite(stream, grey, photometric="minisblack", **options)
        found[f"{name}.tif"] = stream.getvalue()
    return found


PICTURES = pictures()


@given(st.data())
def test_pictures(tmp_path, data):
    name = data.draw(st.sampled_from(sorted(PICTURES)))
    path = tmp_path / name
    path.write_bytes(data.draw(changed_bytes(PICTURES[name])))
    for read in (read_grey, read_mask, read_labels):
        found = read_or_said(read, path)
        assert found is None or is_plane(found)


def is_plane(found) -> bool:
    """Whether a picture was read, or a mask with what was done to it."""
    plane = found.mask if isinstance(found, MaskReading) else found
    return plane.ndim == 2 and plane.size > 0


@pytest.fixture(scope="module", params=FORMATS)
def saved(request, tmp_path_factory):
    """A small dataset in a format, made by the fixture of made-up tiles."""
    from tests.conftest import SquaresScene

    scene = SquaresScene()
    tiles = Dataset.from_tiles(
        (scene.render(7, i) for i in range(2)), n=2, shape=scene.shape, seed=7, config=scene.to_dict()
    )
    return tiles.save(tmp_path_factory.mktemp(request.param) / "out", format=request.param)


def put_back(path: Path, content: bytes, check):
    before = path.read_bytes()
    path.write_bytes(content)
    try:
        return check()
    finally:
        path.write_bytes(before)


@given(st.data())
def test_files_of_datasets(saved, data):
    files = sorted(path for path in saved.rglob("*") if path.is_file())
    path = data.draw(st.sampled_from(files))
    content = data.draw(changed_bytes(path.read_bytes()))

    def check():
        found = read_or_said(Dataset.load, saved)
        assert found is None or len(found) == 2
        assert read_or_said(summarise, saved) is not None or found is None  # what loads has a summary

    put_back(path, content, check)


@given(st.data())
def test_manifests_and_lists_of_tiles(saved, tmp_path, data):
    path = saved / data.draw(st.sampled_from(["manifest.json", "tiles.jsonl"]))
    lines = path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()]
    texts = [json.dumps(data.draw(changed_data(json.loads(lines[0])))), *lines[1:]]

    def check():
        found = read_or_said(Dataset.load, saved)
        read_or_said(summarise, saved)
        if found is not None:
            assert_finite(found)
            read_or_said(found.save, tmp_path / "again", format="npz", overwrite=True)
        assert not (saved.parent / "etc").exists()

    put_back(path, "\n".join(texts).encode(errors="surrogatepass"), check)


def assert_finite(tiles: Dataset) -> None:
    """No number that is read is infinite or none."""
    for tile in tiles:
        for item in tile.objects:
            numbers = [*item.pose.values(), *(v for v in item.parameters.values() if isinstance(v, float))]
            assert np.isfinite(numbers).all()
            assert all(np.isfinite(ring).all() for ring in item.rings)
        assert tile.pixel_size_nm is None or 0 < tile.pixel_size_nm < np.inf
    assert json.dumps(tiles.config, allow_nan=False)  # a text may say NaN, no number may be it


@given(st.data())
def test_arrays_of_others(tmp_path, data):
    path = tmp_path / "arrays.npz"
    stream = io.BytesIO()
    np.savez_compressed(stream, raw=np.zeros((2, 64, 64), np.uint8), mito=np.ones((2, 64, 64), bool))
    path.write_bytes(data.draw(changed_bytes(stream.getvalue())))
    names = {"image": "raw", "mitochondria": "mito"}
    done = read_or_said(convert, path, tmp_path / "out", format="npz", names=names, overwrite=True)
    assert {item.name for item in tmp_path.iterdir()} <= {"arrays.npz", "out"}  # nothing half-written stays
    assert done is None or len(Dataset.load(tmp_path / "out")) == 2


TABLES = {
    load_recipe: ("tissue", load_recipe("paper").to_toml()),
    load_style: ("any", load_style("any").to_toml()),
    load_class_table: ("all", load_class_table("all").to_toml()),
}


@pytest.mark.parametrize("load", TABLES, ids=lambda load: load.__name__)
class TestToml:
    @given(st.data())
    def test_bytes(self, tmp_path, load, data):
        (tmp_path / "own.toml").write_bytes(data.draw(changed_bytes(TABLES[load][1].encode())))
        found = read_or_said(load, tmp_path / "own.toml")
        assert found is None or isinstance(found, type(load(TABLES[load][0])))

    @given(st.data())
    def test_values(self, tmp_path, load, data):
        path = tmp_path / "own.toml"
        path.write_text(TABLES[load][1])
        changed = data.draw(changed_data(read_toml(path)))
        text = read_or_said(toml_of, changed)
        if text is not None:
            path.write_text(text, encoding="utf-8", errors="replace")
            found = read_or_said(load, path)
            if found is not None:  # what is accepted can be written and read again
                path.write_text(found.to_toml(), encoding="utf-8")
                assert load(path) == found

    @pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "[" * 500 + "]" * 500, "a" + ".a" * 5000 + " = 1"])
    def test_deep_nesting(self, tmp_path, load, text):
        (tmp_path / "own.toml").write_text(text)
        assert read_or_said(load, tmp_path / "own.toml") is None


def toml_of(data: object) -> str:
    """Return plain data as TOML, on one line per key."""
    from synthem._toml import _toml_key, _toml_value

    if not isinstance(data, dict):
        return ""
    lines = [f"{_toml_key(key)} = {_toml_value(value)}" for key, value in data.items() if value is not None]
    return "\n".join(lines).replace("None", '"none"') + "\n"


CONFIG = json.loads(json.dumps(build_scene("paper", shape=(64, 64), classes="all").to_dict()))


@given(st.data())
def test_configurations_of_scenes(data):
    found = read_or_said(Scene.from_dict, data.draw(changed_data(CONFIG)))
    assert found is None or Scene.from_dict(found.to_dict()).to_dict() == found.to_dict()


SOLID = json.loads(json.dumps(SolidScene(shape=(4, 64, 64)).to_dict()))


@given(st.data())
def test_configurations_of_volumes(data):
    found = read_or_said(SolidScene.from_dict, data.draw(changed_data(SOLID)))
    assert found is None or SolidScene.from_dict(found.to_dict()).to_dict() == found.to_dict()


@pytest.mark.parametrize("value", [None, [], "scene", 3, {}])
def test_what_is_no_configuration(value):
    for kind in (Scene, SolidScene):
        assert read_or_said(kind.from_dict, value) is None


@given(st.data())
def test_packed_recipes(tmp_path, data):
    sums = {"images": "0" * 64, "masks": "0" * 64}
    package = {"layout": "npz", "n": 1, "start": 0, "seed": 1, "tiles_per_file": 10, "versions": {}, "sha256": sums}
    text = json.dumps(data.draw(changed_data({"format": "synthem-recipe", "version": 1, **package, "config": {}})))
    content = gzip.compress(text.encode(errors="surrogatepass"))
    (tmp_path / "a.synthem").write_bytes(data.draw(st.just(content) | changed_bytes(content)))
    assert read_or_said(unpack, tmp_path / "a.synthem", tmp_path / "out") is None  # its sums are those of no tile
    assert {item.name for item in tmp_path.iterdir()} == {"a.synthem"}


def test_groups_within_groups_are_refused_in_the_end():
    group: object = {"type": "Axon"}
    for _ in range(3000):
        group = {"type": "Group", "count": 1, "kind": "group", "children": [[group, [0, 0, 0, 1]]]}
    assert read_or_said(Scene.from_dict, {**CONFIG, "organelles": [group]}) is None


@pytest.mark.parametrize("name", ["manifest.json", "tiles.jsonl"])
def test_deep_nesting_in_datasets(saved, name):
    for text in ("[" * 100_000, '{"a":' * 5000, '{"version": ' + "[" * 5000 + "]" * 5000 + "}"):
        for read in (Dataset.load, summarise):
            found = put_back(saved / name, text.encode(), lambda read=read: read_or_said(read, saved))
            assert found is None, "it was read"
