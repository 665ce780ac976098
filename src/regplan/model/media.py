"""How a set of images is brought to a site on drives: what goes onto which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.formula import Formula

__all__ = ["Drive", "MediaPlan"]


@dataclass(frozen=True, slots=True)
class Drive:
    """What goes onto one drive, and what that takes together, in bytes.

    An item is the digest of a blob, or the reference of an image of which only the size is declared.
    """

    size_bytes: int
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MediaPlan:
    """A set of images on drives of one size, with no blob cut.

    `usable_bytes` is what a drive's file system leaves; `least` is how many drives the bytes alone need. `beyond_fat32` are
    items too large for a file on FAT32, which holds files below 4 GiB; `unknown` blobs have no known size and count 0.
    """

    drive_bytes: int
    usable_bytes: int
    total_bytes: int
    least: int
    drives: tuple[Drive, ...]
    beyond_fat32: tuple[str, ...] = ()
    unknown: int = 0
    formulas: tuple[Formula, ...] = ()
