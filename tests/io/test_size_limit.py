"""What claims to be larger than is allowed, or never ends, is refused before memory is taken for it."""

from __future__ import annotations

import io
import json
import os
import struct
import subprocess
import sys
import zlib

import h5py
import numpy as np
import pytest
import tifffile
from PIL import Image

from synthem.dataset import Dataset
from synthem.errors import ConfigError, DataError
from synthem.io import FORMATS, convert
from synthem.io.formats import load_format
from synthem.io.images import read_grey
from synthem.io.manifest import MANIFEST, read_manifest
from synthem.io.size_limit import MAX_PIXELS, check_pixel_count, max_pixels


def with_png_size(data: bytes, height: int, width: int) -> bytes:
    """Return a PNG whose header claims another size."""
    changed = bytearray(data)
    changed[16:24] = struct.pack(">II", width, height)
    changed[29:33] = struct.pack(">I", zlib.crc32(bytes(changed[12:29])))
    return bytes(changed)


def encoded(kind: str, shape: tuple[int, int]) -> bytes:
    """Return a black picture."""
    stream = io.BytesIO()
    Image.new("L", shape[::-1]).save(stream, kind)
    return stream.getvalue()


class TestLimit:
    @pytest.mark.parametrize(("ending", "kind"), [("png", "PNG"), ("jpg", "JPEG"), ("tif", "TIFF")])
    def test_it_is_kept_to_the_pixel(self, tmp_path, monkeypatch, ending, kind):
        path = tmp_path / f"a.{ending}"
        path.write_bytes(encoded(kind, (40, 50)))
        monkeypatch.setenv(MAX_PIXELS, "2000")
        assert read_grey(path).shape == (40, 50)
        monkeypatch.setenv(MAX_PIXELS, "1999")
        with pytest.raises(DataError, match=rf"a\.{ending} must have at most 1999 pixels .*{MAX_PIXELS}.*, got 40x50"):
            read_grey(path)

    def test_a_bomb_is_refused_by_its_header(self, tmp_path):
        path = tmp_path / "a.png"
        path.write_bytes(with_png_size(encoded("PNG", (8, 8)), 2**16, 2**16))
        with pytest.raises(DataError, match=r"must have at most 268435456 pixels .* got 65536x65536"):
            read_grey(path)

    @pytest.mark.parametrize("text", ["", "0", "-5", "1e6", "many", "9" * 30, "\u0661"])
    def test_it_is_a_whole_number(self, monkeypatch, text):
        monkeypatch.setenv(MAX_PIXELS, text)
        with pytest.raises(ConfigError, match=f"`{MAX_PIXELS}` must be a whole number of pixels from 1, got"):
            max_pixels()

    def test_without_the_variable_it_is_that_of_a_large_slice(self, monkeypatch):
        monkeypatch.delenv(MAX_PIXELS, raising=False)
        check_pixel_count("it", 2**14, 2**14)
        with pytest.raises(DataError, match="got 16384x16385"):
            check_pixel_count("it", 2**14, 2**14 + 1)

    @pytest.mark.parametrize("format", FORMATS)
    def test_datasets_keep_it(self, dataset, tmp_path, monkeypatch, format):
        path = dataset[:2].save(tmp_path / "out", format=format)
        monkeypatch.setenv(MAX_PIXELS, "4096")
        assert Dataset.load(path) == dataset[:2]
        monkeypatch.setenv(MAX_PIXELS, "4095")
        with pytest.raises(DataError, match=r"`shape` in .* must have at most 4095 pixels"):
            Dataset.load(path)

    @pytest.mark.parametrize("ending", ["h5", "npz"])
    def test_arrays_of_others_keep_it(self, tmp_path, ending):
        path, most = tmp_path / f"a.{ending}", 2**15
        if ending == "h5":
            with h5py.File(path, "w") as file:  # chunks that are not there take no room on disk
                for name in ("raw", "mito"):
                    file.create_dataset(name, (1, most, most), np.uint8, chunks=(1, 1024, 1024))
        else:
            write_claim(path, {"raw": (most, most), "mito": (most, most)})
        with pytest.raises(DataError, match=r"raw must have at most 268435456 pixels .* got (1x)?32768x32768"):
            convert(path, tmp_path / "out", format="npz", names={"image": "raw", "mitochondria": "mito"})


def write_claim(path, shapes):
    """Write an NPZ file whose arrays claim to be larger than they are."""
    import zipfile

    with zipfile.ZipFile(path, "w") as archive:
        for name, shape in shapes.items():
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array_header_1_0(member, {"descr": "|u1", "fortran_order": False, "shape": shape})
                member.write(bytes(64))


