"""References' own registries as a source of images, and the way to any one registry."""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Final

from regplan.errors import DigestMismatch, NotFound, RegistryError, SizeMismatch, Unreachable, Unsupported
from regplan.loops import pumped
from regplan.model.source import Content
from regplan.oci.digest import Digest
from regplan.oci.mediatype import SCHEMA1, is_image_config
from regplan.registry.auth import repository_scope
from regplan.registry.bodies import stream_body
from regplan.registry.options import host_key
from regplan.registry.pool import Pool, Surroundings
from regplan.registry.reading import BlobPipe
from regplan.registry.referring import Referring
from regplan.registry.session import Ask, Session
from regplan.registry.wire import (
    ACCEPT_MANIFESTS,
    MOST_CONFIG_BYTES,
    MOST_MANIFEST_BYTES,
    blob_path,
    check_digest_header,
    check_range,
    digest_header,
    manifest_path,
    range_header,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping
    from types import TracebackType
    from typing import Self

    from regplan.model.limits import RateLimit
    from regplan.model.source import Pipe
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.reference import Reference
    from regplan.registry.credentials import Credentials
    from regplan.registry.options import ConnectionOptions
    from regplan.registry.session import RequestCounts
    from regplan.registry.wire import Answer

__all__ = ["RegistryClient"]

_MOST_PAGES: Final = 64
_MOST_RESUMES: Final = 4
_MUCH_BYTES: Final = 2**20  # a connection that brought as much before it broke is worth another, however often
_SMALL_BYTES: Final = 2**16
# How a HEAD may end and a GET still go well: everything but a missing login, and what asks for patience.
_ANY_BUT_BUSY: Final = frozenset({200, 400, 403, 404, 405, 406, 415, 500, 501, 502, 503, 504})


class RegistryClient:
    """Every registry of a run behind the `ImageSource` port; use it as an async context manager.

    A reference is asked for at its own registry. `session(host)` is the way to one registry for what the port leaves
    out. Every failure is one of ours: `RegistryError`, `ContentError` or `InputError`.
    """

    name = "origin"

    def __init__(
        self, options: ConnectionOptions, credentials: Credentials, surroundings: Surroundings | None = None
    ) -> None:
        """Open nothing yet; `surroundings` are the clock, chance and network that tests replace."""
        self._pool = Pool(options, surroundings or Surroundings())
        self._credentials = credentials
        self._sessions: dict[str, Session] = {}
        self._at_once = 0
        self._referring = Referring(self.session, self.manifest)

    async def __aenter__(self) -> Self:
        """Hand over the client itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close every connection."""
        await self._pool.aclose()

    @property
    def requests(self) -> Mapping[str, RequestCounts]:
        """What each host was asked so far, by its name in references."""
        return {host: session.counts for host, session in self._sessions.items()}

    @property
    def rate_limits(self) -> tuple[RateLimit, ...]:
        """What is left of the pulls that hosts allow, as each told last."""
        told = (session.rate_limit for session in self._sessions.values())
        return tuple(limit for limit in told if limit is not None)

    def session(self, host: str) -> Session:
        """Tell the session with `host`, which is made on first use; nothing is sent."""
        key = host_key(host)
        if key not in self._sessions:
            self._sessions[key] = Session(key, self._pool, self._credentials)
            self._sessions[key].widen(self._at_once)
        return self._sessions[key]

    def widen(self, at_once: int) -> None:
        """Let at least so many small requests go to each host at once."""
        self._at_once = max(self._at_once, at_once)
        for session in self._sessions.values():
            session.widen(at_once)

    async def manifest(self, reference: Reference) -> Content:
        """Fetch the manifest or index that `reference` names and check its digest."""
        what = f"manifest {_shown(reference)}"
        session, ask = self.session(reference.registry), _ask("GET", reference, what)
        where = f"{reference.registry}: {what}"
        try:
            return _content(await session.fetch(ask, MOST_MANIFEST_BYTES), reference, where)
        except DigestMismatch:
            # Bytes are harmed on the way more often than at a registry: it is asked once more.
            return _content(await session.fetch(ask, MOST_MANIFEST_BYTES), reference, where)

    async def look(self, reference: Reference, place: str = "") -> Digest | None:  # noqa: ARG002  (the port's)
        """Ask with a HEAD, which no registry counts as a pull, which digest a tag names; None where it does not say so.

        A GET finds out what else is the matter: some registries and proxies know no HEAD, or answer it wrongly.
        """
        what = f"manifest {_shown(reference)}"
        answer = await self.session(reference.registry).fetch(_ask("HEAD", reference, what, _ANY_BUT_BUSY))
        return digest_header(answer.headers) if answer.status == 200 else None

    def place_of(self, repository: str) -> str:
        """Tell where a repository is: at its own registry."""
        return repository

    async def find_manifest(self, reference: Reference) -> Content | None:
        """Fetch a manifest like `manifest`; None where the registry answers that there is none."""
        try:
            return await self.manifest(reference)
        except NotFound as error:
            if error.status == 404:
                return None
            raise

    async def blob(
        self, repository: str, descriptor: Descriptor, first: int = 0, last: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        """Stream a blob's bytes from `first` to `last` inclusive, going on where a connection breaks.

        Raises `SizeMismatch` where fewer or more bytes come; the whole blob's digest is the caller's to check.
        """
        if is_image_config(descriptor.media_type) and descriptor.size > MOST_CONFIG_BYTES:
            raise SizeMismatch(
                f"{repository}: config {descriptor.digest} claims {descriptor.size} bytes; 8 MiB is allowed"
            )
        end = descriptor.size - 1 if last is None else min(last, descriptor.size - 1)
        is_small = is_image_config(descriptor.media_type) or 0 < descriptor.size <= _SMALL_BYTES
        if is_small and (first, end) == (0, descriptor.size - 1):
            yield await self._small(repository, descriptor)
            return
        place, resumes = first, 0
        while place <= end or (descriptor.size == 0 and resumes == 0):
            before = place
            try:
                async with aclosing(self._part(repository, descriptor, place, end)) as chunks:
                    async for chunk in chunks:
                        place += len(chunk)
                        yield chunk
            except Unreachable as error:
                resumes = 0 if place - before >= _MUCH_BYTES else resumes
                if not error.retryable or resumes >= _MOST_RESUMES or place == before:
                    raise
            resumes += 1

    @asynccontextmanager
    async def pipe(self, repository: str, descriptor: Descriptor) -> AsyncIterator[Pipe]:
        """Open a whole blob for a worker thread, which goes on where a connection breaks."""
        if not self._pool.has_threads:
            async with pumped(self.blob(repository, descriptor)) as pipe:
                yield pipe
            return
        host, _, path = repository.partition("/")
        reading = BlobPipe(self.session(host), path, descriptor)
        await reading.open()
        try:
            yield reading
        finally:
            await reading.aclose()

    async def piece(self, repository: str, descriptor: Descriptor, first: int, last: int) -> bytes:
        """Fetch the few bytes of a blob from `first` to `last` inclusive, and never more than these.

        Raises `Unsupported` where the registry sends all of the blob instead: that answer is closed unread.
        """
        host, _, path = repository.partition("/")
        what = f"blob {descriptor.digest} of {path}"
        scopes = frozenset({repository_scope(path, "pull")})
        headers, good = {"Range": range_header(first, last)}, frozenset({200, 206})
        url = blob_path(path, descriptor.digest)
        ask = Ask("GET", url, what, path, scopes, headers, good=good, unread=frozenset({200}))
        size = last - first + 1
        answer = await self.session(host).fetch(ask, size)
        if answer.status != 206:
            raise Unsupported(f"{host} sends whole blobs only: it answers a Range with all of {what}", status=200)
        check_range(answer.headers, first, f"{host}: {what}", last)
        if len(answer.body) != size:
            raise SizeMismatch(f"{host}: {what}: {len(answer.body)} bytes came of a piece of {size}")
        return answer.body

    async def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """List what refers to `digest`: by the referrers API, else by the tag that stands in for it."""
        return await self._referring.referrers(repository, digest)

    async def tags_among(self, repository: str, tags: frozenset[str]) -> frozenset[str]:
        """Tell which of `tags` a repository has, with as few requests as will do."""
        return await self._referring.tags_among(repository, tags)

    async def _small(self, repository: str, descriptor: Descriptor) -> bytes:
        """Fetch a small blob as the small answer that it is: with few others at once, and again whole where it breaks.

        One that is not what it should be is asked for once more: bytes are harmed on the way more often than at a registry.
        """
        host, _, path = repository.partition("/")
        ask = _blob_ask(path, descriptor, {}, frozenset({200}))
        data = (await self.session(host).fetch(ask, MOST_CONFIG_BYTES)).body
        if Digest.of(data, descriptor.digest.algorithm) != descriptor.digest:
            data = (await self.session(host).fetch(ask, MOST_CONFIG_BYTES)).body
        if len(data) > descriptor.size:
            raise SizeMismatch(f"{host}: {ask.what} has more than {descriptor.size} bytes")
        if len(data) < descriptor.size:
            raise SizeMismatch(f"{host}: {ask.what} ended after {len(data)} of {descriptor.size} bytes")
        return data

    async def _part(self, repository: str, descriptor: Descriptor, first: int, end: int) -> AsyncGenerator[bytes, None]:
        """Stream one answer's bytes from `first` to `end`, and hold it to their number."""
        host, _, path = repository.partition("/")
        is_whole = first == 0 and end == descriptor.size - 1
        headers = {} if is_whole else {"Range": range_header(first, end)}
        ask = _blob_ask(path, descriptor, headers, frozenset({200, 206}))
        async with self.session(host).open(ask) as (response, sending):
            skip, left = 0, end - first + 1
            if response.status_code == 206:
                check_range(response.headers, first, f"{host}: {ask.what}")
            elif not is_whole:
                # A registry that does not know ranges sends all of it.
                skip = first
            async with aclosing(stream_body(response, sending)) as chunks:
                async for chunk in chunks:
                    kept = chunk[skip:]
                    skip -= min(skip, len(chunk))
                    if len(kept) > left and is_whole:
                        raise SizeMismatch(f"{host}: {ask.what} has more than {descriptor.size} bytes")
                    kept = kept[:left]
                    left -= len(kept)
                    if kept:
                        yield kept
                    if not left and not is_whole:
                        return
        if left:
            got = end - first + 1 - left
            raise SizeMismatch(f"{host}: {ask.what} ended after {first + got} of {descriptor.size} bytes")


def _ask(method: str, reference: Reference, what: str, good: frozenset[int] = frozenset({200})) -> Ask:
    path = manifest_path(reference.repository, reference.target)
    scopes = frozenset({repository_scope(reference.repository, "pull")})
    return Ask(method, path, what, reference.repository, scopes, {"Accept": ACCEPT_MANIFESTS}, good=good)


def _blob_ask(path: str, descriptor: Descriptor, headers: Mapping[str, str], good: frozenset[int]) -> Ask:
    scopes = frozenset({repository_scope(path, "pull")})
    what = f"blob {descriptor.digest} of {path}"
    return Ask("GET", blob_path(path, descriptor.digest), what, path, scopes, headers, good=good)


def _content(answer: Answer, reference: Reference, what: str) -> Content:
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "text/html":
        raise RegistryError(
            f"{what}: {reference.registry} answered with a web page; it is no registry, or a login page stands before it"
        )
    algorithm = reference.digest.algorithm if reference.digest is not None else "sha256"
    digest = Digest.of(answer.body, algorithm)
    if reference.digest is not None and digest != reference.digest:
        raise DigestMismatch(f"{what}: what came is {digest}")
    if media_type not in SCHEMA1:
        # A signed schema 1 manifest has another digest than its bytes; whoever parses it says so.
        check_digest_header(answer.headers, digest, what)
    return Content(media_type, digest, answer.body)


def _shown(reference: Reference) -> str:
    tag = f":{reference.tag}" if reference.tag is not None else ""
    digest = f"@{reference.digest}" if reference.digest is not None else ""
    return f"{reference.repository}{tag}{digest}"
