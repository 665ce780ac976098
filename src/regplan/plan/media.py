"""Drives that bring a set of images to a site: whole blobs, first-fit decreasing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.model.formula import Formula, Input
from regplan.model.media import Drive, MediaPlan
from regplan.plan.releases import assumption
from regplan.plan.sharing import known_sizes
from regplan.units import GiB, format_bytes

if TYPE_CHECKING:
    from regplan.model.site import Site
    from regplan.plan.prepared import Prepared

__all__ = ["media_plan"]

# A file on FAT32 has one byte less than this at most (its directory entries hold the length in 32 bits).
_FAT32: Final = 4 * GiB


def media_plan(site: Site, prepared: Prepared, drive_bytes: int) -> MediaPlan:
    """Tell which blobs of a set go onto which drives of `drive_bytes`, whole, with each distinct digest once.

    An image whose size is only declared is one item that is not cut either. The largest goes first, each onto the first
    drive that has room; that takes at most 11/9 of the fewest drives there could be, and one more (Johnson, 1973). Raises
    `InputError` for what is larger than a drive.
    """
    overhead = assumption(site, "media_overhead")
    drive = Input("drive_bytes", drive_bytes, "bytes", "declared", "--media")
    usable = Formula("usable_bytes", "floor(drive_bytes * (1 - media_overhead))", (drive, overhead))
    sizes = prepared.once(_sizes)
    ordered = sorted(((size or 0, name) for name, size in sizes.items()), key=lambda each: (-each[0], each[1]))
    if ordered and ordered[0][0] > int(usable):
        raise InputError(_too_small(prepared, drive_bytes, ordered[0], overhead))
    least = _least(sum(size for size, _ in ordered), int(usable))
    return MediaPlan(
        drive_bytes=drive_bytes,
        usable_bytes=int(usable),
        total_bytes=sum(size for size, _ in ordered),
        least=int(least),
        drives=_packed(ordered, int(usable)),
        beyond_fat32=tuple(name for size, name in ordered if size >= _FAT32),
        unknown=sum(size is None for size in sizes.values()),
        formulas=(usable, least),
    )


def _least(total: int, usable: int) -> Formula:
    inputs = (
        Input("total_bytes", total, "bytes", "measured", "each distinct digest of the set once"),
        Input("usable_bytes", usable, "bytes", "assumed", "what a drive's file system leaves"),
    )
    return Formula("least", "ceil(total_bytes / usable_bytes)" if usable else "0", inputs, "drives")


def _sizes(prepared: Prepared) -> dict[str, int | None]:
    digests = {str(digest): size for digest, size in known_sizes(prepared.inventory).items()}
    return {**digests, **{str(image.reference): image.size_bytes for image in prepared.inventory.declared}}


def _packed(ordered: list[tuple[int, str]], usable: int) -> tuple[Drive, ...]:
    """Put each item onto the first drive with room; a tree of the drives' room finds that one without looking at all."""
    rooms = _Rooms(usable)
    held: list[list[str]] = []
    sizes: list[int] = []
    for size, name in ordered:
        place = rooms.take(size)
        if place == len(held):
            held.append([])
            sizes.append(0)
        held[place].append(name)
        sizes[place] += size
    return tuple(Drive(size, tuple(items)) for size, items in zip(sizes, held, strict=True))


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


def _too_small(prepared: Prepared, drive_bytes: int, largest: tuple[int, str], overhead: Input) -> str:
    size, name = largest
    entries = prepared.inventory.entries
    names = (str(each.reference) for each in entries if any(str(blob.digest) == name for blob in each.content()))
    of = next((f" of {found}" for found in names), "")
    least = Formula("least", "ceil(size / (1 - media_overhead))", (Input("size", size), overhead))
    return (
        f"--media {format_bytes(drive_bytes)}: {name}{of} has {format_bytes(size)}, and no blob is cut: take drives of at least "
        f"{int(least):,} bytes ({format_bytes(int(least))})"
    )
