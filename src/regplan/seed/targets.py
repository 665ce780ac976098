"""Where a seeding writes to: the port, and the registry and the tree of layouts behind it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from regplan.errors import RegistryError, Unsupported
from regplan.registry.chunks import smaller_chunk
from regplan.seed.tree import TreeTarget

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from regplan.model.preflight import NameFound, TargetFound
    from regplan.model.source import Content, ImageSource
    from regplan.model.verifying import BlobLength
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest
    from regplan.registry.inspection import Inspection
    from regplan.registry.push import Pusher, Upload
    from regplan.seed.passing import Passing

__all__ = ["Counts", "RegistryTarget", "SeedTarget", "TreeTarget", "certificate_of"]

_MOST_REFUSALS: Final = 3
_AT_ONCE: Final = 40
# How registries say that they do not take a blob with the request that opens its upload.
_NO_SINGLE: Final = frozenset({400, 404, 405, 411, 413, 415, 501})


class Counts(Protocol):
    """How much a target was asked."""

    @property
    def requests(self) -> int:
        """Requests that did something."""
        ...

    @property
    def overhead(self) -> int:
        """Tokens, 401s and retries."""
        ...

    @property
    def throttled(self) -> int:
        """Answers that asked for patience."""
        ...


class SeedTarget(Protocol):
    """What seeding and verifying need of a target; `repository` has no host. Errors are `RegistryError`s.

    A target refuses a manifest whose blobs or children its repository lacks, with status 400 or 404.
    """

    @property
    def name(self) -> str:
        """What errors call this target; it never holds a credential."""
        ...

    @property
    def has_wire(self) -> bool:
        """Whether writing takes requests; a disk takes none."""
        ...

    @property
    def counts(self) -> Counts:
        """The requests so far; zeros where there is no wire."""
        ...

    @property
    def takes_single(self) -> bool | None:
        """Whether a blob can be sent with the request that opens its upload; None: a first small one would tell."""
        ...

    @property
    def may_be_zot(self) -> bool:
        """Whether no answer so far tells that it is none."""
        ...

    async def inspect(self, wish: Inspection) -> TargetFound:
        """Look at what is to be known before anything is written."""
        ...

    async def create_project(self, name: str) -> None:
        """Make the project that repositories stand in, where the target knows of such a thing."""
        ...

    async def repositories_of(self, project: str) -> tuple[str, ...]:
        """List what stands in a project, where the target knows of such a thing and tells; else nothing."""
        ...

    async def look(self, repository: str, reference: str) -> Digest | None:
        """Tell which digest a tag or digest has, or None where it is not there."""
        ...

    async def find_name(self, repository: str, reference: str) -> NameFound:
        """Look, and hear also whether anything was ever begun in that repository."""
        ...

    async def copy_blob(self, repository: str, mount_from: str, passing: Passing) -> bool:
        """Bring a blob in: from `mount_from` if that holds it (it may be `repository` itself), else by sending it.

        It is sent whatever is there where `mount_from` is "". Tells whether bytes were sent.
        """
        ...

    async def put_manifest(self, repository: str, reference: str, media_type: str, raw: bytes) -> None:
        """Put a manifest's verbatim bytes under a tag or its digest."""
        ...

    async def fetch_manifest(self, repository: str, reference: str) -> Content | None:
        """Fetch a manifest, or None where it is not there."""
        ...

    async def blob_size(self, repository: str, digest: Digest) -> int | None:
        """Tell the size of a blob in a repository, or None where it is not there."""
        ...

    async def blob_length(self, repository: str, descriptor: Descriptor) -> BlobLength | None:
        """Tell how long a blob really is, by the cheapest question that proves it, or None where it is not there."""
        ...

    def read_blob(self, repository: str, descriptor: Descriptor) -> AsyncIterator[bytes]:
        """Stream a blob's bytes; the digest is the caller's to check."""
        ...


def certificate_of(target: SeedTarget) -> str:
    """Tell the fingerprint of the certificate that a target has shown, "" where it has not."""
    return str(getattr(target, "certificate", ""))


