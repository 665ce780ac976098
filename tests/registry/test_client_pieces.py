"""A few bytes of a large blob, asked of registries on a raw socket that do what they like."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from regplan.errors import NotFound, RegplanError, SizeMismatch, Unsupported
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.mediatype import OCI_LAYER
from regplan.registry.client import RegistryClient
from regplan.registry.credentials import Credentials
from regplan.registry.options import ConnectionOptions, HostOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.registry, pytest.mark.anyio]

SIZE = 300_000_000
LAYER = Descriptor(OCI_LAYER, Digest.of(b"large"), SIZE)
LAST = b"Range: bytes=299999996-299999999"


@dataclass
class Peer:
    """A server that answers every connection once, by `answer`, and counts what it could send of the body."""

    answer: Callable[[bytes], tuple[bytes, int]]
    listener: socket.socket = field(default_factory=socket.socket)
    heads: list[bytes] = field(default_factory=list)
    sent_bytes: int = 0
    was_cut: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        # What the kernel takes on its own is little.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)
        connection.settimeout(20)
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                if not (chunk := connection.recv(4096)):
                    return
                head += chunk
            self.heads.append(head)
            start, body = self.answer(head)
            try:
                connection.sendall(start)
                while body > 0:
                    self.sent_bytes += connection.send(bytes(min(body, 16_384)))
                    body -= 16_384
                # Until the other side hangs up.
                if not connection.recv(1):
                    self.was_cut.set()
            except OSError:
                self.was_cut.set()


@pytest.fixture
def peer() -> Iterator[Callable[..., Peer]]:
    started: list[Peer] = []

    def start(answer: Callable[[bytes], tuple[bytes, int]]) -> Peer:
        found = Peer(answer)
        found.serve()
        started.append(found)
        return found

    yield start
    for each in started:
        each.listener.close()


def says(status: str, *headers: str, body: bytes = b"", more: int = 0) -> Callable[[bytes], tuple[bytes, int]]:
    lines = [f"HTTP/1.1 {status}", *headers]
    head = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
    return lambda _: (head, more)


async def piece(peer: Peer, first: int = SIZE - 4, last: int = SIZE - 1) -> bytes:
    options = ConnectionOptions({peer.address: HostOptions(plain_http=True)})
    async with RegistryClient(options, Credentials(options, {})) as client:
        return await client.piece(f"{peer.address}/a/b", LAYER, first, last)


async def test_the_last_bytes_come_for_a_closed_range(peer: Callable[..., Peer]) -> None:
    found = peer(
        says(
            "206 Partial Content",
            f"Content-Range: bytes {SIZE - 4}-{SIZE - 1}/{SIZE}",
            "Content-Length: 4",
            body=b"tail",
        )
    )

    assert await piece(found) == b"tail"
    assert LAST in found.heads[0].title().replace(b"Bytes=", b"bytes=")


@pytest.mark.parametrize("headers", [(f"Content-Length: {SIZE}",), ("Connection: close",)])
async def test_a_registry_that_sends_all_of_it_is_hung_up_on(peer: Callable[..., Peer], headers: tuple[str]) -> None:
    found = peer(says("200 OK", *headers, more=SIZE))

    with pytest.raises(Unsupported, match="sends whole blobs only"):
        await piece(found)

    assert found.was_cut.wait(20)
    # Of 300 MB no more than what fits into the kernel's own buffers.
    assert found.sent_bytes < 8_000_000
    assert len(found.heads) == 1


@pytest.mark.parametrize(
    "place",
    [f"bytes 0-3/{SIZE}", f"bytes {SIZE - 4}-{SIZE}/{SIZE}", f"bytes {SIZE - 4}-{SIZE - 2}/*", "bytes */5", "x"],
)
async def test_another_part_than_was_asked_for_is_refused(peer: Callable[..., Peer], place: str) -> None:
    found = peer(says("206 Partial Content", f"Content-Range: {place}", "Content-Length: 4", body=b"tail"))

    with pytest.raises(RegplanError, match="another part came than was asked for"):
        await piece(found)


async def test_a_part_that_is_short_of_a_byte_is_refused(peer: Callable[..., Peer]) -> None:
    place = f"Content-Range: bytes {SIZE - 4}-{SIZE - 1}/{SIZE}"
    found = peer(says("206 Partial Content", place, "Content-Length: 3", body=b"tai"))

    with pytest.raises(SizeMismatch, match="3 bytes came of a piece of 4"):
        await piece(found)


async def test_a_part_without_end_is_cut(peer: Callable[..., Peer]) -> None:
    place = f"Content-Range: bytes {SIZE - 4}-{SIZE - 1}/{SIZE}"
    found = peer(says("206 Partial Content", place, "Connection: close", body=b"tail", more=SIZE))

    with pytest.raises(RegplanError, match="more than 4 bytes"):
        await piece(found)

    assert found.was_cut.wait(20)
    assert found.sent_bytes < 8_000_000


async def test_a_refusal_with_an_endless_body_is_cut_too(peer: Callable[..., Peer]) -> None:
    found = peer(says("404 Not Found", "Connection: close", more=SIZE))

    with pytest.raises(NotFound):
        await piece(found)

    assert found.was_cut.wait(20)
    assert found.sent_bytes < 8_000_000


async def test_a_range_that_is_not_satisfiable_is_an_error_of_ours(peer: Callable[..., Peer]) -> None:
    found = peer(says("416 Range Not Satisfiable", "Content-Length: 0"))

    with pytest.raises(RegplanError):
        await piece(found)


async def test_a_redirect_to_where_blobs_lie_is_asked_for_the_same_range(peer: Callable[..., Peer]) -> None:
    store = peer(says("206 Partial Content", f"Content-Range: bytes 0-3/{SIZE}", "Content-Length: 4", body=b"head"))
    found = peer(says("307 Temporary Redirect", f"Location: http://{store.address}/bucket/it", "Content-Length: 0"))
    options = ConnectionOptions(
        {found.address: HostOptions(plain_http=True), store.address: HostOptions(plain_http=True)}
    )

    async with RegistryClient(options, Credentials(options, {})) as client:
        assert await client.piece(f"{found.address}/a/b", LAYER, 0, 3) == b"head"

    assert [head.count(b"bytes=0-3") for head in (*found.heads, *store.heads)] == [1, 1]
