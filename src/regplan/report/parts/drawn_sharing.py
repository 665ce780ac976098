"""Charts of the bytes and of who shares them, each with its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.plan.shares import DRAWN_ROWS
from regplan.report.cells import Cell, Code, Quantity
from regplan.report.figures.of_parts import icicle_chart
from regplan.report.figures.of_sharing import (
    pack_names,
    pareto_chart,
    pareto_points,
    sharing_chart,
    upset_chart,
)
from regplan.report.sections import ChartBlock, Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.model.plan import Plan
    from regplan.model.shares import Held, Part

__all__ = ["drawn_images", "drawn_packs", "drawn_parts"]

_MOST_ROWS: Final = DRAWN_ROWS


def drawn_parts(parts: Sequence[Part], site: str) -> Iterator[ChartBlock]:
    """Draw profiles, packs, images and layers as wide as their bytes; nothing of nothing."""
    chart = icicle_chart(parts, site)
    if chart is None:
        return
    total = sum(part.size_bytes for part in parts)
    packs = sorted(((pack.size_bytes, part.name, pack.name) for part in parts for pack in part.parts), reverse=True)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (profile, pack, Quantity(size, "bytes"), Quantity(size / total, "ratio"))
        for size, profile, pack in packs[:_MOST_ROWS]
    )
    columns = (Column("Profile"), Column("Pack"), Column("Fair share", "number"), Column("Of all", "number"))
    yield ChartBlock(chart, Table(_of(len(rows), len(packs), "packs by fair share"), columns, rows, head=1))


def drawn_images(plan: Plan) -> Iterator[ChartBlock]:
    """Draw which few images make most of the bytes; nothing below two images."""
    chart = pareto_chart(plan)
    if chart is None:
        return
    points = pareto_points(plan)
    total = points[-1][2]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (Code(reference), Quantity(size, "bytes"), Quantity(sum_, "bytes"), Quantity(sum_ / total, "ratio"))
        for reference, size, sum_ in points[:_MOST_ROWS]
    )
    columns = (Column("Image", "prose"), *(Column(name, "number") for name in ("Fair share", "Together", "Of all")))
    caption = _of(len(rows), len(points), "images by fair share, the largest first")
    yield ChartBlock(chart, Table(caption, columns, rows, folded=True))


def drawn_packs(held: Held, site: str) -> Iterator[ChartBlock]:
    """Draw what packs share, two by two and in sets; nothing where none shares anything."""
    named = pack_names(held)
    pairs, sets = sharing_chart(held, site), upset_chart(held, site)
    if pairs is not None:
        yield ChartBlock(pairs, _pairs(held, named))
    if sets is not None:
        yield ChartBlock(sets, _sets(held, named))


def _pairs(held: Held, named: Sequence[str]) -> Table:
    shared = sorted(held.pairs.items(), key=lambda each: (-each[1], each[0]))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (named[one], named[two], Quantity(size, "bytes", exact=True)) for (one, two), size in shared[:_MOST_ROWS]
    )
    caption = _of(len(rows), held.pair_count, "pairs of packs that share bytes", "pair of packs that shares bytes")
    return Table(caption, (Column("Pack"), Column("And"), Column("Both hold", "number")), rows, folded=True)


def _sets(held: Held, named: Sequence[str]) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            ", ".join(named[place] for place in each.packs),
            Quantity(each.blobs),
            Quantity(each.size_bytes, "bytes", exact=True),
        )
        for each in held.sets[:_MOST_ROWS]
    )
    caption = _of(len(rows), held.set_count, "sets of packs and what exactly they hold")
    columns = (Column("Packs", "prose"), Column("Blobs", "number"), Column("Bytes", "number"))
    return Table(caption, columns, rows, folded=True)


def _of(shown: int, count: int, what: str, one: str = "") -> str:
    if count == 1 and one:
        return f"1 {one}"
    return f"{count:,} {what}" if shown == count else f"The first {shown} of {count:,} {what}"
