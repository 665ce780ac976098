"""Small requests over sockets of our own: what is sent, what is kept open, what is waited for and for how long."""

from __future__ import annotations

import gc
import time
import warnings
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest
from anyio import lowlevel
from hypothesis import given
from hypothesis import strategies as st

from regplan.registry.bodies import Sending
from regplan.registry.faults import Failure
from regplan.registry.options import ConnectionOptions, HostOptions
from regplan.registry.pool import Pool, Surroundings
from regplan.registry.retry import Fault
from regplan.registry.small import NoWay, Patience, Question, SmallLines, TooSlow, path_of
from support.raw import RawServer, answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.raw import Conversation

pytestmark = pytest.mark.anyio

PATIENCE = Patience(connect_s=5.0, send_s=5.0, read_s=5.0, whole_s=5.0)


def question(method: str = "GET", body: bytes = b"", headers: Mapping[str, str] | None = None) -> Question:
    return Question(method, "/v2/a", headers or {}, body, 1000)


def lines_to(server: RawServer) -> SmallLines:
    return SmallLines(httpx.URL(f"http://{server.address}"), None, None)


async def closed(lines: SmallLines) -> None:
    lines.close()
    await lowlevel.checkpoint()


async def test_requests_one_after_another_share_a_connection_and_say_what_every_request_says() -> None:
    with RawServer(lambda asked: asked.send(answer(200, b"ok", x_number="1"))) as server:
        lines = lines_to(server)
        replies = [await lines.ask(question(headers={"Accept": "a/b"}), PATIENCE) for _ in range(3)]
        await closed(lines)

    assert [(each.status_code, each.body, each.headers["x-number"]) for each in replies] == [(200, b"ok", "1")] * 3
    assert len({id(each._socket) for each in server.conversations}) == 1
    assert server.conversations[0].headers == {
        "host": server.address,
        "accept": "a/b",
        "accept-encoding": "identity",
        "connection": "keep-alive",
        "user-agent": "regplan",
    }


async def test_a_request_that_is_cancelled_at_any_moment_leaves_no_socket_behind() -> None:
    with RawServer(lambda asked: asked.send(answer(200))) as server, warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for steps in range(25):
            lines = lines_to(server)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(lines.ask, question(), PATIENCE)
                for _ in range(steps):
                    await lowlevel.checkpoint()
                tasks.cancel_scope.cancel()
            await closed(lines)
        gc.collect()

    assert [str(each.message) for each in told if each.category is ResourceWarning] == []


async def test_what_is_sent_without_a_body_says_so() -> None:
    with RawServer(lambda asked: asked.send(answer(202))) as server:
        lines = lines_to(server)
        await lines.ask(question("POST"), PATIENCE)
        await lines.ask(question("DELETE"), PATIENCE)
        await closed(lines)

    assert [each.headers.get("content-length") for each in server.conversations] == ["0", None]


async def test_a_connection_that_its_server_has_closed_meanwhile_is_not_used_again() -> None:
    def one_answer(asked: Conversation) -> None:
        asked.send(answer(200))
        asked.hang_up()

    with RawServer(one_answer) as server:
        lines = lines_to(server)
        for _ in range(3):
            await lines.ask(question(), PATIENCE)
            await anyio.sleep(0.05)
        await closed(lines)

    assert len({id(each._socket) for each in server.conversations}) == 3


async def test_what_comes_later_than_its_answer_is_not_taken_for_the_next_one() -> None:
    def twice(asked: Conversation) -> None:
        asked.send(answer(200, f"{len(server.conversations)}".encode()))
        time.sleep(0.02)
        asked.send(answer(200, b"of another"))

    with RawServer(twice) as server:
        lines = lines_to(server)
        bodies = []
        for _ in range(3):
            bodies.append((await lines.ask(question(), PATIENCE)).body)
            # As long as another request takes the loop.
            time.sleep(0.1)  # noqa: ASYNC251
        await closed(lines)

    assert bodies == [b"1", b"2", b"3"]


@pytest.mark.parametrize(
    ("read_s", "whole_s", "pause_s", "error"),
    [(0.1, 5.0, 1.0, httpx.ReadTimeout), (5.0, 0.1, 1.0, TooSlow), (0.3, 0.2, 0.02, TooSlow)],
)
async def test_silence_and_dripping_end_when_they_should(
    read_s: float, whole_s: float, pause_s: float, error: type[Exception]
) -> None:
    def drip(asked: Conversation) -> None:
        for byte in answer(200, b"x" * 20):
            time.sleep(pause_s)
            asked.send(bytes([byte]))

    with RawServer(drip) as server:
        lines = lines_to(server)
        with pytest.raises(error):
            await lines.ask(question(), Patience(5.0, 5.0, read_s, whole_s))
        await closed(lines)


