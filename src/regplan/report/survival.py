"""What becomes of hosts while the internet link is cut, and what could not be checked: documents, rows and words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.model.finding import Verdict
from regplan.model.survival import HostSurvival
from regplan.report.words import counted, full_stop

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from regplan.model.finding import Finding

__all__ = [
    "answered",
    "survival_columns",
    "survival_document",
    "survival_from",
    "survival_reasons",
    "survival_rows",
    "survived",
    "unchecked_document",
]

_EVENTS: Final = {"survive.reboot": ("reboot", "up"), "survive.node-add": ("node-add", "up")}
# A matrix has a column for each of these that a plan tells of, by event and registry.
_COLUMNS: Final = {
    ("reboot", "up"): "REBOOTS",
    ("node-add", "up"): "NEW HOST JOINS",
    ("reboot", "none"): "REBOOTS",
    ("node-add", "none"): "NEW HOST JOINS",
    ("reboot", "node-down"): "REBOOTS, REGISTRY DOWN",
    ("node-add", "node-down"): "JOINS, REGISTRY DOWN",
}
_MOST_NAMED: Final = 5


def survival_document(survival: Iterable[HostSurvival]) -> list[dict[str, object]]:
    """Write whether each host comes back, and one like it joins, with every image that it would lack."""
    return [
        {
            "host": each.host,
            "event": each.event,
            "registry": each.registry,
            "returns": each.returns,
            "missing": list(each.missing),
            "unknown": list(each.unknown),
            "why": each.why,
        }
        for each in survival
    ]


def survival_from(document: Mapping[str, Any]) -> tuple[HostSurvival, ...]:
    """Read the same back; an older plan tells nothing of it."""
    return tuple(
        HostSurvival(
            each["host"],
            each["event"],
            each["registry"],
            each["returns"],
            tuple(each["missing"]),
            tuple(each["unknown"]),
            each["why"],
        )
        for each in document.get("survival", ())
    )


def unchecked_document(findings: Iterable[Finding]) -> list[dict[str, object]]:
    """Write what could not be checked, and why: what is INCOMPLETE, and what no verdict hangs on and nobody could look at."""
    return [
        {"rule": each.rule, "where": each.where, "why": each.message, "fix": each.fix}
        for each in findings
        if each.verdict is Verdict.INCOMPLETE or not each.is_checked
    ]


def survival_columns(survival: Iterable[HostSurvival]) -> dict[str, str]:
    """Map the keys of `survival_rows` to their headings, in order."""
    told = {(each.event, each.registry) for each in survival}
    return {_key(*pair): heading for pair, heading in _COLUMNS.items() if pair in told}


def survival_rows(survival: Iterable[HostSurvival]) -> list[dict[str, object]]:
    """Tell a row for each host, with what `returns` is in each case."""
    rows: dict[str, dict[str, object]] = {}
    for each in survival:
        rows.setdefault(each.host, {"host": each.host})[_key(each.event, each.registry)] = each.returns
    return list(rows.values())


def survival_reasons(survival: Sequence[HostSurvival]) -> list[str]:
    """Tell why hosts do not come back, or why that cannot be told, each reason once with its hosts and images."""
    hosts: dict[tuple[str, str, tuple[str, ...], str], list[str]] = {}
    for each in survival:
        if each.returns is not True:
            names = each.missing if each.returns is False else each.unknown
            case = _COLUMNS[each.event, each.registry].lower()
            hosts.setdefault((case, answered(each.returns), names, each.why), []).append(each.host)
    return [
        full_stop(f"{case}: {answer}, {_few(on)}: {why}{': ' if names else ''}{_few(names)}")
        for (case, answer, names, why), on in hosts.items()
    ]


def survived(survival: Iterable[HostSurvival], rule: str) -> list[tuple[str, str]]:
    """Tell of a finding of survival what it means host by host, as labels and texts; nothing of another rule."""
    event, registry = _EVENTS.get(rule, ("", "node-down" if rule == "survive.registry-node" else ""))
    told = [each for each in survival if event in {"", each.event} and each.registry in {registry, _else(registry)}]
    return [(each.host, _told(each)) for each in told] if registry else []


def answered(returns: object) -> str:
    """Say yes or no, or that it cannot be told.

    >>> answered(True), answered(None)
    ('yes', '?')
    """
    return {True: "yes", False: "no"}.get(returns, "?") if isinstance(returns, bool) else "?"


def _told(each: HostSurvival) -> str:
    what = "comes back" if each.event == "reboot" else "a new one joins"
    names = each.missing or each.unknown
    listed = f": {', '.join(names)}" if names else ""
    return full_stop(f"{what}: {answered(each.returns)}; {each.why}{listed}")


def _else(registry: str) -> str:
    return "none" if registry == "up" else registry


def _key(event: str, registry: str) -> str:
    return f"{event}-{registry}"


def _few(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {counted(more, 'other')}" if more > 0 else "")
