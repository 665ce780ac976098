"""What is answered, as values: status, headers, and bytes or a part of a blob; errors in the specification's JSON."""

from __future__ import annotations

import json
from dataclasses import field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import Denied, QuotaExceeded, RegistryError, RegplanError
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.shelf import OpenBlob
    from regplan.registry.serving.ranges import Span

__all__ = ["Refused", "Reply", "explain", "json_reply", "refusal"]

# Who asks `regplan doctor` is told what it is.
_VERSION: Final = {"Docker-Distribution-Api-Version": "registry/2.0", "Server": "regplan"}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `blob` stands in for `body` where a part of a blob is sent, and is closed by whoever sends it."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    blob: OpenBlob | None = None
    span: Span | None = None

    @property
    def length(self) -> int:
        """How many bytes the body has."""
        return self.span.size if self.span is not None else len(self.body)

    def head(self, *, is_last: bool) -> bytes:
        """Write status line and headers."""
        headers = {**_VERSION, **self.headers}
        if self.status != HTTPStatus.NO_CONTENT:
            headers.setdefault("Content-Length", str(self.length))
        if is_last:
            headers["Connection"] = "close"
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")


class Refused(Exception):
    """A request that gets an error's answer."""

    def __init__(self, reply: Reply) -> None:
        """Keep the answer."""
        super().__init__(reply.status)
        self.reply = reply


def json_reply(status: int, document: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Reply:
    """Answer with a JSON document."""
    body = json.dumps(document).encode()
    return Reply(status, {"Content-Type": "application/json", **(headers or {})}, body)


def refusal(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Answer with one error (distribution-spec 1.1, "Error Codes").

    >>> refusal(404, "NAME_UNKNOWN", "there is no repository a").body
    b'{"errors": [{"code": "NAME_UNKNOWN", "message": "there is no repository a"}]}'
    """
    return json_reply(status, {"errors": [{"code": code, "message": message}]}, headers)


def explain(error: RegplanError) -> Reply:
    """Answer with an error of a shelf; what it says of this machine's files is not told to the other side."""
    if isinstance(error, RegistryError) and error.status is not None and error.errors:
        return refusal(error.status, error.errors[0].code, error.errors[0].message)
    if isinstance(error, QuotaExceeded):
        return refusal(507, "UNKNOWN", "there is no space left on the registry's disk")
    if isinstance(error, Denied):
        return refusal(403, "DENIED", "the registry may not touch its own files")
    return refusal(500, "UNKNOWN", "the registry cannot read or write its files; where it runs, it says why")
