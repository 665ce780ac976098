"""The part that doubles of registries have in common: what they keep, and how a question gets to its answer.

A double is a registry in this process, on the standard library alone. It answers as its program would, and each such answer
says in a comment where that is known from: "source" is the program's own, "measured" what the program itself answered.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import threading
import time
import uuid
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from support.listening import listening

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping
    from typing import Self

__all__ = ["Double", "Gone", "Late", "Question", "Reply", "Repository", "Session", "digest_of", "failure"]

_NAME: Final = r"(?P<name>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)"
_ROUTES: Final = (
    (re.compile(rf"/v2/{_NAME}/blobs/uploads/"), "open_upload"),
    (re.compile(rf"/v2/{_NAME}/blobs/uploads/(?P<session>[^/]+)"), "session"),
    (re.compile(rf"/v2/{_NAME}/blobs/(?P<digest>sha256:[0-9a-f]{{64}})"), "blob"),
    (re.compile(rf"/v2/{_NAME}/manifests/(?P<reference>[^/]+)"), "manifest"),
    (re.compile(rf"/v2/{_NAME}/tags/list"), "tags"),
    (re.compile(rf"/v2/{_NAME}/referrers/(?P<digest>sha256:[0-9a-f]{{64}})"), "referrers"),
    (re.compile(r"/v2/_catalog"), "catalog"),
    (re.compile(r"/v2/"), "base"),
)
_LINGER_S: Final = 0.5
_INDEXES: Final = ("index", "manifest.list")


class Gone(Exception):
    """The client has gone, or is hung up on."""


class Late(Exception):
    """A body takes longer than it may."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered; a HEAD gets the headers alone. An early one does not wait for the body, and ends the connection.

    So does one whose body is shorter than its Content-Length says.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_early: bool = False

    @property
    def is_short(self) -> bool:
        """Whether its body breaks off."""
        return len(self.body) < int(self.headers.get("Content-Length", "0"))


@dataclass(slots=True)
class Question:
    """One request; its body is read by whoever needs it, and else before the answer goes out."""

    method: str
    target: str
    headers: Mapping[str, str]
    handler: BaseHTTPRequestHandler = field(repr=False)
    status: int = 0
    _left: int = -1

    @property
    def path(self) -> str:
        """The path, decoded."""
        return unquote(urlsplit(self.target).path)

    @property
    def length(self) -> int | None:
        """Content-Length, or None."""
        said = self.headers.get("content-length")
        return None if said is None else int(said)

    def first(self, name: str) -> str:
        """The first value of a query parameter, or ""."""
        return self.every(name)[0] if self.every(name) else ""

    def every(self, name: str) -> list[str]:
        """All values of a query parameter."""
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True).get(name, [])

    def pieces(self, most_s: float = 30.0) -> Iterator[bytes]:
        """Read the body, once; raises `Gone` where it ends early and `Late` where it takes longer than `most_s`."""
        self._left = (self.length or 0) if self._left < 0 else self._left
        ends = time.monotonic() + most_s
        while self._left:
            if (left_s := ends - time.monotonic()) <= 0:
                raise Late
            try:
                self.handler.connection.settimeout(left_s)
                piece = self.handler.rfile.read1(min(self._left, 65_536))
            except TimeoutError as error:
                raise Late from error
            except OSError as error:
                raise Gone from error
            if not piece:
                raise Gone
            self._left -= len(piece)
            yield piece

    def body(self) -> bytes:
        """Read all of the body."""
        return b"".join(self.pieces())


@dataclass(slots=True)
class Repository:
    """What one repository holds: digests of blobs, manifests with their media types, tags."""

    blobs: set[str] = field(default_factory=set)
    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Session:
    """An upload that is under way."""

    repository: str
    data: bytearray = field(default_factory=bytearray)
    identity: str = field(default_factory=lambda: str(uuid.uuid4()))


