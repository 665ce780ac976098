"""The seeding, step by step: commands with what each carries and how long the link takes for it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from regplan.report.cells import Code, Line, Quantity, Stack
from regplan.report.sections import Column, Paragraph, Section, Table
from regplan.report.series import unresolved_or_unknown
from regplan.report.words import counted
from regplan.units import format_rate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.plan import Plan
    from regplan.report.cells import Cell

__all__ = ["runbook_section"]

_DAY_S = 86_400


def runbook_section(plan: Plan) -> Section | None:
    """List the steps from a plan to a proven registry; None where the site has no registry, or no file to name."""
    if plan.site.registry is None or not plan.site.file:
        return None
    columns = (
        Column("Step", "number"),
        Column("What", "prose"),
        Column("Carries", "number"),
        Column("On the link", "prose"),
    )
    rows = tuple((str(number), *step) for number, step in enumerate(_steps(plan), 1))
    link = plan.site.internet_link
    beside = (
        "The site file states no internet link, so no time is told."
        if link is None
        else f"Times are of the transfers alone, at {format_rate(link.rate_bps)}; `regplan simulate` adds round trips and unpacking."
    )
    said = Paragraph(_parts(beside))
    return Section("runbook", "Seeding, step by step", (Table("In this order", columns, rows, head=1), said))


def _parts(text: str) -> tuple[Cell, ...]:
    return tuple(Code(part) if place % 2 else part for place, part in enumerate(text.split("`")))


def _steps(plan: Plan) -> Iterator[tuple[Cell, ...]]:
    file, cut = plan.site.file, plan.site.internet == "none"
    low = unresolved_or_unknown(plan)
    now = plan.layers.unique_bytes
    limits = _limits(plan)
    yield _step(
        "What would be sent, and what the registry answers; nothing is written", f"regplan seed {file} --dry-run"
    )
    if cut:
        yield _step("Onto a disk that travels", f"regplan seed {file} --to oci:DISK --yes", now, low=low)
        yield _step(
            "On site, from that disk", f"regplan seed {file} --from oci:DISK --yes --report seeded.html", now, low=low
        )
    else:
        command = f"regplan seed {file} --yes{limits} --report seeded.html"
        yield _step(
            "Every image, each blob once; again after whatever stops it", command, now, _time(plan, now), low=low
        )
    yield _step("Whether every image is there, to its last byte", f"regplan verify {file} --level blobs")
    if plan.upgrade is not None and plan.upgrade.new_bytes:
        new = plan.upgrade.new_bytes
        time = () if cut else _time(plan, new)
        yield _step(
            "Before the upgrade, what it adds", f"regplan seed {file} --for next --yes{limits}", new, time, low=low
        )
        yield _step("Whether the upgrade may start", f"regplan verify {file} --for both")


def _step(
    what: str, command: str, size: int | None = None, time: tuple[Line, ...] = (), *, low: bool = False
) -> tuple[Cell, ...]:
    told = Stack((Line((what,)), Line((Code(command),), quiet=True)))
    return (told, "" if size is None else Quantity(size, "bytes", at_least=low), Stack(time))


def _limits(plan: Plan) -> str:
    scenario = plan.site.scenario
    if scenario is None or scenario.window is None:
        return ""
    begin, end = (f"{second // 3600:02}:{second % 3600 // 60:02}" for second in scenario.window)
    cap = "" if scenario.window_bps is None else f" --max-rate {format_rate(scenario.window_bps).replace(' ', '')}"
    return f"{cap} --window {begin}-{end}"


def _time(plan: Plan, size: int) -> tuple[Line, ...]:
    """Tell how long the link takes, and how many nights where it may be filled in a window alone."""
    link, scenario = plan.site.internet_link, plan.site.scenario
    if link is None or not link.rate_bps:
        return ()
    lines = [Line((Quantity(8 * size / link.rate_bps, "s"),))]
    if scenario is not None and scenario.window is not None:
        begin, end = scenario.window
        rate = min(link.rate_bps, scenario.window_bps or link.rate_bps)
        nights = math.ceil(8 * size / (rate * ((end - begin) % _DAY_S or _DAY_S)))
        lines.append(Line((counted(nights, "night"), " in the window")))
    return tuple(lines)
