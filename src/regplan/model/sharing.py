"""What a set of images shares: projects, blobs, packs, base-image families and what dominates, in bytes."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.oci.digest import Digest
    from regplan.oci.platform import Platform

__all__ = [
    "Alignment",
    "Analysis",
    "Dominance",
    "Family",
    "GroupSize",
    "PackPair",
    "PackSharing",
    "ProjectSize",
    "SharedBlob",
]


@dataclass(frozen=True, slots=True)
class ProjectSize:
    """What Harbor charges one project: each digest of the project once; `images` counts distinct manifests of images."""

    project: str
    quota_bytes: int
    references: int
    images: int


@dataclass(frozen=True, slots=True)
class SharedBlob:
    """One distinct digest of a set and who holds it; `size_bytes` is None where nobody knows it, and counts 0.

    `kind` is index, manifest, config, layer or referrer. `images` counts the distinct images that hold it: none holds an
    index or what refers to it. `references` are all references under which it is asked for.
    """

    digest: Digest
    kind: str
    media_type: str
    size_bytes: int | None
    images: int
    references: tuple[str, ...]

    @property
    def saved_bytes(self) -> int:
        """What sharing it saves: its bytes for every image but one."""
        return (self.size_bytes or 0) * max(self.images - 1, 0)


@dataclass(frozen=True, slots=True)
class GroupSize:
    """What one pack or one profile takes; `unique_bytes` is `exclusive_bytes` plus `shared_bytes`.

    `exclusive_bytes` are held by nothing outside the group: without it they are freed. `unresolved` counts references
    that nobody answered for; they count no bytes. `pack` and `layer` are "" for a profile as a whole.
    """

    profile: str
    pack: str
    layer: str
    version: str
    references: int
    images: int
    unresolved: int
    referenced_bytes: int
    unique_bytes: int
    exclusive_bytes: int
    shared_bytes: int
    sizes_unknown: int = 0


@dataclass(frozen=True, slots=True)
class PackPair:
    """The digests that two packs both hold, largest first; of a pack with itself those that any other pack holds too."""

    blobs: tuple[SharedBlob, ...] = ()

    @property
    def shared_bytes(self) -> int:
        """What they take, each once: without sharing a registry would hold it once more."""
        return sum(blob.size_bytes or 0 for blob in self.blobs)

    @property
    def sizes_unknown(self) -> int:
        """How many of them nobody knows the size of: they count 0."""
        return sum(blob.size_bytes is None for blob in self.blobs)


@dataclass(frozen=True, slots=True)
class PackSharing:
    """Which packs hold the same digests: `packs` are those that share any, what shares most bytes first.

    `pairs` are by places in `packs`, the smaller first; a pair that shares nothing is left out. `holders` names for each
    digest the places of the packs that hold it. `alone` share nothing; `left_out` share, and were too many to be paired.
    """

    packs: tuple[GroupSize, ...] = ()
    pairs: Mapping[tuple[int, int], PackPair] = MappingProxyType({})
    holders: Mapping[Digest, tuple[int, ...]] = MappingProxyType({})
    alone: tuple[GroupSize, ...] = ()
    left_out: tuple[GroupSize, ...] = ()

    def pair(self, one: int, other: int) -> PackPair:
        """Tell what two packs share, in either order."""
        return self.pairs.get((min(one, other), max(one, other)), _NOTHING)


@dataclass(frozen=True, slots=True)
class Family:
    """Images that begin with the same layers; `key` names it, `parent` is the family whose prefix this one goes on with.

    `prefix` are the layers' digests base first, as the first of `images` has them. `prefix_bytes` is what a registry
    holds of the prefix, each digest once; `times_bytes` is what it would be once for every image.
    """

    key: str
    parent: str | None
    platform: Platform
    prefix: tuple[Digest, ...]
    prefix_bytes: int
    times_bytes: int
    images: tuple[str, ...]

    @property
    def saved_bytes(self) -> int:
        """What sharing the prefix saves."""
        return self.times_bytes - self.prefix_bytes


@dataclass(frozen=True, slots=True)
class Alignment:
    """Families whose prefixes look like versions of one base, and what it would free if all had the largest of them.

    `by` is annotation (the images name one base) or repository (tags of one repository stand on both), `name` that base
    or repository. `provenance` is assumed: that a common prefix is the base, no digest tells.
    """

    by: str
    name: str
    platform: Platform
    families: tuple[str, ...]
    kept: str
    saved_bytes: int
    provenance: str = "assumed"


@dataclass(frozen=True, slots=True)
class Dominance:
    """The few images that make `percent` of the images' bytes; `by` is fair_share or freed, `size_bytes` what they make."""

    percent: int
    by: str
    images: tuple[str, ...]
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """Where the bytes of a set lie: by pack and profile, by base image, and in the few images that dominate."""

    packs: tuple[GroupSize, ...] = ()
    profiles: tuple[GroupSize, ...] = ()
    families: tuple[Family, ...] = ()
    alignments: tuple[Alignment, ...] = ()
    dominating: tuple[Dominance, ...] = ()


_NOTHING: Final = PackPair()
