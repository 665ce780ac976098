"""Disks, runway, media and values in the command line's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.cli.output import Column, Table
from regplan.cli.shown import size
from regplan.report.prospects import runway_words
from regplan.report.words import counted, indented, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.plan import Plan

__all__ = ["disks_table", "media_tables", "runway_lines", "values_text"]

_MOST_NAMED: Final = 3


def disks_table(disks: Mapping[str, Any] | None) -> Table:
    """Lay out the disks behind the claim: what each host's drive is, what storage gives out of it, and what a copy takes."""
    columns = (
        Column("name", "DISKS"),
        Column("storage_bytes", "DRIVE", size, right=True),
        Column("usable_bytes", "USABLE", size, right=True),
        Column("takes_bytes", "CLAIM TAKES", size, right=True),
    )
    if disks is None:
        return Table(columns, ())
    copies = "one copy" if disks["copies"] == 1 else f"{disks['copies']} copies"
    reserve = f", {disks['reserve']:.0%} of each disk reserved" if disks["reserve"] else ""
    title = f"Behind the claim: {copies}{reserve}, {size(disks['raw_cluster_bytes'])} of disk in all"
    return Table(columns, tuple(disks["hosts"]), title=title)


def runway_lines(plan: Plan) -> tuple[str, ...]:
    """Say in one line when the claim is nearly full, and when it is; nothing where nothing is claimed."""
    return () if plan.outlook is None else (f"runway: {runway_words(plan.outlook)}",)


def media_tables(plan: Plan) -> tuple[Table, ...]:
    """Lay out the drives that bring the images, a table for each size that was asked for."""
    return tuple(_media(each) for each in plan.media or ())


def _media(plan: Any) -> Table:  # noqa: ANN401
    columns = (
        Column("drive", "MEDIA"),
        Column("size_bytes", "HOLDS", size, right=True),
        Column("blobs", "BLOBS", right=True),
        Column("largest", "LARGEST"),
    )
    rows = tuple(
        {
            "drive": f"drive {number}",
            "size_bytes": each.size_bytes,
            "blobs": len(each.items),
            "largest": each.items[0] if each.items else "",
        }
        for number, each in enumerate(plan.drives, 1)
    )
    count = counted(len(plan.drives), "drive")
    title = f"{count} of {size(plan.drive_bytes)} for {size(plan.total_bytes)}; no fewer than {plan.least}, and no blob is cut:"
    named = ", ".join(plan.beyond_fat32[:_MOST_NAMED])
    large = f"too large for a file on FAT32, so that the drive needs exFAT or ext4: {named}"
    return Table(
        columns, rows, title=title, below=lambda row: (large,) if plan.beyond_fat32 and row is rows[-1] else ()
    )


def values_text(plan: Plan, form: str) -> str:
    """Write the values that are ready to be pasted, each below where it goes and why, as text or as Markdown."""
    if form == "md":
        from regplan.report.markdown import blocks_markdown
        from regplan.report.parts.prospects import value_blocks

        return f"\n{blocks_markdown(value_blocks(plan))}\n"
    said = (
        f"\n# {tidy(each.name)}: {tidy(each.where)}\n# {tidy(each.why)}\n{indented(each.text)}" for each in plan.values
    )
    return "".join(said)
