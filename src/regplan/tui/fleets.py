"""A fleet as rows beside its sites: which rules bind how many, and totals in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.report.words import counted, marked, tidy
from regplan.tui.text import size_text
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.fleet import Fleet, FleetProblem, FleetSite

__all__ = ["BoundRow", "bound_rows", "problem_words", "site_words", "totals_words"]


@dataclass(frozen=True, slots=True)
class BoundRow:
    """A rule, the sites that it binds, and at how many it is one of those that fail."""

    rule: str
    sites: int
    failing: int


def bound_rows(fleet: Fleet) -> tuple[BoundRow, ...]:
    """List the rules that bind or fail anywhere, those that bind most sites first."""
    binding, failing = dict(fleet.totals.binding), dict[str, int]()
    for site in fleet.sites:
        for rule in site.failing:
            failing[rule] = failing.get(rule, 0) + 1
    rules = dict.fromkeys((*binding, *failing))
    rows = (BoundRow(rule, binding.get(rule, 0), failing.get(rule, 0)) for rule in rules)
    return tuple(sorted(rows, key=lambda row: (-row.sites, -row.failing, row.rule)))


def totals_words(fleet: Fleet, *, binary: bool) -> str:
    """Write what the sites come to together, in two lines."""
    totals = fleet.totals

    def size(size_bytes: int) -> str:
        return size_text(size_bytes, binary=binary)

    told = ", ".join(f"{count:,} {marked(verdict)}" for verdict, count in totals.verdicts) or "none planned"
    wrong = f" · {counted(totals.rows_with_problems, 'row')} wrong" if totals.rows_with_problems else ""
    hosts = f"{counted(totals.hosts, 'host')}, {totals.failing_hosts:,} fail"
    return (
        f"{counted(totals.sites, 'site')}: {told}{wrong} · {hosts} · {counted(len(fleet.profile_sets), 'set')} of profiles\n"
        f"storage {size(totals.required_bytes)} needed of {size(totals.claimed_bytes)} claimed · internet, first bootstrap:"
        f" {size(totals.direct_bytes)} without registries, {size(totals.primary_bytes)} with, {size(totals.saved_bytes)} saved"
    )


def site_words(site: FleetSite) -> str:
    """Name a site in full, with what is found there and what mends it."""
    where = f" · {tidy(site.where)}" if site.where else ""
    fix = f" Fix: {tidy(site.fix)}" if site.fix else ""
    return f"{tidy(site.name)} · line {site.line:,}{where} · {tidy(site.message)}{fix}"


def problem_words(problem: FleetProblem) -> str:
    """Write in full why a row is no site."""
    place = f"line {problem.line:,}" + (f", {tidy(problem.column)}" if problem.column else "")
    return f"{place}: {tidy(problem.problem)}"
