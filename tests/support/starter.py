"""Starts registries for fixtures, and stops them all."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from support import registry as registries
from support.registry import Auth, Options, Program, Registry
from support.tokens import Account, TokenServer, new_token_server
from support.tools import skip_without

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.certificates import Authority, ServerCertificate

__all__ = ["StartRegistry"]

EVERYTHING = frozenset({"pull", "push", "delete", "*"})


@dataclass(slots=True)
class StartRegistry:
    """What the fixture `start_registry` gives: call it for a registry of its own, as often as a test needs one."""

    new_folder: Callable[[str], Path]
    authority: Authority
    stops: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    program: Program | None = None

    def __call__(
        self,
        auth: Auth | None = None,
        *,
        tls: bool | ServerCertificate = False,
        delete: bool = True,
        upstream: Registry | None = None,
    ) -> Registry:
        """Start an empty registry; the test is skipped, or in CI fails, without docker-registry.

        Another `program` needs nothing else, and takes no tokens. `tls` is True for a good certificate of the fixture `authority`, or another one of its certificates. With
        `auth="token"` the token server is `registry.options.tokens`. `upstream` is what a pull-through cache asks.
        """
        if self.program is None:
            skip_without(registries.PROGRAM)
        folder = self.new_folder("registry")
        certificate = self.authority.good() if tls is True else tls or None
        tokens = self._tokens(folder, certificate) if auth == "token" else None
        asked = upstream.url if upstream else None
        registry = registries.start(folder, Options(auth, certificate, delete, asked, tokens), self.program)
        self.stops.callback(registry.stop)
        return registry

    def _tokens(self, folder: Path, certificate: ServerCertificate | None) -> TokenServer:
        """A token server that lets `palette` do everything, `reader` pull, and anonymous users pull public/."""
        tokens = new_token_server(folder)
        tokens.accounts[registries.USER] = Account(registries.PASSWORD, {"*": EVERYTHING})
        tokens.accounts["reader"] = Account("reads only", {"*": frozenset({"pull"})})
        tokens.anonymous = Account("", {"public/*": frozenset({"pull"})})
        tokens.start(certificate)
        self.stops.callback(tokens.stop)
        return tokens
