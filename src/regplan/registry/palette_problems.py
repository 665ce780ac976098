"""Palette's error answers as errors of ours, each with one sentence that says what to do; pure.

Source: palette.json, `v1Error` (code, message).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import Denied, NotFound, RateLimited, RegistryError, Unauthorized, Unsupported
from regplan.registry.problems import parse_errors
from regplan.registry.redact import redact_url
from regplan.registry.wire import retry_after_s

if TYPE_CHECKING:
    from datetime import datetime

    from regplan.registry.palette_target import PaletteTarget
    from regplan.registry.wire import Answer

__all__ = ["palette_error", "read_json"]

_PASSING: Final = frozenset({408, 425, 499, 500, 502, 503, 504, 522})
# A byte of JSON can take a hundred bytes of memory.
_MOST_OBJECTS: Final = 500_000
_PAGE: Final = (
    "answers with a web page, where the API's JSON is expected: give the address of Palette's API, "
    "and see that no login page of a proxy stands before it"
)


def palette_error(answer: Answer, target: PaletteTarget, what: str, now: datetime) -> RegistryError:
    """Tell which error an answer is that is not 200; `what` reads like "cluster profile infra"."""
    errors = parse_errors(answer.body, (target.key,))
    first = errors[0] if errors else None
    words = ": ".join(part for part in (first.code, first.message) if part) if first is not None else ""
    said = f" ({words})" if words else ""
    request = f"{answer.method} {redact_url(answer.url)}"
    status = answer.status
    if status == 429:
        wait = retry_after_s(answer.headers, now)
        pause = f"; it asks to wait {wait:.0f} s" if wait is not None else ""
        sentence = f"{target.host} has had too many requests and refuses {what}{pause}{said}"
        return RateLimited(sentence, retry_after_s=wait, request=request)
    kind, sentence = _judge(status, target, what)
    if status not in _PASSING and _is_page(answer):
        kind, sentence = RegistryError, f"{target.host} {_PAGE} (HTTP {status})"
    return kind(sentence + said, status=status, errors=errors, request=request, retryable=status in _PASSING)


def _judge(status: int, target: PaletteTarget, what: str) -> tuple[type[RegistryError], str]:
    project = f"project {target.project}" if target.project else "the tenant (no project is named: --palette-project)"
    if status == 401:
        return Unauthorized, (
            f"{target.host} refuses the API key from {target.origin}: it is wrong, has expired or is of another tenant"
        )
    if status == 403:
        return Denied, f"{target.host} denies {what} to this API key in {project}"
    if status == 404:
        return NotFound, f"{target.host} has no {what.removeprefix('the ')} in {project}"
    if status == 405:
        return Unsupported, f"{target.host} does not answer to {what}: is this Palette's API, and of which version?"
    if status in _PASSING:
        return RegistryError, f"{target.host} failed with HTTP {status} on {what}; try again later"
    return RegistryError, f"{target.host} answered HTTP {status} to {what}"


def read_json(answer: Answer, target: PaletteTarget, what: str) -> dict[str, Any] | list[Any]:
    """Read a good answer's body: JSON, an object or a list; raises `RegistryError` for anything else."""
    request = f"{answer.method} {redact_url(answer.url)}"
    if _is_page(answer):
        raise RegistryError(f"{target.host} {_PAGE}", status=answer.status, request=request)
    if answer.body.count(b"[") + answer.body.count(b"{") > _MOST_OBJECTS:
        sentence = f"{target.host} answered to {what} with more than {_MOST_OBJECTS:,} objects"
        raise RegistryError(sentence, status=answer.status, request=request)
    try:
        document = json.loads(answer.body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        sentence = f"{target.host} answered to {what} with something that is no JSON"
        raise RegistryError(sentence, status=answer.status, request=request) from None
    if not isinstance(document, dict | list):
        sentence = f"{target.host} answered to {what} with something else than was asked for"
        raise RegistryError(sentence, status=answer.status, request=request)
    return document


def _is_page(answer: Answer) -> bool:
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type in {"text/html", "application/xhtml+xml"} or answer.body.lstrip()[:1] == b"<"
