"""Volumes that are written slab by slab are those that are written whole, to the byte."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import synthem
from synthem.errors import ConfigError
from synthem.io import FORMATS
from synthem.io.formats import TRAITS, check_format
from synthem.io.manifest import read_manifest

SHAPE = (7, 64, 80)
SECTION = 64 * 80 * 15
able = [name for name in FORMATS if TRAITS[name].slabs]


@pytest.fixture(scope="module")
def volumes():
    return synthem.generate(2, shape=SHAPE, seed=3)


@pytest.fixture
def thin(monkeypatch):
    """Slabs of three sections."""
    monkeypatch.setattr("synthem.io.slabs.SLAB_BYTES", 3 * SECTION)


def tree(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("format", able)
def test_slabs_give_the_bytes_of_the_whole(volumes, tmp_path, thin, format, workers):
    if TRAITS[format].packages:
        pytest.importorskip(TRAITS[format].packages[-1])
    about = {"shape": SHAPE, "seed": 3, "format": format, "workers": workers}
    streamed = synthem.generate_files(tmp_path / "slabs", 2, **about)
    assert tree(streamed) == tree(volumes.save(tmp_path / "whole", format=format))
    assert synthem.Dataset.load(streamed) == volumes


@pytest.mark.slow
def test_only_slabs_are_rendered(tmp_path, thin, monkeypatch):
    seen = []
    plain = synthem.solid.layout.SolidLayout.render

    def watched(self, style=None, *, sections=None):
        seen.append(sections)
        return plain(self, style, sections=sections)

    monkeypatch.setattr("synthem.solid.layout.SolidLayout.render", watched)
    synthem.generate_files(tmp_path / "a", 1, shape=SHAPE, seed=3)
    assert seen == [range(3), range(3, 6), range(6, 7)]


@pytest.mark.slow
def test_sections_are_counted_as_they_are_written(tmp_path, thin, monkeypatch):
    ticks = []

    def watched(job, folder, parts, workers, tick):
        make(job, folder, parts, workers, ticks.append)

    make = synthem.generation.jobs.make_parts
    monkeypatch.setattr("synthem.generation.jobs.make_parts", watched)
    synthem.generate_files(tmp_path / "a", 1, shape=SHAPE, seed=3)
    assert ticks == [3, 3, 1]
    ticks.clear()
    synthem.generate_files(tmp_path / "b", 4, shape=SHAPE, seed=3, workers=2)
    assert ticks == [7, 7, 7, 7]


@pytest.mark.slow
def test_sections_of_a_layout_are_those_of_the_whole():
    layout = synthem.SolidScene(shape=SHAPE).sample(3, origin=(-2, 5, 9))
    whole, some = layout.render(), layout.render(sections=range(2, 5))
    assert some.origin == (0, 5, 9)
    for name in ("image", "instances", "compartments"):
        assert np.array_equal(getattr(some, name), getattr(whole, name)[2:5])
    assert np.array_equal(some.masks, whole.masks[:, 2:5])
    for wrong in (range(3, 8), range(-1, 3), range(4, 4), range(0, 6, 2)):
        with pytest.raises(ConfigError, match="`sections` must be a range within the 7 sections of the block, got"):
            layout.render(sections=wrong)


RUN = """
import signal, sys, synthem.io.slabs
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background of a shell may ignore it
synthem.io.slabs.SLAB_BYTES = 3 * 64 * 80 * 15
synthem.generate_files(sys.argv[1], 3, shape=(200, 64, 80), seed=3, resume=sys.argv[2] == "resume", progress=False)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
@pytest.mark.parametrize("how", ["plain", "resume"])
def test_an_interrupt_leaves_nothing_half_written_and_resume_goes_on(tmp_path, how):
    run = subprocess.Popen([sys.executable, "-c", RUN, tmp_path / "a", how], stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 120
    while len(list(tmp_path.rglob("*_z0003.png"))) < 2 and run.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    run.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in run.communicate()[1]
    assert not (tmp_path / "a").exists()
    if how == "plain":
        assert list(tmp_path.iterdir()) == []
        return
    synthem.generate_files(tmp_path / "a", 3, shape=(200, 64, 80), seed=3, resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert len(read_manifest(tmp_path / "a").names) == 3
    assert synthem.generation.verify(tmp_path / "a").ok


class StoppedError(Exception):
    pass


@pytest.fixture
def rendered(monkeypatch):
    """Sections of the slabs that are rendered in this process; before the one that begins with `stop` it raises."""
    seen, plain = [], synthem.solid.layout.SolidLayout.render

    def watched(self, style=None, *, sections=None):
        if sections.start == watched.stop:
            raise StoppedError
        seen.append(sections)
        return plain(self, style, sections=sections)

    watched.stop = None
    monkeypatch.setattr("synthem.solid.layout.SolidLayout.render", watched)
    return watched, seen


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("format", able)
def test_a_stopped_volume_goes_on_with_the_next_slab(volumes, tmp_path, thin, rendered, format, workers):
    if TRAITS[format].packages:
        pytest.importorskip(TRAITS[format].packages[-1])
    about = {"shape": SHAPE, "seed": 3, "format": format, "resume": True}
    watched, seen = rendered
    watched.stop = 6
    with pytest.raises(StoppedError):
        synthem.generate_files(tmp_path / "a", 2, **about)
    assert seen == [range(3), range(3, 6)]
    assert len(list(tmp_path.rglob("*.slabs/*.zip"))) == 2
    seen.clear()
    watched.stop = None
    path = synthem.generate_files(tmp_path / "a", 2, **about, workers=workers)
    assert seen[:1] == [range(6, 7)]
    assert workers > 1 or seen == [range(6, 7), range(3), range(3, 6), range(6, 7)]
    assert tree(path) == tree(volumes.save(tmp_path / "whole", format=format))


@pytest.mark.slow
def test_a_kept_slab_that_is_damaged_is_made_again(volumes, tmp_path, thin, rendered):
    about = {"shape": SHAPE, "seed": 3, "resume": True}
    watched, seen = rendered
    watched.stop = 6
    with pytest.raises(StoppedError):
        synthem.generate_files(tmp_path / "a", 1, **about)
    kept = sorted(tmp_path.rglob("*.slabs/*.zip"))
    content = bytearray(kept[1].read_bytes())
    content[len(content) // 2] ^= 1
    kept[1].write_bytes(content)
    watched.stop = None
    path = synthem.generate_files(tmp_path / "a", 1, **about)
    assert range(3) in seen[:1]
    assert sorted(seen[2:], key=lambda one: one.start) == [range(3, 6), range(6, 7)]
    assert synthem.Dataset.load(path)[0] == volumes[0]


@pytest.mark.slow
def test_without_resume_no_slab_is_kept(tmp_path, thin, monkeypatch):
    kept = []
    monkeypatch.setattr("synthem.io.kept_slabs.KeptSlabs.save", lambda *about: kept.append(about))
    synthem.generate_files(tmp_path / "a", 1, shape=SHAPE, seed=3)
    assert kept == []


def test_formats_say_whether_they_stream():
    assert able == ["folders", "tiff", "ome-zarr", "precomputed", "nnunet", "hdf5", "hdf5-main"]
    assert not check_format("npz", axes=3).slabs
