"""Why a row of a fleet says what it says; no site need be open for that."""

from __future__ import annotations

from functools import singledispatch

from regplan.model.fleet import FleetProblem, FleetSite, HardwareClass
from regplan.report.explained.lines import Explanation
from regplan.report.words import counted, exact, marked, tidy
from regplan.tui.columns_fleet import rules_words
from regplan.tui.fleets import BoundRow

__all__ = ["explain_fleet"]


@singledispatch
def explain_fleet(row: object) -> Explanation:
    """Explain a row; raises `TypeError` for what no table of a fleet lists."""
    raise TypeError(f"nothing is known of {type(row).__name__}")


@explain_fleet.register
def _(row: FleetSite) -> Explanation:
    def size(size_bytes: int | None) -> str:
        return "not known" if size_bytes is None else exact(size_bytes, "bytes")

    lower = f", a lower bound: {counted(row.unresolved, 'image')} unresolved" if row.unresolved else ""
    lines = (
        ("verdict", marked(row.verdict)),
        ("rule", row.binding_constraint or "no rule had anything to check"),
        ("where", tidy(row.where)),
        ("what", tidy(row.message)),
        ("have", "" if row.measured is None else exact(row.measured, row.unit)),
        ("need", "" if row.required is None else exact(row.required, row.unit)),
        ("fix", tidy(row.fix)),
        ("fails", ", ".join(row.failing)),
        ("registry", f"{size(row.required_bytes)} needed{lower}"),
        ("PVC", size(row.claimed_bytes)),
        ("images", f"{size(row.unique_bytes)}, each distinct digest once"),
        ("without", f"{size(row.direct_bytes)} over the internet link at the first bootstrap, without a registry"),
        ("with", f"{size(row.primary_bytes)} with it"),
        ("row", f"line {row.line:,}; enter opens this site's plan, with formulas and sources"),
    )
    return Explanation(tidy(row.name), tuple(line for line in lines if line[1]))


@explain_fleet.register
def _(row: FleetProblem) -> Explanation:
    lines = (
        ("line", f"{row.line:,}"),
        ("column", tidy(row.column)),
        ("site", tidy(row.site)),
        ("what", tidy(row.problem)),
        ("next", "mend the row, then r reads the fleet again"),
    )
    return Explanation(f"line {row.line:,}", tuple(line for line in lines if line[1]))


@explain_fleet.register
def _(row: HardwareClass) -> Explanation:
    shape = row.shape
    lines = (
        ("CPU", "not stated" if shape.cpu_milli is None else exact(shape.cpu_milli, "milli")),
        ("memory", "not stated" if shape.memory_bytes is None else exact(shape.memory_bytes, "bytes")),
        ("drive", "not stated" if shape.storage_bytes is None else exact(shape.storage_bytes, "bytes")),
        ("arch", tidy(shape.arch)),
        ("hosts", f"{row.hosts:,} at {counted(row.sites, 'site')}"),
        ("fail", f"{row.failing:,} of them fail a check"),
        ("rules", rules_words(row.rules)),
    )
    return Explanation("hardware class", tuple(line for line in lines if line[1]))


@explain_fleet.register
def _(row: BoundRow) -> Explanation:
    lines = (
        ("binds", f"{counted(row.sites, 'site')}: it is the worst finding there"),
        ("fails", f"at {counted(row.failing, 'site')}, whether it binds there or another rule does"),
        ("sites", f":fleet's first table filters them: / {row.rule}"),
    )
    return Explanation(row.rule, lines)
