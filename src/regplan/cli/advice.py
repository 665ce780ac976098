"""Fixes, the way out and the sensitivity in the command line's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.cli.output import Column, Table
from regplan.cli.shown import size
from regplan.model.finding import Verdict
from regplan.report.advice import change_text, moved_text, outcome_text, removed_text
from regplan.report.words import ABSENT, marked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regplan.model.plan import Plan

__all__ = ["cheapest_lines", "fixes_table", "tornado_table", "unsearched_lines", "way_out_lines"]

_BAR: Final = 24


def fixes_table(fixes: Sequence[Mapping[str, Any]] | None) -> Table:
    """Lay out the fixes, the cheapest first, each with what it changes and what it removes."""
    columns = (
        Column("cost", "ASKS FOR"),
        Column("verdict", "THEN", marked),
        Column("binding_constraint", "BOUND BY", _bound, keep=True, of_record=True),
        Column("title", "FIX"),
    )
    return Table(columns, tuple(fixes or ()), title="Cheapest fixes, each alone:", below=_below)


def way_out_lines(way: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Say the smallest set of changes that brings the plan to PASS; nothing where none was found or looked for."""
    if way is None:
        return ()
    left = f"; these stay: {removed_text(way['leaves'])}" if way["leaves"] else ""
    return (f"way out, to {outcome_text(way['verdict'], way['binding_constraint'])}: {'; '.join(way['steps'])}{left}",)


def unsearched_lines(plan: Plan) -> tuple[str, ...]:
    """Say why no fixes are told of a site of very many hosts; nothing of any other."""
    from regplan.plan.fixes.advice import MOST_HOSTS, is_searched

    if plan.advice is not None or plan.verdict is Verdict.PASS or is_searched(plan.site):
        return ()
    count = len(plan.site.hosts)
    return (
        f"fixes: not looked for, since the site has {count:,} hosts, and a search takes minutes beyond {MOST_HOSTS}",
    )


def cheapest_lines(fixes: Sequence[Mapping[str, Any]] | None) -> tuple[str, ...]:
    """Say the cheapest fix in one line; nothing where there is none."""
    if not fixes:
        return ()
    first = fixes[0]
    outcome = outcome_text(first["verdict"], first["binding_constraint"])
    return (f"cheapest fix: {first['title']} ({'; '.join(map(change_text, first['changes']))}), then {outcome}",)


def tornado_table(swings: Sequence[Mapping[str, Any]] | None) -> Table:
    """Draw a tornado in text: each assumption alone from its low to its high end, what moves most first."""
    moving = [each for each in swings or () if each["need_bytes"] or each["moves_verdict"]]
    ends = [each[at]["required_bytes"] for each in moving for at in ("low", "now", "high")]
    span = (min(ends, default=0), max(ends, default=0))
    columns = (
        Column("key", "ASSUMPTION", keep=True),
        Column("range", "FROM, TO", moved_text, of_record=True),
        Column("least", "NEED", lambda each: size(min(_needs(each))), right=True, of_record=True),
        Column("most", "TO", lambda each: size(max(_needs(each))), right=True, of_record=True),
        Column("verdicts", "VERDICT", _verdicts, of_record=True),
        Column("bar", "", lambda each: _bar(each, span), of_record=True),
    )
    still = len(swings or ()) - len(moving)
    title = "What each assumption moves by itself:"
    empty = "No assumption moves the need or the verdict within its range." if swings else ""
    return Table(
        columns,
        tuple(moving),
        title=title if not still else f"{title[:-1]} ({still} others move nothing):",
        empty=empty,
    )


def _bound(fix: Mapping[str, Any]) -> str:
    """Name what binds then; of a plan that passes nothing does."""
    return ABSENT if fix["verdict"] == "PASS" else fix["binding_constraint"] or ABSENT


def _below(fix: Mapping[str, Any]) -> tuple[str, ...]:
    return (*map(change_text, fix["changes"]), f"removes {removed_text(fix['removes'])}")


def _needs(swing: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(swing[at]["required_bytes"] for at in ("low", "now", "high"))


def _verdicts(swing: Mapping[str, Any]) -> str:
    return " to ".join(dict.fromkeys(swing[at]["verdict"] for at in ("low", "now", "high")))


def _bar(swing: Mapping[str, Any], span: tuple[int, int]) -> str:
    """Draw from the least to the most need, with a bar at the need as it is.

    >>> _bar({"low": {"required_bytes": 0}, "now": {"required_bytes": 5}, "high": {"required_bytes": 10}}, (0, 10))
    '============|============'
    """
    least, most = span
    width = max(most - least, 1)
    low, now, high = (round((each - least) * _BAR / width) for each in sorted(_needs(swing)))
    now = round((swing["now"]["required_bytes"] - least) * _BAR / width)
    return "".join("|" if at == now else "=" if low <= at <= high else " " for at in range(_BAR + 1)).rstrip()
