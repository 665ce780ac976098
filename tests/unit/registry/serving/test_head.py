from __future__ import annotations

import pytest

from regplan.registry.serving.head import BadHead, parse_head


def head(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1")


def test_a_head_is_method_path_query_and_headers() -> None:
    parsed = parse_head(head("PUT /v2/a%2Fb/x?digest=sha256%3A0&tag=1&tag=2 HTTP/1.1", "HOST: x", "Content-Length: 7"))

    assert (parsed.method, parsed.path, parsed.length, parsed.is_last) == ("PUT", "/v2/a/b/x", 7, False)
    assert parsed.parameter("digest") == "sha256:0"
    assert parsed.parameters("tag") == ["1", "2"]
    assert parsed.parameter("none") == ""
    assert parsed.get("host") == "x"
    assert parsed.target == "/v2/a%2Fb/x?digest=sha256%3A0&tag=1&tag=2"


@pytest.mark.parametrize(
    ("lines", "last"),
    [
        (["GET / HTTP/1.1", "Host: x", "Connection: Close"], True),
        (["GET / HTTP/1.0"], True),
        (["GET / HTTP/1.0", "Connection: keep-alive"], False),
    ],
)
def test_who_ends_the_connection_is_told_as_the_protocol_has_it(lines: list[str], last: bool) -> None:
    assert parse_head(head(*lines)).is_last is last


def test_a_chunked_body_has_no_length_and_no_body_has_none_of_it() -> None:
    assert parse_head(head("PATCH / HTTP/1.1", "Host: x", "Transfer-Encoding: Chunked")).length is None
    assert parse_head(head("GET / HTTP/1.1", "Host: x")).length == 0


def test_an_absolute_target_is_read_by_its_path() -> None:
    assert parse_head(head("GET http://somewhere:5000/v2/ HTTP/1.1", "Host: x")).path == "/v2/"


def test_a_header_that_may_stand_twice_is_joined() -> None:
    assert parse_head(head("GET / HTTP/1.1", "Host: x", "Accept: a", "Accept: b")).get("accept") == "a, b"


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["GET /"], 400),
        (["GET / HTTP/2.0", "Host: x"], 400),
        (["get / HTTP/1.1", "Host: x"], 400),
        (["GET /a b HTTP/1.1", "Host: x"], 400),
        (["GET / HTTP/1.1"], 400),
        (["GET / HTTP/1.1", "Host: x", " folded: y"], 400),
        (["GET / HTTP/1.1", "Host: x", "no colon"], 400),
        (["GET / HTTP/1.1", "Host: x", "A: b\rc"], 400),
        (["GET / HTTP/1.1", "Host: x", "Host: y"], 400),
        (["PUT / HTTP/1.1", "Host: x", "Content-Length: 1", "Content-Length: 2"], 400),
        (["PUT / HTTP/1.1", "Host: x", "Content-Length: 1", "Transfer-Encoding: chunked"], 400),
        (["PUT / HTTP/1.1", "Host: x", "Content-Length: -1"], 400),
        (["PUT / HTTP/1.1", "Host: x", "Content-Length: 1_0"], 400),
        (["PUT / HTTP/1.1", "Host: x", f"Content-Length: {'9' * 30}"], 400),
        (["PUT / HTTP/1.1", "Host: x", "Transfer-Encoding: gzip, chunked"], 501),
        (["GET / HTTP/1.1", "Host: x", *(f"H{n}: v" for n in range(200))], 431),
    ],
)
def test_what_two_readers_could_take_for_two_things_is_refused(lines: list[str], status: int) -> None:
    with pytest.raises(BadHead) as caught:
        parse_head(head(*lines))

    assert caught.value.status == status


def test_a_query_without_end_tells_nothing() -> None:
    query = "&".join(f"tag={n}" for n in range(1000))

    assert parse_head(head(f"PUT /?{query} HTTP/1.1", "Host: x")).parameters("tag") == []
