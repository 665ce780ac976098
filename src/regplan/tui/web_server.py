"""The server of the app in a browser, over textual-serve; imported only where one is wanted."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import aiohttp_jinja2
import jinja2
from aiohttp import web
from textual_serve.server import Server

from regplan.errors import InputError
from regplan.tui.served import ServedApp, context, is_allowed, policy, templates

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PageServer", "run_server"]

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class PageServer(Server):
    """Serves a page that asks no other host for anything, to those who have the key."""

    def __init__(self, app: ServedApp) -> None:
        """Take what is served."""
        super().__init__(app.command, app.host, app.port, "regplan", app.url)
        self.app = app

    def routes(self) -> web.Application:
        """Tell which address is answered by what; none lists a folder."""
        made = web.Application(middlewares=[self._guarded])
        aiohttp_jinja2.setup(made, loader=jinja2.FileSystemLoader(templates()), autoescape=True)
        made.add_routes(
            [
                web.get("/", self._page),
                web.get(f"/ws/{self.app.key}", self.handle_websocket),
                web.get("/download/{key}", self.handle_download),
                web.static("/own", templates() / "own", show_index=False),
                web.static("/static", self.statics_path, show_index=False),
            ]
        )
        return made

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Callable[[web.Request], object]) -> web.StreamResponse:
        if not is_allowed(request.path, request.query.get("key", ""), request.headers, self.app):
            raise web.HTTPForbidden(text="Open the address that regplan told when it was started, with its key.\n")
        response: web.StreamResponse = await handler(request)  # type: ignore[misc]  # as aiohttp calls it
        if not response.prepared:
            response.headers.update(_HEADERS)
            response.headers["Content-Security-Policy"] = policy(request.host)
        return response

    async def _page(self, request: web.Request) -> web.Response:
        filled = context(self.app, request.host, request.query.get("fontsize", ""))
        return aiohttp_jinja2.render_template("index.html", request, filled)


def run_server(command: str, listen: tuple[str, int], key: str, started: Callable[[ServedApp], None]) -> None:
    """Serve until it is interrupted; raises `InputError` for an address that cannot be had."""
    # Whoever opens a page that is gone is told so there; a traceback of the server's helps nobody.
    logging.getLogger("textual-serve").setLevel(logging.CRITICAL)
    asyncio.run(_serve(command, listen, key, started))


async def _serve(command: str, listen: tuple[str, int], key: str, started: Callable[[ServedApp], None]) -> None:
    listener = _listener(*listen)
    app = ServedApp(command, listen[0], listener.getsockname()[1], key)
    runner = web.AppRunner(PageServer(app).routes(), handle_signals=False, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        started(app)
        await _interrupted()
    finally:
        await runner.cleanup()


async def _interrupted() -> None:
    """Wait for Ctrl-C or a request to end; where signals cannot be taken, Ctrl-C raises as usual."""
    stop = asyncio.Event()
    with suppress(NotImplementedError, RuntimeError):
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


def _listener(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise InputError(f"cannot listen on {host}:{port}: {error.strerror or error}; check --listen") from error
