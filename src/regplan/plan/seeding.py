"""Seeding, planned as a whole before the first request: each blob once, mounted elsewhere, then manifests, then tags.

On distribution and Harbor an upload takes two requests and a mount one, so nothing copies `blobs` U into `pairs` P
places with fewer than 2U + (P - U), and nothing puts N manifests with K further tags with fewer than N + K.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.model.image import Image, KeptIndex, Referrer
from regplan.model.seed import BlobCopy, ManifestPut, SeedCounts, SeedPlan
from regplan.oci.descriptor import Descriptor
from regplan.oci.manifest import Index, parse_manifest
from regplan.oci.mediatype import INDEXES, is_image_config
from regplan.plan.mapping import target_repository
from regplan.plan.rules.rule import listed
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from regplan.model.image import Inventory, ResolvedReference
    from regplan.oci.digest import Digest
    from regplan.plan.mapping import Mapping

__all__ = [
    "WHOLE_BYTES",
    "Look",
    "first_looks",
    "in_order",
    "looks",
    "plan_seed",
    "plan_verify",
    "pulls_of",
    "standing",
    "trial_blob",
    "unseedable",
]

# What is this small is held in memory and sent in one piece: it costs less than a thread, and can be sent again.
WHOLE_BYTES: Final = 2**16
_TINY_BYTES: Final = 32
_Key = tuple[str, "Digest"]
# What a blob of an artefact is called on its way: registries take any blob as bytes.
_BYTES: Final = "application/octet-stream"
_HOW: Final = "give --from a registry or an image layout that holds them whole"


@dataclass(frozen=True, slots=True)
class Look:
    """One question to a target: whether `reference` (a tag, or a digest) names `digest` in `repository`."""

    repository: str
    reference: str
    digest: Digest


def looks(manifests: Iterable[ManifestPut]) -> tuple[Look, ...]:
    """List what one asks a target to know what is there: one question for each tag, or for a digest that has no tag.

    A manifest without a tag that an index of its repository holds is not asked for: registries refuse an index whose
    children are absent, so the index answers for them.
    """
    puts = tuple(manifests)
    held = {(put.repository, child) for put in puts for child in put.children}
    return tuple(
        Look(put.repository, reference, put.digest)
        for put in puts
        for reference in put.tags or (() if (put.repository, put.digest) in held else (str(put.digest),))
    )


def standing(manifests: Sequence[ManifestPut], right: Collection[tuple[str, str]]) -> set[_Key]:
    """Tell which manifests are in their repositories where `right` names are: those named, and what their indexes hold.

    `right` holds each (repository, tag or digest) that names the right manifest.
    """
    by_key = {(put.repository, put.digest): put for put in manifests}
    open_ends = [
        put for put in manifests if any((put.repository, name) in right for name in put.tags or (str(put.digest),))
    ]
    found: set[_Key] = set()
    while open_ends:
        put = open_ends.pop()
        found.add((put.repository, put.digest))
        open_ends += [by_key[put.repository, child] for child in put.children]
    return found


def first_looks(asked: Sequence[Look]) -> tuple[Look, ...]:
    """Choose the one or two questions that tell a new project: of two repositories if possible, never of one image."""
    if not asked:
        return ()
    first = asked[0]
    others = [look for look in asked if look.digest != first.digest]
    elsewhere = [look for look in others if look.repository != first.repository]
    return (first, *(elsewhere or others)[:1])


def trial_blob(manifests: Sequence[ManifestPut], blobs: Iterable[BlobCopy]) -> BlobCopy | None:
    """Choose the small blob that is sent before all others, so that where it is absent nothing else was sent either.

    One that several repositories need, or else the config of another image than the first that is asked for: so it also
    tells of a project to which only the first image is new. What is tiny, like an empty config, stands everywhere and
    tells nothing.
    """
    first = manifests[0].digest if manifests else None
    known = {digest for put in manifests if put.digest == first for digest in put.blobs}
    images = {digest for put in manifests if put.subject is None for digest in put.blobs}
    small = [
        blob for blob in blobs if _TINY_BYTES < blob.descriptor.size <= WHOLE_BYTES and blob.descriptor.digest in images
    ]

    def worth(blob: BlobCopy) -> tuple[int, bool, bool]:
        is_config = is_image_config(blob.descriptor.media_type)
        return len(blob.repositories), blob.descriptor.digest not in known, is_config

    return max(small, key=worth, default=None)


def plan_seed(inventory: Inventory, target: str, project: str, mapping: Mapping = "host") -> SeedPlan:
    """Plan to copy everything that `inventory` holds to `target`, under `project`, each blob once.

    Raises `InputError` where an image is known by facts only, where a name does not fit the target, and where two
    references need one tag for two images.
    """
    _refuse_unseedable(inventory.entries)
    return plan_verify(inventory, target, project, mapping)


def plan_verify(inventory: Inventory, target: str, project: str, mapping: Mapping = "host") -> SeedPlan:
    """Plan what must stand at `target`, for comparing only: images that are known by facts alone will do.

    Raises `InputError` where a name does not fit the target, and where two references need one tag for two images.
    """
    draft = _Draft()
    for entry in inventory.entries:
        draft.add(entry, target_repository(entry.reference, project, mapping))
    manifests = tuple(draft.manifests())
    blobs = tuple(draft.blobs())
    unique_bytes = sum(size or 0 for size in inventory.blobs(with_referrers=True).values())
    return SeedPlan(
        target, manifests, blobs, _counts(manifests, blobs, unique_bytes), tuple(draft.foreign), tuple(draft.orphans)
    )


def in_order(plan: SeedPlan, offset_of: Callable[[Digest], int | None]) -> SeedPlan:
    """Note where a source that is read forward has each blob, so that they are copied in its order."""
    blobs = tuple(replace(blob, offset=offset_of(blob.descriptor.digest)) for blob in plan.blobs)
    return replace(plan, blobs=blobs)


@dataclass(slots=True)
class _Draft:
    """The plan while it grows; dicts keep the order in which the references ask for things."""

    contents: dict[_Key, Image | KeptIndex | Referrer] = field(default_factory=dict)
    names: dict[_Key, dict[str, None]] = field(default_factory=dict)
    tags: dict[tuple[str, str], tuple[Digest, str]] = field(default_factory=dict)
    copies: dict[Digest, tuple[Descriptor, dict[str, None], dict[str, None]]] = field(default_factory=dict)
    foreign: dict[str, None] = field(default_factory=dict)
    orphans: dict[str, None] = field(default_factory=dict)

    def add(self, entry: ResolvedReference, repository: str) -> None:
        for content in _contents(entry):
            key = (repository, content.digest)
            self.contents.setdefault(key, content)
            self.names.setdefault(key, {})[str(entry.reference)] = None
        for image in entry.images:
            self._add_blobs(_blobs(image), entry, repository)
            self.foreign.update({f"{entry.reference} {layer.digest}": None for layer in image.foreign_layers})
        if entry.reference.tag is not None:
            self._add_tag(repository, entry.reference.tag, _top(entry).digest, str(entry.reference))
        self._add_referrers(entry, repository)

    def manifests(self) -> Iterator[ManifestPut]:
        tags: dict[_Key, list[str]] = {}
        for (repository, tag), (digest, _) in self.tags.items():
            tags.setdefault((repository, digest), []).append(tag)
        for (repository, digest), content in self.contents.items():
            yield ManifestPut(
                repository,
                digest,
                content.media_type,
                content.raw or b"",
                tuple(tags.get((repository, digest), ())),
                () if isinstance(content, KeptIndex) else tuple(blob.digest for blob in _blobs(content)),
                self._children(repository, content),
                tuple(self.names[repository, digest]),
                self._subject(repository, content),
            )

    def _children(self, repository: str, content: Image | KeptIndex | Referrer) -> tuple[Digest, ...]:
        """Name what an index lists; of an index that refers to something, what of it is at hand."""
        if isinstance(content, KeptIndex):
            return content.children
        if isinstance(content, Image) or content.media_type not in INDEXES or content.raw is None:
            return ()
        document = parse_manifest(content.raw, content.media_type)
        listed_here = document.manifests if isinstance(document, Index) else ()
        return tuple(each.digest for each in listed_here if (repository, each.digest) in self.contents)

    def _subject(self, repository: str, content: Image | KeptIndex | Referrer) -> Digest | None:
        """Tell what a manifest follows: not the index that lists it, which follows what it lists."""
        if not isinstance(content, Referrer):
            return None
        subject = self.contents[repository, content.subject]
        is_listed = isinstance(subject, Referrer) and content.digest in self._children(repository, subject)
        return None if is_listed else content.subject

    def blobs(self) -> Iterator[BlobCopy]:
        for descriptor, repositories, sources in self.copies.values():
            yield BlobCopy(descriptor, tuple(repositories), tuple(sources))

    def _add_blobs(self, blobs: Iterable[Descriptor], entry: ResolvedReference, repository: str) -> None:
        for blob in blobs:
            _, repositories, sources = self.copies.setdefault(blob.digest, (blob, {}, {}))
            repositories[repository] = None
            sources[entry.reference.name] = None

    def _add_referrers(self, entry: ResolvedReference, repository: str) -> None:
        """Add what refers to what was added; the rest is left out, since it would verify nothing there."""
        left = () if entry.referrers is None else entry.referrers.found
        while ready := [each for each in left if (repository, each.subject) in self.contents]:
            for referrer in ready:
                self._add_referrer(referrer, entry, repository)
            left = tuple(each for each in left if each not in ready)
        for each in left:
            what = each.artifact_type or each.media_type
            self.orphans[f"{entry.reference}: {what} {each.digest} refers to {each.subject}, which is not copied"] = (
                None
            )

    def _add_referrer(self, referrer: Referrer, entry: ResolvedReference, repository: str) -> None:
        key = (repository, referrer.digest)
        self.contents.setdefault(key, referrer)
        self.names.setdefault(key, {})[str(entry.reference)] = None
        self._add_blobs(_blobs(referrer), entry, repository)
        if referrer.tag:
            self._add_tag(repository, referrer.tag, referrer.digest, f"{entry.reference.name}:{referrer.tag}")

    def _add_tag(self, repository: str, tag: str, digest: Digest, reference: str) -> None:
        other, named = self.tags.setdefault((repository, tag), (digest, reference))
        if other == digest or self._holds(repository, other, digest):
            return
        if not self._holds(repository, digest, other):
            raise InputError(
                f"{named} and {reference} both become {repository}:{tag} and are two images "
                f"({other} and {digest}); leave one of them out, or name one by its digest alone"
            )
        self.tags[repository, tag] = (digest, reference)

    def _holds(self, repository: str, index: Digest, digest: Digest) -> bool:
        """Tell whether `digest` is in `index`: a tag on the index then serves both references."""
        content = self.contents.get((repository, index))
        children = content.children if isinstance(content, KeptIndex) else ()
        return digest in children or any(self._holds(repository, child, digest) for child in children)


def _blobs(image: Image | Referrer) -> Iterator[Descriptor]:
    """Yield config and layers, each digest once; foreign layers are not copied."""
    if isinstance(image, Referrer):
        yield from (Descriptor(_BYTES, blob.digest, blob.size or 0) for blob in image.blobs)
        return
    distinct = {layer.digest: layer for layer in image.kept_layers}
    if image.config is not None and image.config.digest not in distinct:
        yield Descriptor(image.config_type, image.config.digest, image.config.size or 0)
    yield from distinct.values()


def _contents(entry: ResolvedReference) -> tuple[Image | KeptIndex, ...]:
    """List images before indexes, which are in the order children before parents."""
    return (*entry.images, *entry.indexes)


def _top(entry: ResolvedReference) -> Image | KeptIndex:
    """Tell what the reference's tag names: the index where it is kept, else the image."""
    if not entry.indexes:
        return entry.images[0]
    return next((index for index in entry.indexes if index.digest == entry.digest), entry.indexes[-1])


