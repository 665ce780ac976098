"""A fleet as the document that others script against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.fleet import FleetSite
from regplan.report.document import SCHEMA_VERSION, tool_document
from regplan.report.years import SITE_KEYS, site_years_record, years_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.fleet import Fleet, FleetProblem, FleetTotals, HardwareClass, HostShape, ProfileSet, ShapeCount
    from regplan.model.years import FleetYears, SiteYears

__all__ = [
    "RESULTS",
    "drawn_cells",
    "drawn_headings",
    "fleet_document",
    "hardware_record",
    "result_cells",
    "site_record",
]

# What is appended to a table of sites; a table that has these columns is handed in again, and they are written anew.
RESULTS = ("regplan.verdict", "regplan.binding_constraint", "regplan.message", "regplan.fix")


def fleet_document(fleet: Fleet) -> dict[str, object]:
    """Write a fleet: sites worst first, rows that are none, hardware classes, profile sets, totals; sizes in bytes."""
    drawn = {} if fleet.years is None else {"years": years_document(fleet.years)}
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "fleet",
        "tool": tool_document(),
        "totals": _totals(fleet.totals),
        "sites": [site_record(each) | {"hardware": [_shape_count(one) for one in each.shapes]} for each in fleet.sites],
        "problems": [_problem(each) for each in fleet.problems],
        "hardware": [hardware_record(each) for each in fleet.hardware],
        "profile_sets": [_profile_set(each) for each in fleet.profile_sets],
        "notes": list(fleet.notes),
        **drawn,
    }


def site_record(site: FleetSite) -> dict[str, object]:
    """Write one site as a flat record."""
    return {
        "name": site.name,
        "line": site.line,
        "verdict": site.verdict.value,
        "binding_constraint": site.binding_constraint,
        "where": site.where,
        "measured": site.measured,
        "required": site.required,
        "unit": site.unit,
        "message": site.message,
        "fix": site.fix,
        "failing": list(site.failing),
        "hosts": site.hosts,
        "required_bytes": site.required_bytes,
        "claimed_bytes": site.claimed_bytes,
        "unique_bytes": site.unique_bytes,
        "unresolved": site.unresolved,
        "direct_bytes": site.direct_bytes,
        "primary_bytes": site.primary_bytes,
        "saved_bytes": site.saved_bytes,
        "profile_set": site.profile_set,
    }


def hardware_record(each: HardwareClass) -> dict[str, object]:
    """Write one line of the bill of materials."""
    return {
        **_shape(each.shape),
        "hosts": each.hosts,
        "sites": each.sites,
        "failing_hosts": each.failing,
        "failing_rules": dict(each.rules),
    }


def result_cells(found: FleetSite | tuple[FleetProblem, ...] | None) -> tuple[str, ...]:
    """Write what is appended to a site's row, in the order of `RESULTS`; ERROR where the row is no site."""
    if isinstance(found, FleetSite):
        return found.verdict.value, found.binding_constraint or "", found.message, found.fix
    told = "; ".join(f"{each.column}: {each.problem}" if each.column else each.problem for each in found or ())
    return "ERROR", "", told, ""


def drawn_headings() -> tuple[str, ...]:
    """Name what is appended besides where years were drawn."""
    return tuple(f"regplan.{key}" for key in SITE_KEYS)


def drawn_cells(years: FleetYears, site: SiteYears | None) -> tuple[str, ...]:
    """Write a site's drawn years in the order of `drawn_headings`; empty where nothing was drawn."""
    record = site_years_record(years, site)
    return tuple(_cell(record[key]) for key in SITE_KEYS)


def _cell(value: object) -> str:
    """Write a whole number exactly, and any other to what a spreadsheet shows of it."""
    return "" if value is None else f"{value:.12g}" if isinstance(value, float) else str(value)


def _problem(each: FleetProblem) -> dict[str, object]:
    return {"line": each.line, "column": each.column, "site": each.site, "problem": each.problem}


def _shape(shape: HostShape) -> dict[str, object]:
    return {
        "cpu_milli": shape.cpu_milli,
        "memory_bytes": shape.memory_bytes,
        "storage_bytes": shape.storage_bytes,
        "arch": shape.arch,
    }


def _shape_count(each: ShapeCount) -> dict[str, object]:
    return {**_shape(each.shape), "hosts": each.hosts, "failing_hosts": each.failing, "failing_rules": dict(each.rules)}


def _profile_set(each: ProfileSet) -> dict[str, object]:
    return {
        "profiles": list(each.profiles),
        "sites": each.sites,
        "images": each.images,
        "unresolved": each.unresolved,
        "unique_bytes": each.unique_bytes,
    }


def _totals(totals: FleetTotals) -> Mapping[str, object]:
    return {
        "sites": totals.sites,
        "rows_with_problems": totals.rows_with_problems,
        "verdicts": dict(totals.verdicts),
        "binding_constraints": dict(totals.binding),
        "hosts": totals.hosts,
        "failing_hosts": totals.failing_hosts,
        "required_bytes": totals.required_bytes,
        "claimed_bytes": totals.claimed_bytes,
        "direct_bytes": totals.direct_bytes,
        "primary_bytes": totals.primary_bytes,
        "saved_bytes": totals.saved_bytes,
    }
