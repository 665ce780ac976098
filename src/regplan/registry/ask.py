"""One thing to ask a registry, and how much was asked."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from regplan.registry.faults import READ_S
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from regplan.registry.bulk import Body

__all__ = ["Ask", "RequestCounts"]


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """How many requests a registry got: `requests` that did something, `overhead` for tokens, 401s and retries.

    `throttled` counts the answers that asked for patience: too many requests, or a server that has too much to do.
    """

    requests: int = 0
    overhead: int = 0
    throttled: int = 0


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing to ask a registry: `what` and `repository` for messages, `scopes` for its token.

    `url` is a path or a whole URL. An answer with a status in `good` is handed back, any other is an error. `once` says
    that sending the same again could do harm: only a missing login is mended then. `life_s` is how long a token must last.
    The body of an answer with a status in `unread` is not read: its connection is closed, however much was to come.
    A `bulk` one goes through a worker thread, where its body, or the answer's, is read.
    `is_basic` asks as the user with HTTP Basic, whatever the registry itself wants: Harbor's own pages take nothing else.
    """

    method: str
    url: str = field(repr=False)
    what: str
    repository: str = ""
    scopes: frozenset[str] = frozenset()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | AsyncIterator[bytes] | Body | None = field(default=None, repr=False)
    good: frozenset[int] = frozenset({200})
    life_s: float = 0.0
    read_s: float = READ_S
    unread: frozenset[int] = frozenset()
    is_basic: bool = False
    bulk: bool = False

    @property
    def is_replayable(self) -> bool:
        """Whether it can be sent again whole: a stream cannot."""
        return self.body is None or isinstance(self.body, bytes)

    @property
    def is_pull(self) -> bool:
        """Whether registries that count pulls count it: a GET of a manifest, and no HEAD."""
        return self.method == "GET" and "/manifests/" in self.url