class RegistryTarget:
    """A registry as a target; blobs are read back through `reader` (a `RegistryClient`), for deep verification only.

    Every upload begins as a mount, because the 202 of a refused one is the upload session: a mount from the repository
    itself tells for nothing whether the blob is there. Where mounts turn out not to work, a HEAD goes first instead. Where
    no answer has told it for a distribution, one small blob, the trial, is sent with the request that opens its upload: a
    registry that takes it (Zot) needs one request for a blob and not two, and one that does not answers with the session.
    """

    has_wire = True

    def __init__(self, pusher: Pusher, reader: ImageSource | None = None) -> None:
        """Write through `pusher`."""
        self._pusher, self._reader = pusher, reader
        self._refusals = 0
        self.takes_single: bool | None = None
        self._chunk_bytes: int | None = None
        pusher.widen(_AT_ONCE)

    @property
    def name(self) -> str:
        """HOST[:PORT]."""
        return self._pusher.host

    @property
    def counts(self) -> Counts:
        """The pusher's counts."""
        return self._pusher.counts

    async def inspect(self, wish: Inspection) -> TargetFound:
        """Ask a registry of its kind what only that kind tells."""
        return await self._pusher.inspect(wish)

    async def create_project(self, name: str) -> None:
        """Make a project at Harbor."""
        await self._pusher.create_project(name)

    async def repositories_of(self, project: str) -> tuple[str, ...]:
        """Ask a Harbor."""
        return await self._pusher.repositories_of(project)

    @property
    def may_be_zot(self) -> bool:
        """Whether no answer so far tells that it is none."""
        return self._pusher.may_be_zot

    @property
    def certificate(self) -> str:
        """The fingerprint of the certificate that the registry has shown, "" where it has not, or speaks plain HTTP."""
        return self._pusher.certificate

    async def ping(self) -> None:
        """See whether it answers; raises `Unreachable` where it does not."""
        await self._pusher.ping()

    async def look(self, repository: str, reference: str) -> Digest | None:
        """Ask with a HEAD."""
        found = await self._pusher.head_manifest(repository, reference)
        self._learn()
        return found

    async def find_name(self, repository: str, reference: str) -> NameFound:
        """Ask with a GET, whose refusals say why."""
        found = await self._pusher.find_name(repository, reference)
        self._learn()
        return found

    def _learn(self) -> None:
        if self._pusher.is_distribution:
            self.takes_single = False

    async def copy_blob(self, repository: str, mount_from: str, passing: Passing) -> bool:
        """Mount a blob, or send it: with its first request, to the session that a refused mount has opened, or in chunks."""
        if self._may_send_at_once(repository, mount_from, passing):
            return await self._send_at_once(repository, passing)
        upload = await self._mount(repository, passing.descriptor.digest, mount_from)
        if upload is None:
            return False
        await self._send(upload, passing)
        return True

    async def put_manifest(self, repository: str, reference: str, media_type: str, raw: bytes) -> None:
        """Put a manifest."""
        await self._pusher.put_manifest(repository, reference, media_type, raw)

    async def fetch_manifest(self, repository: str, reference: str) -> Content | None:
        """Fetch a manifest."""
        return await self._pusher.fetch_manifest(repository, reference)

    async def blob_size(self, repository: str, digest: Digest) -> int | None:
        """Ask with a HEAD."""
        return await self._pusher.head_blob(repository, digest)

    async def blob_length(self, repository: str, descriptor: Descriptor) -> BlobLength | None:
        """Ask for its last byte."""
        return await self._pusher.blob_length(repository, descriptor)

    def read_blob(self, repository: str, descriptor: Descriptor) -> AsyncIterator[bytes]:
        """Stream a blob back."""
        if self._reader is None:
            raise RegistryError(f"{self.name}: blobs cannot be read back over this connection")
        return self._reader.blob(f"{self.name}/{repository}", descriptor)

    def _may_send_at_once(self, repository: str, mount_from: str, passing: Passing) -> bool:
        if mount_from not in {"", repository} and (not self.takes_single or self._refusals < _MOST_REFUSALS):
            return False
        if not passing.is_new or self._chunk_bytes is not None or passing.is_slow:
            return False
        return passing.is_trial if self.takes_single is None else self.takes_single

    async def _send_at_once(self, repository: str, passing: Passing) -> bool:
        """Send a blob with the request that opens its upload; a registry that only opens it gets it there."""
        try:
            if passing.is_small:
                upload = await self._pusher.post_blob(repository, passing.descriptor, await passing.whole())
            else:
                async with passing.open() as body:
                    upload = await self._pusher.post_blob(repository, passing.descriptor, body)
        except RegistryError as error:
            if passing.error is not None or error.status not in _NO_SINGLE:
                raise
            self.takes_single = False
            upload = await self._pusher.start_upload(repository)
            if upload is None:
                return False
        else:
            self.takes_single = upload is None
        if upload is not None:
            await self._send(upload, passing)
        return True

    async def _send(self, upload: Upload, passing: Passing) -> None:
        """Send a blob to its session, in chunks where something on the way takes no body of its size."""
        while True:
            tried = self._chunk_bytes
            try:
                await self._send_to(upload, passing)
            except Unsupported as error:
                if passing.error is not None or error.status != 413:
                    raise
                # Another blob that was under way may have learned it meanwhile.
                if self._chunk_bytes == tried:
                    smaller = smaller_chunk(tried, passing.descriptor.size)
                    if smaller is None:
                        raise
                    self._chunk_bytes = smaller
                fresh = await self._pusher.start_upload(upload.repository)
                if fresh is None:
                    return
                upload = fresh
            else:
                return

    async def _send_to(self, upload: Upload, passing: Passing) -> None:
        if passing.is_small:
            await self._pusher.put_blob(upload, passing.descriptor, await passing.whole())
        elif passing.is_slow or passing.descriptor.size > (self._chunk_bytes or passing.descriptor.size):
            capped = replace(upload, most_bytes=self._chunk_bytes or 0)
            await self._pusher.put_chunks(capped, passing.descriptor, passing)
        else:
            async with passing.open() as body:
                await self._pusher.put_blob(upload, passing.descriptor, body)

    async def _mount(self, repository: str, digest: Digest, mount_from: str) -> Upload | None:
        if not mount_from:
            return await self._pusher.start_upload(repository)
        if self._refusals < _MOST_REFUSALS:
            upload = await self._pusher.start_upload(repository, digest, mount_from)
            if mount_from != repository:
                self._refusals = 0 if upload is None else self._refusals + 1
            return upload
        if await self._pusher.head_blob(repository, digest) is not None:
            return None
        return await self._pusher.start_upload(repository)
