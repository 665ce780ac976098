"""What refers to images, gathered through the port: signatures, attestations, SBOMs, and what refers to those."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from regplan.errors import InvalidManifest, NotFound, RegplanError, SizeMismatch
from regplan.model.image import Blob, Referrer, Referrers
from regplan.model.source import TagFinder
from regplan.oci.manifest import Index, parse_manifest
from regplan.oci.mediatype import OCI_EMPTY, is_foreign, is_image_config
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from regplan.model.source import Content
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest
    from regplan.oci.manifest import Manifest
    from regplan.oci.reference import Reference
    from regplan.store.cached import CachedSource

__all__ = ["gather_referrers"]

# cosign, "Signature Specification": the digest as a tag, with what it is.
_SUFFIXES: Final = ("sig", "att", "sbom")
_MOST_TAG: Final = 128
_MOST_DEPTH: Final = 6
_MOST_REFERRERS: Final = 500


async def gather_referrers(reference: Reference, source: CachedSource, subjects: Iterable[Digest]) -> Referrers:
    """Find what refers to `subjects` in a reference's repository, and to what was found, each manifest once.

    Only a manifest that names its subject counts, whatever a list says, or one that has the tag of its subject. Nothing
    is raised: what stops the search (a source that cannot be asked, chains and lists without end) is the `problem`.
    """
    search = _Search(reference, source, dict.fromkeys(subjects))
    try:
        await search.run()
    except RegplanError as error:
        return Referrers(tuple(search.found), str(error))
    return Referrers(tuple(search.found))


@dataclass(slots=True)
class _Search:
    """The search for one reference, breadth first; `seen` holds the subjects and everything that was found."""

    reference: Reference
    source: CachedSource
    seen: dict[Digest, None]
    found: list[Referrer] = field(default_factory=list)
    fetched: int = 0

    async def run(self) -> None:
        ahead = list(self.seen)
        for _ in range(_MOST_DEPTH):
            tags = await self._tags(ahead)
            before = len(self.found)
            for subject in ahead:
                await self._listed(subject)
                for tag in tags.get(subject, ()):
                    await self._tagged(subject, tag)
            ahead = [referrer.digest for referrer in self.found[before:]]
            if not ahead:
                return
        raise InvalidManifest(f"{self.reference}: what refers to it is referred to more than {_MOST_DEPTH} deep")

    async def _tags(self, subjects: Sequence[Digest]) -> dict[Digest, list[str]]:
        """Find cosign's tags of all subjects at once, so that a source may answer with one list."""
        wanted = {
            tag: subject
            for subject in subjects
            for suffix in _SUFFIXES
            if len(tag := f"{subject.algorithm}-{subject.encoded}.{suffix}") <= _MOST_TAG
        }
        finder, there = self.source.source, frozenset(wanted)
        if isinstance(finder, TagFinder):
            there = await finder.tags_among(self.reference.name, there)
        found: dict[Digest, list[str]] = {}
        for tag, subject in wanted.items():
            if tag in there:
                found.setdefault(subject, []).append(tag)
        return found

    async def _listed(self, subject: Digest) -> None:
        for descriptor in await self.source.referrers(self.reference.name, subject):
            if descriptor.digest in self.seen:
                continue
            # What a list names and nobody has takes no room.
            with suppress(NotFound):
                content = await self._fetch(descriptor)
                document = _parsed(content, descriptor.media_type, f"{self.reference} {descriptor.digest}")
                if document.subject is not None and document.subject.digest == subject:
                    await self._take(document, subject, descriptor.artifact_type)

    async def _tagged(self, subject: Digest, tag: str) -> None:
        try:
            content = await self.source.manifest(replace(self.reference, tag=tag, digest=None))
        except NotFound:
            return
        if content.digest not in self.seen:
            await self._take(_parsed(content, "", f"{self.reference.name}:{tag}"), subject, tag=tag)

    async def _take(
        self, document: Manifest | Index, subject: Digest, artifact_type: str = "", *, tag: str = "", depth: int = 0
    ) -> None:
        """Note a referrer; of an index also what it lists, which refers to the index."""
        self.seen[document.digest] = None
        if depth > _MOST_DEPTH:
            raise InvalidManifest(
                f"{self.reference}: an index that refers to it is nested more than {_MOST_DEPTH} deep"
            )
        told = artifact_type or document.artifact_type or _type_of(document)
        blobs = () if isinstance(document, Index) else _blobs(document)
        raw, media_type = document.raw, document.media_type
        self.found.append(Referrer(subject, document.digest, media_type, told, len(raw), blobs, tag, raw))
        for child in document.manifests if isinstance(document, Index) else ():
            if child.digest in self.seen:
                continue
            with suppress(NotFound):
                below = _parsed(await self._fetch(child), child.media_type, f"{self.reference} {child.digest}")
                await self._take(below, document.digest, child.artifact_type, depth=depth + 1)

    async def _fetch(self, descriptor: Descriptor) -> Content:
        self.fetched += 1
        if self.fetched > _MOST_REFERRERS:
            raise InvalidManifest(f"{self.reference}: more than {_MOST_REFERRERS} manifests are said to refer to it")
        content = await self.source.manifest(replace(self.reference, tag=None, digest=descriptor.digest))
        if len(content.data) != descriptor.size:
            raise SizeMismatch(
                f"{self.reference}: {descriptor.digest}, which refers to it, has {len(content.data)} bytes "
                f"and not {descriptor.size}"
            )
        return content


def _parsed(content: Content, media_type: str, where: str) -> Manifest | Index:
    return replace(parse_manifest(content.data, content.media_type or media_type, where=where), digest=content.digest)


def _type_of(document: Manifest | Index) -> str:
    """Tell the kind where no artifactType does: the config's type, or the first layer's, as of a signature by cosign."""
    if isinstance(document, Index):
        return ""
    config = document.config.media_type
    if not is_image_config(config) and config != OCI_EMPTY:
        return config
    return document.layers[0].media_type if document.layers else ""


def _blobs(manifest: Manifest) -> tuple[Blob, ...]:
    layers = (layer for layer in manifest.layers if not is_foreign(layer.media_type))
    return tuple({each.digest: Blob(each.digest, each.size) for each in (manifest.config, *layers)}.values())
