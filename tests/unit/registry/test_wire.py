from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.errors import DigestMismatch, RegistryError
from regplan.oci.digest import Digest
from regplan.registry.wire import (
    Answer,
    Challenge,
    blob_path,
    catalog_path,
    check_digest_header,
    check_range,
    digest_header,
    manifest_path,
    next_link,
    origin_of,
    parse_challenges,
    parse_names,
    referrers_path,
    resolve_location,
    retry_after_s,
    size_of,
    tag_of_referrers,
    upload_path,
    with_digest,
)

DIGEST = Digest.parse("sha256:" + "ab" * 32)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def answer(url: str = "https://r.example/v2/", **headers: str) -> Answer:
    return Answer("GET", url, 200, {name.replace("_", "-"): value for name, value in headers.items()})


def test_paths_are_those_of_the_specification() -> None:
    assert manifest_path("a/b", str(DIGEST)) == f"/v2/a/b/manifests/{DIGEST}"
    assert blob_path("a/b", DIGEST) == f"/v2/a/b/blobs/{DIGEST}"
    assert referrers_path("a/b", DIGEST) == f"/v2/a/b/referrers/{DIGEST}"
    assert catalog_path(100) == "/v2/_catalog?n=100"
    assert tag_of_referrers(DIGEST) == "sha256-" + "ab" * 32


def test_a_mount_names_digest_and_source() -> None:
    path = upload_path("a/b", DIGEST, "c/d")

    assert dict(parse_qsl(urlsplit(path).query)) == {"mount": str(DIGEST), "from": "c/d"}
    assert "from" not in upload_path("a/b", DIGEST)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ()),
        ("Basic", (Challenge("basic"),)),
        ('Basic realm="a, b"', (Challenge("basic", (("realm", "a, b"),)),)),
        (
            'Bearer realm="https://t/token",service="s",scope="repository:a:pull,push"',
            (
                Challenge(
                    "bearer", (("realm", "https://t/token"), ("service", "s"), ("scope", "repository:a:pull,push"))
                ),
            ),
        ),
        (
            'Negotiate abc==, Basic realm="x", BEARER Realm = "y" , service=z',
            (
                Challenge("negotiate"),
                Challenge("abc"),
                Challenge("basic", (("realm", "x"),)),
                Challenge("bearer", (("realm", "y"), ("service", "z"))),
            ),
        ),
        (r'Basic realm="say \"hi\"", charset=""', (Challenge("basic", (("realm", 'say "hi"'), ("charset", ""))),)),
        ('realm="orphan"', ()),
        ('Bearer realm="unfinished', (Challenge("bearer"), Challenge("realm"), Challenge("unfinished"))),
    ],
)
def test_challenges_are_read_with_their_parameters(header: str, expected: tuple[Challenge, ...]) -> None:
    assert parse_challenges(header) == expected


@given(st.text())
def test_any_header_is_read_without_an_error(header: str) -> None:
    parse_challenges(header)


def test_the_next_page_is_asked_at_the_same_registry() -> None:
    link = '<http://inner:5000/v2/_catalog?last=b&n=2>; rel="next"'

    assert next_link(answer(link='</v2/_catalog?last=b&n=2>; rel="next"'), "https://r.example") == (
        "https://r.example/v2/_catalog?last=b&n=2"
    )
    assert next_link(answer(link='</a>; rel="prev", </b>; title="x"; rel=next'), "https://r.example").endswith("/b")  # type: ignore[union-attr]
    assert next_link(answer(), "https://r.example") is None
    with pytest.raises(RegistryError, match="plain HTTP"):
        next_link(answer(link=link), "https://r.example")


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/v2/a/blobs/uploads/1?_state=x", "https://r.example:8443/v2/a/blobs/uploads/1?_state=x"),
        ("1?_state=x", "https://r.example:8443/v2/a/blobs/uploads/1?_state=x"),
        ("//r.example/u/1", "https://r.example:8443/u/1"),
        ("http://r.example/u/1", "https://r.example:8443/u/1"),
        ("https://R.EXAMPLE:443/u/1?a=1&a=2&e=", "https://r.example:8443/u/1?a=1&a=2&e="),
        ("https://me:pw@r.example/u/1", "https://r.example:8443/u/1"),
        ("https://store.example/u/1", "https://store.example/u/1"),
        ("https://me:pw@store.example/u/1", "https://store.example/u/1"),
    ],
)
def test_a_location_leads_back_to_the_registry_as_we_reach_it(location: str, expected: str) -> None:
    url = "https://r.example:8443/v2/a/blobs/uploads/"

    assert resolve_location(url, location, "https://r.example:8443") == expected


