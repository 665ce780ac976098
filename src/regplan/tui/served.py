"""What is served of the terminal app in a browser, as values: to whom, under which address, and what its page may load."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from regplan.errors import InputError
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "DEFAULT_LISTEN",
    "ServedApp",
    "app_command",
    "check_listen",
    "context",
    "is_allowed",
    "is_served",
    "policy",
    "templates",
]

DEFAULT_LISTEN: Final = "127.0.0.1:8000"
_DRIVER: Final = "textual.drivers.web_driver:WebDriver"
_WEB: Final = Path(__file__).with_name("web")
_KEY: Final = "key"
# Nothing but this server is asked for anything; the terminal writes styles of its own into the page.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:;"
    " connect-src 'self' {websocket}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_LEAST_PX: Final = 6
_USUAL_PX: Final = 16
# These are the serving process's alone.
_OWN: Final = {"--serve": 0, "--insecure-listen": 0, "--listen": 1}


@dataclass(frozen=True, slots=True)
class ServedApp:
    """What is served: the command that runs the app, where, and the key that the address must have."""

    command: str
    host: str
    port: int
    key: str

    @property
    def url(self) -> str:
        """The server's address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def knows(self, host: str) -> bool:
        """Tell whether HOST:PORT, as a browser names the server, is this one; one that is open to others has any name."""
        from regplan.registry.options import is_loopback

        return not is_loopback(self.url.removeprefix("http://")) or host in {
            self.url.removeprefix("http://"),
            f"localhost:{self.port}",
        }

    @property
    def page(self) -> str:
        """The address to open, with its key."""
        return f"{self.url}/?{_KEY}={self.key}"


def is_served(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether this process draws for a browser, and not for a terminal."""
    return environment.get("TEXTUAL_DRIVER") == _DRIVER


def app_command(arguments: Sequence[str]) -> str:
    """Write the command that runs the app for one visitor: the arguments that serve it, less what is about serving.

    >>> app_command(["tui", "site.yaml", "--serve", "--listen", "127.0.0.1:0", "--read-only"]).partition(" -m ")[2]
    'regplan tui site.yaml --read-only'
    """
    kept: list[str] = []
    left = 0
    for argument in arguments:
        name, equals, _ = argument.partition("=")
        if left:
            left -= 1
        elif name in _OWN:
            left = 0 if equals else _OWN[name]
        else:
            kept.append(argument)
    command = [sys.executable, "-m", "regplan", *kept]
    # A shell runs it, and that of Windows has quotation marks of its own.
    return subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)


def check_listen(listen: str, *, insecure: bool) -> tuple[str, int]:
    """Tell host and port; raises `InputError` for what is none, and for an address that others can reach, unless one says so."""
    from regplan.registry.options import is_loopback
    from regplan.registry.serving.server import parse_listen

    host, port = parse_listen(listen)
    if not insecure and not is_loopback(f"[{host}]" if ":" in host else host):
        raise InputError(
            f"--listen {listen}: others can reach {host}, and what they send and see goes over the network in the clear; keep to"
            " 127.0.0.1 behind an SSH tunnel or a proxy with TLS and a login, or add --insecure-listen"
        )
    return host, port


def policy(host: str) -> str:
    """Write what the page may load, as a header, for the server as the browser names it."""
    return _POLICY.format(websocket=f"ws://{host}")


def is_allowed(path: str, key: str, headers: Mapping[str, str], app: ServedApp) -> bool:
    """Tell whether a request is answered: the page needs the key, and no page of another origin gets anything.

    The way to the app has the key in its path. A host that is named otherwise is refused too, so that a name which leads here
    is no way around that.
    """
    origin, host = headers.get("Origin"), headers.get("Host", "")
    if not app.knows(host) or (origin is not None and urlsplit(origin).netloc != host):
        return False
    import hmac  # before the first paint nothing else needs it

    return path != "/" or hmac.compare_digest(key.encode(), app.key.encode())


def templates() -> Path:
    """Tell where the page lies."""
    return _WEB


def context(app: ServedApp, host: str, font_size: str) -> dict[str, object]:
    """Tell what the page is filled with, for the server as the browser names it."""
    is_size = font_size.isascii() and font_size.isdecimal() and len(font_size) < 3 and int(font_size) >= _LEAST_PX
    return {
        "font_size": int(font_size) if is_size else _USUAL_PX,
        "app_websocket_url": f"ws://{host}/ws/{app.key}",
        "config": {"static": {"url": "/static/"}},
        "application": {"name": "regplan"},
    }
