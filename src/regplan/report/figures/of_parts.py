"""The icicle: from profiles over packs and images down to layers, each as wide as its bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.plan.shares import NARROWEST, merged_part
from regplan.report.figures.chart import Axis, Chart, Panel, Tile, Tiles
from regplan.report.words import counted, readable
from regplan.units import GB, format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.model.shares import Part

__all__ = ["icicle_chart"]

_LEVELS: Final = ("profile", "pack", "image", "layer")


def icicle_chart(parts: Sequence[Part], site: str) -> Chart | None:
    """Show profiles, packs, images and layers as wide as their bytes, the darker the more often shared; None of nothing."""
    total = sum(part.size_bytes for part in parts)
    if not total:
        return None
    tiles = tuple(_tiles(parts, 0.0, 0, total))
    ticks = tuple((place + 0.5, name) for place, name in enumerate(_LEVELS))
    x = Axis("GB, what is shared being divided evenly among those who share it", low=0, high=total / GB)
    legend = Tiles("shared", tiles, "held once", "held by many")
    panel = Panel(x, Axis("", low=0, high=4, ticks=ticks), (legend,), rows=9)
    largest = parts[0]
    packs = [pack for part in parts for pack in part.parts]
    pack = max(packs, key=lambda each: each.size_bytes)
    share = readable(largest.size_bytes / total, "ratio")
    title = (
        f"{largest.name} is {share} of {site}'s {format_bytes(total)}; "
        f"the largest pack is {pack.name} with {format_bytes(pack.size_bytes)} (GB)"
    )
    alt = (
        f"Bars below each other: {counted(len(parts), 'profile')}, {counted(len(packs), 'pack')}, their images and layers, "
        "each as wide as its bytes."
    )
    return Chart("icicle", title, alt, (panel,))


def _tiles(parts: Sequence[Part], left: float, level: int, total: int) -> Iterator[Tile]:
    small = [part for part in parts if part.size_bytes < total * NARROWEST]
    shown = [part for part in parts if part.size_bytes >= total * NARROWEST]
    if small:
        shown.append(small[0] if len(small) == 1 else merged_part(small))
    for part in shown:
        right = left + part.size_bytes / GB
        if part.size_bytes:
            name = part.name or f"{part.merged} smaller ones"
            says = f"{_LEVELS[level]} {name}: {part.size_bytes:,} bytes, held {part.times:.1f} times"
            yield Tile(left, level, right, level + 1, 1 - 1 / max(part.times, 1.0), _short(name, level), says)
            yield from _tiles(part.parts, left, level + 1, total) if part.size_bytes >= total * NARROWEST else ()
        left = right


def _short(name: str, level: int) -> str:
    # A layer's digest says nothing to a reader, and an image is known by the end of its name.
    return "" if level == len(_LEVELS) - 1 and ":" in name else name.rpartition("/")[2]
