"""The terminal app in a browser: a page of this machine's own, one process for each visitor, and a key to come in by."""

from __future__ import annotations

import importlib.util
import secrets
from typing import TYPE_CHECKING

from regplan.errors import MissingExtra
from regplan.tui.served import app_command

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from regplan.tui.served import ServedApp

__all__ = ["serve_tui"]


def serve_tui(listen: tuple[str, int], arguments: Sequence[str], started: Callable[[ServedApp], None]) -> None:
    """Serve the app until it is interrupted; `started` is told the address once it answers there.

    Each visitor has a process of their own with these arguments. Who has no key gets nothing, and neither does a page of
    another origin. Raises `InputError` for an address that cannot be had, and `MissingExtra` without textual-serve.
    """
    if importlib.util.find_spec("textual_serve") is None:
        raise MissingExtra("the terminal app in a browser", "serve")
    from regplan.tui.web_server import run_server

    run_server(app_command(arguments), listen, secrets.token_urlsafe(24), started)
