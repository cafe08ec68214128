"""Precomputed volumes: read by tensorstore, in a process of its own, since none can be forked after that."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from synthem.dataset import Dataset
from synthem.errors import DataError
from synthem.tiles.objects import ObjectRecord
from synthem.tiles.volume import Volume

READ = """
import json, sys
import numpy as np
import tensorstore
layers = {}
for layer in ("image", "classes", "instances", "compartments"):
    store = {"driver": "file", "path": f"{sys.argv[1]}/{layer}/"}
    array = tensorstore.open({"driver": "neuroglancer_precomputed", "kvstore": store}).result()
    print(layer, list(array.domain.labels), list(array.domain.origin), [str(u) for u in array.dimension_units])
    layers[layer] = np.asarray(array[..., 0].read().result())
np.savez(sys.argv[2], **layers)
"""


def volume(shape=(70, 65, 130), **options):
    rng = np.random.default_rng(1)
    masks = np.zeros((6, *shape), bool)
    masks[0, :, 2:30, 3:30] = masks[5, :, 2:30, 3:5] = masks[1, 1:, 50:54] = True
    instances = np.zeros(shape, np.int32)
    instances[masks[0]], instances[masks[1]] = 3, 100_000
    records = (
        ObjectRecord(id=3, kind="mitochondrion", class_name="mitochondria"),
        ObjectRecord(id=100_000, kind="psd", class_name="psd"),
    )
    about = {"pixel_size_nm": 4.6, "spacing_nm": 50.0, "thickness_nm": 50.0, "origin": (5, -7, 12)} | options
    return Volume(
        image=rng.integers(0, 256, shape).astype(np.uint8),
        masks=masks,
        instances=instances,
        compartments=rng.integers(0, 2**31 - 1, shape).astype(np.int32),
        records=records,
        **about,
    )


@pytest.mark.skipif(find_spec("tensorstore") is None, reason="tensorstore is not installed")
@pytest.mark.parametrize("shape", [(70, 65, 130), (1, 64, 64), (3, 300, 64)])
def test_tensorstore_reads_what_was_written(tmp_path, shape):
    one = volume(shape)
    path = Dataset.from_tiles([one], n=1, shape=shape).save(tmp_path / "out", format="precomputed")
    command = [sys.executable, "-c", READ, path / "tiles/000000", tmp_path / "read.npz"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for line in said.splitlines():
        assert line.endswith("['x', 'y', 'z', 'channel'] [12, -7, 5, 0] ['4.6 nm', '4.6 nm', '50 nm', 'None']")
    with np.load(tmp_path / "read.npz") as layers:
        assert np.array_equal(layers["image"].T, one.image)
        assert np.array_equal(layers["instances"].T, one.instances)
        assert np.array_equal(layers["compartments"].T, one.compartments)
        for channel, mask in enumerate(one.masks):
            assert np.array_equal(layers["classes"].T >> channel & 1, mask)


PYRAMID = """
import sys
import numpy as np
import tensorstore
for layer in ("image", "classes", "instances"):
    for level in range(2):
        store = {"driver": "file", "path": f"{sys.argv[1]}/{layer}/"}
        about = {"driver": "neuroglancer_precomputed", "kvstore": store, "scale_index": level}
        array = tensorstore.open(about).result()
        print([str(unit) for unit in array.dimension_units[:3]], list(array.domain.origin[:3]))
        np.save(f"{sys.argv[2]}_{layer}_{level}.npy", np.asarray(array[..., 0].read().result()).T)
