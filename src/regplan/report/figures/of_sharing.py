"""Charts of where the bytes lie and of who shares them: by image, by pack, and down to the layer."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate, combinations
from typing import TYPE_CHECKING, Final

from regplan.plan.by_pack import pack_contents
from regplan.plan.sharing import known_sizes
from regplan.report.figures.chart import Axis, Chart, Dots, Line, Panel, Rule, Tile, Tiles, distinct
from regplan.report.words import counted
from regplan.units import GB, format_bytes
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from regplan.model.plan import Plan, Study
    from regplan.oci.digest import Digest

__all__ = ["Held", "Together", "held_by_packs", "pareto_chart", "pareto_points", "sharing_chart", "upset_chart"]

_MOST_PACKS: Final = 14
_MOST_SETS: Final = 10
_DOMINATING: Final = 0.8


@dataclass(frozen=True, slots=True)
class Together:
    """Bytes that exactly these packs hold, each digest once; `packs` are places in the order of `Held.names`."""

    packs: tuple[int, ...]
    size_bytes: int
    blobs: int


@dataclass(frozen=True, slots=True)
class Held:
    """The packs of a set with what they share, the largest first.

    `sizes` are each pack's own bytes, `pairs` what two packs both hold, by their places, and `sets` what exactly some
    packs hold, most bytes first.
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    pairs: Mapping[tuple[int, int], int]
    sets: tuple[Together, ...]

    @property
    def most_shared(self) -> tuple[tuple[int, int], int] | None:
        """The two packs that share most, and how much; None where none shares anything."""
        best = max(self.pairs.items(), key=lambda each: (each[1], -each[0][0], -each[0][1]), default=None)
        return best if best is not None and best[1] else None


def held_by_packs(study: Study) -> Held:
    """Reckon what the packs hold alone and together, from the digests of their images.

    A plan that was read back from its document has no digests, and so no packs here.
    """
    sizes = known_sizes(study.inventory)
    packs = [(pack, pack.digests) for pack in pack_contents(study.inventory, study.declarations)]
    packs.sort(key=lambda each: -_total(each[1], sizes))
    holders: dict[Digest, list[int]] = {}
    for place, (_, digests) in enumerate(packs):
        for digest in digests:
            holders.setdefault(digest, []).append(place)
    together: Counter[tuple[int, ...]] = Counter()
    blobs: Counter[tuple[int, ...]] = Counter()
    for digest, places in holders.items():
        together[tuple(places)] += sizes[digest] or 0
        blobs[tuple(places)] += 1
    pairs: Counter[tuple[int, int]] = Counter()
    for among, size in together.items():
        for pair in combinations(among, 2):
            pairs[pair] += size
    sets = tuple(Together(among, size, blobs[among]) for among, size in together.items())
    names = distinct(f"{pack.pack} {pack.version}".strip() or pack.profile for pack, _ in packs)
    return Held(
        names,
        tuple(_total(digests, sizes) for _, digests in packs),
        pairs,
        tuple(sorted(sets, key=lambda each: (-each.size_bytes, each.packs))),
    )


def sharing_chart(held: Held, site: str) -> Chart | None:
    """Show what each two of the largest packs share; None where no two share anything."""
    best = held.most_shared
    if best is None:
        return None
    shown = range(min(len(held.names), _MOST_PACKS))
    (one, two), most = best
    tiles = tuple(_pair(held, row, column, most) for row in shown for column in shown)
    names = tuple(f"{held.names[place]} · {place + 1}" for place in shown)
    ticks = tuple((float(place), str(place + 1)) for place in shown)
    x = Axis(
        "the packs by their numbers; on the diagonal each pack's own bytes",
        low=-0.5,
        high=len(shown) - 0.5,
        ticks=ticks,
    )
    legend = Tiles("shared", tiles, "0 B shared", f"{format_bytes(most)} shared")
    panel = Panel(x, Axis("", names), (legend,), rows=len(shown))
    title = f"Of {site}'s packs {held.names[one]} and {held.names[two]} share most: {format_bytes(most)}"
    alt = f"A table of {counted(len(shown), 'pack')} by the same packs, shaded by the bytes that both hold; at most {format_bytes(most)}."
    return Chart("sharing", title, alt, (panel,))


