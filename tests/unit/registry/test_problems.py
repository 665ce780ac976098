from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.errors import (
    Denied,
    ErrorInfo,
    NotFound,
    QuotaExceeded,
    RateLimited,
    RegistryError,
    Unauthorized,
    Unsupported,
)
from regplan.registry.options import Secret
from regplan.registry.problems import Asked, error_for, parse_errors
from regplan.registry.wire import Answer

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ASKED = Asked("harbor.corp", "manifest spectro-images/a:1", "spectro-images/a", login="/home/me/config.json")


def body(code: str, message: str = "") -> bytes:
    return json.dumps({"errors": [{"code": code, "message": message}]}).encode()


def error(status: int, raw: bytes = b"", asked: Asked = ASKED, **headers: str) -> RegistryError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_for(Answer("PUT", "https://harbor.corp/v2/x?_state=s3cr3t", status, named, raw), asked, NOW)


def unknown(detail: object) -> bytes:
    return json.dumps({"errors": [{"code": "UNKNOWN", "message": "unknown error", "detail": detail}]}).encode()


@pytest.mark.parametrize(
    ("status", "raw", "kind", "words", "retryable"),
    [
        (404, body("MANIFEST_UNKNOWN", "unknown"), NotFound, "has no manifest spectro-images/a:1", False),
        (403, body("DENIED", "no"), Denied, "lacks the right", False),
        (
            403,
            body("DENIED", "will exceed the configured upper limit of 1 GiB"),
            QuotaExceeded,
            "raise its quota",
            False,
        ),
        (413, b"", Unsupported, "client_max_body_size", False),
        (413, body("DENIED", "storage quota reached"), QuotaExceeded, "no room", False),
        (500, body("UNKNOWN", "write /var: no space left on device"), QuotaExceeded, "no room", False),
        # distribution 2.8.2 on a full disk: to an upload's bytes, and to what opens an upload.
        (500, unknown("write /r/data: no space left on device"), QuotaExceeded, "no space left on device", False),
        (500, unknown({"DriverName": "filesystem", "Enclosed": {"Err": 28}}), QuotaExceeded, "no space left", False),
        (500, unknown({"DriverName": "filesystem", "Enclosed": {"Err": 13}}), RegistryError, "unknown error", True),
        (500, unknown({"Enclosed": ["x"]}), RegistryError, "unknown error", True),
        (507, b"", QuotaExceeded, "no room", False),
        (405, body("UNSUPPORTED"), Unsupported, "read-only or pull-through", False),
        (412, b"", Denied, "immutable tag", False),
        (415, body("MANIFEST_INVALID"), Unsupported, '"compat": ["docker2s2"]', False),
        (404, body("BLOB_UPLOAD_UNKNOWN"), NotFound, "must start over", True),
        (404, body("BLOB_UPLOAD_INVALID"), NotFound, "must start over", True),
        (400, body("DIGEST_INVALID"), RegistryError, "other bytes", True),
        (400, body("MANIFEST_BLOB_UNKNOWN", "blob unknown"), RegistryError, "HTTP 400", False),
        (400, b"Client sent an HTTP request to an HTTPS server.\n", RegistryError, "leave out --plain-http", False),
        (502, b"<html>Bad gateway</html>", RegistryError, "failed with HTTP 502", True),
        (503, b"", RegistryError, "try again later", True),
        (307, b"", RegistryError, "redirects where no redirect belongs", False),
        (418, b"", RegistryError, "HTTP 418", False),
    ],
)
def test_each_answer_is_one_kind_of_error_with_one_sentence(
    status: int, raw: bytes, kind: type[RegistryError], words: str, retryable: bool
) -> None:
    found = error(status, raw)

    assert type(found) is kind
    assert found.message.startswith("harbor.corp")
    assert words in found.message
    assert "\n" not in found.message
    assert (found.status, found.retryable) == (status, retryable)
    assert found.request == "PUT https://harbor.corp/v2/x?_state=***"


def test_too_many_requests_tell_how_long_to_wait() -> None:
    found = error(429, body("TOOMANYREQUESTS", "slow down"), retry_after="30")

    assert isinstance(found, RateLimited)
    assert found.retry_after_s == 30
    assert "it asks to wait 30 s (TOOMANYREQUESTS: slow down)" in found.message
    assert error(429).retryable


CHALLENGE = 'Basic realm="x"'


def test_a_refused_login_is_told_from_a_missing_one_and_from_a_withheld_one() -> None:
    refused = error(401, www_authenticate=CHALLENGE)
    missing = error(401, asked=Asked("harbor.corp", "manifest a/b:1"), www_authenticate=CHALLENGE)
    withheld = error(401, asked=Asked("harbor.corp", "manifest a/b:1", withheld=True), www_authenticate=CHALLENGE)

    assert {type(refused), type(missing), type(withheld)} == {Unauthorized}
    assert "refuses the login from /home/me/config.json" in refused.message
    assert "docker login harbor.corp" in missing.message
    assert "over plain HTTP" in withheld.message
    assert "--plain-http=harbor.corp" in withheld.message


def test_harbor_says_by_a_401_without_a_way_in_that_a_project_is_missing() -> None:
    found = error(401, body("UNAUTHORIZED", "project spectro-images not found"))

    assert isinstance(found, NotFound)
    assert "project 'spectro-images' does not exist" in found.message
    assert isinstance(error(401), Unauthorized)


def test_errors_are_read_in_the_specifications_form_and_in_others() -> None:
    assert parse_errors(body("DENIED", "no")) == (ErrorInfo("DENIED", "no"),)
    assert parse_errors(b'{"error": "invalid_grant", "error_description": "old"}') == (
        ErrorInfo("invalid_grant", "old"),
    )
    assert parse_errors(b'{"details": "incorrect username or password"}') == (
        ErrorInfo("", "incorrect username or password"),
    )
    assert parse_errors(b"plain words\nand more") == (ErrorInfo("", "plain words"),)
    assert parse_errors(b"<html><body>no</body></html>") == ()
    assert parse_errors(b"") == ()
    assert parse_errors(b'{"errors": [1, "x", {"code": 7}]}') == (ErrorInfo("7", ""),)


@given(st.binary(max_size=300))
def test_any_body_is_read_without_an_error(raw: bytes) -> None:
    parse_errors(raw)


def test_a_registry_cannot_fill_the_screen_or_move_its_cursor() -> None:
    found = error(403, body("DENIED", "\x1b[2J" + "long " * 1000))

    assert "\x1b" not in found.message
    assert len(found.message) < 500


def test_a_registry_that_repeats_our_password_is_not_quoted() -> None:
    asked = Asked("harbor.corp", "manifest a/b:1", login="x", secrets=(Secret("pa55word"),))
    found = error(403, body("DENIED", "password pa55word is not good, try Basic bWU6cGE1NXdvcmQ="), asked)

    assert "pa55word" not in found.message
    assert "bWU6" not in found.message
    assert "pa55word" not in repr(found.errors)
    assert "pa55word" not in repr(asked)
