"""A registry client without a network: a handler answers, and time passes only when the client sleeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from regplan.registry.client import RegistryClient
from regplan.registry.credentials import Credentials
from regplan.registry.options import ConnectionOptions, Credential, Login, Secret
from regplan.registry.pool import Surroundings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from regplan.registry.pulls import Pulls


@dataclass(slots=True)
class World:
    """What the client sees: `handler` answers every request, `slept` is how long it waited each time.

    `transport` takes the place of `handler` where an answer is more than its bytes.
    """

    handler: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(404)
    now_s: float = 1000.0
    slept: list[float] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)
    transport: httpx.AsyncBaseTransport | None = None
    pulls: Pulls | None = None

    @property
    def asked(self) -> list[str]:
        """Every request as METHOD URL."""
        return [f"{request.method} {request.url}" for request in self.requests]

    def client(self, options: ConnectionOptions | None = None) -> RegistryClient:
        """A client in this world."""
        chosen = options or ConnectionOptions()
        surroundings = Surroundings(
            clock=lambda: self.now_s,
            date=lambda: datetime(2026, 11, 23, tzinfo=UTC) + timedelta(seconds=self.now_s),
            chance=lambda: 0.0,
            sleep=self._sleep,
            transport=lambda _: self.transport or httpx.MockTransport(self._answer),
            pulls=self.pulls,
        )
        return RegistryClient(chosen, Credentials(chosen, {"HOME": "/nonexistent"}), surroundings)

    def login(self) -> ConnectionOptions:
        """Options with a credential for registry.example."""
        credential = Credential("me", Secret("pa55word"), origin="the test")
        return ConnectionOptions(login=Login("registry.example", credential))

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        answer = self.handler(request)
        if not answer.is_stream_consumed:
            return answer
        # As from a network: not read yet.
        return httpx.Response(answer.status_code, headers=answer.headers, stream=_Body(answer.content))


class _Body(httpx.AsyncByteStream):
    def __init__(self, data: bytes) -> None:
        self._data = data

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._data


@pytest.fixture
def world() -> World:
    """A world that answers 404 to everything, until a test says otherwise."""
    return World()