def _refuse_unseedable(entries: Iterable[ResolvedReference]) -> None:
    if problems := unseedable(entries):
        count = sum(problems.values())
        told = "\n".join(f"  - {problem}" for problem in problems)
        raise InputError(f"{count} of the images cannot be seeded:\n{told}")


def pulls_of(entries: Iterable[ResolvedReference], host: str) -> int:
    """Count the manifests that resolving reads from a host where nothing is remembered: each tag's, and each below one once."""
    mine = [entry for entry in entries if entry.reference.registry == host]
    below = {
        (entry.reference.repository, content.digest)
        for entry in mine
        for content in (*entry.images, *entry.indexes, *entry.passed)
        if content.digest != entry.named.digest
    }
    return len(mine) + len(below)


def unseedable(entries: Iterable[ResolvedReference]) -> dict[str, int]:
    """Tell why references cannot be seeded from what is at hand, one sentence for each reason, and how many have it."""
    by_reason: dict[str, list[str]] = {}
    for entry in entries:
        if reason := _problem(entry):
            by_reason.setdefault(reason, []).append(str(entry.reference))
    return {f"{listed(names)}: {reason}": len(names) for reason, names in by_reason.items()}


def _problem(entry: ResolvedReference) -> str:
    contents = _contents(entry)
    referrers = () if entry.referrers is None else entry.referrers.found
    if any(content.raw is None for content in (*contents, *referrers)):
        return f"only its sizes are known, not its manifest; {_HOW}"
    if not entry.indexes and len(entry.images) > 1:
        platforms = ", ".join(str(image.platform) for image in entry.images)
        return f"it has images for {platforms} and one tag names one; use --all-platforms, or one --platform"
    known = {content.digest for content in contents}
    absent = [str(child) for index in entry.indexes for child in index.children if child not in known]
    if absent:
        return f"its index lists {absent[0]}, which is not at hand; {_HOW}"
    wanted = entry.reference.digest
    return "" if wanted is None or wanted in known else f"its digest is not at hand; {_HOW}"


def _counts(manifests: Sequence[ManifestPut], blobs: Sequence[BlobCopy], unique_bytes: int) -> SeedCounts:
    pairs = sum(len(blob.repositories) for blob in blobs)
    tags = sum(max(0, len(put.tags) - 1) for put in manifests)
    return SeedCounts(
        manifests=len(manifests),
        tags=tags,
        blobs=len(blobs),
        pairs=pairs,
        blob_bytes=sum(blob.descriptor.size for blob in blobs),
        unique_bytes=unique_bytes,
        naive_bytes=sum(blob.descriptor.size * len(blob.repositories) for blob in blobs),
        requests_min=len(blobs) + pairs + len(manifests) + tags,
        requests_probe=len(first_looks(looks(manifests))),
        referrers=sum(put.subject is not None for put in manifests),
    )