"""


@pytest.mark.skipif(find_spec("tensorstore") is None, reason="tensorstore is not installed")
def test_each_level_has_half_the_rows_and_columns(tmp_path):
    one = volume((2, 70, 515))
    path = Dataset.from_tiles([one], n=1, shape=(2, 70, 515)).save(tmp_path / "out", format="precomputed")
    command = [sys.executable, "-c", PYRAMID, path / "tiles/000000", tmp_path / "read"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert said[:2] == [
        "['4.6 nm', '4.6 nm', '50 nm'] [12, -7, 5]",
        "['9.2 nm', '9.2 nm', '50 nm'] [6, -4, 5]",
    ]
    image, labels = (np.load(tmp_path / f"read_{layer}_1.npy") for layer in ("image", "instances"))
    assert image.shape == (2, 35, 258)
    assert np.array_equal(labels, one.instances[:, ::2, ::2])
    means = one.image[:, :, :514].reshape(2, 35, 2, 257, 2).mean(axis=(2, 4))
    assert abs(image[:, :, :257] - means).max() <= 0.5


def test_chunks_end_with_slabs(tmp_path, monkeypatch):
    monkeypatch.setattr("synthem.io.slabs.SLAB_BYTES", 5 * 64 * 64 * 15)
    path = Dataset.from_tiles([volume((12, 64, 64))], n=1, shape=(12, 64, 64)).save(
        tmp_path / "out", format="precomputed"
    )
    about = json.loads((path / "tiles/000000/image/info").read_text())
    assert about["scales"][0]["chunk_sizes"] == [[64, 64, 5]]
    monkeypatch.undo()
    assert len(Dataset.load(path)) == 1  # whatever slabs are today


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("chunk_sizes", [[64, 64, 65]], "`chunk_sizes` in .* must be from 1 to .*64, 64, 64.*, got .*65"),
        ("chunk_sizes", [[0, 64, 64]], "`chunk_sizes` in .* must be from 1 to"),
        ("chunk_sizes", [], "cannot be read as precomputed"),
        ("size", [64, 64, 13], "must be of .*64, 64, 12.* voxels as written, got .*13"),
        ("key", "../0", "must have `data_type` uint8 and `key` 0, got 'uint8' and '../0'"),
    ],
)
def test_a_description_of_other_chunks_is_refused(tmp_path, key, value, said):
    path = Dataset.from_tiles([volume((12, 64, 64))], n=1, shape=(12, 64, 64)).save(
        tmp_path / "out", format="precomputed"
    )
    about = path / "tiles/000000/image/info"
    content = json.loads(about.read_text())
    content["scales"][0][key] = value
    about.write_text(json.dumps(content))
    with pytest.raises(DataError, match=said):
        Dataset.load(path)


def test_segments_have_names(tmp_path):
    path = Dataset.from_tiles([volume()], n=1, shape=(70, 65, 130)).save(tmp_path / "out", format="precomputed")
    named = {}
    for layer in ("classes", "instances"):
        assert json.loads((path / f"tiles/000000/{layer}/info").read_text())["segment_properties"]
        inline = json.loads((path / f"tiles/000000/{layer}/segment_properties/info").read_text())["inline"]
        named[layer] = dict(zip(inline["ids"], inline["properties"][0]["values"], strict=True))
    assert named["instances"] == {"3": "mitochondrion", "100000": "psd"}
    assert named["classes"]["2"] == "psd"
    assert named["classes"]["33"] == "mitochondria + mitochondrial_boundaries"
    assert len(named["classes"]) == 6 + 1


def test_all_combinations_of_classes_have_names_of_their_own(tmp_path):
    masks = np.array([np.arange(64).reshape(8, 8) >> channel & 1 for channel in range(6)], bool)[None]
    tiles = Dataset.from_arrays(np.zeros((1, 8, 8), np.uint8), masks)
    path = tiles.save(tmp_path / "out", format="precomputed")
    inline = json.loads((path / "tiles/000000/classes/segment_properties/info").read_text())["inline"]
    named = dict(zip(map(int, inline["ids"]), inline["properties"][0]["values"], strict=True))
    assert named == {
        number: " + ".join(name for channel, name in enumerate(tiles.classes.names) if number >> channel & 1)
        for number in range(1, 64)
    }
    assert Dataset.load(path) == tiles


def test_a_missing_chunk_is_no_background(tmp_path):
    path = Dataset.from_tiles([volume()], n=1, shape=(70, 65, 130)).save(tmp_path / "out", format="precomputed")
    shard = path / "tiles/000000/image/0/0.shard"
    content = bytearray(shard.read_bytes())
    content[-24 * 12] ^= 1  # the number of the first of 12 chunks
    shard.write_bytes(content)
    with pytest.raises(DataError, match=r"cannot be read as precomputed: .*lists other chunks"):
        Dataset.load(path)