async def test_a_registry_that_says_nothing_is_told_as_silent() -> None:
    with RawServer(lambda _: time.sleep(0.5)) as server:
        options = ConnectionOptions({server.address: HostOptions(plain_http=True)})
        pool = Pool(options, Surroundings())
        sending = Sending("GET", f"http://{server.address}/v2/", {}, server.address, read_s=0.1, most_bytes=1000)
        with anyio.fail_after(5):
            failure = await pool.send(sending)
        await pool.aclose()

    assert isinstance(failure, Failure)
    assert failure.fault is Fault.SILENT
    assert "silence for more than" in str(failure.error)


async def test_a_shorter_time_limit_holds_behind_a_longer_one_on_the_same_connection() -> None:
    def second_is_silent(asked: Conversation) -> None:
        if len(server.conversations) == 1:
            asked.send(answer(200))
        else:
            time.sleep(1.0)

    with RawServer(second_is_silent) as server:
        lines = lines_to(server)
        await lines.ask(question(), PATIENCE)
        began_s = time.monotonic()
        with pytest.raises(httpx.ReadTimeout):
            await lines.ask(question(), Patience(5.0, 5.0, 0.1, 5.0))
        await closed(lines)

    assert time.monotonic() - began_s < 0.9


async def test_an_answer_that_breaks_off_tells_its_head_and_why() -> None:
    def half(asked: Conversation) -> None:
        asked.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        asked.hang_up()

    with RawServer(half) as server:
        lines = lines_to(server)
        reply = await lines.ask(question(), PATIENCE)
        await closed(lines)

    assert (reply.status_code, reply.body) == (200, b"half")
    assert isinstance(reply.error, httpx.RemoteProtocolError)


async def test_a_refusal_before_all_was_sent_is_heard_and_its_connection_is_not_used_again() -> None:
    def refuse(asked: Conversation) -> None:
        asked.send(answer(413, b"too large"))
        # Nothing is read of the body, and the connection stays open.
        time.sleep(0.5)

    with RawServer(refuse) as server:
        lines = lines_to(server)
        replies = [await lines.ask(question("PUT", bytes(2**23)), Patience(5.0, 5.0, 0.3, 5.0)) for _ in range(2)]
        await closed(lines)

    assert [each.status_code for each in replies] == [413, 413]
    assert len(server.conversations) == 2


async def test_cancelled_it_ends_at_once_and_its_connection_is_closed() -> None:
    with RawServer(lambda _: time.sleep(1.0)) as server:
        lines = lines_to(server)
        began_s = time.monotonic()
        with anyio.move_on_after(0.1):
            await lines.ask(question(), PATIENCE)
        taken_s = time.monotonic() - began_s
        await closed(lines)

    assert taken_s < 0.9
    assert lines._idle == []
    gc.collect()


async def test_what_would_be_a_header_of_its_own_is_not_sent() -> None:
    with RawServer(lambda asked: asked.send(answer(200))) as server:
        lines = lines_to(server)
        with pytest.raises(httpx.LocalProtocolError):
            await lines.ask(question(headers={"Accept": "a\r\nX-Other: b"}), PATIENCE)
        await closed(lines)

    assert server.conversations == []


async def test_neither_login_nor_session_nor_bytes_are_shown() -> None:
    asked = Question("PUT", "/v2/a/blobs/uploads/1?_state=s3cret", {"Authorization": "Basic s3cret"}, b"s3cret", 1000)

    assert "s3cret" not in repr(asked)


async def test_where_nothing_listens_there_is_no_way() -> None:
    lines = SmallLines(httpx.URL("http://127.0.0.1:1"), None, None)

    with pytest.raises(NoWay):
        await lines.ask(question(), PATIENCE)


@pytest.mark.property
@given(st.text(st.sampled_from("ab/.%20?&=:@#~ é\\\"<>{}|^`[]+,;'*!$()_-"), max_size=20))
def test_a_path_is_sent_as_the_http_library_sends_it(text: str) -> None:
    assert path_of(f"/v2/{text}") == httpx.URL(f"http://x/v2/{text}").raw_path.decode()
