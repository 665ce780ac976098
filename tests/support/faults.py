"""What can go wrong between a client and a registry, as values: a `Fault` happens to the requests that a `Rule` names."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Fault", "Rule", "answers", "error_body", "sends_on"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to one exchange; everything that is not named passes as it is. Offsets count the body's bytes.

    `wait_s` holds the request back. `status` is answered by the proxy itself, after it has read the body or, `unread`,
    before it; then the connection is closed. `cut_request` and `cut_answer` break both connections after so many bytes, and
    after `hold_s` for which nothing passes; `lose_answer` does before the first one, when the registry has done what it was
    asked. `shorten_request` and `shorten_answer` tell the shorter length and end there, as if it were all. `drop_header`
    takes a header out of the request: without Authorization the registry itself answers as it does when a login has ended.
    """

    wait_s: float = 0.0
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    unread: bool = False
    cut_request: int | None = None
    shorten_request: int | None = None
    cut_answer: int | None = None
    hold_s: float = 0.0
    lose_answer: bool = False
    flip_request: int | None = None
    flip_answer: int | None = None
    shorten_answer: int | None = None
    drop_header: str = ""
    twice: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A fault with the requests that it happens to: of this method ("" is any) whose target the pattern is found in.

    It happens to the matching request number `first` (1 is the first one) and to those that follow it, `times` in all;
    0 is for ever. With `over_bytes`, only requests with a larger body match.
    """

    fault: Fault
    method: str = ""
    path: str = ""
    first: int = 1
    times: int = 1
    over_bytes: int = -1

    def matches(self, method: str, target: str, length: int) -> bool:
        """Tell whether a request is one of those, whatever its number."""
        return self.method in {"", method} and length > self.over_bytes and re.search(self.path, target) is not None

    def happens(self, number: int) -> bool:
        """Tell whether the fault happens to the matching request of this number."""
        return number >= self.first and (self.times == 0 or number < self.first + self.times)


def error_body(code: str, message: str) -> bytes:
    """The body of an error answer as the distribution specification has it."""
    return json.dumps({"errors": [{"code": code, "message": message, "detail": None}]}).encode()


def answers(status: int, *, code: str = "", message: str = "", unread: bool = False, **headers: str) -> Fault:
    """An error answer; underscores in header names stand for hyphens. With `code` it has an error body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = error_body(code, message) if code else b""
    return Fault(status=status, headers=named, body=body, unread=unread)


def sends_on(base: str, status: int = 307) -> Fault:
    """A redirect to the same path at `base`, SCHEME://HOST:PORT."""
    return replace(answers(status), headers={"Location": f"{base}{{target}}"})
