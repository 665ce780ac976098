"""Writing to one registry: looking what is there, mounting, uploading in a stream, putting manifests."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

import anyio

from regplan.errors import DigestMismatch, RegistryError, RegplanError, SizeMismatch, Unreachable
from regplan.model.preflight import NameFound
from regplan.model.verifying import BlobLength
from regplan.oci.digest import Digest
from regplan.oci.mediatype import OCI_INDEX
from regplan.oci.reference import Reference
from regplan.registry.auth import CATALOG_SCOPE, repository_scope
from regplan.registry.chunks import Upload, chunk_least, send_chunks
from regplan.registry.faults import SEND_S
from regplan.registry.fingerprints import PING
from regplan.registry.harbor import HarborProjects
from regplan.registry.holdings import Holdings
from regplan.registry.inspection import inspect_registry, says_harbor
from regplan.registry.problems import describes_errors, parse_errors
from regplan.registry.session import Ask
from regplan.registry.standin import referrer_of, standin_tag, with_referrer
from regplan.registry.tail import last_byte
from regplan.registry.wire import (
    ACCEPT_MANIFESTS,
    MOST_MANIFEST_BYTES,
    blob_path,
    catalog_path,
    check_digest_header,
    digest_header,
    manifest_path,
    next_link,
    parse_names,
    resolve_location,
    says_distribution,
    says_version,
    says_zot,
    size_of,
    upload_path,
    with_digest,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.preflight import TargetFound
    from regplan.model.source import Content
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.manifest import Index, Manifest
    from regplan.registry.bulk import Body
    from regplan.registry.chunks import Refill
    from regplan.registry.client import RegistryClient
    from regplan.registry.inspection import Inspection
    from regplan.registry.session import RequestCounts
    from regplan.registry.wire import Answer

__all__ = ["Pusher", "Upload"]

_MOST_CATALOG_BYTES: Final = 4 * 2**20
_NO_CATALOG: Final = frozenset({400, 401, 403, 404, 405, 501})
_SLOWEST_BPS: Final = 1_000_000  # bytes per second that an upload is trusted to have, for how long a token must last
_SLOWEST_COMMIT_BPS: Final = 10_000_000  # bytes per second: Zot hashes a blob from disk after its last byte


class Pusher:
    """Writes into one registry through a client's session; `host` is HOST[:PORT], repositories are named without it.

    `is_distribution`: an answer has said that the registry is one, which throws away a blob that comes with its first request.
    """

    def __init__(self, client: RegistryClient, host: str) -> None:
        """Send nothing yet."""
        self.host = host
        self.is_distribution = self._says_version = self._says_zot = False
        self._client = client
        self._session = client.session(host)
        self._given: set[str] = set()
        self._listing = anyio.Lock()

    @property
    def counts(self) -> RequestCounts:
        """What this registry was asked so far; tokens, 401s and retries are `overhead`."""
        return self._session.counts

    async def inspect(self, wish: Inspection) -> TargetFound:
        """Look at what is to be known before anything is written."""
        kind = "zot" if self._says_zot else wish.kind
        return await inspect_registry(self._session, replace(wish, may_be_zot=self.may_be_zot, kind=kind))

    async def create_project(self, name: str) -> None:
        """Create a Harbor project; one that is there already will do."""
        await HarborProjects(self._session).create(name)

    @property
    def certificate(self) -> str:
        """The fingerprint of the certificate that the registry has shown, "" where it has not, or speaks plain HTTP."""
        return "" if self._session.certificate is None else self._session.certificate.fingerprint

    async def ping(self) -> None:
        """See whether the registry answers at all, whatever it says; raises `Unreachable` where it does not."""
        await self._session.fetch(Ask("GET", PING, "whether it answers", good=frozenset(range(200, 600))))

    def widen(self, at_once: int) -> None:
        """Let at least so many small requests go at once."""
        self._session.widen(at_once)

    async def head_manifest(self, repository: str, reference: str) -> Digest | None:
        """Tell the digest behind a tag (or digest) without fetching it; None where there is none."""
        ask = Ask(
            "HEAD",
            manifest_path(repository, reference),
            f"manifest {_named(repository, reference)}",
            repository,
            _scopes(repository, "pull"),
            {"Accept": ACCEPT_MANIFESTS},
            good=frozenset({200, 404}),
        )
        answer = await self._session.fetch(ask)
        self._learn(answer)
        if answer.status == 404:
            return None
        digest = digest_header(answer.headers)
        if digest is None:
            content = await self.fetch_manifest(repository, reference)
            return None if content is None else content.digest
        return digest

    @property
    def may_be_zot(self) -> bool:
        """Whether no answer so far names the API's version, as those of Docker's registry do, or is Harbor's."""
        return not self._says_version and not says_harbor(self._session.realm)

    async def find_name(self, repository: str, reference: str) -> NameFound:
        """Ask for a manifest as `head_manifest` does, and read what is said where there is none.

        Zot knows a repository from the moment when something is begun in it. Docker's registry says the same of every
        name that it lacks.
        """
        ask = Ask(
            "GET",
            manifest_path(repository, reference),
            f"manifest {_named(repository, reference)}",
            repository,
            _scopes(repository, "pull"),
            {"Accept": ACCEPT_MANIFESTS},
            good=frozenset({200, 404}),
        )
        answer = await self._session.fetch(ask, MOST_MANIFEST_BYTES)
        self._learn(answer)
        if answer.status == 200:
            return NameFound(digest_header(answer.headers) or Digest.of(answer.body))
        codes = {error.code for error in parse_errors(answer.body)} & {"NAME_UNKNOWN", "MANIFEST_UNKNOWN"}
        return NameFound(None, "NAME_UNKNOWN" in codes if codes and self.may_be_zot else None)

    def _learn(self, answer: Answer) -> None:
        self.is_distribution = self.is_distribution or says_distribution(answer.headers)
        self._says_version = self._says_version or says_version(answer.headers)
        self._says_zot = self._says_zot or says_zot(answer.headers) or describes_errors(answer.body)

    async def head_blob(self, repository: str, digest: Digest) -> int | None:
        """Tell a blob's size in bytes where the repository has it, else None."""
        what = f"blob {digest} of {repository}"
        good = frozenset({200, 404})
        ask = Ask("HEAD", blob_path(repository, digest), what, repository, _scopes(repository, "pull"), good=good)
        answer = await self._session.fetch(ask)
        if answer.status == 404:
            return None
        check_digest_header(answer.headers, digest, f"{self.host}: {what}")
        size = size_of(answer.headers)
        if size is None:
            raise RegistryError(f"{self.host} does not tell the size of {what}", status=answer.status)
        return size

    async def blob_length(self, repository: str, descriptor: Descriptor) -> BlobLength | None:
        """Tell how long a blob is, by its last byte where it has one; None where the repository does not have it."""
        if descriptor.size:
            return await last_byte(self._session, repository, descriptor)
        size = await self.head_blob(repository, descriptor.digest)
        return None if size is None else BlobLength(size)

    async def fetch_manifest(self, repository: str, reference: str) -> Content | None:
        """Fetch a manifest by tag or digest, its digest checked; None where there is none."""
        is_digest = ":" in reference
        tag, digest = (None, Digest.parse(reference)) if is_digest else (reference, None)
        return await self._client.find_manifest(Reference(self.host, repository, tag, digest))

    async def start_upload(
        self, repository: str, mount: Digest | None = None, source: str | None = None
    ) -> Upload | None:
        """Start an upload, or mount `mount` from the repository `source`; None: it was mounted, nothing is to be sent.

        A registry that cannot mount answers with a session, which is handed over. Harbor and others refuse a mount from
        a project that is not there: then a plain session is asked for.
        """
        scopes = _scopes(repository, "pull", "push")
        if mount is not None and source:
            scopes |= _scopes(source, "pull")
        what = f"upload to {repository}" if mount is None else f"mount of {mount} into {repository}"
        path = upload_path(repository, mount, source)
        ask = Ask("POST", path, what, repository, scopes, {"Content-Length": "0"}, good=frozenset({201, 202}))
        try:
            answer = await self._session.fetch(ask)
        except Unreachable:
            raise
        except RegistryError as error:
            if mount is None or error.status not in {400, 401, 403, 404, 405}:
                raise
            return await self.start_upload(repository)
        if answer.status == 201:
            if mount is None:
                raise RegistryError(f"{self.host} says that an empty {what} is complete", status=201)
            check_digest_header(answer.headers, mount, f"{self.host}: {what}")
            return None
        location = resolve_location(answer.url, answer.headers.get("location", ""), self._session.endpoint)
        return Upload(repository, self._its_own(location, repository, what), chunk_least(answer.headers))

    async def put_blob(self, upload: Upload, descriptor: Descriptor, body: bytes | Body) -> None:
        """Send a blob in one stream and close its upload; a failed upload is not resumed but starts over.

        What `body` raises comes through as it is. Raises `SizeMismatch` where its bytes are not `descriptor.size`.
        """
        url = with_digest(upload.location, descriptor.digest)
        ask = _blob_ask("PUT", url, upload.repository, descriptor, body)
        try:
            answer = await self._session.fetch(ask)
        except RegplanError as error:
            if not isinstance(error, RegistryError):
                await self.cancel(upload)
            raise
        check_digest_header(answer.headers, descriptor.digest, f"{self.host}: {ask.what}")

    async def post_blob(self, repository: str, descriptor: Descriptor, body: bytes | Body) -> Upload | None:
        """Send a blob with the request that opens its upload; None: it is there.

        A registry that only opens an upload hands it over, and has thrown the bytes away.
        """
        url = with_digest(upload_path(repository), descriptor.digest)
        ask = _blob_ask("POST", url, repository, descriptor, body)
        answer = await self._session.fetch(replace(ask, good=frozenset({201, 202})))
        if answer.status == 202:
            location = resolve_location(answer.url, answer.headers.get("location", ""), self._session.endpoint)
            return Upload(repository, self._its_own(location, repository, ask.what), chunk_least(answer.headers))
        check_digest_header(answer.headers, descriptor.digest, f"{self.host}: {ask.what}")
        return None

    async def put_chunks(self, upload: Upload, descriptor: Descriptor, refill: Refill) -> None:
        """Send a blob in chunks as large as `refill` wishes, and close its upload."""
        location = await send_chunks(self._session, upload, descriptor, refill)
        await self.put_blob(Upload(upload.repository, location), descriptor, b"")

    async def put_manifest(self, repository: str, reference: str, media_type: str, raw: bytes) -> None:
        """Put a manifest's verbatim bytes under a tag or digest; raises `DigestMismatch` where it was changed there.

        An answer that does not tell what was stored proves nothing: then the registry is asked what is there. What refers
        to something is listed under the stand-in tag where the registry does not say that it lists it itself.
        """
        what = f"manifest {_named(repository, reference)}"
        headers = {"Content-Type": media_type}
        scopes = _scopes(repository, "pull", "push")
        path = manifest_path(repository, reference)
        ask = Ask("PUT", path, what, repository, scopes, headers, raw, good=frozenset({201}))
        answer = await self._session.fetch(ask)
        if digest_header(answer.headers) is not None:
            check_digest_header(answer.headers, Digest.of(raw), f"{self.host}: {what}")
        elif (found := await self.head_manifest(repository, reference)) != Digest.of(raw):
            stands = "nothing is there" if found is None else f"what stands there is {found}"
            raise DigestMismatch(f"{self.host} took {what}, and {stands}")
        if "oci-subject" not in answer.headers and (referrer := referrer_of(raw, media_type)) is not None:
            await self._list_referrer(repository, referrer)

    async def _list_referrer(self, repository: str, referrer: Manifest | Index) -> None:
        tag = standin_tag(referrer)
        # Others of the same subject may be on their way, and a list is read before it is written.
        async with self._listing:
            listed = with_referrer(await self.fetch_manifest(repository, tag), referrer)
            if listed is not None:
                await self.put_manifest(repository, tag, OCI_INDEX, listed)

    async def repositories(self, prefix: str, limit: int) -> tuple[str, ...] | None:
        """List the repositories at or below `prefix` by one catalogue query of at most `limit` names.

        None where the registry refuses, or has more names than it told: then the list proves nothing.
        """
        ask = Ask("GET", catalog_path(limit), "list of repositories", scopes=frozenset({CATALOG_SCOPE}))
        try:
            answer = await self._session.fetch(ask, _MOST_CATALOG_BYTES)
        except RegistryError as error:
            if error.status in _NO_CATALOG:
                return None
            raise
        names = parse_names(answer.body, "repositories", self.host)
        if len(names) >= limit or next_link(answer, self._session.endpoint) is not None:
            return None
        return tuple(name for name in names if not prefix or name == prefix or name.startswith(f"{prefix}/"))

    async def repositories_of(self, project: str) -> tuple[str, ...]:
        """List the repositories of a Harbor project, as far as this login may know them."""
        return await Holdings(self._session).repositories_of(project) or ()

    def _its_own(self, location: str, repository: str, what: str) -> str:
        """Give back a session's Location that nobody else has; else the answer was one to another request.

        A proxy that repeats an answer is enough for that. distribution 2.8 tells both senders of one session that all is
        well, and what it keeps is neither's blob.
        """
        path = unquote(urlsplit(location).path)
        named = path.partition("/blobs/uploads/")[0].rpartition("/v2/")[2] if "/blobs/uploads/" in path else ""
        is_anothers = bool(named) and not named.endswith(repository) and not repository.endswith(named)
        if is_anothers or location in self._given:
            raise RegistryError(f"{self.host} answers {what} with another upload's session", retryable=True)
        self._given.add(location)
        return location

    async def cancel(self, upload: Upload) -> None:
        """Tell the registry that an upload will not be finished; whether it listens does not matter."""
        good = frozenset({204, 202, 200, 400, 401, 403, 404, 405, 500})
        scopes = _scopes(upload.repository, "pull", "push")
        ask = Ask("DELETE", upload.location, "upload", upload.repository, scopes, good=good)
        with suppress(RegplanError):
            await self._session.fetch(ask)


