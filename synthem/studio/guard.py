"""Requests that the studio answers: those of a page of its own, on this machine."""

from __future__ import annotations

from typing import Any

from starlette.responses import PlainTextResponse

__all__ = ["LocalOnly"]

HOSTS = ("127.0.0.1", "localhost")

HEADERS = {
    b"content-security-policy": b"default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cache-control": b"no-cache",
}
"""Headers of every answer, unless it has its own."""


class LocalOnly:
    """Refuse what was not meant for this machine, or comes from a page of another site.

    A name that points to 127.0.0.1 lets a foreign page reach the server, so `Host` must be this machine; and a request
    that names an `Origin` must come from the page itself.

    Parameters
    ----------
    app : ASGI application
        What answers the others.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = dict(scope["headers"])
        host, origin = sent.get(b"host", b"").decode("latin-1"), sent.get(b"origin", b"").decode("latin-1")
        if host.rpartition(":")[0] not in HOSTS and host not in HOSTS:
            await PlainTextResponse("`Host` must be 127.0.0.1 or localhost", status_code=421)(scope, receive, send)
            return
        if origin and origin != f"http://{host}":
            await PlainTextResponse("`Origin` must be the page itself", status_code=403)(scope, receive, send)
            return

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message["headers"]}
                more = [(name, value) for name, value in HEADERS.items() if name not in own]
                message = message | {"headers": [*message["headers"], *more]}
            await send(message)

        await self.app(scope, receive, with_headers)
