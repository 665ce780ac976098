"""What a seeding's report tells of the time before anything moved: phases, harmed content, and what each repository is to get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regplan.report.cells import Code, Quantity
from regplan.report.sections import Column, Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from regplan.report.cells import Cell
    from regplan.report.sections import Block

__all__ = ["NO_PHASES", "damage_blocks", "phase_blocks", "planned_repositories"]

NO_PHASES = "Phases are not told: no profile tells the layers."
_HARMED = (
    ("missing_blobs", "Blobs that are gone"),
    ("wrong_blobs", "Blobs that are harmed"),
    ("manifests", "Manifests"),
)


def phase_blocks(document: Mapping[str, Any]) -> Iterator[Block]:
    """Lay out the phases of a site, or say why there are none; nothing where there was no plan."""
    phases = document["phases"]
    if not phases:
        if document["expected"]:
            yield Paragraph((NO_PHASES,))
        return
    columns = (
        Column("Phase", "number"),
        Column("What"),
        Column("By", "prose"),
        Column("Images", "number"),
        Column("Size", "number"),
        Column("Hosts", "number"),
        Column("State"),
    )
    yield Table("The steps by which the site gets its images", columns, tuple(_phase(each) for each in phases), head=1)


def _phase(phase: Mapping[str, Any]) -> tuple[Cell, ...]:
    images = len(phase["references"])
    size: Cell = Quantity(phase["size_bytes"], "bytes") if phase["size_bytes"] else ""
    counted = str(images) if images else ""
    return str(phase["number"]), phase["title"], phase["how"], counted, size, str(phase["hosts"]), phase["state"]


def damage_blocks(check: Mapping[str, Any]) -> Iterator[Block]:
    """List what a close look found harmed or gone before anything moved."""
    columns = (Column("Repository"), Column("Digest"))
    for key, caption in _HARMED:
        if check[key]:
            rows = tuple((Code(each["repository"]), Code(each["digest"])) for each in check[key])
            yield Table(f"{caption} (looked at by --check {check['level']})", columns, rows)


def planned_repositories(rows: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    """Tell what each repository is to get, where nothing was begun."""
    if rows:
        columns = (
            Column("Repository"),
            Column("Manifests", "number"),
            Column("Blobs", "number"),
            Column("Size", "number"),
        )
        cells = tuple(
            (
                Code(row["repository"]),
                str(row["manifests"]),
                str(row["blobs"]),
                Quantity(row["size_bytes"], "bytes"),
            )
            for row in rows
        )
        yield Table("What each repository is to get", columns, cells)
