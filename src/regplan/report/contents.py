"""A study as a report's document: the one order of parts that every writer follows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.report.document import plan_document, tool_document
from regplan.report.front import Front
from regplan.report.parts.background import assumptions_section, cover_facts, reproduce_section
from regplan.report.parts.explained import explained_section
from regplan.report.parts.fixes import fixes_section, sensitivity_section
from regplan.report.parts.images import images_section, unresolved_section
from regplan.report.parts.internet import internet_section
from regplan.report.parts.prospects import disks_section, growth_section, media_section, values_section
from regplan.report.parts.sharing import sharing_section
from regplan.report.parts.short import about, short_section
from regplan.report.parts.site import hosts_section
from regplan.report.parts.storage import storage_section, upgrade_section
from regplan.report.parts.verdict import findings_section, headline
from regplan.report.portable import portable, study_files
from regplan.report.sections import Document

if TYPE_CHECKING:
    from regplan.model.plan import Study

__all__ = ["contents"]


def contents(study: Study, tool: str = "", front: Front | None = None) -> Document:
    """Lay out what a report says of a study; no path of this machine is in it.

    `tool` is what made the plan where that was not this regplan, and `front` what stands on the cover besides.
    """
    names = study_files(study)
    known = replace(study, plan=portable(study.plan, names), declarations=portable(study.declarations, names))
    plan = known.plan
    tool = tool or " ".join(str(each) for each in tool_document().values())
    parts = (
        short_section(plan),
        findings_section(plan),
        fixes_section(plan),
        unresolved_section(plan),
        storage_section(known),
        upgrade_section(plan),
        disks_section(plan),
        growth_section(plan),
        media_section(plan),
        images_section(known),
        sharing_section(plan),
        hosts_section(plan),
        internet_section(known),
        sensitivity_section(plan),
        values_section(plan),
        assumptions_section(plan),
        explained_section(plan_document(study)),
        reproduce_section(known, tool),
    )
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