def upset_chart(held: Held, site: str) -> Chart | None:
    """Show what exactly which packs hold together, the largest sets first; None where there is no set of several."""
    sets = held.sets[:_MOST_SETS]
    several = [each for each in held.sets if len(each.packs) > 1 and each.size_bytes]
    if not several:
        return None
    rows = {pack: row for row, pack in enumerate(sorted({pack for each in sets for pack in each.packs}))}
    low, high = -0.5, len(sets) - 0.5
    top = max(each.size_bytes for each in sets) or 1
    tiles = tuple(
        Tile(
            nth - 0.38,
            0,
            nth + 0.38,
            each.size_bytes / GB,
            1.0,
            "",
            f"{_named(held, each)}: {each.size_bytes:,} bytes in {counted(each.blobs, 'blob')}",
        )
        for nth, each in enumerate(sets)
    )
    above = Panel(
        Axis("", low=low, high=high, bare=True),
        Axis("GB", low=0, high=top * 1.1 / GB),
        (Tiles("", tiles, "", ""),),
        rows=8,
        rising=True,
    )
    points = [(float(nth), float(rows[pack])) for nth, each in enumerate(sets) for pack in each.packs]
    says = tuple(held.names[pack] for each in sets for pack in each.packs)
    axis = Axis(
        "sets of packs that hold the bytes of the bar above, and no other pack does",
        ticks=tuple((float(nth), format_bytes(each.size_bytes)) for nth, each in enumerate(sets)),
        low=low,
        high=high,
    )
    below = Panel(
        axis,
        Axis("", tuple(held.names[pack] for pack in rows)),
        (Dots("", "blue", tuple(points), says),),
        rows=len(rows),
    )
    shared = sum(each.size_bytes for each in several)
    title = (
        f"{format_bytes(shared)} of {site}'s images are in several packs, most of them in {_named(held, several[0])}"
    )
    alt = f"The {counted(len(sets), 'set')} of packs that hold most bytes together, from {format_bytes(sets[0].size_bytes)} down."
    return Chart("upset", title, alt, (above, below))


def pareto_points(plan: Plan) -> tuple[tuple[str, int, int], ...]:
    """List the distinct images, the largest by fair share first: reference, bytes, and the sum so far."""
    once = {image.digest: image for image in reversed(plan.layers.images)}
    ordered = sorted(once.values(), key=lambda each: (-each.fair_bytes, each.reference))
    sums = accumulate(each.fair_bytes for each in ordered)
    return tuple((each.reference, each.fair_bytes, sum_) for each, sum_ in zip(ordered, sums, strict=True))


def pareto_chart(plan: Plan) -> Chart | None:
    """Show which share of the bytes the largest images make; None below two images."""
    points = pareto_points(plan)
    total = points[-1][2] if points else 0
    if len(points) < 2 or not total:
        return None
    few = next(nth for nth, each in enumerate(points, 1) if each[2] >= total * _DOMINATING)
    places = ((0.0, 0.0), *((float(nth), 100 * each[2] / total) for nth, each in enumerate(points, 1)))
    says = ("none", *(f"{nth} images: {each[2]:,} bytes; the last is {each[0]}" for nth, each in enumerate(points, 1)))
    line = Line("", "blue", places, says, filled=True)
    rule = Rule(100 * _DOMINATING, f"80 % at {counted(few, 'image')}", "vermillion", "y")
    x = Axis("images, the largest first", low=0, high=float(len(points)))
    panel = Panel(x, Axis("% of the bytes", low=0, high=105, ticks=()), (line,), (rule,))
    make = "makes" if few == 1 else "make"
    title = f"{few:,} of {plan.site.name}'s {len(points):,} images {make} 80 % of {format_bytes(total)}"
    alt = (
        f"A rising line over {counted(len(points), 'image')}, the largest first; {few:,} of them are 80 % of the bytes."
    )
    return Chart("pareto", title, alt, (panel,))


def _pair(held: Held, row: int, column: int, most: int) -> Tile:
    if row == column:
        size, shade = held.sizes[row], 0.0
        says = f"{held.names[row]}: {size:,} bytes"
    else:
        size = held.pairs.get((min(row, column), max(row, column)), 0)
        shade = size / most
        says = f"{held.names[row]} and {held.names[column]}: {size:,} bytes"
    return Tile(column - 0.5, row - 0.5, column + 0.5, row + 0.5, shade, format_bytes(size) if size else "", says)


def _named(held: Held, each: Together) -> str:
    names: Sequence[str] = [held.names[place] for place in each.packs]
    return " and ".join(names) if len(names) < 3 else f"{names[0]}, {names[1]} and {len(names) - 2} more"


def _total(digests: Iterable[Digest], sizes: Mapping[Digest, int | None]) -> int:
    return sum(sizes[digest] or 0 for digest in digests)
