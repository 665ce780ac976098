"""Images as they are planned about, and the inventory of a set of profiles."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from regplan.oci.mediatype import is_foreign
from regplan.showing import shown
from regplan.values import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from regplan.model.limits import RateLimit
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest
    from regplan.oci.platform import Platform
    from regplan.oci.reference import Reference

__all__ = [
    "Blob",
    "DeclaredImage",
    "Image",
    "Inventory",
    "KeptIndex",
    "Referrer",
    "Referrers",
    "ResolvedReference",
    "Unresolved",
]


class Blob(NamedTuple):
    """A digest with its size in bytes; an unknown size is None and counts 0."""

    digest: Digest
    size: int | None


@dataclass(frozen=True, slots=True)
class Image:
    """One manifest digest on one platform; `layers` are base first, repeats kept.

    `manifest_size` is None where a recording does not know it. `config` is None where a recording does not know it.
    `raw` holds the manifest's verbatim bytes, and is None where only facts are known: such an image cannot be seeded.
    """

    digest: Digest
    media_type: str
    platform: Platform
    manifest_size: int | None
    config: Blob | None
    layers: tuple[Descriptor, ...]
    source: str
    config_type: str = ""
    diff_ids: tuple[Digest, ...] = ()
    created: str = ""
    raw: bytes | None = field(default=None, repr=False, compare=False)
    _content: list[Blob] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def kept_layers(self) -> tuple[Descriptor, ...]:
        """The layers that a registry holds, each digest once, base first; foreign layers are not among them."""
        return _once(layer for layer in self.layers if not is_foreign(layer.media_type))

    @property
    def foreign_layers(self) -> tuple[Descriptor, ...]:
        """The layers that may not be distributed, each digest once; they count nowhere and are listed."""
        return _once(layer for layer in self.layers if is_foreign(layer.media_type))

    def content(self) -> Iterator[Blob]:
        """Yield manifest, config and layers, each distinct digest once."""
        # Whoever adds up a set asks for this again, and nothing of it changes.
        if not self._content:
            config = () if self.config is None else (self.config,)
            layers = (Blob(layer.digest, layer.size) for layer in self.kept_layers)
            self._content.extend(_distinct([Blob(self.digest, self.manifest_size), *config, *layers]))
        return iter(self._content)


@dataclass(frozen=True, slots=True)
class KeptIndex:
    """An index that is stored beside its images: pinned by digest, or asked for with all its platforms."""

    digest: Digest
    media_type: str
    size: int
    children: tuple[Digest, ...]
    raw: bytes | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Referrer:
    """One manifest or index that refers to `subject`: an image, an index, or another referrer.

    `blobs` are its config and layers, each digest once. `tag` is what it was found by where a tag alone tells of it, as
    cosign's `sha256-….sig`; else "". `artifact_type` is "" where nothing tells it.
    """

    subject: Digest
    digest: Digest
    media_type: str
    artifact_type: str
    size: int
    blobs: tuple[Blob, ...] = ()
    tag: str = ""
    raw: bytes | None = field(default=None, repr=False, compare=False)

    def content(self) -> Iterator[Blob]:
        """Yield manifest, config and layers, each distinct digest once."""
        yield Blob(self.digest, self.size)
        yield from (blob for blob in self.blobs if blob.digest != self.digest)


@dataclass(frozen=True, slots=True)
class Referrers:
    """What refers to one reference's images and indexes; `problem` says why there may be more, "" where all are known."""

    found: tuple[Referrer, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ResolvedReference:
    """What a reference turned out to be: its images, and its indexes where they are kept (children before parents).

    `seen_at` (RFC 3339, UTC) is when its tag was last seen, where no source could be asked now.
    `passed` is what was read on the way and is no part of it: indexes that are not kept (children before parents), and
    images whose platform only their config told. `referrers` is None where nobody asked for them.
    """

    reference: Reference
    digest: Digest
    images: tuple[Image, ...]
    indexes: tuple[KeptIndex, ...] = ()
    provenance: tuple[str, ...] = ()
    seen_at: str = ""
    passed: tuple[KeptIndex | Image, ...] = field(default=(), repr=False, compare=False)
    referrers: Referrers | None = None

    @property
    def named(self) -> KeptIndex | Image:
        """What the reference names at its source: the outermost index, else the image."""
        passed = (each for each in self.passed if isinstance(each, KeptIndex))
        tops: list[KeptIndex | Image] = [*self.images[:1], *self.indexes, *passed]
        return tops[-1]

    @property
    def subjects(self) -> tuple[Digest, ...]:
        """What others refer to: the images and all indexes, kept or not; an attestation inside an index is signed by none."""
        images = [image.digest for image in self.images if image.platform.is_known or image is self.named]
        indexes = [each.digest for each in (*self.indexes, *self.passed) if isinstance(each, KeptIndex)]
        return tuple(dict.fromkeys([*images, *indexes]))

    def content(self, *, with_referrers: bool = False) -> Iterator[Blob]:
        """Yield every distinct digest of this reference once: indexes, manifests, configs and layers; referrers if asked."""
        found = self.referrers.found if with_referrers and self.referrers is not None else ()
        if not self.indexes and not found and len(self.images) == 1:
            return self.images[0].content()
        indexes = (Blob(index.digest, index.size) for index in self.indexes)
        images = (blob for image in self.images for blob in image.content())
        return _distinct([*indexes, *images, *(blob for referrer in found for blob in referrer.content())])


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A reference that no source could answer for, and why, in one sentence."""

    reference: str
    reason: str
    provenance: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeclaredImage:
    """A reference that no source could answer for, whose size the site file declares (`declared_sizes`), in bytes."""

    reference: Reference
    size_bytes: int
    provenance: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inventory:
    """The resolved images of a set of profiles, one entry for each distinct normalised reference, in input order.

    `rate_limits` are what registries said of the pulls that are left, when they were asked.
    """

    entries: tuple[ResolvedReference, ...]
    unresolved: tuple[Unresolved, ...] = ()
    platforms: tuple[Platform, ...] = ()
    declared: tuple[DeclaredImage, ...] = ()
    rate_limits: tuple[RateLimit, ...] = field(default=(), compare=False)

    _repr_mimebundle_ = shown

    def images(self) -> tuple[Image, ...]:
        """List each distinct image once, in order of first mention; of two tellings the one that says more counts."""
        found: dict[str, Image] = {}
        for image in [image for entry in self.entries for image in entry.images]:
            known = found.setdefault(image.digest.encoded, image)
            if known is not image and _told(known) < _told(image):
                found[image.digest.encoded] = image
        return tuple(found.values())

    def indexes(self) -> tuple[KeptIndex, ...]:
        """List each kept index once, children before parents."""
        return tuple({index.digest: index for entry in self.entries for index in entry.indexes}.values())

    def blobs(self, *, with_referrers: bool = False) -> dict[Digest, int | None]:
        """Map every distinct digest of the set to its size, where any source told it: indexes, manifests and blobs."""
        contents = (entry.content(with_referrers=with_referrers) for entry in self.entries)
        return dict(_distinct(blob for content in contents for blob in content))

    def last_seen(self) -> tuple[str, ...]:
        """List when each tag was last seen that no source could be asked for, oldest first."""
        return tuple(sorted(entry.seen_at for entry in self.entries if entry.seen_at))

    def holders(self) -> dict[Digest, tuple[Digest, ...]]:
        """Map every manifest, config and layer of the set to the images that hold it, each image once, in order of first mention."""
        held: dict[Digest, list[Digest]] = {}
        for image in self.images():
            for blob in image.content():
                held.setdefault(blob.digest, []).append(image.digest)
        return {digest: tuple(images) for digest, images in held.items()}

    def find(self, reference: Reference) -> ResolvedReference | None:
        """Tell what `reference` turned out to be, or None."""
        return next((entry for entry in self.entries if entry.reference == reference), None)

    def __repr__(self) -> str:
        """Tell the counts, which is what one wants to see in a notebook or a failing test."""
        return f"<Inventory {len(self.entries)} references, {len(self.images())} images, {len(self.unresolved)} unresolved>"


def _told(image: Image) -> tuple[bool, bool]:
    return image.raw is not None, image.config is not None


def _once(layers: Iterable[Descriptor]) -> tuple[Descriptor, ...]:
    distinct: dict[Digest, Descriptor] = {}
    for layer in layers:
        distinct.setdefault(layer.digest, layer)
    return tuple(distinct.values())


def _distinct(blobs: Iterable[Blob]) -> Iterator[Blob]:
    """Yield each digest once, in order of first mention, with the first size that is known."""
    sizes: dict[Digest, int | None] = {}
    for digest, size in blobs:
        if sizes.get(digest) is None:
            sizes[digest] = size
    return (Blob(digest, size) for digest, size in sizes.items())
