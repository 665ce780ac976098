"""Charts of the bytes and of who shares them, each with its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.cells import Cell, Code, Quantity
from regplan.report.figures.of_parts import icicle_chart, parts_of
from regplan.report.figures.of_sharing import (
    held_by_packs,
    pareto_chart,
    pareto_points,
    sharing_chart,
    upset_chart,
)
from regplan.report.sections import ChartBlock, Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.plan import Plan, Study
    from regplan.report.figures.of_sharing import Held

__all__ = ["drawn_images", "drawn_packs", "drawn_parts"]

_MOST_ROWS: Final = 20


def drawn_parts(study: Study) -> Iterator[ChartBlock]:
    """Draw profiles, packs, images and layers as wide as their bytes; nothing without digests."""
    chart = icicle_chart(study)
    if chart is None:
        return
    parts = parts_of(study)
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


def drawn_packs(study: Study) -> Iterator[ChartBlock]:
    """Draw what packs share, two by two and in sets; nothing where none shares anything or digests are unknown."""
    held = held_by_packs(study)
    site = study.plan.site.name
    pairs, sets = sharing_chart(held, site), upset_chart(held, site)
    if pairs is not None:
        yield ChartBlock(pairs, _pairs(held))
    if sets is not None:
        yield ChartBlock(sets, _sets(held))


def _pairs(held: Held) -> Table:
    shared = sorted(((size, pair) for pair, size in held.pairs.items() if size), key=lambda each: (-each[0], each[1]))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (held.names[one], held.names[two], Quantity(size, "bytes", exact=True))
        for size, (one, two) in shared[:_MOST_ROWS]
    )
    caption = _of(len(rows), len(shared), "pairs of packs that share bytes", "pair of packs that shares bytes")
    return Table(caption, (Column("Pack"), Column("And"), Column("Both hold", "number")), rows, folded=True)


def _sets(held: Held) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            ", ".join(held.names[place] for place in each.packs),
            Quantity(each.blobs),
            Quantity(each.size_bytes, "bytes", exact=True),
        )
        for each in held.sets[:_MOST_ROWS]
    )
    caption = _of(len(rows), len(held.sets), "sets of packs and what exactly they hold")
    columns = (Column("Packs", "prose"), Column("Blobs", "number"), Column("Bytes", "number"))
    return Table(caption, columns, rows, folded=True)


def _of(shown: int, count: int, what: str, one: str = "") -> str:
    if count == 1 and one:
        return f"1 {one}"
    return f"{count:,} {what}" if shown == count else f"The first {shown} of {count:,} {what}"
