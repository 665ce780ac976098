"""The icicle: from profiles over packs and images down to layers, each as wide as its bytes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from regplan.plan.by_pack import pack_contents
from regplan.plan.sharing import known_sizes
from regplan.report.figures.chart import Axis, Chart, Panel, Tile, Tiles
from regplan.report.words import counted, readable
from regplan.units import GB, format_bytes
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from regplan.model.plan import Study
    from regplan.oci.digest import Digest

__all__ = ["Part", "icicle_chart", "parts_of"]

_LEVELS: Final = ("profile", "pack", "image", "layer")
# What is narrower than this share of the whole is shown as one with its neighbours.
_NARROWEST: Final = 0.004


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the set: its bytes, its share of each digest being that of one of `times` that hold it (their mean), and its own parts."""

    name: str
    size_bytes: float
    times: float
    parts: tuple[Part, ...] = ()


def parts_of(study: Study) -> tuple[Part, ...]:
    """Divide the bytes of a set among profiles, packs, images and blobs, the largest first; together they are the set.

    A digest that several images of packs hold is divided evenly among them.
    """
    sizes = known_sizes(study.inventory)
    packs = pack_contents(study.inventory, study.declarations)
    holders = Counter(digest for pack in packs for _, held in pack.contents for digest in held)
    profiles: dict[str, list[Part]] = {}
    for pack in packs:
        images = [_image(str(reference), held, sizes, holders) for reference, held in pack.contents]
        name = f"{pack.pack} {pack.version}".strip() or pack.profile
        profiles.setdefault(pack.profile, []).append(_joined(name, images))
    return tuple(sorted((_joined(name, parts) for name, parts in profiles.items()), key=_order))


def icicle_chart(study: Study) -> Chart | None:
    """Show profiles, packs, images and layers as wide as their bytes, the darker the more often shared; None of nothing."""
    parts = parts_of(study)
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
        f"{largest.name} is {share} of {study.plan.site.name}'s {format_bytes(round(total))}; "
        f"the largest pack is {pack.name} with {format_bytes(round(pack.size_bytes))} (GB)"
    )
    alt = (
        f"Bars below each other: {counted(len(parts), 'profile')}, {counted(len(packs), 'pack')}, their images and layers, "
        "each as wide as its bytes."
    )
    return Chart("icicle", title, alt, (panel,))


def _image(name: str, held: Iterable[Digest], sizes: Mapping[Digest, int | None], holders: Counter[Digest]) -> Part:
    blobs = [Part(str(digest), (sizes[digest] or 0) / holders[digest], holders[digest]) for digest in held]
    return _joined(name, blobs)


def _joined(name: str, parts: Iterable[Part]) -> Part:
    ordered = tuple(sorted(parts, key=_order))
    size = sum(part.size_bytes for part in ordered)
    times = sum(part.times * part.size_bytes for part in ordered) / size if size else 1.0
    return Part(name, size, times, ordered)


def _order(part: Part) -> tuple[float, str]:
    return -part.size_bytes, part.name


def _tiles(parts: tuple[Part, ...], left: float, level: int, total: float) -> Iterator[Tile]:
    small = [part for part in parts if part.size_bytes < total * _NARROWEST]
    shown = [part for part in parts if part.size_bytes >= total * _NARROWEST]
    if small:
        one = small[0] if len(small) == 1 else _joined(f"{len(small)} smaller ones", small)
        shown.append(Part(one.name, one.size_bytes, one.times))
    for part in shown:
        right = left + part.size_bytes / GB
        if part.size_bytes:
            says = f"{_LEVELS[level]} {part.name}: {round(part.size_bytes):,} bytes, held {part.times:.1f} times"
            yield Tile(left, level, right, level + 1, 1 - 1 / max(part.times, 1.0), _short(part.name, level), says)
            yield from _tiles(part.parts, left, level + 1, total) if part.parts else ()
        left = right


def _short(name: str, level: int) -> str:
    # A layer's digest says nothing to a reader, and an image is known by the end of its name.
    return "" if level == len(_LEVELS) - 1 and ":" in name else name.rpartition("/")[2]
