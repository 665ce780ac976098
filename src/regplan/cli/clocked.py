"""The clock on the command line: the option that chooses its tier, its table, and its keys in the document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from regplan.cli.output import Column, Table
from regplan.cli.shown import duration, size

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from regplan.model.plan import Study

__all__ = ["clock_lines", "clock_table", "tier_option", "with_clock"]

_TITLES: Final = {
    1: "When hosts have unpacked their images, by the closed form (tier 1):",
    2: "When hosts have unpacked their images, layer by layer (tier 2):",
}


def _rate(bps: float | None) -> str:
    from regplan.units import format_rate

    return "" if bps is None else format_rate(round(bps))


_COLUMNS: Final = (
    Column("name", "SCENARIO"),
    Column("ready_p50_s", "UNPACKED p50", duration, right=True),
    Column("ready_p95_s", "UNPACKED p95", duration, right=True),
    Column("ready_max_s", "UNPACKED max", duration, right=True),
    Column("least_s", "LEAST", duration, right=True),
    Column("peak_bps", "PEAK", _rate, right=True),
    Column("busiest_bytes", "BUSIEST 5 MIN", size, right=True),
    Column("requests", "REQUESTS", right=True),
)


def tier_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option that chooses how times are reckoned."""
    return click.option(
        "--tier",
        type=click.Choice(["1", "2"]),
        help="Reckon times by the closed form (1) or layer by layer (2); else by 2 while layer pulls x hosts are at most a million.",
    )(command)


def with_clock(document: dict[str, Any], study: Study) -> dict[str, Any]:
    """Add to the document of a simulation when hosts are ready, and the parameters of that."""
    from regplan.report.clock import boot_document, pulling_document

    if study.clock is None:
        return document
    boots = {boot.name: boot_document(boot) for boot in study.clock.boots}
    scenarios = [{**each, **boots.get(each["name"], {})} for each in document["scenarios"]]
    return {**document, "scenarios": scenarios, "pulls": pulling_document(study.clock)}


def clock_table(document: Mapping[str, Any]) -> Table:
    """Lay out when hosts are ready, for the ways whose times are known."""
    known = [each for each in document["scenarios"] if "tier" in each]
    rows = tuple({**each, **{f"ready_{key}_s": value for key, value in each["ready_s"].items()}} for each in known)
    return Table(_COLUMNS, rows, title=_TITLES[known[0]["tier"]] if known else "")


def clock_lines(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Say where both tiers are apart, and why."""
    return tuple(
        f"{each['name']}: layer by layer {each['tier_ratio']:.2f} times the closed form, by {each['tier_reason']}"
        for each in document["scenarios"]
        if each.get("tier_reason") and each["tier_ratio"] is not None
    )
