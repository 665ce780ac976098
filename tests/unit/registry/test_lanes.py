"""How many connections small requests take, counted by a raw socket on loopback."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import pytest

from regplan.oci.reference import Reference
from regplan.registry.client import RegistryClient
from regplan.registry.credentials import Credentials
from regplan.registry.options import ConnectionOptions, HostOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio

MANIFEST = b'{"schemaVersion": 2}'
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.oci.image.manifest.v1+json\r\n"
    b"Set-Cookie: sid=secret; Path=/\r\nContent-Length: %d\r\n\r\n%s" % (len(MANIFEST), MANIFEST)
)


class Server:
    """Answers every request with a manifest, and keeps each connection's requests."""

    def __init__(self) -> None:
        self.connections: list[list[bytes]] = []
        self.address = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads: list[bytes] = []
        self.connections.append(heads)
        try:
            while True:
                heads.append(await reader.readuntil(b"\r\n\r\n"))
                await asyncio.sleep(0.01)
                writer.write(ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@asynccontextmanager
async def serving(at_once: int = 8) -> AsyncIterator[tuple[Server, RegistryClient]]:
    server = Server()
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.address = f"127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    options = ConnectionOptions({server.address: HostOptions(plain_http=True)}, at_once=at_once)
    async with listener, RegistryClient(options, Credentials(options, {"HOME": "/nonexistent"})) as client:
        yield server, client


async def test_small_requests_one_after_another_share_a_connection() -> None:
    async with serving() as (server, client):
        for number in range(20):
            await client.manifest(Reference.parse(f"{server.address}/a/b:{number}"))

    assert [len(heads) for heads in server.connections] == [20]


@pytest.mark.parametrize(("at_once", "least"), [(8, 5), (32, 1)])
async def test_many_small_requests_take_as_many_connections_as_is_said_and_every_one_works(
    at_once: int, least: int
) -> None:
    async with serving(at_once) as (server, client), anyio.create_task_group() as tasks:
        for number in range(100):
            tasks.start_soon(client.manifest, Reference.parse(f"{server.address}/a/b:{number}"))

    assert len(server.connections) == at_once
    assert sum(len(heads) for heads in server.connections) == 100
    assert min(len(heads) for heads in server.connections) >= least


async def test_a_cookie_is_never_sent_back() -> None:
    async with serving() as (server, client):
        for _ in range(3):
            await client.manifest(Reference.parse(f"{server.address}/a/b:1"))

    assert not any(b"cookie" in head.lower() for heads in server.connections for head in heads)
