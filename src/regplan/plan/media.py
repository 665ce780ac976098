"""Drives that bring a set of images to a site: whole blobs, first-fit decreasing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.model.formula import exact
from regplan.model.media import Drive, MediaPlan
from regplan.plan.sharing import known_sizes
from regplan.units import GiB, format_bytes

if TYPE_CHECKING:
    from regplan.oci.digest import Digest
    from regplan.plan.prepared import Prepared

__all__ = ["media_plan"]

# A file on FAT32 has one byte less than this at most (its directory entries hold the length in 32 bits).
_FAT32: Final = 4 * GiB


def media_plan(prepared: Prepared, drive_bytes: int, overhead: float) -> MediaPlan:
    """Tell which blobs of a set go onto which drives of `drive_bytes`, whole, with each distinct digest once.

    `overhead` is the share of a drive that its file system takes. The largest blob goes first, each onto the first drive
    that has room; that takes at most 11/9 of the fewest drives there could be, and one more (Johnson, 1973). Raises
    `InputError` for a blob larger than a drive.
    """
    usable = math.floor(drive_bytes * (1 - exact(overhead)))
    sizes = prepared.once(_sizes)
    ordered = sorted(
        ((size or 0, str(digest), digest) for digest, size in sizes.items()), key=lambda each: (-each[0], each[1])
    )
    if ordered and ordered[0][0] > usable:
        raise InputError(_too_small(prepared, drive_bytes, ordered[0][2], ordered[0][0]))
    total = sum(size for size, _, _ in ordered)
    return MediaPlan(
        drive_bytes=drive_bytes,
        usable_bytes=usable,
        total_bytes=total,
        least=math.ceil(total / usable) if usable else 0,
        drives=_packed([(size, digest) for size, _, digest in ordered], usable),
        beyond_fat32=tuple(digest for size, _, digest in ordered if size >= _FAT32),
        unknown=sum(size is None for size in sizes.values()),
    )


def _sizes(prepared: Prepared) -> dict[Digest, int | None]:
    return dict(known_sizes(prepared.inventory))


def _packed(ordered: list[tuple[int, Digest]], usable: int) -> tuple[Drive, ...]:
    """Put each blob onto the first drive with room; a tree of the drives' room finds that one without looking at all."""
    rooms = _Rooms(usable)
    held: list[list[Digest]] = []
    sizes: list[int] = []
    for size, digest in ordered:
        place = rooms.take(size)
        if place == len(held):
            held.append([])
            sizes.append(0)
        held[place].append(digest)
        sizes[place] += size
    return tuple(Drive(size, tuple(blobs)) for size, blobs in zip(sizes, held, strict=True))


class _Rooms:
    """The room that is left on each of endlessly many drives, as a tree of maxima."""

    def __init__(self, usable: int) -> None:
        self._usable = usable
        self._width = 1
        self._most = [0, usable]

    def take(self, size: int) -> int:
        """Take room on the first drive that has it, and tell which that is."""
        while self._most[1] < size:
            self._double()
        node = 1
        while node < self._width:
            node *= 2
            node += self._most[node] < size
        place = node - self._width
        self._most[node] -= size
        while node > 1:
            node //= 2
            self._most[node] = max(self._most[2 * node], self._most[2 * node + 1])
        if place == self._width - 1:
            self._double()
        return place

    def _double(self) -> None:
        """Put as many empty drives behind those that there are."""
        width = 2 * self._width
        most = [0] * width + self._most[self._width :] + [self._usable] * self._width
        for node in range(width - 1, 0, -1):
            most[node] = max(most[2 * node], most[2 * node + 1])
        self._width, self._most = width, most


def _too_small(prepared: Prepared, drive_bytes: int, digest: Digest, size: int) -> str:
    names = [str(entry.reference) for entry in prepared.inventory.entries if any(blob.digest == digest for image in entry.images for blob in image.content())]  # fmt: skip
    of = f" of {names[0]}" if names else ""
    return (
        f"--media {format_bytes(drive_bytes)}: {digest}{of} has {format_bytes(size)}, and no blob is cut: take drives of more than "
        f"{format_bytes(size)}"
    )
