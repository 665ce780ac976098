"""Deduplicated sizes: of a set of images, of one image beside the others, of what refers to them, and unpacked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.showing import shown
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.image import Unresolved
    from regplan.model.sharing import ProjectSize
    from regplan.oci.digest import Digest
    from regplan.oci.platform import Platform

__all__ = ["ImageSize", "LayerReport", "ReferrerReport", "ReferrerSize", "Unpacking"]


@dataclass(frozen=True, slots=True)
class ImageSize:
    """What one image costs beside the others: `size_bytes` is `shared_bytes` plus `unique_bytes`.

    `unique_bytes` is what no other image of the set has. Two references to one digest are one image, shown twice.
    `fair_bytes` divides each digest by the number of images that hold it: once for each image they add up to what all
    images take.
    `unpacked_bytes` are its layers as a node unpacks them, None where nobody asked; `unpacked_provenance` is then
    measured, assumed or mixed. They are `unpacked_measured_bytes`, and so many times `unpacked_compressed_bytes` as is assumed.
    """

    reference: str
    digest: Digest
    platform: Platform
    size_bytes: int
    shared_bytes: int
    unique_bytes: int
    sizes_unknown: int = 0
    unpacked_bytes: int | None = None
    unpacked_provenance: str = ""
    fair_bytes: int = 0
    unpacked_measured_bytes: int | None = None
    unpacked_compressed_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Unpacking:
    """A set of images as one node would unpack it: a snapshot for each chain of layers, and not for each layer.

    `chains` counts them, `layers` distinct layers and `measured_layers` those whose unpacked size was measured; the
    others are assumed to be `ratio` times their compressed size. `guessed_images` are those whose diff_ids nobody
    told: two packings of one layer are then taken for two. `why` tells why layers were not measured, with their count.
    `measured_bytes` are those of the measured layers, `compressed_bytes` the others' compressed size.
    """

    size_bytes: int
    provenance: str
    chains: int
    layers: int
    measured_layers: int
    guessed_images: int
    ratio: float
    why: tuple[tuple[str, int], ...] = ()
    measured_bytes: int = 0
    compressed_bytes: int = 0


@dataclass(frozen=True, slots=True)
class ReferrerSize:
    """One signature, attestation or SBOM beside an image: what it refers to, its kind, and its bytes.

    `subject_kept` is False for what refers to an index of which one platform alone is kept.
    """

    reference: str
    subject: Digest
    digest: Digest
    artifact_type: str
    size_bytes: int
    subject_kept: bool = True


@dataclass(frozen=True, slots=True)
class ReferrerReport:
    """What refers to a set of images: `size_bytes` is what it adds to their distinct digests, in bytes.

    `unknown` lists the references of which nobody could tell everything that refers to them, and why: the sum is then a
    lower bound.
    """

    count: int
    size_bytes: int
    each: tuple[ReferrerSize, ...] = ()
    unknown: tuple[Unresolved, ...] = ()


@dataclass(frozen=True, slots=True)
class LayerReport:
    """Deduplicated sizes of a set of images, in bytes; `sizes_unknown` counts digests whose size nobody knows.

    `blobs` counts distinct configs and layers, `manifests` distinct manifests and kept indexes, `pairs` distinct
    (repository, config or layer) pairs. `stored_bytes` is what Zot without deduplication holds, once for each
    repository; `quota_bytes` is what Harbor charges, once for each of `projects` (or for the one project that all lie
    in, where none is named). `index_bytes` are the kept indexes, which no image holds: the rest of `unique_bytes` is what
    the images take. `last_seen` are the times (RFC 3339, UTC) at which tags were last seen that no source could be
    asked for, oldest first. `uncompressed_bytes` are those of distinct layers that are plain
    tars: a tool that compresses while it pushes stores fewer. `referrers` are counted in all sums but the images' rows;
    None where nobody asked for them.
    """

    referenced_bytes: int
    unique_bytes: int
    blobs: int
    manifests: int
    pairs: int
    stored_bytes: int
    quota_bytes: int
    sizes_unknown: int
    images: tuple[ImageSize, ...]
    foreign: tuple[str, ...] = ()
    last_seen: tuple[str, ...] = ()
    unpacking: Unpacking | None = None
    uncompressed_bytes: int = 0
    referrers: ReferrerReport | None = None
    index_bytes: int = 0
    projects: tuple[ProjectSize, ...] = ()

    _repr_mimebundle_ = shown

    @property
    def repeated_bytes(self) -> int:
        """What `referenced_bytes` counts more than once: what sharing saves."""
        return self.referenced_bytes - self.unique_bytes
