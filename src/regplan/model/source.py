"""The one port: where manifests and blobs come from."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from contextlib import AbstractAsyncContextManager

    from regplan.model.image import Image
    from regplan.model.limits import RateLimit
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest
    from regplan.oci.reference import Reference

__all__ = [
    "BulkSource",
    "ChoosingSource",
    "Content",
    "FactSource",
    "ImageSource",
    "LimitedSource",
    "NamedSource",
    "OrderedSource",
    "PieceSource",
    "Pipe",
    "TagFinder",
    "TagSource",
    "UnpackedSource",
]


@dataclass(frozen=True, slots=True)
class Content:
    """Verbatim bytes with their media type and the digest computed from them.

    `seen_at` (RFC 3339, UTC) is when a source last said that the tag names this, where nobody could be asked now.
    """

    media_type: str
    digest: Digest
    data: bytes = field(repr=False)
    seen_at: str = ""


@runtime_checkable
class ImageSource(Protocol):
    """Where manifests and blobs come from: a registry, an image layout, an archive, a recording, a dict in tests.

    `name` is what provenance and errors call it. `repository` is a reference's full name, host included.
    Every method raises `NotFound` for what the source does not hold, and other `RegistryError`s or `ContentError`s.
    """

    @property
    def name(self) -> str:
        """What provenance and errors call this source; it never holds a credential."""
        ...

    async def manifest(self, reference: Reference) -> Content:
        """Fetch the manifest or index that `reference` names; its digest has been checked where one is named."""
        ...

    def blob(
        self, repository: str, descriptor: Descriptor, first: int = 0, last: int | None = None
    ) -> AsyncIterator[bytes]:
        """Stream a blob's bytes from `first` to `last` inclusive; the whole blob's digest is the caller's to check."""
        ...

    async def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """List what refers to `digest` (signatures, attestations); empty where the source knows of none."""
        ...


@runtime_checkable
class NamedSource(Protocol):
    """A source that knows the names of its images: a layout, a tree of them, an archive, a recording."""

    def references(self) -> tuple[Reference, ...]:
        """Name every image."""
        ...


@runtime_checkable
class FactSource(Protocol):
    """A source that knows images without holding their manifests: sizes and digests only, for planning."""

    def facts(self, reference: Reference) -> tuple[Image, ...]:
        """List what is known of `reference`, one image for each platform; empty where nothing is."""
        ...


@runtime_checkable
class TagFinder(Protocol):
    """A source that can tell which of several tags it has, at less cost than fetching each."""

    async def tags_among(self, repository: str, tags: frozenset[str]) -> frozenset[str]:
        """Tell which of `tags` a repository has."""
        ...


@runtime_checkable
class TagSource(Protocol):
    """A source that tells what a tag names without sending it: a registry, to which a HEAD costs less than a GET."""

    async def look(self, reference: Reference, place: str = "") -> Digest | None:
        """Tell which digest a tag names now; None where only fetching it would tell.

        `place` is where `place_of` found the repository in an earlier run; it is asked alone.
        """
        ...

    def place_of(self, repository: str) -> str:
        """Tell under which HOST/REPOSITORY this source found a repository in this run; "" where it has not yet."""
        ...


@runtime_checkable
class LimitedSource(Protocol):
    """A source that is told how often it may still be asked."""

    @property
    def rate_limits(self) -> tuple[RateLimit, ...]:
        """What each host said last."""
        ...


@runtime_checkable
class OrderedSource(Protocol):
    """A source that is read forward, as a compressed archive is: whoever takes blobs in its order reads it once."""

    def offset_of(self, digest: Digest) -> int | None:
        """Tell where a blob begins, as a number that grows along the source; None where any order costs the same."""
        ...


class Pipe(Protocol):
    """A blob's bytes as a worker thread reads them; a piece holds until the next is asked for.

    What goes wrong is raised where it is read, as the source's own errors.
    """

    def __iter__(self) -> Iterator[bytes]:
        """Give the pieces, once."""
        ...

    def cut(self) -> None:
        """Make whoever waits for a piece wait no longer, from any thread."""
        ...


@runtime_checkable
class BulkSource(Protocol):
    """A source whose blobs are read in worker threads, which costs less where they are large."""

    def pipe(self, repository: str, descriptor: Descriptor) -> AbstractAsyncContextManager[Pipe]:
        """Open a whole blob for a worker thread of the loop in which this is entered; its digest is the caller's to check.

        What the source does not have is raised on entering.
        """
        ...


@runtime_checkable
class ChoosingSource(Protocol):
    """Several sources as one, of which another can be asked for a blob where one gave other bytes than the blob's."""

    def giver(self, repository: str, digest: Digest) -> str:
        """Name the source that gave a blob's bytes last; all of them where none did."""
        ...

    def pass_over(self, repository: str, digest: Digest) -> str:
        """Ask the source that gave a blob's bytes last no more for it; names those that are left, "" where none is."""
        ...


@runtime_checkable
class PieceSource(Protocol):
    """A source that can be held to a few bytes of a blob, where a stream could bring all of it over a wire."""

    async def piece(self, repository: str, descriptor: Descriptor, first: int, last: int) -> bytes:
        """Fetch a blob's bytes from `first` to `last` inclusive, all of them and no others."""
        ...


@runtime_checkable
class UnpackedSource(Protocol):
    """A source that knows sizes of unpacked layers without holding the layers."""

    def unpacked_size(self, digest: Digest) -> int | None:
        """Tell the unpacked size of a layer in bytes where it was measured once, else None."""
        ...
