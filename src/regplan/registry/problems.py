"""A registry's error answers as errors of ours, each with one sentence that says what to do; pure.

Source: distribution-spec 1.1, "Error Codes"; what Zot, Harbor, distribution and proxies answer beside it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Final

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
from regplan.registry.redact import redact_text, redact_url
from regplan.registry.wire import parse_challenges, retry_after_s
from regplan.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from regplan.registry.options import Secret
    from regplan.registry.wire import Answer

__all__ = ["Asked", "describes_errors", "error_for", "must_start_over", "parse_errors", "tells_of_no_room"]

_MOST_ENTRIES: Final = 8
_MOST_MESSAGE: Final = 300
_QUOTA = re.compile(r"quota|upper limit|no space left|insufficient storage|disk (?:is )?full", re.IGNORECASE)
_NO_ROOM: Final[Mapping[int, str]] = {28: "no space left on device", 122: "disk quota exceeded"}  # ENOSPC, EDQUOT
# Go's server, and nginx.
_TLS_PORT = re.compile(rb"HTTP request (?:to an HTTPS server|was sent to HTTPS port)", re.IGNORECASE)
_PASSING: Final = frozenset({408, 425, 499, 500, 502, 503, 504, 522})


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, for the sentence that tells of its failure: `what` reads like "the manifest of a/b:1".

    `host` is the name that the user knows, `login` where the credential that was sent comes from ("" where none was),
    `withheld` that there is one which does not go over plain HTTP, `secrets` what must show in no message.
    """

    host: str
    what: str
    repository: str = ""
    login: str = ""
    withheld: bool = False
    secrets: tuple[Secret, ...] = field(default=(), repr=False)


def parse_errors(body: bytes, secrets: tuple[Secret, ...] = ()) -> tuple[ErrorInfo, ...]:
    """Read an error body: the specification's list, else the first line of a plain text; never raises.

    >>> parse_errors(b'{"errors": [{"code": "DENIED", "message": "no"}]}')
    (ErrorInfo(code='DENIED', message='no'),)
    """
    text = body.decode("utf-8", "replace")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        line = next((line for line in text.splitlines() if line.strip()), "")
        is_page = "<" in line
        return () if not line or is_page else (ErrorInfo("", _shorten(line, secrets)),)
    entries = document.get("errors") if isinstance(document, Mapping) else None
    if not isinstance(entries, list):
        entries = [document]
    return tuple(_entry(entry, secrets) for entry in entries[:_MOST_ENTRIES] if isinstance(entry, Mapping))


def describes_errors(body: bytes) -> bool:
    """Tell whether an error's detail has the specification's words for its code, as Zot's has (its pkg/api/errors).

    >>> describes_errors(b'{"errors": [{"code": "NAME_UNKNOWN", "detail": {"description": "This is", "name": "a"}}]}')
    True
    >>> describes_errors(b'{"errors": [{"code": "MANIFEST_UNKNOWN", "detail": {"Tag": "1"}}]}'), describes_errors(b"x")
    (False, False)
    """
    try:
        detail = json.loads(body)["errors"][0]["detail"]
    except (ValueError, RecursionError, TypeError, LookupError):
        return False
    return isinstance(detail, Mapping) and "description" in detail


def tells_of_no_room(answer: Answer) -> bool:
    """Tell whether a failure means that the disk is full, so that asking again at once is in vain."""
    return answer.status == 500 and any(_QUOTA.search(entry.message) for entry in parse_errors(answer.body))


def error_for(answer: Answer, asked: Asked, now: datetime) -> RegistryError:
    """Tell which error an answer of status 400 and more (or an unexpected one) is; `now` is for a dated Retry-After."""
    errors = parse_errors(answer.body, asked.secrets)
    request = f"{answer.method} {redact_url(answer.url)}"
    if answer.status == 429:
        wait = retry_after_s(answer.headers, now)
        pause = f"; it asks to wait {wait:.0f} s" if wait is not None else "; try again later, or with a login"
        sentence = f"{asked.host} has had too many requests and refuses {asked.what}{pause}{_said(errors)}"
        return RateLimited(sentence, retry_after_s=wait, request=request)
    kind, sentence, retryable = _judge(answer, asked, errors)
    return kind(sentence, status=answer.status, errors=errors, request=request, retryable=retryable)


def must_start_over(answer: Answer, asked: Asked, now: datetime) -> RegistryError:
    """Tell that a stream, which cannot be sent twice, met a 401 that a new login may mend."""
    refusal = error_for(answer, asked, now)
    sentence = f"{asked.host} no longer took the login while {asked.what} was sent; it must start over"
    return Unauthorized(sentence, status=401, errors=refusal.errors, request=refusal.request, retryable=True)


