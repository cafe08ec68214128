"""What does not fit into memory is refused before it is made."""

import pytest

import synthem
from synthem.errors import ConfigError
from synthem.labels import EPFL6
from synthem.tiles import memory
from synthem.tiles.memory import available_memory, check_fits

SHAPE = (1024, 4096, 4096)


@pytest.fixture
def little(monkeypatch):
    """A system with one gigabyte left."""
    monkeypatch.setattr(memory, "available_memory", lambda: 10**9)


def test_the_system_tells_what_is_available(monkeypatch, tmp_path):
    assert available_memory() > 2**20
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:       7 kB\n")
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    for name, text in (("LIMIT", "8000"), ("USED", "5000"), ("USES", "anon 1\ninactive_file 2000\n")):
        monkeypatch.setattr(memory, name, tmp_path / name)
        (tmp_path / name).write_text(text)
    assert available_memory() == 5000
    (tmp_path / "LIMIT").write_text("max\n")
    assert available_memory() == 7 * 1024


@pytest.mark.parametrize("text", [None, "", "MemTotal: 9 kB\n", "MemAvailable:\n", "MemAvailable: much\n"])
def test_a_system_that_tells_otherwise_is_asked_for_all_its_memory(monkeypatch, tmp_path, text):
    if text is not None:
        (tmp_path / "meminfo").write_text(text)
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "LIMIT", tmp_path / "none")
    monkeypatch.setattr(memory.os, "sysconf", {"SC_PHYS_PAGES": 1000, "SC_PAGE_SIZE": 4096}.__getitem__, raising=False)
    assert available_memory() == 4096000
    monkeypatch.delattr(memory.os, "sysconf")
    assert available_memory() is None


def test_what_fits_passes(little):
    check_fits((64, 256, 256), EPFL6)
    check_fits((64, 256, 256), EPFL6, n=10)
    with pytest.raises(ConfigError, match=r"got 11 volumes of 64x256x256 voxels, which need 0\.7 GB where 1\.0 GB"):
        check_fits((64, 256, 256), EPFL6, n=11)


def test_nothing_is_refused_where_the_system_does_not_tell(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: None)
    check_fits(SHAPE, EPFL6)


@pytest.mark.parametrize(
    "ask",
    [
        lambda folder: synthem.generate(1, shape=SHAPE, seed=0),
        lambda folder: next(synthem.iter_tiles(1, shape=SHAPE, seed=0)),
        lambda folder: synthem.SolidScene(shape=SHAPE).render(0),
        lambda folder: synthem.generate_files(folder / "a", 1, shape=SHAPE, seed=0, format="npz"),
    ],
    ids=["generate", "iter_tiles", "render", "npz"],
)
def test_a_volume_that_does_not_fit_is_refused_with_the_call_that_writes_it(little, tmp_path, ask):
    message = (
        r"`shape` must ask for what fits into memory, got a volume of 1024x4096x4096 voxels, which need 257\.7 GB "
        r"where 1\.0 GB are available; synthem\.generate_files\(path, n, shape=\(1024, 4096, 4096\), "
        r"format=\"folders\"\)"
    )
    with pytest.raises(ConfigError, match=message):
        ask(tmp_path)
    assert list(tmp_path.iterdir()) == []
