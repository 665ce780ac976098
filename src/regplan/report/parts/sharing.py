"""Where the bytes lie: by pack and profile, by base image, and in the few images that dominate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.cells import Cell, Code, Quantity, listed
from regplan.report.sections import Block, Column, Paragraph, Section, Table
from regplan.report.series import unresolved_or_unknown
from regplan.report.words import counted
from regplan.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.plan import Plan
    from regplan.model.sharing import Alignment, Dominance, Family, GroupSize

__all__ = ["sharing_section"]

_MOST_ROWS: Final = 20


def sharing_section(plan: Plan) -> Section | None:
    """Lay out who needs the bytes; None where nothing was analysed."""
    analysis = plan.analysis
    blocks: list[Block] = []
    if analysis.packs:
        blocks.append(_packs(analysis.packs, at_least=unresolved_or_unknown(plan)))
    if analysis.families:
        blocks.append(_families(analysis.families))
    blocks += [_dominating(each) for each in analysis.dominating if each.by == "fair_share"]
    blocks += [_alignment(each) for each in analysis.alignments]
    return Section("sharing", "Who needs the bytes", tuple(blocks)) if blocks else None


def _packs(packs: Sequence[GroupSize], *, at_least: bool) -> Table:
    numbers = ("References", "Images", "REFERENCED", "UNIQUE", "SHARED", "FREED")
    columns = (Column("Profile"), Column("Pack"), *(Column(name, "number") for name in numbers))
    rows = tuple(_pack(each, at_least=at_least) for each in packs[:_MOST_ROWS])
    which = f"The {len(rows)} largest of {len(packs)} packs" if len(packs) > len(rows) else counted(len(packs), "pack")
    caption = f"{which}: UNIQUE is SHARED with other packs plus FREED, which nothing but the pack needs"
    return Table(caption, columns, rows, head=1, folded=True)


def _pack(each: GroupSize, *, at_least: bool) -> tuple[Cell, ...]:
    return (
        each.profile,
        f"{each.pack} {each.version}".strip() or "(none)",
        Quantity(each.references),
        Quantity(each.images),
        Quantity(each.referenced_bytes, "bytes", at_least=at_least),
        Quantity(each.unique_bytes, "bytes", at_least=at_least, exact=True),
        Quantity(each.shared_bytes, "bytes"),
        Quantity(each.exclusive_bytes, "bytes"),
    )


def _families(families: Sequence[Family]) -> Table:
    columns = (
        Column("Family"),
        Column("Within"),
        *(Column(name, "number") for name in ("Layers", "Once", "One by one", "Saved")),
        Column("Images", "prose"),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            Code(each.key),
            Code(each.parent) if each.parent else "",
            Quantity(len(each.prefix)),
            Quantity(each.prefix_bytes, "bytes", exact=True),
            Quantity(each.times_bytes, "bytes"),
            Quantity(each.saved_bytes, "bytes"),
            ", ".join(each.images),
        )
        for each in families[:_MOST_ROWS]
    )
    more = len(families) - len(rows)
    rest = f" ({more} more are in the JSON report)" if more else ""
    return Table(f"Images that begin with the same layers{rest}", columns, rows, folded=True)


def _dominating(each: Dominance) -> Paragraph:
    verb = "makes" if len(each.images) == 1 else "make"
    share = (
        f"{counted(len(each.images), 'image')} {verb} {each.percent} % by fair share, {format_bytes(each.size_bytes)}"
    )
    if len(each.images) > _MOST_ROWS:
        return Paragraph((f"{share}.",))
    return Paragraph((f"{share}: ", *listed(Code(name) for name in each.images), "."))


def _alignment(each: Alignment) -> Paragraph:
    families = listed(Code(key) for key in each.families)
    saved = f" would free {format_bytes(each.saved_bytes)} ({each.provenance}; {each.by} "
    return Paragraph(("One base for the families ", *families, saved, Code(each.name), ")."))
