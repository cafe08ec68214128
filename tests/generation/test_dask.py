"""A cluster of dask on this machine, of which a worker dies in the middle."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from synthem import generate_files

distributed = pytest.importorskip("distributed", reason="needs the extra dask")

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

N = 160
REQUEST = {"recipe": "tissue", "seed": 3, "shape": 64, "axons": 0}


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def kill_in_the_middle(folder: Path, pid: int, killed: list[int], ended: threading.Event) -> None:
    """Kill a process once some parts are recorded and others are not."""
    while not ended.is_set():
        done = len(list(folder.glob(".out.tmp-*/.parts/0*.json")))
        if done >= 3:
            os.kill(pid, signal.SIGKILL)
            killed.append(done)
            return
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
@pytest.mark.parametrize("format", ["folders", "tiff"])
def test_a_worker_that_is_killed_loses_nothing(tmp_path, format):
    request = {**REQUEST, "format": format, "tiles_per_file": 5}
    whole = tree(generate_files(tmp_path / "whole", N, **request))
    killed: list[int] = []
    with (
        distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=None, local_directory=tmp_path) as cluster,
        distributed.Client(cluster) as client,
    ):
        victim = next(iter(client.run(os.getpid).values()))
        ended = threading.Event()
        watch = threading.Thread(target=kill_in_the_middle, args=(tmp_path, victim, killed, ended))
        watch.start()
        path = generate_files(tmp_path / "out", N, **request, workers=client.get_executor())
        ended.set()
        watch.join()
    assert killed
    assert killed[0] < N // 8
    assert tree(path) == whole
