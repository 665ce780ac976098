"""A second run against registries that answer a HEAD in odd ways: raw sockets on loopback, the whole way from cache to wire."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from regplan.oci.reference import Reference
from regplan.registry.client import RegistryClient
from regplan.registry.credentials import Credentials
from regplan.registry.options import ConnectionOptions, HostOptions
from regplan.store.cache import DigestCache
from regplan.store.cached import CachedSource
from regplan.store.tags import TagMemory

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

TYPE = b"application/vnd.oci.image.manifest.v1+json"


def manifest(number: int) -> bytes:
    config = {"mediaType": "application/vnd.example.config", "digest": f"sha256:{number:064x}", "size": 2}
    return json.dumps({"schemaVersion": 2, "mediaType": TYPE.decode(), "config": config, "layers": []}).encode()


OLD, NEW = manifest(1), manifest(2)


def digest_of(data: bytes) -> bytes:
    return b"sha256:" + hashlib.sha256(data).hexdigest().encode()


def answer(status: bytes, data: bytes, *headers: bytes, body: bool = True) -> bytes:
    lines = [b"HTTP/1.1 " + status, b"Content-Type: " + TYPE, b"Content-Length: %d" % len(data), *headers]
    return b"\r\n".join([*lines, b"", data if body else b""])


def named(data: bytes) -> bytes:
    return b"Docker-Content-Digest: " + digest_of(data)


class Server:
    """Answers every GET with `there`, and every HEAD with the bytes in `head`."""

    def __init__(self) -> None:
        self.there = OLD
        self.head = b""
        self.asked: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                method = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[0].decode()
                self.asked.append(method)
                writer.write(self.head if method == "HEAD" else answer(b"200 OK", self.there, named(self.there)))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def told(server: Server, cache: Path) -> bytes:
    """Tell what a run of its own says that the tag names; the port is the host's name and stays the same."""
    async with await asyncio.start_server(server, "127.0.0.1", getattr(server, "port", 0)) as listener:
        server.port = listener.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        address = f"127.0.0.1:{server.port}"  # type: ignore[attr-defined]
        options = ConnectionOptions({address: HostOptions(plain_http=True)})
        async with RegistryClient(options, Credentials(options, {"HOME": "/nonexistent"})) as client:
            source = CachedSource(client, DigestCache(cache), TagMemory(cache))
            return (await source.manifest(Reference.parse(f"{address}/a/b:1"))).data


HEADS = {
    "says what is there": answer(b"200 OK", OLD, named(OLD), body=False),
    "says nothing": answer(b"200 OK", OLD, body=False),
    "says what is no digest": answer(b"200 OK", OLD, b"Docker-Content-Digest: latest", body=False),
    "says a digest that is nowhere": answer(b"200 OK", OLD, named(b"nowhere"), body=False),
    "is not allowed": answer(b"405 Method Not Allowed", b"", body=False),
    "is not found": answer(b"404 Not Found", b"", named(OLD), body=False),
    "is forbidden": answer(b"403 Forbidden", b"", body=False),
    "fails": answer(b"500 Internal Server Error", b"", body=False),
    "has a body, which no HEAD has": answer(b"200 OK", OLD, body=True),
    "has a body and says nothing": answer(b"404 Not Found", b"<html>no such method</html>", body=True),
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("there", [OLD, NEW], ids=["the same", "moved"])
async def test_whatever_a_head_says_a_run_tells_what_the_tag_names_now(
    tmp_path: Path, head: bytes, there: bytes
) -> None:
    server = Server()
    assert await told(server, tmp_path) == OLD
    server.there = there
    server.head = head if there is OLD else head.replace(digest_of(OLD), digest_of(NEW))

    assert await told(server, tmp_path) == there
    assert server.asked[0] == "GET"
    assert server.asked[1] == "HEAD"
    says_it = head is HEADS["says what is there"] and there is OLD
    # After a body that no HEAD has, the connection is spoilt, which may cost the GET a second try.
    most = 0 if says_it else 2 if head.endswith((OLD, b"</html>")) else 1
    assert server.asked[2:] in (["GET"] * most, ["GET"] * min(most, 1))