class Double:
    """An empty registry that listens inside a `with` block; `questions` is its access log."""

    name = "a registry"

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        """Listen over TLS with a `context`."""
        self.repositories: dict[str, Repository] = {}
        self.data: dict[str, bytes] = {}
        self.sessions: dict[str, Session] = {}
        self.questions: list[Question] = []
        self.port = 0
        self.lock = threading.RLock()
        self._context = context

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """SCHEME://HOST:PORT."""
        return f"{'https' if self._context else 'http'}://{self.address}"

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Listen until the end of the block."""
        with listening(_handler(self), self._context) as self.port:
            yield self

    def asked(self) -> list[tuple[str, str, int]]:
        """List (method, path with query, status) of what was asked and answered."""
        return [(each.method, each.target, each.status) for each in list(self.questions) if each.status]

    def answer(self, question: Question) -> Reply:
        """Find the answer to a question."""
        for pattern, what in _ROUTES:
            if found := pattern.fullmatch(question.path):
                reply: Reply = getattr(self, what)(question, **found.groupdict())
                return reply
        return self.other(question)

    # What the programs have in common, as the specification has it.

    def base(self, _: Question) -> Reply:
        """Answer end-1."""
        return Reply(200, {"Content-Type": "application/json"})

    def other(self, _: Question) -> Reply:
        """Answer what is none of the specification's."""
        return Reply(404)

    def blob(self, question: Question, name: str, digest: str) -> Reply:
        """Answer end-2."""
        if digest not in self.repository(name).blobs:
            return failure(404, "BLOB_UNKNOWN", "blob unknown to registry")
        data, told = self.data[digest], {"Docker-Content-Digest": digest, "Content-Type": "application/octet-stream"}
        span = re.fullmatch(r"bytes=(\d+)-(\d*)", question.headers.get("range", ""))
        if span is None:
            return Reply(200, {**told, "Content-Length": str(len(data))}, data)
        first, last = int(span[1]), min(int(span[2] or len(data)), len(data) - 1)
        if first > last:
            return Reply(416)
        return Reply(206, {**told, "Content-Range": f"bytes {first}-{last}/{len(data)}"}, data[first : last + 1])

    def manifest(self, question: Question, name: str, reference: str) -> Reply:
        """Answer end-3, end-7 and end-9."""
        if question.method == "PUT":
            return self.put_manifest(question, name, reference)
        kept = self.repository(name)
        digest = kept.tags.get(reference, reference)
        if digest not in kept.manifests:
            return failure(404, "MANIFEST_UNKNOWN", "manifest unknown")
        media_type, data = kept.manifests[digest]
        told = {"Content-Type": media_type, "Docker-Content-Digest": digest, "Content-Length": str(len(data))}
        return Reply(200, told, data)

    def put_manifest(self, question: Question, name: str, reference: str) -> Reply:
        """Answer end-7."""
        raise NotImplementedError

    def tags(self, _: Question, name: str) -> Reply:
        """Answer end-8."""
        return _json(200, {"name": name, "tags": sorted(self.repository(name).tags)})

    def referrers(self, _: Question, name: str, digest: str) -> Reply:
        """Answer end-12."""
        media_type = "application/vnd.oci.image.index.v1+json"
        assert name
        assert digest
        reply = _json(200, {"schemaVersion": 2, "mediaType": media_type, "manifests": []})
        return Reply(200, {"Content-Type": media_type}, reply.body)

    def catalog(self, question: Question) -> Reply:
        """Answer the catalogue, up to `n` names."""
        most = int(question.first("n") or "1000")
        return _json(
            200, {"repositories": sorted(name for name, kept in self.repositories.items() if kept.manifests)[:most]}
        )

    # What they keep.

    def repository(self, name: str) -> Repository:
        """Tell what a repository holds; an unknown one holds nothing."""
        return self.repositories.get(name, Repository())

    def keep_blob(self, name: str, data: bytes, digest: str) -> bool:
        """Keep a blob; False where the bytes are not the digest's."""
        if digest_of(data) != digest:
            return False
        self.data[digest] = data
        self.link(name, digest)
        return True

    def link(self, name: str, digest: str) -> None:
        """Put a blob that is kept into a repository too."""
        self.repositories.setdefault(name, Repository()).blobs.add(digest)

    def keep_manifest(self, name: str, question: Question, data: bytes, tags: list[str]) -> str:
        """Keep a manifest under its digest and these tags; tells the digest."""
        kept, digest = self.repositories.setdefault(name, Repository()), digest_of(data)
        kept.manifests[digest] = (question.headers.get("content-type", ""), data)
        kept.tags.update(dict.fromkeys(tags, digest))
        return digest

    def lacking(self, name: str, data: bytes) -> list[str]:
        """Tell which blobs and children of a manifest the repository lacks."""
        document: dict[str, Any] = json.loads(data)
        kept = self.repository(name)
        children = [child["digest"] for child in document.get("manifests", ())]
        parts = [document["config"], *document.get("layers", ())] if "config" in document else []
        blobs = [part["digest"] for part in parts if "urls" not in part]
        return [each for each in children if each not in kept.manifests] + [
            each for each in blobs if each not in kept.blobs
        ]


def digest_of(data: bytes) -> str:
    """Tell the digest of bytes."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def failure(status: int, code: str, message: str, detail: object = None, **headers: str) -> Reply:
    """Give an error with the specification's body; underscores in header names stand for hyphens."""
    reply = _json(status, {"errors": [{"code": code, "message": message, "detail": detail}]})
    return Reply(
        status, {**reply.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}, reply.body
    )


def _json(status: int, value: object) -> Reply:
    return Reply(status, {"Content-Type": "application/json"}, json.dumps(value).encode())


def _linger(connection: socket.socket) -> None:
    """Say no more and hear what still comes for half a second, as Go's server does, so that the answer is read."""
    ends = time.monotonic() + _LINGER_S
    with suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        while (left_s := ends - time.monotonic()) > 0:
            connection.settimeout(left_s)
            if not connection.recv(65_536):
                return


def _reply(double: Double, question: Question) -> Reply:
    reply = double.answer(question)
    if not reply.is_early:
        question.body()
    question.handler.close_connection |= reply.is_short
    return reply


def _handler(double: Double) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            question = Question(self.command, self.path, headers, self)
            double.questions.append(question)
            try:
                reply = _reply(double, question)
            except (Gone, Late):
                self.close_connection = True
                return
            question.status = reply.status
            self._say(reply)
            if reply.is_early:
                self.close_connection = True
                _linger(self.connection)

        def _say(self, reply: Reply) -> None:
            self.send_response(reply.status)
            told = dict(reply.headers)
            if reply.status not in {204, 304}:
                told.setdefault("Content-Length", str(len(reply.body)))
            for name, value in told.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (http.server's name)
            """Say nothing: `questions` has it."""

    for method in ("HEAD", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.do_GET)
    return Handler
