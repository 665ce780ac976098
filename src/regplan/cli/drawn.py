"""Drawn lives on the command line: their tables, and what is said below them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.cli.output import Column, Table
from regplan.cli.shown import amount, duration, size
from regplan.report.chance import SPREADS, STATS, spread_key, spread_row
from regplan.report.words import ABSENT, counted
from regplan.units import format_count, format_rate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["DRAWN_PARTS", "drawn_lines", "drawn_tables"]

Record = dict[str, Any]
DRAWN_PARTS: Final = ("drawn", "drawn-times", "drawn-months", "drawn-from")


def drawn_tables(chance: Mapping[str, Any]) -> dict[str, Table]:
    """Lay out what lives come to, topology by topology, by month, and what they were drawn from."""
    # Whoever has the rows alone can draw them again.
    again = {"seed": chance["seed"], "draws": chance["draws"]}
    rows = tuple({**_row(each), **again} for each in chance["ways"])
    months = tuple(
        {"name": way["name"], "month": number, **spread_row("wan_bytes", told), **again}
        for way in chance["ways"]
        for number, told in enumerate(way["wan_month_bytes"], 1)
    )
    lives = f"{chance['draws']:,} lives with seed {chance['seed']}"
    return {
        "drawn": Table(_COLUMNS, rows, title=_over(chance)),
        "drawn-times": Table(
            tuple(column for column in _TIMES if _is_known(column, rows)),
            rows,
            title=f"Hosts at the bootstrap, what waits, and what it costs, in the same {lives}:",
        ),
        "drawn-months": Table(_MONTHS, months, title=f"Internet bytes of each month in {lives}:"),
        "drawn-from": Table(
            _FROM, tuple({**each, **again} for each in chance["drawn_from"]), title=f"What {lives} were drawn from:"
        ),
    }


def drawn_lines(chance: Mapping[str, Any]) -> Iterator[str]:
    """Say what the tables do not: how many draws were enough, from how many hosts a registry pays, and how many nights it takes."""
    known = (
        "known to within 2 %" if chance["is_enough"] else "not known to within 2 % yet: more --draws would tell more"
    )
    yield f"lives drawn: {chance['draws']:,} of at most {chance['most_draws']:,}, {known}"
    yield f"the same lives again: --draws {chance['most_draws']} --seed {chance['seed']}"
    yield f"drawn: {_pays(chance)}"
    if chance["window"] is not None:
        yield from _nights(chance)


def _row(way: Mapping[str, Any]) -> Record:
    ratios = {key: way[key] for key in ("saved_ratio", "saved_low_ratio", "saved_high_ratio")}
    spreads = {key: value for name in SPREADS for key, value in spread_row(name, way[name]).items()}
    return {"name": way["name"], **ratios, **spreads}


def _is_known(column: Column, rows: Sequence[Record]) -> bool:
    return column.key == "name" or not column.in_table or any(row[column.key] is not None for row in rows)


def _between(name: str, show: Callable[[Any], str]) -> Callable[[Mapping[str, Any]], str]:
    """Write between what a mean is."""

    def text(row: Mapping[str, Any]) -> str:
        low, high = (row[spread_key(name, f"mean_{end}")] for end in ("low", "high"))
        return ABSENT if low is None or high is None else f"{show(low)} - {show(high)}"

    return text


def _share(row: Mapping[str, Any]) -> str:
    told = [row[key] for key in ("saved_ratio", "saved_low_ratio", "saved_high_ratio")]
    if None in told:
        return ABSENT
    middle, low, high = (f"{100 * each:.1f}" for each in told)
    return f"{middle} % ({low} - {high})"


def _rate(bps: float | None) -> str:
    return ABSENT if bps is None else format_rate(round(bps))


def _minutes(minutes: float | None) -> str:
    return ABSENT if minutes is None else f"{minutes:,.0f}"


def _plain(value: float | None) -> str:
    return ABSENT if value is None else f"{value:,.2f}".removesuffix("00").removesuffix(".")


def _rest(*shown: Column) -> tuple[Column, ...]:
    """List what stands in CSV alone."""
    told = {column.key for column in shown}
    keys = [spread_key(name, stat) for name in SPREADS for stat in STATS] + ["saved_low_ratio", "saved_high_ratio"]
    return tuple(Column(key, key.upper(), in_table=False) for key in keys if key not in told)


_SIZES: Final = (
    Column("name", "TOPOLOGY"),
    Column("wan_mean_bytes", "INTERNET", size, right=True),
    Column("wan_mean_low_bytes", "BETWEEN", _between("wan_bytes", size), right=True, of_record=True),
    Column("wan_p50_bytes", "HALF BELOW", size, right=True),
    Column("wan_p95_bytes", "95 % BELOW", size, right=True),
    Column("wan_max_bytes", "MOST", size, right=True),
    Column("saved_mean_bytes", "SAVED", size, right=True),
    Column("saved_mean_low_bytes", "BETWEEN", _between("saved_bytes", size), right=True, of_record=True),
    Column("saved_ratio", "SHARE", _share, right=True, of_record=True),
)
_AGAIN: Final = (Column("seed", "SEED", in_table=False), Column("draws", "DRAWS", in_table=False))
_COLUMNS: Final = (*_SIZES, *_rest(*_SIZES), *_AGAIN)
_TIMES: Final = (
    Column("name", "TOPOLOGY"),
    Column("ready_p50_s", "READY p50", duration, right=True),
    Column("ready_p95_s", "READY p95", duration, right=True),
    Column("ready_max_s", "READY max", duration, right=True),
    Column("peak_p95_bps", "PEAK p95", _rate, right=True),
    Column("blocked_mean_minutes", "BLOCKED MIN", _minutes, right=True),
    Column("blocked_p95_minutes", "p95", _minutes, right=True),
    Column("visits_mean", "VISITS", _plain, right=True),
    Column("cost_mean", "COST", _plain, right=True),
    Column("cost_p95", "p95", _plain, right=True),
    Column("boot_nights_p50", "NIGHTS", _plain, right=True),
    Column("boot_nights_p95", "p95", _plain, right=True),
    Column("upgrade_nights_p95", "UPGRADE p95", _plain, right=True),
    *_AGAIN,
)
_MONTHS: Final = (
    Column("name", "TOPOLOGY"),
    Column("month", "MONTH", right=True),
    Column("wan_mean_bytes", "INTERNET", size, right=True),
    Column("wan_p50_bytes", "HALF BELOW", size, right=True),
    Column("wan_p95_bytes", "95 % BELOW", size, right=True),
    Column("wan_max_bytes", "MOST", size, right=True),
    *(Column(spread_key("wan_bytes", stat), stat.upper(), in_table=False) for stat in STATS if "_" in stat),
    *_AGAIN,
)
_FROM: Final = (
    Column("key", "SCENARIO"),
    Column("value", "VALUE", right=True),
    Column("law", "LAW"),
    Column("provenance", "FROM"),
    *_AGAIN,
)


def _over(chance: Mapping[str, Any]) -> str:
    return (
        f"{chance['draws']:,} lives of {format_count(chance['years'], 'year')}, drawn with seed {chance['seed']}: means, and between what "
        "they are with 95 %:"
    )


def _pays(chance: Mapping[str, Any]) -> str:
    hosts, drawn, never = chance["break_even_hosts"], chance["drawn_break_even_hosts"], chance["never_ratio"]
    if hosts is None or drawn is None:
        return "a registry seeded over the internet never carries less than direct pulls"
    seldom = "" if not never else f"; in {100 * never:.1f} % of them it never does"
    return (
        f"a registry seeded over the internet carries less from {format_count(hosts, 'host')} on by the means; in 95 % of lives from "
        f"{_plain(drawn['p95'])}{seldom}"
    )


def _nights(chance: Mapping[str, Any]) -> Iterator[str]:
    at = "" if chance["window_bps"] is None else f" at {amount(chance['window_bps'], 'bps')}"
    for way in chance["ways"]:
        boot, upgrade = way["boot_nights"], way["upgrade_nights"]
        if boot is None or upgrade is None or not boot["max"]:
            continue
        later = f", the largest upgrade {_often(upgrade)}" if upgrade["max"] else ""
        yield f"{way['name']}: the bootstrap takes {_often(boot)} of {chance['window']}{at}{later}"


def _often(spread: Mapping[str, Any]) -> str:
    half, most = round(spread["p50"]), round(spread["p95"])
    return counted(half, "night") if half == most else f"{counted(half, 'night')} (in 95 % of lives at most {most})"
