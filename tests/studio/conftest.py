"""A running studio, and what a page sends to it."""

from __future__ import annotations

import http.client
import json
import struct
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pytest


@dataclass
class Studio:
    """A studio at a port of this machine."""

    port: int

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}/"

    def send(self, method, path, body=None, headers=()):
        """Return status, headers and body of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def ask(self, path, data):
        """Return the status and the body of an answer to JSON."""
        status, _, body = self.send("POST", path, json.dumps(data))
        return status, body

    def answer(self, path, data):
        """Return the JSON of an answer that must be a good one."""
        status, body = self.ask(path, data)
        assert status == 200, body
        return json.loads(body)

    def error(self, path, data):
        """Return the message of an answer that must be a refusal."""
        status, body = self.ask(path, data)
        assert status == 422, body
        return json.loads(body)["error"]

    def picture(self, path, data):
        """Return header, image and masks of an answer that is a picture."""
        status, body = self.ask(path, data)
        assert status == 200, body
        (length,) = struct.unpack("<I", body[:4])
        facts = json.loads(body[4 : 4 + length])
        depth, shape = facts["depth"], (facts["height"], facts["width"])
        content = np.frombuffer(body[4 + length :], np.uint8).reshape(-1, *shape)
        bits = content[depth:].reshape(depth, -1, *shape)
        masks = np.unpackbits(bits, axis=1, count=len(facts["classes"]), bitorder="little").astype(bool)
        return (facts, content[0], masks[0]) if depth == 1 else (facts, content[:depth], masks.swapaxes(0, 1))


@contextmanager
def serving(folder=None, **first):
    """Serve a studio in a thread of its own."""
    uvicorn = pytest.importorskip("uvicorn")
    from synthem.studio.app import create_app
    from synthem.studio.real_slices import RealSlices
    from synthem.studio.server import free_socket

    slices = RealSlices(folder)
    slices.start()
    slices.wait(60)
    listening = free_socket(18765)
    server = uvicorn.Server(uvicorn.Config(create_app(slices, **first), log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield Studio(listening.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


@pytest.fixture(scope="module")
def studio():
    with serving() as found:
        yield found


@pytest.fixture
def design():
    """What the page sends at first, of a small tile."""
    import synthem
    from synthem.studio.design import plain_data

    values = synthem.load_style("epfl"), synthem.load_recipe("tissue"), synthem.load_solid_recipe("tissue")
    data = dict(zip(("style", "recipe", "solid_recipe"), map(plain_data, values), strict=True))
    return data | {"size": 128, "classes": "epfl6", "seed": 7, "index": 3}