@pytest.mark.parametrize(
    "location",
    [
        "",
        "ftp://r.example/x",
        "https://[/",
        "http://store.example/u",
        "https://169.254.169.254/u",
        "https://10.0.0.1/u",
    ],
)
def test_a_location_that_leads_astray_is_refused(location: str) -> None:
    with pytest.raises(RegistryError):
        resolve_location("https://r.example/v2/", location, "https://r.example")


def test_an_internal_registry_may_name_another_internal_address() -> None:
    location = resolve_location("http://10.0.0.5:30003/v2/", "http://10.0.0.6:30003/u/1", "http://10.0.0.5:30003")

    assert location == "http://10.0.0.6:30003/u/1"


@given(st.lists(st.tuples(st.from_regex(r"[a-z_]{1,5}", fullmatch=True), st.text(max_size=5)), max_size=4))
def test_the_sessions_query_is_kept_and_the_digest_added(pairs: list[tuple[str, str]]) -> None:
    from urllib.parse import urlencode

    location = "https://a/u/1" + (f"?{urlencode(pairs)}" if pairs else "")
    query = parse_qsl(urlsplit(with_digest(location, DIGEST)).query, keep_blank_values=True)

    assert query == [*pairs, ("digest", str(DIGEST))]


def test_origins_differ_by_scheme_host_and_port() -> None:
    assert origin_of("https://a") == origin_of("https://A:443/x?y")
    assert len({origin_of(url) for url in ("https://a", "http://a", "https://a:8443", "https://b")}) == 4
    for url in ("a/b", "file:///etc/passwd", "https://", "https://a:x"):
        with pytest.raises(RegistryError):
            origin_of(url)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("-3", 0.0),
        ("1.5", 1.5),
        ("Mon, 23 Nov 2026 12:01:00 GMT", 60.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("inf", None),
        ("nan", None),
        ("Mon, 23 Nov 2026 12:01:00", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, expected: float | None) -> None:
    assert retry_after_s({"retry-after": value}, NOW) == expected


def test_a_digest_header_must_be_ours_where_there_is_one() -> None:
    check_digest_header({}, DIGEST, "it")
    check_digest_header({"docker-content-digest": "nonsense"}, DIGEST, "it")
    check_digest_header({"docker-content-digest": str(DIGEST)}, DIGEST, "it")
    check_digest_header({"docker-content-digest": "sha512:" + "0" * 128}, DIGEST, "it")
    with pytest.raises(DigestMismatch, match=f"it: the registry says sha256:0+, and the bytes are {DIGEST}"):
        check_digest_header({"docker-content-digest": "sha256:" + "0" * 64}, DIGEST, "it")
    assert digest_header({"docker-content-digest": str(DIGEST)}) == DIGEST


def test_a_part_must_begin_where_it_was_asked_to() -> None:
    check_range({"content-range": "bytes 10-19/100"}, 10, "it")
    for value in ("bytes 0-19/100", "", "lines 10-19", f"bytes {'9' * 5000}-19", f"bytes 10-{'9' * 5000}"):
        with pytest.raises(RegistryError, match="it: another part"):
            check_range({"content-range": value}, 10, "it")


def test_a_size_is_a_plain_number() -> None:
    assert size_of({"content-length": "12"}) == 12
    assert [size_of({"content-length": value}) for value in ("", "-1", "1.0", "²", "9" * 5000)] == [None] * 5


def test_names_are_a_list_or_an_error() -> None:
    assert parse_names(b'{"repositories": ["a", "b/c"]}', "repositories", "r") == ("a", "b/c")
    assert parse_names(b'{"repositories": null}', "repositories", "r") == ()
    for body in (b"<html>", b"[]", b"{}", b'{"repositories": 1}'):
        with pytest.raises(RegistryError, match="r answered with something that is not a list of repositories"):
            parse_names(body, "repositories", "r")


@pytest.mark.property
@given(st.text(st.sampled_from("ab/.?#&=%20@:[]é \t~_-"), max_size=16))
def test_a_location_at_this_registry_is_taken_as_it_stands_but_for_its_fragment(text: str) -> None:
    location = f"https://r.example:8443/{text}"
    wanted = urlunsplit(urlsplit(location)._replace(fragment=""))

    assert resolve_location("https://r.example:8443/v2/", location, "https://r.example:8443") == wanted