class _Measured:
    """A body that is passed on while it keeps to the size that was announced; raises `SizeMismatch`."""

    def __init__(self, body: Body, descriptor: Descriptor) -> None:
        self._body, self._descriptor = body, descriptor

    def __iter__(self) -> Iterator[bytes]:
        what, size = f"blob {self._descriptor.digest}", self._descriptor.size
        left = size
        for piece in self._body:
            left -= len(piece)
            if left < 0:
                raise SizeMismatch(f"{what} has more than {size} bytes")
            yield piece
        if left:
            raise SizeMismatch(f"{what} ended after {size - left} of {size} bytes")

    def cut(self) -> None:
        self._body.cut()


def _blob_ask(method: str, url: str, repository: str, descriptor: Descriptor, body: bytes | Body) -> Ask:
    """Ask with a blob, or, where `body` is empty, to close the upload of one whose bytes were sent before."""
    size = len(body) if isinstance(body, bytes) else descriptor.size
    return Ask(
        method,
        url,
        f"blob {descriptor.digest} of {repository}",
        repository,
        _scopes(repository, "pull", "push"),
        {"Content-Length": str(size), "Content-Type": "application/octet-stream"},
        body if isinstance(body, bytes) else _Measured(body, descriptor),
        good=frozenset({201}),
        life_s=30 + size / _SLOWEST_BPS,
        # Some registries read and hash the whole of it again after its last byte.
        read_s=SEND_S + descriptor.size / _SLOWEST_COMMIT_BPS,
        bulk=not isinstance(body, bytes),
    )


def _scopes(repository: str, *actions: str) -> frozenset[str]:
    return frozenset({repository_scope(repository, *actions)})


def _named(repository: str, reference: str) -> str:
    return f"{repository}@{reference}" if ":" in reference else f"{repository}:{reference}"
