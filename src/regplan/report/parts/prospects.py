"""What is behind the claim, how it fills up, the drives that bring the images, and values to paste."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.report.cells import Cell, Code, Quantity
from regplan.report.figures.of_storage import growth_chart
from regplan.report.prospects import runway_words
from regplan.report.sections import Block, ChartBlock, Column, Listing, Paragraph, Section, Table
from regplan.report.words import counted, readable
from regplan.units import format_bytes

if TYPE_CHECKING:
    from regplan.model.media import MediaPlan
    from regplan.model.outlook import Outlook
    from regplan.model.plan import Plan

__all__ = ["disks_section", "growth_section", "media_section", "value_blocks", "values_section"]

_MONTHS_PER_YEAR = 12


def disks_section(plan: Plan) -> Section | None:
    """Tell what the claim takes of each host's drive; nothing where that is not known."""
    need = plan.disks
    if need is None:
        return None
    by = f" on {need.backend}" if need.backend else ""
    said = (
        f"A claim of {format_bytes(need.claimed_bytes)}{by} takes {format_bytes(need.raw_cluster_bytes)} of disk: "
        f"{need.copies} {'copy' if need.copies == 1 else 'copies'}, {readable(need.reserve, 'ratio')} of each disk reserved."
    )
    columns = (Column("Host"), Column("Drive", "number"), Column("Usable", "number"), Column("A copy takes", "number"))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            each.name,
            Quantity(each.storage_bytes, "bytes"),
            Quantity(each.usable_bytes, "bytes"),
            Quantity(each.takes_bytes, "bytes"),
        )
        for each in need.hosts
    )
    table = (Table("Each copy lies whole on a host of its own", columns, rows),) if rows else ()
    return Section("disks", "Disks behind the claim", (Paragraph((said,)), *table))


def growth_section(plan: Plan) -> Section | None:
    """Draw how the registry fills up over ten years against what the claim holds; nothing where nothing is claimed."""
    outlook = plan.outlook
    if outlook is None:
        return None
    words = f"{runway_words(outlook)}."
    first = Paragraph((f"{words[:1].upper()}{words[1:]}",))
    title = "What lies in the registry, year by year (GB)"
    return Section("growth", "Growth and runway", (first, ChartBlock(growth_chart(plan), _years(title, outlook))))


def _years(title: str, outlook: Outlook) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (f"month {month}", Quantity(used, "bytes"))
        for month, used in enumerate(outlook.used_bytes)
        if month % _MONTHS_PER_YEAR == 0 or month in {outlook.warn_month, outlook.full_month}
    ]
    rows += [("warning", Quantity(outlook.warn_bytes, "bytes")), ("full", Quantity(outlook.usable_bytes, "bytes"))]
    return Table(title, (Column("At the end of"), Column("In the registry", "number")), tuple(rows))


def media_section(plan: Plan) -> Section | None:
    """List what goes onto which drive; nothing where nobody asked."""
    if not plan.media:
        return None
    return Section(
        "media", "Drives that bring the images", tuple(block for each in plan.media for block in _media(each))
    )


def _media(media: MediaPlan) -> tuple[Block, ...]:
    drives = counted(len(media.drives), "drive")
    caption = f"{drives} of {format_bytes(media.drive_bytes)} for {format_bytes(media.total_bytes)}, no blob being cut"
    columns = (Column("Drive"), Column("Holds", "number"), Column("Blobs", "number"))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (f"drive {number}", Quantity(each.size_bytes, "bytes"), f"{len(each.items)}")
        for number, each in enumerate(media.drives, 1)
    )
    listed: tuple[tuple[Cell, ...], ...] = tuple(
        (f"drive {number}", Code(item)) for number, each in enumerate(media.drives, 1) for item in each.items
    )
    which = Table(f"What goes onto which of these {drives}", (Column("Drive"), Column("Blob")), listed, folded=True)
    if not media.beyond_fat32:
        return Table(caption, columns, rows), which
    large = (
        f"FAT32 holds no file of 4 GiB or more, and {counted(len(media.beyond_fat32), 'blob')} here "
        f"{'is' if len(media.beyond_fat32) == 1 else 'are'} as large: take exFAT or ext4."
    )
    return Table(caption, columns, rows), Paragraph((large,)), which


def values_section(plan: Plan) -> Section | None:
    """Show values that are ready to be pasted; nothing where there are none."""
    return Section("values", "Values to paste", value_blocks(plan)) if plan.values else None


def value_blocks(plan: Plan) -> tuple[Block, ...]:
    """Lay out each value below its name, where it goes and why."""
    return tuple(Listing(each.name, f"{each.where}: {each.why}.", each.text) for each in plan.values)
