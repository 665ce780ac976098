"""Answers whose headers hold what no header should, as servers and what stands before them send it all the same."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import anyio.lowlevel
import httpx
import pytest

from regplan.errors import RegistryError, Unreachable
from regplan.registry.ask import Ask
from regplan.registry.bodies import Sending, read_bounded
from regplan.registry.bulk import Handed
from regplan.registry.client import RegistryClient
from regplan.registry.credentials import Credentials
from regplan.registry.faults import Failure
from regplan.registry.options import ConnectionOptions, HostOptions
from regplan.registry.pool import Pool, Surroundings
from regplan.registry.small import Reply
from regplan.registry.wire import Answer
from support.raw import RawServer, answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from support.raw import Conversation

pytestmark = pytest.mark.anyio

BODY = b"layer " * 1000
VALUES = {"UTF-8": "Zürich".encode(), "Latin-1": "Zürich".encode("latin-1"), "Chinese": "中".encode()}


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    """A pool that may speak plain HTTP, as it does without being asked here."""
    pool = Pool(ConnectionOptions({"127.0.0.1": HostOptions(plain_http=True)}), Surroundings())
    yield pool
    await pool.aclose()


def named(value: bytes, status: int = 200, body: bytes = BODY, **headers: str) -> bytes:
    """An answer with a header of these bytes."""
    head, mark, rest = answer(status, body, **headers).partition(b"\r\n\r\n")
    return head + b"\r\nServer: " + value + mark + rest


@pytest.mark.parametrize("kind", VALUES)
async def test_a_blob_comes_whatever_a_header_beside_it_holds(pool: Pool, kind: str) -> None:
    with RawServer(lambda asked: asked.send(named(VALUES[kind]))) as server:
        response = await pool.send(Sending("GET", f"http://{server.address}/v2/a", {}, "host", bulk=True))
        assert isinstance(response, httpx.Response)
        assert isinstance(response.stream, Handed)
        came = b"".join(map(bytes, response.stream))
        await response.aclose()

    assert came == BODY


@pytest.mark.parametrize("kind", VALUES)
async def test_a_refusal_of_a_blob_is_read_whatever_a_header_beside_it_holds(pool: Pool, kind: str) -> None:
    with RawServer(lambda asked: asked.send(named(VALUES[kind], 404, b"why"))) as server:
        sending = Sending("GET", f"http://{server.address}/v2/a", {}, "host", bulk=True)
        response = await pool.send(sending)
        assert isinstance(response, httpx.Response)
        told = await read_bounded(response, sending, 100)

    assert isinstance(told, Answer)
    assert (told.status, told.body) == (404, b"why")


@pytest.mark.parametrize("kind", VALUES)
async def test_a_packed_answer_is_read_whatever_a_header_beside_it_holds(pool: Pool, kind: str) -> None:
    packed = named(VALUES[kind], body=gzip.compress(BODY), content_encoding="gzip")
    with RawServer(lambda asked: asked.send(packed)) as server:
        sending = Sending("GET", f"http://{server.address}/v2/a", {}, "host", most_bytes=10_000)
        response = await pool.send(sending)
        assert isinstance(response, httpx.Response)
        told = await read_bounded(response, sending, 10_000)

    assert isinstance(told, Answer)
    assert told.body == BODY


async def test_a_packed_answer_that_breaks_off_is_not_taken_for_a_whole_one(pool: Pool) -> None:
    packed = gzip.compress(BODY)

    def break_off(asked: Conversation) -> None:
        asked.send(answer(200, packed[:-12], content_encoding="gzip", content_length=str(len(packed))))
        asked.hang_up()

    with RawServer(break_off) as server:
        sending = Sending("GET", f"http://{server.address}/v2/a", {}, "host", most_bytes=10_000)
        response = await pool.send(sending)
        assert isinstance(response, Reply)
        told = await read_bounded(response, sending, 10_000)

    assert isinstance(told, Failure)


LONG = "a" * 64 + ".example"


@pytest.mark.parametrize("host", [LONG, "a..example", "xn--a.example", "\u200b.example"])
@pytest.mark.parametrize("bulk", [False, True])
async def test_a_redirect_to_what_is_no_name_is_told_as_the_registrys_fault(host: str, *, bulk: bool) -> None:
    def send_on(asked: Conversation) -> None:
        asked.hang_up()
        asked.send(answer(307, location=f"http://{host}/v2/a"))

    with RawServer(send_on) as server:
        options = ConnectionOptions({server.address: HostOptions(plain_http=True)})
        # How long to wait is none of this test's business.
        async with RegistryClient(
            options, Credentials(options, {}), Surroundings(sleep=lambda _: anyio.lowlevel.checkpoint())
        ) as client:
            asking = Ask("GET", "/v2/a", "it", good=frozenset({200}), bulk=bulk)
            with pytest.raises(RegistryError, match=r"what is no URL|broke \("):
                await client.session(server.address).begin(asking)


@pytest.mark.parametrize("host", [LONG, "xn--a.example"])
@pytest.mark.parametrize("bulk", [False, True])
async def test_a_host_that_no_name_server_can_be_asked_for_is_told_as_unknown(host: str, *, bulk: bool) -> None:
    options = ConnectionOptions()
    async with RegistryClient(options, Credentials(options, {})) as client:
        with pytest.raises(Unreachable, match=f"{host} cannot be reached: no host of this name is known"):
            await client.session(host).begin(Ask("GET", "/v2/a", "it", good=frozenset({200}), bulk=bulk))
