"""Answers cut out of the bytes of their connections, however those come."""

from __future__ import annotations

import http.client
import io
import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.registry.framing import BadAnswer, Framing

if TYPE_CHECKING:
    from collections.abc import Sequence

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: x\r\n\r\n"


def fed(*pieces: bytes, method: str = "GET", most_bytes: int = 100, unread: Sequence[int] = ()) -> Framing:
    framing = Framing(method, most_bytes, frozenset(unread))
    for piece in pieces:
        framing.feed(piece)
    return framing


class Wire(io.BytesIO):
    """What the standard library's reader takes for a socket."""

    def makefile(self, *_: object, **__: object) -> Wire:
        return self


@pytest.mark.property
@given(
    st.sampled_from([PLAIN, CHUNKED, b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 204 No\r\n\r\n"]),
    st.lists(st.integers(1, 120), max_size=6),
)
def test_however_an_answer_is_cut_it_is_what_the_standard_library_reads(raw: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(cut for cut in set(cuts) if cut < len(raw)), len(raw)]
    framing = fed(*(raw[first:last] for first, last in itertools.pairwise(places)))
    wanted = http.client.HTTPResponse(Wire(raw))  # type: ignore[arg-type]  # it takes what has `makefile`
    wanted.begin()

    assert (framing.status, framing.body) == (wanted.status, wanted.read())
    assert framing.headers == {name.lower(): value for name, value in wanted.getheaders()}
    assert framing.is_whole
    assert framing.is_usable


def test_an_answer_to_a_head_has_no_body_whatever_its_length() -> None:
    framing = fed(PLAIN.removesuffix(b"hello"), method="HEAD")

    assert (framing.is_usable, framing.body) == (True, b"")


def test_what_is_told_on_the_way_is_no_answer() -> None:
    assert fed(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + PLAIN).body == b"hello"


def test_what_comes_after_an_answer_makes_its_connection_useless() -> None:
    assert not fed(PLAIN + b"HTTP/1.1 200 OK\r\n").is_usable
    assert not fed(CHUNKED + b"x").is_usable


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\nConnection: Close\r\n", b"HTTP/1.0 200 OK\r\n", b"HTTP/1.0 200 OK\r\nConnection: x\r\n"],
)
def test_a_connection_that_its_server_closes_is_not_used_again(head: bytes) -> None:
    framing = fed(head + b"Content-Length: 1\r\n\r\na")

    assert (framing.is_whole, framing.is_usable) == (True, False)


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    framing = fed(b"HTTP/1.1 200 OK\r\n\r\nab", b"c")

    assert not framing.is_whole
    framing.end()
    assert (framing.is_whole, framing.is_usable, framing.body) == (True, False, b"abc")


def test_of_a_body_that_is_too_long_no_more_is_taken_than_tells_it() -> None:
    framing = fed(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n" + b"x" * 60, b"x" * 60, most_bytes=100)

    assert (framing.is_whole, framing.is_usable, len(framing.body)) == (True, False, 120)


def test_of_a_status_that_is_not_wanted_the_body_is_not_waited_for() -> None:
    framing = fed(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", unread=[200])

    assert (framing.is_whole, framing.is_usable, framing.body) == (True, False, b"")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"SSH-2.0-OpenSSH\r\n\r\n", "no answer of HTTP/1.1"),
        (b"HTTP/2 200\r\n\r\n", "no answer of HTTP/1.1"),
        (b"HTTP/1.1 101 Switching\r\n\r\n", "was not asked for"),
        (b"HTTP/1.1 200 OK\r\nNo colon\r\n\r\n", "no NAME: VALUE"),
        (b"HTTP/1.1 200 OK\r\nA b: c\r\n\r\n", "no NAME: VALUE"),
        (b"HTTP/1.1 200 OK\r\nA: b\x00c\r\n\r\n", "control characters"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "no number of bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "no number of bytes"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "only transfer coding"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "size is no number"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", "longer than it says"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 2000, "before a chunk is too long"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 20_000, "head of the answer does not end"),
    ],
)
def test_what_is_no_answer_is_refused(raw: bytes, why: str) -> None:
    with pytest.raises(BadAnswer, match=why):
        fed(raw)


@pytest.mark.parametrize("raw", [b"", b"HTTP/1.1 200 OK\r\nContent-Le", PLAIN[:-1], CHUNKED[:-2]])
def test_an_answer_that_ends_too_soon_is_refused(raw: bytes) -> None:
    framing = fed(raw)

    with pytest.raises(BadAnswer, match="Server disconnected" if len(raw) < 40 else "without sending complete"):
        framing.end()
