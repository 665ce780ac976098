"""A dict as an image source: what a test puts in is what is there, and everything that is asked is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio.lowlevel

from regplan.errors import NotFound
from regplan.model.source import Content
from regplan.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping

    from regplan.errors import RegplanError
    from regplan.model.image import Image as KnownImage
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.reference import Reference
    from support.content import Blob, Tree

__all__ = ["DictSource", "FactsOnly"]


class DictSource:
    """An `ImageSource` of built images by full reference (`docker.io/library/nginx:1`); `without` names absent digests.

    `data` maps digests to bytes and may be changed by a test, `failure` is raised instead of any answer, and `asked`
    is what was asked for, in order: a reference or a digest each time.
    """

    def __init__(self, trees: Mapping[str, Tree], *, name: str = "dict", without: Collection[str] = ()) -> None:
        """Take the images apart."""
        self.name = name
        self.names: dict[str, Blob] = {name: tree.manifest for name, tree in trees.items()}
        manifests = [blob for tree in trees.values() for blob in tree.manifests()]
        self.types = {blob.digest: blob.media_type for blob in manifests}
        blobs = [*manifests, *(blob for tree in trees.values() for blob in tree.blobs())]
        self.data = {blob.digest: blob.data for blob in blobs if blob.digest not in without}
        self.failure: RegplanError | None = None
        self.asked: list[str] = []
        self.referring: dict[Digest, tuple[Descriptor, ...]] = {}

    async def manifest(self, reference: Reference) -> Content:
        """Answer by digest, else by name."""
        digest = str(reference.digest) if reference.digest else None
        await self._ask(digest or str(reference))
        if digest is None and str(reference) in self.names:
            digest = self.names[str(reference)].digest
        if digest not in self.types or digest not in self.data:
            raise NotFound(f"{self.name} has no {reference}")
        return Content(self.types[digest], Digest.parse(digest), self.data[digest])

    async def blob(
        self, repository: str, descriptor: Descriptor, first: int = 0, last: int | None = None
    ) -> AsyncIterator[bytes]:
        """Answer in chunks of 1,000 bytes."""
        await self._ask(str(descriptor.digest))
        if str(descriptor.digest) not in self.data:
            raise NotFound(f"{self.name} has no blob {descriptor.digest} of {repository}")
        data = self.data[str(descriptor.digest)]
        end = len(data) if last is None else last + 1
        for start in range(first, end, 1000):
            await anyio.lowlevel.checkpoint()
            yield data[start : min(start + 1000, end)]

    async def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """Answer what a test said."""
        await self._ask(f"referrers of {repository}@{digest}")
        return self.referring.get(digest, ())

    async def _ask(self, what: str) -> None:
        self.asked.append(what)
        # Let the others ask too, so that what is asked for at once is asked for at once.
        await anyio.lowlevel.checkpoint()
        if self.failure is not None:
            raise self.failure


class FactsOnly(DictSource):
    """A source that also knows images by their sizes alone, as a recording's facts do."""

    def __init__(self, known: Mapping[str, tuple[KnownImage, ...]], trees: Mapping[str, Tree] | None = None) -> None:
        """Know these images by full reference."""
        super().__init__(trees or {}, name="facts")
        self.known = dict(known)

    def facts(self, reference: Reference) -> tuple[KnownImage, ...]:
        """Tell what is known."""
        return self.known.get(str(reference), ())
