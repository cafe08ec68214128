import errno
import gc
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import numpy as np
import pooch
import pytest

from synthem.errors import ConfigError, DataError, OutputError
from synthem.experiments import epfl6
from synthem.labels import EPFL6

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def server(epfl6_folder):
    """Serve the made-up data under the quoted folder name of the real source; `faults` breaks requests."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            path = unquote(self.path).removeprefix("/original data/")
            fault = self.server.faults.pop((path, self.server.asked.count(path)), None)
            self.server.asked.append(path)
            file = epfl6_folder / path
            if fault == "404" or not file.exists():
                self.send_error(404)
                return
            if fault == "503":
                self.send_error(503)
                return
            content = file.read_bytes()
            if fault == "hash":
                content = content[:-1] + b"?"
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if fault == "drop" else content)

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        httpd.faults, httpd.asked = {}, []
        threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True).start()
        yield httpd
        httpd.shutdown()


@pytest.fixture
def known(epfl6_folder):
    files = sorted(p for p in epfl6_folder.rglob("*.png"))
    return {p.relative_to(epfl6_folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture
def fetch(server, known, tmp_path):
    def run(**options):
        url = f"http://127.0.0.1:{server.server_port}/original%20data/"
        return epfl6.fetch(tmp_path / "cache", base_url=url, known=known, timeout=5, **options)

    yield run
    gc.collect()  # so that a connection that requests left open is not reported in a later test


def test_everything_arrives_once_with_the_citation(fetch, server, known, capsys, epfl6_folder):
    folder = fetch()
    assert "Lucchi" in capsys.readouterr().err
    assert sorted(server.asked) == sorted(known)
    name = "mitochondrial boundaries/training0003.png"
    assert (folder / name).read_bytes() == (epfl6_folder / name).read_bytes()
    fetch()
    assert "Lucchi" not in capsys.readouterr().err
    assert len(server.asked) == len(known)
    assert len(epfl6.load(data=folder)) == 6
    assert [s.name for s in epfl6.load("test", data=folder)] == ["testing0000"]


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["drop", "hash", "503"])
def test_a_fault_that_passes_is_tried_again(fetch, server, fault):
    server.faults["PSD/training0002.png", 0] = fault
    folder = fetch(quiet=True)
    assert server.asked.count("PSD/training0002.png") == 2
    assert (folder / "PSD/training0002.png").exists()


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["drop", "hash", "503"])
def test_a_fault_that_stays_is_an_error_that_names_the_file_and_a_later_fetch_goes_on(fetch, server, known, fault):
    path = "axon/training0001.png"
    server.faults.update({(path, k): fault for k in range(2)})
    with pytest.raises(DataError, match=r"axon/training0001\.png cannot be had after 2 tries"):
        fetch(quiet=True, retries=1, connections=1)
    before = len(server.asked)
    folder = fetch(quiet=True)
    assert len(server.asked) < before + len(known)
    assert (folder / path).exists()
    assert not list(folder.rglob("tmp*"))


def test_a_missing_file_is_not_asked_for_again(fetch, server):
    server.faults["vesicles/training0000.png", 0] = "404"
    with pytest.raises(DataError, match=r"vesicles/training0000\.png cannot be had: HTTP status 404"):
        fetch(quiet=True)
    assert server.asked.count("vesicles/training0000.png") == 1


def test_a_full_disk(fetch, monkeypatch):
    def no_space(self, url, output_file, pooch, check_only=False):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", no_space)
    with pytest.raises(OutputError, match="No space left"):
        fetch(quiet=True)


def test_a_cache_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="`cache`"):
        epfl6.fetch(tmp_path / "file" / "cache", known={"a/b.png": "0"}, quiet=True)


def test_nothing_answers(known, tmp_path):
    with pytest.raises(DataError, match=r"cannot be had after 1 try: the connection failed$"):
        epfl6.fetch(tmp_path / "c", base_url="http://127.0.0.1:9/", known=known, retries=0, quiet=True, connections=1)


def test_bad_options(tmp_path):
    with pytest.raises(ConfigError, match="`retries`"):
        epfl6.fetch(tmp_path, retries=-1)


def test_the_registry_holds_27_training_and_5_test_slices_of_seven_folders():
    paths = list(epfl6.registry())
    assert len(paths) == 224
    assert sum(p.startswith("testing/") for p in paths) == 35
    assert {p.split("/")[-2] for p in paths} == {"original", *(c.folder for c in EPFL6)}
    assert all(len(digest) == 64 for digest in epfl6.registry().values())
    assert epfl6.BASE_URL.endswith("/data/original%20data/")


def test_the_environment_names_the_folder(epfl6_folder, monkeypatch):
    monkeypatch.setenv("SYNTHEM_EPFL6_DIR", str(epfl6_folder))
    assert len(epfl6.load()) == 6
    monkeypatch.setenv("SYNTHEM_EPFL6_DIR", str(epfl6_folder / "no"))
    with pytest.raises(DataError, match="SYNTHEM_EPFL6_DIR"):
        epfl6.load()


def test_slices_by_name_or_number_in_the_order_asked_for(epfl6_folder):
    found = epfl6.load(data=epfl6_folder, slices=["4", "training0001", "0000"])
    assert [s.name for s in found] == ["training0004", "training0001", "training0000"]
    with pytest.raises(DataError, match="'77'"):
        epfl6.load(data=epfl6_folder, slices=["77"])
    with pytest.raises(ConfigError, match="`split`"):
        epfl6.load("both", data=epfl6_folder)


@pytest.mark.parametrize("alpha", [False, True])
def test_masks_are_cut_at_127_and_alpha_is_ignored(tmp_path, alpha, draw_slice, write_slice):
    image, masks = draw_slice(0, (64, 64), 1)
    grey = np.where(masks, 255, 0).astype(np.uint8)
    for plane, mask in zip(grey, masks, strict=True):  # a rim of greys, as the real masks have
        if np.count_nonzero(mask) < 50:
            continue
        plane.flat[np.flatnonzero(mask)[:2]] = 128
        plane.flat[np.flatnonzero(~mask)[:2]] = 127
    write_slice(tmp_path, "a", image, grey, alpha=alpha)
    (piece,) = epfl6.load_folder(tmp_path)
    np.testing.assert_array_equal(piece.image, image)
    np.testing.assert_array_equal(piece.masks, masks)


def test_folders_without_masks_and_masks_of_another_size(epfl6_folder, draw_slice, write_slice):
    write_slice(epfl6_folder, "training0009", *draw_slice(0, (256, 320)))
    bad = draw_slice(0, (256, 300))[1]
    write_slice(epfl6_folder, "training0009", draw_slice(0, (256, 320))[0], bad)
    with pytest.raises(DataError, match="training0009"):
        epfl6.load(data=epfl6_folder)
    write_slice(epfl6_folder, "training0009", *draw_slice(0, (256, 320)))
    for file in (epfl6_folder / "PSD").iterdir():
        file.unlink()
    (epfl6_folder / "PSD").rmdir()
    with pytest.raises(DataError, match=r"(?i)psd"):
        epfl6.load(data=epfl6_folder, slices=["0"])


@pytest.mark.parametrize("wanted", ["0013", [], ["4", "0004"]])
def test_slices_are_a_sequence_without_repetition(epfl6_folder, wanted):
    with pytest.raises(DataError, match="`slices` must"):
        epfl6.load(data=epfl6_folder, slices=wanted)
