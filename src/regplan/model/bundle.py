"""What an archive of images holds: its members, its layouts and images, and what was not understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.image import Unresolved
    from regplan.oci.digest import Digest
    from regplan.oci.platform import Platform
    from regplan.oci.reference import Reference

__all__ = ["ArchiveFile", "BlobCount", "BundleImage", "BundleLayout", "BundleReport"]


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """The file of an archive or one of its parts, by its name, and its size in bytes."""

    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class BlobCount:
    """How many distinct blobs, and how many bytes they are together."""

    count: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class BundleLayout:
    """One image layout: its folder ("" at the top), how many folders deep that is, and how many images it lists."""

    folder: str
    depth: int
    images: int


@dataclass(frozen=True, slots=True)
class BundleImage:
    """One reference of an archive: what it is, for which platforms, and its bytes, each digest once."""

    reference: Reference
    digest: Digest
    platforms: tuple[Platform, ...]
    size_bytes: int
    folder: str


@dataclass(frozen=True, slots=True)
class BundleReport:
    """Everything that `bundle inspect` tells. `compression` is none, gzip or zstd.

    `unreferenced` are the blobs that no image needs. `not_understood` names files that are neither a layout's own nor
    blobs, the first few of `not_understood_count`. `why` tells why the archive was not understood, "" where it was.
    `wrong` names blobs that have other bytes than their digests say; None where they were not read.
    """

    name: str
    parts: tuple[ArchiveFile, ...]
    compression: str
    unpacked_bytes: int
    members: int
    layouts: tuple[BundleLayout, ...]
    images: tuple[BundleImage, ...]
    blobs: BlobCount
    unreferenced: BlobCount
    unresolved: tuple[Unresolved, ...] = ()
    notes: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()
    not_understood_count: int = 0
    why: str = ""
    wrong: tuple[str, ...] | None = None

    @property
    def packed_bytes(self) -> int:
        """The size of the file, or of its parts together, in bytes."""
        return sum(part.size_bytes for part in self.parts)