SEGMENT_BOMB = """
import io, lzma, resource, struct, sys, zlib
sys.modules["imagecodecs"] = None  # which would stop where the pixels end
from pathlib import Path
from synthem.errors import DataError
from synthem.io.images import read_grey

most = 2**31
if sys.argv[2] == "deflate":
    code, packer = 8, zlib.compressobj(9)
    segment = b"".join(packer.compress(bytes(2**24)) for _ in range(most // 2**24)) + packer.flush()
else:
    code, packer = 34925, lzma.LZMACompressor(preset=1)
    segment = b"".join(packer.compress(bytes(2**24)) for _ in range(most // 2**24)) + packer.flush()
tags = [(256, 16), (257, 16), (258, 8), (259, code), (262, 1), (273, 8), (277, 1), (278, 16), (279, len(segment))]
entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
path = Path(sys.argv[1])
path.write_bytes(struct.pack("<2sHI", b"II", 42, 8 + len(segment)) + segment + struct.pack("<H", len(tags)) + entries
                 + bytes(4))
import tifffile
resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
try:
    read_grey(path)
except DataError as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits memory")
@pytest.mark.parametrize("kind", ["deflate", "lzma"])
def test_compressed_data_that_go_on_are_refused(tmp_path, kind):
    run = subprocess.run(
        [sys.executable, "-c", SEGMENT_BOMB, tmp_path / "a.tif", kind], check=True, capture_output=True, text=True
    )
    assert "its compressed data go on beyond its pixels" in run.stdout, run.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no pipes")
class TestPipes:
    @pytest.mark.parametrize("ending", ["png", "tif", "jpg"])
    def test_a_pipe_is_no_picture(self, tmp_path, ending):
        os.mkfifo(tmp_path / f"a.{ending}")
        with pytest.raises(DataError, match=r"cannot be read: it is no file"):
            read_grey(tmp_path / f"a.{ending}")

    @pytest.mark.parametrize("format", FORMATS)
    def test_nothing_in_a_dataset_is_waited_for(self, dataset, tmp_path, format):
        path = dataset[:2].save(tmp_path / "out", format=format)
        for name in (MANIFEST, "tiles.jsonl", *load_format(format).owned_files(read_manifest(path))):
            content = (path / name).read_bytes()
            (path / name).unlink()
            os.mkfifo(path / name)
            try:
                Dataset.load(path)
            except DataError as error:
                assert "no file" in str(error) or name == MANIFEST  # noqa: PT017
            (path / name).unlink()
            (path / name).write_bytes(content)

    @pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="has no devices")
    def test_a_link_to_a_device_is_no_picture(self, tmp_path):
        (tmp_path / "a.png").symlink_to("/dev/zero")
        with pytest.raises(DataError, match="it is no file"):
            read_grey(tmp_path / "a.png")


def test_pages_of_artifacts_keep_the_limit(dataset, tmp_path, monkeypatch):
    from synthem.io.artifact_files import ArtifactEntry, read_artifacts

    (tmp_path / "artifacts").mkdir()
    tifffile.imwrite(tmp_path / "artifacts" / "a.tif", np.zeros((64, 64), np.uint8))
    entry = ArtifactEntry(name="fold", moves=False, hides=False)
    assert len(read_artifacts(tmp_path, "a", [entry], (64, 64))) == 1
    monkeypatch.setenv(MAX_PIXELS, "4000")
    with pytest.raises(DataError, match="must have at most 4000 pixels"):
        read_artifacts(tmp_path, "a", [entry], (64, 64))


def test_a_volume_keeps_the_limit_of_each_file(tmp_path, monkeypatch):
    from synthem.io.storage.nnunet import _read

    tifffile.imwrite(tmp_path / "a.tif", np.zeros((4, 64, 64), np.uint8), photometric="minisblack")
    monkeypatch.setenv(MAX_PIXELS, str(4 * 64 * 64 - 1))
    with pytest.raises(DataError, match="must have at most 16383 pixels"):
        _read(tmp_path / "a.tif", (4, 64, 64))


def test_each_section_of_a_volume_is_looked_at(tmp_path, monkeypatch):
    from synthem.io.storage.nnunet import _read

    pages = [zlib.compress(bytes(64 * 64)), zlib.compress(bytes(2**20))]
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for page in pages:
            options = {"rowsperstrip": 64, "compression": "zlib", "photometric": "minisblack", "metadata": None}
            file.write(iter([page]), shape=(64, 64), dtype=np.uint8, **options)
    monkeypatch.setattr("synthem.io.size_limit.HARMLESS", 2**16)
    monkeypatch.setattr("synthem.io.size_limit._has_imagecodecs", lambda: False)
    with pytest.raises(DataError, match="its compressed data go on beyond its pixels"):
        _read(tmp_path / "a.tif", (2, 64, 64))


def test_run_lengths_of_another_size_are_refused_before_they_are_decoded(dataset, tmp_path):
    path = dataset[:1].save(tmp_path / "out", format="coco") / "annotations.json"
    content = json.loads(path.read_text())
    content["annotations"][0]["segmentation"]["size"] = [10**6, 10**6]
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match=r"must be of size \(64, 64\), got \(1000000, 1000000\)"):
        Dataset.load(tmp_path / "out")


def ring_of_pages(path):
    """Write a TIFF of two pages, the second of which leads back to the first."""
    with tifffile.TiffWriter(path) as file:
        for _ in range(2):
            file.write(np.zeros((64, 64), np.uint8), photometric="minisblack", metadata=None)
    with tifffile.TiffFile(path) as file:
        first, last = file.pages[0].offset, file.pages[1].offset
        after = last + file.tiff.tagnosize + len(file.pages[1].tags) * file.tiff.tagsize
    content = bytearray(path.read_bytes())
    content[after : after + 4] = first.to_bytes(4, "little")
    path.write_bytes(bytes(content))
    return first


@pytest.mark.parametrize("reader", ["picture", "stack", "volume", "artifacts"])
def test_pages_that_lead_back_to_one_another_are_refused(tmp_path, reader):
    from synthem.io.artifact_files import ArtifactEntry, read_artifacts
    from synthem.io.storage.nnunet import _read
    from synthem.io.storage.tiff import _opened

    (tmp_path / "artifacts").mkdir()
    path = tmp_path / "artifacts" / "a.tif"
    first, entry = ring_of_pages(path), ArtifactEntry(name="fold", moves=False, hides=False)
    read = {
        "picture": lambda: read_grey(path),
        "stack": lambda: _opened(path, (2, 64, 64), np.dtype(np.uint8)),
        "volume": lambda: _read(path, (2, 64, 64)),
        "artifacts": lambda: read_artifacts(tmp_path, "a", [entry], (64, 64)),
    }[reader]
    with pytest.raises(DataError, match=f"its pages lead back to the one at byte {first}"):
        read()
