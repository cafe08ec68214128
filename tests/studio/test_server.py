from __future__ import annotations

import socket
import sys

import pytest
from typer.testing import CliRunner

from synthem.cli import app
from synthem.errors import ConfigError, OutputError

pytest.importorskip("starlette")
server = pytest.importorskip("synthem.studio.server")
free_socket, has_screen = server.free_socket, server.has_screen


def test_a_busy_port_takes_the_next():
    first = free_socket(19200)
    second = free_socket(first.getsockname()[1])
    assert second.getsockname()[0] == "127.0.0.1"
    assert second.getsockname()[1] > first.getsockname()[1]
    first.close()
    second.close()


def test_without_a_free_port_it_says_so(monkeypatch):
    monkeypatch.setattr(server, "TRIES", 1)
    busy = free_socket(19300)
    with pytest.raises(OutputError, match="`port` must be a free one, got"):
        free_socket(busy.getsockname()[1])
    busy.close()


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_has_limits(port):
    with pytest.raises(ConfigError, match="`port` must be a whole number from 1 to 65535"):
        free_socket(port)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always one")
def test_a_terminal_alone_is_no_screen(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not has_screen()
    monkeypatch.setenv("DISPLAY", ":0")
    assert has_screen()


class TestCommand:
    @pytest.fixture
    def opened(self, monkeypatch):
        """Pages that were opened, and no server that runs."""
        pages = []
        monkeypatch.setattr(server.webbrowser, "open", pages.append)
        monkeypatch.setattr(server.uvicorn.Server, "run", lambda self, sockets: sockets[0].close())
        return pages

    def test_prints_the_address_where_there_is_no_screen(self, opened, monkeypatch):
        monkeypatch.setattr(server, "has_screen", lambda: False)
        result = CliRunner().invoke(app, ["studio", "--port", "19400"])
        assert result.exit_code == 0, result.output
        assert result.stdout.startswith("studio: http://127.0.0.1:194")
        assert opened == []

    def test_opens_the_page_where_there_is_one(self, opened, monkeypatch):
        monkeypatch.setattr(server, "has_screen", lambda: True)
        result = CliRunner().invoke(app, ["studio", "--port", "19400"])
        assert opened == [result.stdout.split()[1]]
        assert CliRunner().invoke(app, ["studio", "--no-browser"]).exit_code == 0
        assert len(opened) == 1

    def test_what_to_begin_with_is_checked_first(self, opened):
        result = CliRunner().invoke(app, ["studio", "--style", "epfll"])
        assert result.exit_code == 2
        assert "`--style` must be one of ac4, any, epfl" in result.stderr

    def test_slices_that_are_not_there_are_named(self, opened, tmp_path):
        result = CliRunner().invoke(app, ["studio", "--real", str(tmp_path / "none")])
        assert result.exit_code == 1
        assert f"`--real` must be an existing folder, got {tmp_path / 'none'}" in result.stderr
        assert opened == []

    def test_names_the_extra_that_is_missing(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "uvicorn", None)
        monkeypatch.delitem(sys.modules, "synthem.studio.server", raising=False)
        result = CliRunner().invoke(app, ["studio"])
        assert result.exit_code == 1
        assert 'pip install "synthem[studio]"' in result.stderr

    def test_listens_on_this_machine_alone(self):
        found = free_socket(19500)
        assert found.family == socket.AF_INET
        assert found.getsockname()[0] == "127.0.0.1"
        found.close()
