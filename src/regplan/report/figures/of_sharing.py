"""Charts of where the bytes lie and of who shares them: by image, by pack, and down to the layer."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

from regplan.plan.shares import DRAWN_PACKS
from regplan.report.figures.chart import Axis, Chart, Dots, Line, Panel, Rule, Tile, Tiles, distinct
from regplan.report.words import counted
from regplan.units import GB, format_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.plan import Plan
    from regplan.model.shares import Held, Together

__all__ = ["pack_names", "pareto_chart", "pareto_points", "sharing_chart", "upset_chart"]

_MOST_SETS: Final = 10
_DOMINATING: Final = 0.8


def pack_names(held: Held) -> tuple[str, ...]:
    """Name the packs, in their order, short and different from each other."""
    return distinct(pack.name for pack in held.packs)


def sharing_chart(held: Held, site: str) -> Chart | None:
    """Show what each two of the largest packs share; None where no two share anything."""
    best = held.most_shared
    if best is None:
        return None
    named = pack_names(held)
    shown = range(min(len(named), DRAWN_PACKS))
    (one, two), most = best
    tiles = tuple(_pair(held, named, (row, column), most) for row in shown for column in shown)
    names = tuple(f"{named[place]} · {place + 1}" for place in shown)
    ticks = tuple((float(place), str(place + 1)) for place in shown)
    x = Axis(
        "the packs by their numbers; on the diagonal each pack's own bytes",
        low=-0.5,
        high=len(shown) - 0.5,
        ticks=ticks,
    )
    legend = Tiles("shared", tiles, "0 B shared", f"{format_bytes(most)} shared")
    panel = Panel(x, Axis("", names), (legend,), rows=len(shown))
    title = f"Of {site}'s packs {named[one]} and {named[two]} share most: {format_bytes(most)}"
    alt = f"A table of {counted(len(shown), 'pack')} by the same packs, shaded by the bytes that both hold; at most {format_bytes(most)}."
    return Chart("sharing", title, alt, (panel,))


def upset_chart(held: Held, site: str) -> Chart | None:
    """Show what exactly which packs hold together, the largest sets first; None where there is no set of several."""
    sets = held.sets[:_MOST_SETS]
    most = next((each for each in held.sets if len(each.packs) > 1 and each.size_bytes), None)
    if most is None:
        return None
    named = pack_names(held)
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
            f"{_told(named, each)}: {each.size_bytes:,} bytes in {counted(each.blobs, 'blob')}",
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
    says = tuple(named[pack] for each in sets for pack in each.packs)
    axis = Axis(
        "sets of packs that hold the bytes of the bar above, and no other pack does",
        ticks=tuple((float(nth), format_bytes(each.size_bytes)) for nth, each in enumerate(sets)),
        low=low,
        high=high,
    )
    below = Panel(
        axis,
        Axis("", tuple(named[pack] for pack in rows)),
        (Dots("", "blue", tuple(points), says),),
        rows=len(rows),
    )
    shared = format_bytes(held.several_bytes)
    title = f"{shared} of {site}'s images are in several packs, most of them in {_told(named, most)}"
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


def _pair(held: Held, named: Sequence[str], places: tuple[int, int], most: int) -> Tile:
    row, column = places
    if row == column:
        size, shade = held.packs[row].size_bytes, 0.0
        says = f"{named[row]}: {size:,} bytes"
    else:
        size = held.pairs.get((min(places), max(places)), 0)
        shade = size / most
        says = f"{named[row]} and {named[column]}: {size:,} bytes"
    return Tile(column - 0.5, row - 0.5, column + 0.5, row + 0.5, shade, format_bytes(size) if size else "", says)


def _told(named: Sequence[str], each: Together) -> str:
    names = [named[place] for place in each.packs]
    return " and ".join(names) if len(names) < 3 else f"{names[0]}, {names[1]} and {len(names) - 2} more"
