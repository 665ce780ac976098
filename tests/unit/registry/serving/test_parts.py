"""Ranges, paths, pages, bodies and lines: the pure parts of the registry that we serve."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from regplan.errors import Denied, ErrorInfo, NotFound, QuotaExceeded, RegistryError
from regplan.registry.serving.access import combined_line
from regplan.registry.serving.body import Body
from regplan.registry.serving.connection import Access
from regplan.registry.serving.head import Head
from regplan.registry.serving.paging import page_of
from regplan.registry.serving.ranges import Span, parse_chunk, parse_range
from regplan.registry.serving.reply import Refused, Reply, explain
from regplan.registry.serving.routes import Place, Route, is_repository, is_tag, route_of


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-9", Span(0, 9)),
        ("bytes=90-1000", Span(90, 99)),
        ("bytes=99-", Span(99, 99)),
        ("bytes=-10", Span(90, 99)),
        ("bytes=-1000", Span(0, 99)),
        ("bytes=100-", Span(0, -1)),
        ("bytes=5-4", Span(0, -1)),
        ("bytes=-0", Span(0, -1)),
        ("bytes=-", None),
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
        ("bytes=a-b", None),
    ],
)
def test_a_range_of_a_hundred_bytes_is_what_the_rfc_says(header: str, span: Span | None) -> None:
    assert parse_range(header, 100) == span


def test_nothing_of_an_empty_blob_can_be_asked_for() -> None:
    assert parse_range("bytes=0-0", 0) == Span(0, -1)
    assert parse_range("bytes=-5", 0) == Span(0, -1)


@pytest.mark.parametrize(
    ("header", "span"),
    [("0-9", Span(0, 9)), ("bytes 5-9/*", Span(5, 9)), ("9-5", None), ("0-", None), ("", None), ("-5-3", None)],
)
def test_a_chunk_says_where_it_belongs(header: str, span: Span | None) -> None:
    assert parse_chunk(header) == span


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/v2", Route(Place.BASE)),
        ("/v2/", Route(Place.BASE)),
        ("/v2/_catalog", Route(Place.CATALOG)),
        ("/v2/a/b/tags/list", Route(Place.TAGS, "a/b")),
        ("/v2/a/manifests/sha256:0", Route(Place.MANIFEST, "a", "sha256:0")),
        ("/v2/a/blobs/sha256:0", Route(Place.BLOB, "a", "sha256:0")),
        ("/v2/a/blobs/uploads", Route(Place.UPLOADS, "a")),
        ("/v2/a/blobs/uploads/", Route(Place.UPLOADS, "a")),
        ("/v2/a/blobs/uploads/x", Route(Place.UPLOAD, "a", "x")),
        ("/v2/a/referrers/sha256:0", Route(Place.REFERRERS, "a", "sha256:0")),
        ("/v2/a/manifests/manifests/b", Route(Place.MANIFEST, "a/manifests", "b")),
        ("/v2/tags/list/tags/list", Route(Place.TAGS, "tags/list")),
        ("/", None),
        ("/v1/", None),
        ("/v2/a", None),
        ("/v2//manifests/x", None),
        ("/v2/a/manifests/", None),
    ],
)
def test_a_path_names_one_thing(path: str, route: Route | None) -> None:
    assert route_of(path) == route


@pytest.mark.parametrize("name", ["a", "a/b", "a.b/c_d/e__f/g-h--i", "docker.io/library/nginx", "0/9"])
def test_repositories_have_the_specifications_grammar(name: str) -> None:
    assert is_repository(name)


@pytest.mark.parametrize(
    "name",
    ["", "A", "a//b", "/a", "a/", "../a", "a/../b", "a/..", ".a", "a.", "a\\b", "a\0b", "a b", "a___b", "a..b", "a\n", "c:/x", "a" * 256],
)  # fmt: skip
def test_what_could_lead_out_of_a_folder_is_no_repository(name: str) -> None:
    assert not is_repository(name)


def test_tags_have_the_specifications_grammar() -> None:
    assert all(map(is_tag, ["1", "_x", "A.b-c_D", "x" * 128]))
    assert not any(map(is_tag, ["", ".x", "-x", "a/b", "a:b", "x" * 129, "a\n"]))


def asked(query: str, path: str = "/v2/a/tags/list") -> Head:
    return Head("GET", path, query, "", {})


def test_pages_follow_each_other_to_the_end() -> None:
    names = ["a", "b", "c", "d", "e"]
    seen: list[str] = []
    query, pages = "n=2", 0
    while query:
        page, headers = page_of(names, asked(query))
        seen += page
        pages += 1
        link = headers.get("Link", "")
        query = link.partition("?")[2].partition(">")[0]
        assert not link or link.endswith('>; rel="next"')

    assert (seen, pages) == (names, 3)


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("", ["a", "b", "c"]), ("n=0", []), ("last=a", ["b", "c"]), ("last=aa&n=1", ["b"]), ("last=z", []),
        ("n=3", ["a", "b", "c"]), ("n=99999999", ["a", "b", "c"]),
    ],
)  # fmt: skip
def test_a_page_starts_after_what_was_last_whether_that_is_there_or_not(query: str, page: list[str]) -> None:
    told, headers = page_of(["a", "b", "c"], asked(query))

    assert told == page
    assert ("Link" in headers) is (query == "last=aa&n=1")


@pytest.mark.parametrize("number", ["-1", "x", "1.5", "9999999999"])
def test_a_number_that_is_none_is_refused(number: str) -> None:
    with pytest.raises(Refused) as caught:
        page_of(["a"], asked(f"n={number}"))

    assert caught.value.reply.status == 400


def body_of(raw: bytes, length: int | None) -> Body:
    reader: Any = io.BufferedReader(cast("Any", io.BytesIO(raw)))
    return Body(reader, Head("PUT", "", "", "", {}, length), lambda: None)


def test_a_sized_body_ends_where_it_says_and_leaves_the_next_request() -> None:
    body = body_of(b"abcNEXT", 3)

    assert body.read(10, "it") == b"abc"
    assert (body.received, body.is_spent) == (3, True)


def test_a_chunked_body_is_put_together_and_its_trailers_passed_over() -> None:
    body = body_of(b"3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nNEXT", None)

    assert body.read(100, "it") == b"abc0123456789"
    assert (body.received, body.is_spent) == (13, True)


@pytest.mark.parametrize("raw", [b"x\r\n", b"-1\r\n", b"3\r\nabcd\r\n0\r\n\r\n", b"3\nabc" + b"x" * 5000, b"0\r\n" + b"a: b\r\n" * 100])  # fmt: skip
def test_a_body_that_is_not_in_chunks_is_refused(raw: bytes) -> None:
    with pytest.raises(Refused) as caught:
        body_of(raw, None).read(10_000, "it")

    assert caught.value.reply.status == 400


@pytest.mark.parametrize(("raw", "length"), [(b"abc", 4), (b"4\r\nabc", None), (b"", None), (b"", 1)])
def test_a_client_that_goes_away_within_a_body_breaks_the_connection(raw: bytes, length: int | None) -> None:
    with pytest.raises(ConnectionError):
        body_of(raw, length).read(100, "it")


@pytest.mark.parametrize(("raw", "length"), [(b"abcdef", 6), (b"6\r\nabcdef\r\n0\r\n\r\n", None)])
def test_a_body_that_is_too_large_is_refused_with_413(raw: bytes, length: int | None) -> None:
    body = body_of(raw, length)
    with pytest.raises(Refused) as caught:
        body.read(5, "a manifest")

    assert caught.value.reply.status == 413
    assert not body.is_spent


def test_a_line_of_the_log_holds_no_quotes_and_no_controls_of_a_client() -> None:
    access = Access("127.0.0.1", "GET", '/v2/"x', 200, 5, 7, 'a"b\n\x1b[0m\\')
    line = combined_line(access, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))

    assert line == (
        '127.0.0.1 - - [02/Jan/2026:03:04:05 +0000] "GET /v2/\\x22x HTTP/1.1" 200 7 "" "a\\x22b\\x0a\\x1b[0m\\x5c"'
    )


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFound("x", status=404, errors=(ErrorInfo("BLOB_UNKNOWN", "no"),)), 404, b"BLOB_UNKNOWN"),
        (QuotaExceeded("/secret/place is full"), 507, b"no space left"),
        (Denied("/secret/place"), 403, b"DENIED"),
        (RegistryError("cannot read /secret/place"), 500, b"UNKNOWN"),
    ],
)
def test_errors_of_the_shelf_get_a_status_and_tell_nothing_of_this_machine(
    error: RegistryError, status: int, code: bytes
) -> None:
    reply = explain(error)

    assert reply.status == status
    assert code in reply.body
    assert b"secret" not in reply.body


def test_an_answer_without_content_has_no_length() -> None:
    head = Reply(204, {"Location": "/x"}).head(is_last=True)

    assert head.startswith(b"HTTP/1.1 204 No Content\r\n")
    assert b"Content-Length" not in head
    assert head.endswith(b"Connection: close\r\n\r\n")
