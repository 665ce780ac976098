"""Where the bytes lie: by pack and profile, by base image, and in the few images that dominate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.shares import Shares
from regplan.report.cells import Cell, Code, Quantity, listed
from regplan.report.parts.drawn_sharing import drawn_images, drawn_packs, drawn_parts
from regplan.report.sections import Block, Column, Paragraph, Section, Table
from regplan.report.words import counted
from regplan.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.plan import Study
    from regplan.model.sharing import Alignment, Dominance, Family, GroupSize

__all__ = ["sharing_section"]

_MOST_ROWS: Final = 20
# How many images a family and how many families an alignment names; the JSON report names all.
_MOST_NAMES: Final = 10
_MOST_FAMILIES: Final = 3


def sharing_section(study: Study) -> Section | None:
    """Lay out and draw who needs the bytes; None where nothing was analysed and nothing is to be drawn."""
    analysis, site, shares = study.plan.analysis, study.plan.site.name, study.shares or Shares()
    blocks: list[Block] = [*drawn_parts(shares.parts, site), *drawn_images(study.plan)]
    if analysis.packs:
        blocks.append(_packs(analysis.packs))
    blocks += drawn_packs(shares.held, site)
    if analysis.families:
        blocks.append(_families(analysis.families))
    blocks += [_dominating(each) for each in analysis.dominating if each.by == "fair_share"]
    blocks += [_alignment(each) for each in analysis.alignments]
    return Section("sharing", "Who needs the bytes", tuple(blocks)) if blocks else None


def _packs(packs: Sequence[GroupSize]) -> Table:
    numbers = ("References", "Images", "REFERENCED", "UNIQUE", "SHARED", "FREED")
    columns = (Column("Profile"), Column("Pack"), *(Column(name, "number") for name in numbers))
    rows = tuple(_pack(each) for each in packs[:_MOST_ROWS])
    which = f"The {len(rows)} largest of {len(packs)} packs" if len(packs) > len(rows) else counted(len(packs), "pack")
    caption = f"{which}: UNIQUE is SHARED with other packs plus FREED, which nothing but the pack needs"
    return Table(caption, columns, rows, head=1, folded=True)


def _pack(each: GroupSize) -> tuple[Cell, ...]:
    low = each.sizes_unknown > 0 or each.unresolved > 0
    return (
        each.profile,
        f"{each.pack} {each.version}".strip() or "(none)",
        Quantity(each.references),
        Quantity(each.images),
        Quantity(each.referenced_bytes, "bytes", at_least=low),
        Quantity(each.unique_bytes, "bytes", at_least=low, exact=True),
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
            _names(each.images),
        )
        for each in families[:_MOST_ROWS]
    )
    more = len(families) - len(rows)
    rest = f" ({more} more are in the JSON report)" if more else ""
    return Table(f"Images that begin with the same layers{rest}", columns, rows, folded=True)


def _names(images: Sequence[str]) -> str:
    more = len(images) - _MOST_NAMES
    return ", ".join(images[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _dominating(each: Dominance) -> Paragraph:
    verb = "makes" if len(each.images) == 1 else "make"
    share = (
        f"{counted(len(each.images), 'image')} {verb} {each.percent} % by fair share, {format_bytes(each.size_bytes)}"
    )
    if len(each.images) > _MOST_ROWS:
        return Paragraph((f"{share}.",))
    return Paragraph((f"{share}: ", *listed(Code(name) for name in each.images), "."))


def _alignment(each: Alignment) -> Paragraph:
    families = listed(Code(key) for key in each.families[:_MOST_FAMILIES])
    more = len(each.families) - _MOST_FAMILIES
    rest = f" and {more} more" if more > 0 else ""
    saved = f"{rest} would free {format_bytes(each.saved_bytes)} ({each.provenance}; {each.by} "
    return Paragraph(("One base for the families ", *families, saved, Code(each.name), ")."))
