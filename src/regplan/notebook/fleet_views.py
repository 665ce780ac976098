"""What a notebook shows of a fleet: the report's own parts, cut to the worst sites."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.model.fleet import Fleet
from regplan.notebook.views import View, view
from regplan.report.cells import sentence
from regplan.report.fleet import fleet_document
from regplan.report.fleet_contents import fleet_contents
from regplan.report.front import Front
from regplan.report.sections import ChartBlock, Paragraph, Table
from regplan.report.words import marked

if TYPE_CHECKING:
    from regplan.report.sections import Block, Document

__all__ = ["FLEET_TYPE", "fleet_blocks"]

FLEET_TYPE: Final = "application/vnd.regplan.fleet+json"
_SECTIONS: Final = ("short", "sites", "hardware", "problems")
_WORST: Final = 10
_PROBLEMS: Final = 50


def fleet_blocks(fleet: Fleet, most: int = _WORST) -> tuple[Block, ...]:
    """Lay a fleet out: totals, the `most` worst sites with what to do, the hardware, and what could not be planned."""
    document = _document(fleet)
    sections = (section for section in document.sections if section.key in _SECTIONS)
    found = tuple(_cut(block, most) for section in sections for block in section.blocks)
    return (Paragraph(document.headline), *(block for block in found if not isinstance(block, ChartBlock)))


@view.register(Fleet)
def _(value: Fleet) -> View:
    lines = [sentence(_document(value).headline)]
    lines += [
        f"{marked(site.verdict)} {site.name}: {sentence((site.message,))}"
        for site in value.sites[:_WORST]
        if site.verdict is not Verdict.PASS
    ]
    return View(tuple(lines), fleet_blocks(value), FLEET_TYPE, fleet_document(value))


def _document(fleet: Fleet) -> Document:
    return fleet_contents(fleet, "", "", Front())


def _cut(block: Block, most: int) -> Block:
    # Sites stand worst first; a table of hosts or problems is of use whole, as long as one can read it.
    worst, most = ("worst", most) if isinstance(block, Table) and block.head == 1 else ("first", _PROBLEMS)
    if not isinstance(block, Table) or len(block.rows) <= most:
        return block
    return replace(block, caption=f"The {most} {worst} of {block.caption}", rows=block.rows[:most])
