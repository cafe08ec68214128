"""The server of the studio: on this machine alone, at the first port that is free."""

from __future__ import annotations

import errno
import os
import socket
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path

import uvicorn

from synthem.errors import ConfigError, DataError, OutputError
from synthem.studio.app import create_app
from synthem.studio.real_slices import RealSlices

__all__ = ["free_socket", "has_screen", "serve"]

HOST = "127.0.0.1"
TRIES = 100
"""Ports that are tried, one after the other."""


def serve(
    real: Path | None = None,
    *,
    style: str = "epfl",
    recipe: str = "tissue",
    port: int = 8765,
    browser: bool = True,
    say: Callable[[str], None] = print,
) -> None:
    """Serve the studio until it is interrupted.

    Parameters
    ----------
    real : Path, optional
        Folder of real slices to compare with.
    style, recipe : str, default "epfl" and "tissue"
        What to begin with: names of shipped ones, or TOML files.
    port : int, default 8765
        First port to try, 1 to 65535.
    browser : bool, default True
        Open the page in a browser, where there is a screen.
    say : callable, default print
        Is told the address.

    Raises
    ------
    ConfigError
        If the port is none, or there is no such style or recipe.
    DataError
        If there is no such folder.
    OutputError
        If no port is free.
    """
    if real is not None and not real.is_dir():
        raise DataError(f"`real` must be an existing folder, got {real}")
    slices = RealSlices(real)
    app = create_app(slices, style, recipe)
    listening = free_socket(port)
    address = f"http://{HOST}:{listening.getsockname()[1]}/"
    slices.start()
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    say(f"studio: {address} (end it with Ctrl+C)")
    if browser and has_screen():
        webbrowser.open(address)
    server.run(sockets=[listening])


def free_socket(port: int) -> socket.socket:
    """Return a socket that listens on this machine, at a port or the next that is free.

    Raises
    ------
    ConfigError
        If the port is none.
    OutputError
        If none of 100 ports is free.
    """
    if not 1 <= port <= 65535:
        raise ConfigError(f"`port` must be a whole number from 1 to 65535, got {port!r}")
    last = min(port + TRIES, 65536)
    for number in range(port, last):
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if os.name != "nt":  # there it would let two servers have one port
                found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind((HOST, number))
            found.listen(128)
        except OSError as error:
            found.close()
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise OutputError(f"`port` {number} cannot be used: {error.strerror}") from error
        else:
            return found
    raise OutputError(f"`port` must be a free one, got {port}; all up to {last - 1} are in use")


def has_screen() -> bool:
    """Return whether a browser would have a screen; without one, Python would open one in the terminal."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
