from __future__ import annotations

import pytest

from regplan.errors import InvalidManifest
from regplan.oci.document import read_object


def test_an_object_is_read_and_what_is_unknown_stays() -> None:
    assert read_object(b'{"a": [1, {"b": null}], "x-unknown": true}', "a manifest", "here") == {
        "a": [1, {"b": None}],
        "x-unknown": True,
    }


def test_of_a_key_that_stands_twice_the_last_counts() -> None:
    assert read_object(b'{"size": 1, "size": 2}', "a manifest", "here") == {"size": 2}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not json",
        b"<html>",
        b'{"a": ',
        b'{"a": 1} trailing',
        b'{"a": "\xff"}',
        '\ufeff{"a": 1}'.encode(),
        '{"a": 1}'.encode("utf-16"),
        '{"a": 1}'.encode("utf-32-le"),
        b'{"a": ' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a": ' + b"9" * 10_000 + b"}",
    ],
    ids=[
        "empty",
        "words",
        "html",
        "cut",
        "more",
        "latin",
        "bom",
        "utf-16",
        "utf-32",
        "deep",
        "deep-list",
        "huge-number",
    ],
)
def test_what_is_not_json_in_utf_8_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidManifest, match=r"^quay.io/a:1 is not JSON$"):
        read_object(raw, "a manifest", "quay.io/a:1")


@pytest.mark.parametrize("raw", [b"[]", b'"text"', b"5", b"null", b"true", b"NaN"])
def test_what_is_not_an_object_is_refused_with_what_it_should_be(raw: bytes) -> None:
    with pytest.raises(InvalidManifest, match=r"^quay.io/a:1 is not an image config: it is not a JSON object$"):
        read_object(raw, "an image config", "quay.io/a:1")
