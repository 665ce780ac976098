"""The sheet of rules: what each has and needs, reckoned where the workbook can, and the verdict that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.plan.rules.table import find_rule
from regplan.report.workbook.cells import Cell, Heading, Sheet
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.report.workbook.graph import Graph

    Told = Mapping[str, Any]

__all__ = ["rules_sheet"]

_ABOUT: Final = (
    (
        "Verdict is reckoned from the cells of this workbook where the column Reckoned says so; the other rules stand as they were"
        " planned. What is told in words is as planned too."
    ),
)
_HEADINGS: Final = (
    Heading("Rule", 22, "rules_rule"),
    Heading("Where", 24, "rules_where"),
    Heading("Verdict", 14, "rules_verdict"),
    Heading("As planned", 14, "rules_planned"),
    Heading("Has", 20, "rules_has"),
    Heading("Needs", 20, "rules_needs"),
    Heading("Unit", 10),
    Heading("Has over needs", 14, "rules_reach"),
    Heading("Reckoned", 10),
    Heading("What was found", 70),
    Heading("What to do", 50),
    Heading("Source", 40),
)
# The host's number that a rule has before it where it compares no more.
_HAS: Final = {"host.cpu": "cpu", "host.memory": "memory", "host.disk": "disk"}
_COUNTED: Final = frozenset({"PASS", "MARGINAL", "INCOMPLETE", "FAIL"})
# What a registry need not take more of: the most that a manifest or config of unknown size can add.
_MOST_UNKNOWN: Final = 4 * 2**20


@dataclass(frozen=True, slots=True)
class _Verdict:
    """How a verdict follows: as a formula of the cells of its row, and what that comes to for numbers."""

    met: str
    tolerance: float
    stated: int | None
    unknown: int

    def formula(self, has: str, needs: str) -> str:
        """Write the verdict over two cells."""
        low = '"FAIL"'
        if self.stated is not None:
            low = f'IF({self.stated}>{has},"FAIL","MARGINAL")'
        elif self.tolerance:
            low = f'IF({has}>={needs}*{1 - self.tolerance:g},"MARGINAL","FAIL")'
        met = f'"{self.met}"'
        if self.unknown:
            met = f'IF({has}-{needs}<{self.unknown},"INCOMPLETE",{met})'
        return f"IF({has}>={needs},{met},{low})"

    def of(self, has: float, needs: float) -> str:
        """Tell the verdict of two numbers."""
        if has >= needs:
            return "INCOMPLETE" if self.unknown and has - needs < self.unknown else self.met
        if self.stated is not None:
            return "FAIL" if self.stated > has else "MARGINAL"
        return "MARGINAL" if self.tolerance and has >= needs * (1 - self.tolerance) else "FAIL"


def rules_sheet(document: Told, graph: Graph) -> Sheet:
    """Lay out the findings of a plan document."""
    hosts = {each["name"]: number for number, each in enumerate(document["hosts"], 1)}
    rows = tuple(
        _finding(number, each, graph, hosts.get(each["where"]), document)
        for number, each in enumerate(document["findings"])
    )
    return Sheet("Rules", _HEADINGS, rows, _ABOUT)


def _finding(number: int, finding: Told, graph: Graph, host: int | None, document: Told) -> tuple[Cell, ...]:
    has, needs = graph.finding(number, "measured"), graph.finding(number, "required")
    if not has and host is not None and finding["rule"] in _HAS:
        has = f"host_{host}_{_HAS[finding['rule']]}"
    row = f"rule_{number + 1}"
    verdict, planned = "", str(finding["verdict"])
    if (has or needs) and (how := _how(finding, document)) is not None:
        verdict = how.formula(f"{row}_has", f"{row}_needs")
    is_live = bool(verdict)
    cells = (
        Cell(finding["measured"], has if is_live else "", "number", f"{row}_has"),
        Cell(finding["required"], needs if is_live else "", "number", f"{row}_needs"),
    )
    return (
        Cell(finding["rule"], look="code"),
        Cell(finding["where"], look="code"),
        Cell(planned, verdict, "verdict"),
        Cell(planned, look="verdict"),
        *cells,
        Cell(finding["unit"]),
        Cell(_reach(finding), f"IF({row}_needs>0,{row}_has/{row}_needs,1E+99)" if is_live else "", "ratio"),
        Cell("yes" if is_live else "as planned"),
        Cell(finding["message"], look="prose"),
        Cell(finding["fix"], look="prose"),
        Cell(finding["source"], look="prose"),
    )


def _how(finding: Told, document: Told) -> _Verdict | None:
    """Tell how a finding's verdict follows from its two numbers; None where it does not, or hangs on more."""
    has, needs, planned = finding["measured"], finding["required"], str(finding["verdict"])
    if not (_is_number(has) and _is_number(needs)) or planned not in _COUNTED or finding.get("op", ">=") != ">=":
        return None
    rule = find_rule(finding["rule"])
    if rule is None:
        return None
    how = _Verdict(_met(finding, document), rule.tolerance_percent / 100, _stated(finding, document), 0)
    if finding["rule"] == "storage.claim" and how.met == "PASS":
        how = _Verdict(how.met, how.tolerance, None, document["storage"]["sizes_unknown"] * _MOST_UNKNOWN)
    return how if how.of(has, needs) == planned else None


def _met(finding: Told, document: Told) -> str:
    """Tell the verdict where there is enough: a lower bound that fits is no PASS."""
    if finding["verdict"] == "INCOMPLETE" and finding["measured"] >= finding["required"]:
        slack = finding["measured"] - finding["required"]
        if finding["rule"] != "storage.claim" or slack >= document["storage"]["sizes_unknown"] * _MOST_UNKNOWN:
            return "INCOMPLETE"
    if finding["rule"] == "storage.claim" and document["images"]["unresolved"]:
        return "INCOMPLETE"
    return "PASS"


def _stated(finding: Told, document: Told) -> int | None:
    """Tell what stated requests alone come to on a host: what is assumed can make a rule MARGINAL and no more."""
    if finding["rule"] != "host.requests":
        return None
    key = "cpu_milli" if finding["unit"] == "milli" else "memory_bytes"
    host = next((each for each in document["hosts"] if each["name"] == finding["where"]), None)
    placed = () if host is None else host.get("placed") or ()
    return sum(int(each[key]) for each in placed if each["provenance"] != "assumed")


def _reach(finding: Told) -> float:
    """Tell what is there over what is needed; less than any number where there is none, since such a rule binds first."""
    has, needs = finding["measured"], finding["required"]
    if not (_is_number(has) and _is_number(needs)):
        return -1.0
    return has / needs if needs else 1e99


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
