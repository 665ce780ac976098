"""The connections of large bodies: how much of an answer comes before somebody reads it."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from regplan.registry.lines import PIECE_BYTES, BulkTransport, Line
from support.raw import Conversation, RawServer

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = 4 * 2**20
AHEAD = 2**15


@pytest.fixture
def server() -> Iterator[RawServer]:
    """A server that sends SIZE bytes as fast as they are taken, and keeps little in its own buffers."""

    def answer(conversation: Conversation) -> None:
        conversation._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**14)
        conversation.send(f"HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n".encode())
        for _ in range(SIZE // 2**12):
            conversation.send(bytes(2**12))

    with RawServer(answer) as running:
        yield running


def taken(server: RawServer, line: Line) -> tuple[int, int, int]:
    """Ask, read nothing until nothing more comes, then all: bytes taken before, the largest piece and the whole."""
    transport = BulkTransport()
    response = transport.handle_request(httpx.Request("GET", f"http://{server.address}/", extensions={"line": line}))
    before = -1
    while before != (now := server.conversations[0].sent_bytes):
        before = now
        time.sleep(0.2)
    assert isinstance(response.stream, httpx.SyncByteStream)
    sizes = [len(piece) for piece in response.stream]
    response.stream.close()
    transport.close()
    return before, max(sizes), sum(sizes)


def test_a_source_is_read_no_further_ahead_than_was_said(server: RawServer) -> None:
    ahead, piece, whole = taken(server, Line(AHEAD))

    # The system doubles what is said for its own accounts, and the server has a buffer too; by itself it takes 160 kB.
    assert ahead <= 2**17
    assert (piece, whole) == (AHEAD, SIZE)


def test_where_nothing_is_said_the_system_reads_ahead_as_far_as_it_likes(server: RawServer) -> None:
    _, piece, whole = taken(server, Line())

    assert (piece, whole) == (PIECE_BYTES, SIZE)
