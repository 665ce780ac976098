"""A study as a report's document: the one order of parts that every writer follows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from regplan.report.document import plan_document, tool_document
from regplan.report.front import Front
from regplan.report.parts.background import assumptions_section, cover_facts, reproduce_section
from regplan.report.parts.beside import beside_section
from regplan.report.parts.explained import explained_section
from regplan.report.parts.fixes import fixes_section, sensitivity_section
from regplan.report.parts.images import images_section, unresolved_section
from regplan.report.parts.internet import internet_section
from regplan.report.parts.materials import materials_section
from regplan.report.parts.prospects import disks_section, growth_section, media_section, values_section
from regplan.report.parts.risks import risks_section
from regplan.report.parts.runbook import runbook_section
from regplan.report.parts.sharing import sharing_section
from regplan.report.parts.short import about, short_section
from regplan.report.parts.signing import every_image_section, signatures_section
from regplan.report.parts.site import hosts_section
from regplan.report.parts.storage import storage_section, upgrade_section
from regplan.report.parts.verdict import findings_section, headline
from regplan.report.portable import portable, study_files
from regplan.report.sections import Document, Section
from regplan.report.shares import shares_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regplan.model.comparison import Comparison
    from regplan.model.plan import Study

__all__ = ["contents"]


def contents(
    study: Study, tool: str = "", front: Front | None = None, comparison: Comparison | None = None
) -> Document:
    """Lay out what a report says of a study; no path of this machine is in it.

    `tool` is what made the plan where that was not this regplan, and `front` what stands on the cover besides.
    `comparison` holds other scenarios beside this one.
    """
    names = study_files(study)
    drawn = replace(study, shares=shares_of(study, names))
    known = replace(drawn, plan=portable(study.plan, names), declarations=portable(study.declarations, names))
    plan = known.plan
    tool = tool or " ".join(str(each) for each in tool_document().values())
    parts = (*_planned(known), *_handed_over(known, comparison), *_behind(known, plan_document(drawn), tool))
    title = f"Primary registry plan: {plan.site.name}"
    sections = tuple(part for part in parts if part is not None)
    made_by = f"{tool}, {plan.generated_at}"
    return Document(
        title,
        about(known),
        plan.verdict,
        headline(plan),
        sections,
        made_by,
        cover_facts(known, tool),
        plan.generated_at,
        front or Front(),
    )


def _planned(known: Study) -> Iterator[Section | None]:
    """Lay out what was planned."""
    plan = known.plan
    yield short_section(plan)
    yield findings_section(plan)
    yield fixes_section(plan)
    yield unresolved_section(plan)
    yield storage_section(known)
    yield upgrade_section(plan)
    yield disks_section(plan)
    yield growth_section(plan)
    yield media_section(plan)
    yield images_section(known)
    yield sharing_section(known)
    yield hosts_section(plan)
    yield internet_section(known)
    yield sensitivity_section(plan)


def _handed_over(known: Study, comparison: Comparison | None) -> Iterator[Section | None]:
    """Lay out what follows from it for whoever decides, orders and seeds."""
    plan = known.plan
    yield None if comparison is None else beside_section(comparison)
    yield risks_section(plan)
    yield materials_section(plan)
    yield values_section(plan)
    yield runbook_section(plan)


def _behind(known: Study, document: Mapping[str, Any], tool: str) -> Iterator[Section | None]:
    """Lay out what the numbers rest on, and where to sign."""
    plan = known.plan
    yield assumptions_section(plan)
    yield explained_section(document)
    yield every_image_section(plan)
    yield reproduce_section(known, tool)
    yield signatures_section()