def _judge(answer: Answer, asked: Asked, errors: tuple[ErrorInfo, ...]) -> tuple[type[RegistryError], str, bool]:
    """Tell class, sentence and whether the same may go through later."""
    status = answer.status
    codes = {entry.code for entry in errors}
    texts = " ".join(entry.message for entry in errors)
    if status == 507 or (status in {403, 413, 500} and _QUOTA.search(texts)):
        return (
            QuotaExceeded,
            f"{asked.host} has no room for {asked.what}: free space or raise its quota{_said(errors)}",
            False,
        )
    if status == 401:
        return _unauthorized(answer, asked, errors, texts)
    if status in _PASSING:
        return (
            RegistryError,
            f"{asked.host} failed with HTTP {status} on {asked.what}; try again later{_said(errors)}",
            True,
        )
    if codes & {"BLOB_UPLOAD_UNKNOWN", "BLOB_UPLOAD_INVALID"}:
        return NotFound, f"{asked.host} has dropped the upload of {asked.what}: it must start over{_said(errors)}", True
    if "DIGEST_INVALID" in codes:
        return RegistryError, f"{asked.host} got other bytes than {asked.what} has{_said(errors)}", True
    unknown = (RegistryError, "{host} answered HTTP {status} to {what}" + _hint(status, answer.body))
    kind, sentence = _BY_STATUS.get(status, unknown)
    # A success that is none was an answer to another request, so that the same may go through.
    return kind, sentence.format(host=asked.host, what=asked.what, status=status) + _said(errors), 200 <= status < 300


_BY_STATUS: Final[Mapping[int, tuple[type[RegistryError], str]]] = {
    403: (Denied, "{host} denies access to {what}: this login lacks the right"),
    404: (NotFound, "{host} has no {what}"),
    405: (Unsupported, "{host} does not do this: {what}; it may be a read-only or pull-through registry"),
    412: (Denied, "{host} refuses {what}: its rules forbid it (an immutable tag, a content policy)"),
    413: (
        Unsupported,
        "{host} refuses {what}: a proxy before it takes no body of this size (nginx: client_max_body_size)",
    ),
    415: (
        Unsupported,
        '{host} refuses the media type of {what}; Zot takes Docker types with "http": {{"compat": ["docker2s2"]}}',
    ),
}


def _unauthorized(
    answer: Answer, asked: Asked, errors: tuple[ErrorInfo, ...], texts: str
) -> tuple[type[RegistryError], str, bool]:
    no_way_in = not parse_challenges(answer.headers.get("www-authenticate", ""))
    if asked.login and no_way_in:
        # Harbor answers so for a project that does not exist (its v2auth middleware), before it looks at any right.
        project = asked.repository.partition("/")[0] or asked.what
        kind = NotFound if "not found" in texts.lower() else Unauthorized
        sentence = f"{asked.host} offers no way in to {asked.what}: on Harbor, project {project!r} does not exist"
    elif asked.login:
        kind = Unauthorized
        sentence = f"{asked.host} refuses the login from {asked.login} for {asked.what}: wrong user, password or rights"
    elif asked.withheld:
        kind = Unauthorized
        sentence = (
            f"{asked.host} wants a login for {asked.what}, and none goes there over plain HTTP; "
            f"if that is meant, name the host: --plain-http={asked.host}"
        )
    else:
        kind = Unauthorized
        sentence = (
            f"{asked.host} wants a login for {asked.what}, and none is known (some registries answer so for what they "
            f"do not have): give --username and --password-stdin, or run docker login {asked.host}"
        )
    return kind, sentence + _said(errors), False


def _hint(status: int, body: bytes) -> str:
    if status == 400 and _TLS_PORT.search(body):
        return ": it speaks TLS, so leave out --plain-http"
    if 200 <= status < 300:
        return ", as if to another request"
    if 300 <= status < 400:
        return ": it redirects where no redirect belongs"
    return ""


def _said(errors: tuple[ErrorInfo, ...]) -> str:
    """Tell the registry's own first words, in brackets."""
    if not errors:
        return ""
    first = errors[0]
    words = ": ".join(part for part in (first.code, first.message) if part)
    return f" ({words})" if words else ""


def _entry(entry: Mapping[str, object], secrets: tuple[Secret, ...]) -> ErrorInfo:
    message = entry.get("message") or entry.get("error_description") or entry.get("details") or ""
    code = entry.get("code") or entry.get("error") or ""
    if code == "UNKNOWN":
        message = _cause(entry.get("detail")) or message
    return ErrorInfo(_shorten(str(code), secrets), _shorten(str(message), secrets))


def _cause(detail: object) -> str:
    """Tell what distribution hides behind "unknown error": a sentence, or the storage driver's error by its number."""
    if isinstance(detail, str):
        return detail
    enclosed = detail.get("Enclosed") if isinstance(detail, Mapping) else None
    number = enclosed.get("Err") if isinstance(enclosed, Mapping) else None
    return _NO_ROOM.get(number, "") if isinstance(number, int) else ""


def _shorten(text: str, secrets: tuple[Secret, ...]) -> str:
    shown = redact_text(text, secrets)
    return shown if len(shown) <= _MOST_MESSAGE else f"{shown[:_MOST_MESSAGE]}…"
