"""Drawn years of a fleet on the command line: their options, tables and lines."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

import click

from regplan.cli.output import Column, Table
from regplan.cli.shown import duration, size
from regplan.report.words import ABSENT, counted
from regplan.units import format_rate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from regplan.cli.options import Common
    from regplan.model.fleet import Fleet
    from regplan.model.years import FleetYears

__all__ = ["year_columns", "years_lines", "years_options", "years_tables"]

Record = dict[str, Any]
_MOST: Final = 100_000
_NEEDS: Final = "draws nothing by itself: say how many years of each site with --draws"


def years_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options; they arrive as `draws` (0 for none), `seed` and `resume`."""

    @click.option(
        "--draws", type=click.IntRange(1, _MOST), metavar="N", help="Draw each site's scenario so many times."
    )
    @click.option(
        "--seed", type=click.IntRange(min=0), metavar="S", help="Draw what this seed drew before. Default: a new one, which is told."
    )  # fmt: skip
    @click.option(
        "--resume", type=click.Path(file_okay=False), metavar="FOLDER",
        help="Keep blocks of 250 sites there as they are drawn; those that are there are not drawn again.",
    )  # fmt: skip
    @functools.wraps(function)
    def wrapped(
        *,
        draws: int | None,
        seed: int | None,
        resume: str | None,
        common: Common,
        **given: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        for name, value in (("--seed", seed), ("--resume", resume)):
            if draws is None and value is not None:
                raise click.UsageError(f"{name} {_NEEDS}")
        if resume is not None and common.read_only:
            raise click.UsageError("read-only: --resume keeps files in a folder")
        return function(draws=draws or 0, seed=seed, resume=resume or "", common=common, **given)

    return wrapped


def year_columns() -> tuple[Column, ...]:
    """List what CSV and JSON lines have of each site's years, topology by topology."""
    from regplan.report.years import SITE_KEYS

    return tuple(Column(key, key.upper(), in_table=False) for key in SITE_KEYS)


def years_tables(years: FleetYears) -> tuple[Table, Table]:
    """Lay out what all sites come to together, and each of them."""
    from regplan.report.years import fleet_way_record, site_years_record

    over = f"Drawn {counted(years.draws, 'time')}, all sites together:"
    sites = tuple({"name": site.name, "years": site.years, **site_years_record(years, site)} for site in years.sites)
    return (
        Table(_WAYS, tuple(map(fleet_way_record, years.ways)), title=over),
        Table(_SITES, sites, title="The internet of each site in these draws, and when its last host is ready:"),
    )


def years_lines(fleet: Fleet) -> Iterator[str]:
    """Say what the tables do not: how to draw the same again, and what head office sees at the most."""
    years = fleet.years
    if years is None:
        return
    found = f", {years.found} of them found" if years.found else ""
    yield f"the same years again: --draws {years.draws} --seed {years.seed} ({counted(years.blocks, 'block')}{found})"
    low = sum(site.is_low for site in years.sites)
    if low:
        yield f"{counted(low, 'site')} with images that could not be resolved: {'it carries' if low == 1 else 'they carry'} more than this"
    if years.peak_p95_bps is not None:
        mean = "" if years.peak_mean_bps is None else f", {_rate(years.peak_mean_bps.value)} on average"
        yield f"head office while all sites pull at once: {_rate(years.peak_p95_bps.value)} in 95 % of draws or less{mean}"


def _rate(bps: float) -> str:
    return format_rate(round(bps))


def _between(key: str, unit: str = "bytes") -> Callable[[Mapping[str, Any]], str]:
    """Write between what a value is."""

    def text(row: Mapping[str, Any]) -> str:
        ends = row[f"{key}_low_{unit}"], row[f"{key}_high_{unit}"]
        return ABSENT if None in ends else f"{size(ends[0])} - {size(ends[1])}"

    return text


def _least(key: str) -> Callable[[Mapping[str, Any]], str]:
    def text(row: Mapping[str, Any]) -> str:
        return f"at least {size(row[key])}" if row["drawn_lower_bound"] else size(row[key])

    return text


def _share(key: str) -> Callable[[Mapping[str, Any]], str]:
    def text(row: Mapping[str, Any]) -> str:
        value = row[f"{key}_ratio"]
        return ABSENT if value is None else f"{100 * value:.1f} %"

    return text


def _size(value: float | None) -> str:
    return ABSENT if value is None else size(round(value))


def _seconds(value: float | None) -> str:
    return ABSENT if value is None else duration(value)


_WAYS: Final = (
    Column("name", "TOPOLOGY"),
    Column("wan_mean_bytes", "INTERNET", size, right=True),
    Column("wan_mean_low_bytes", "BETWEEN", _between("wan_mean"), right=True, of_record=True),
    Column("wan_p95_bytes", "95 % BELOW", size, right=True),
    Column("saved_mean_bytes", "SAVED", size, right=True),
    Column("saved_mean_low_bytes", "BETWEEN", _between("saved_mean"), right=True, of_record=True),
    Column("saved_ratio", "SHARE", _share("saved"), right=True, of_record=True),
    Column("release_p95_bytes", "ONE RELEASE", _size, right=True),
    Column("ready_p50_s", "READY p50", _seconds, right=True),
    Column("ready_p95_s", "READY p95", _seconds, right=True),
    Column("ready_max_s", "READY max", _seconds, right=True),
)
_SITES: Final = (
    Column("name", "SITE"),
    Column("drawn_direct_wan_mean_bytes", "DIRECT", _least("drawn_direct_wan_mean_bytes"), right=True, of_record=True),
    Column("drawn_direct_wan_p95_bytes", "95 % BELOW", size, right=True),
    Column(
        "drawn_primary_wan_mean_bytes", "PRIMARY", _least("drawn_primary_wan_mean_bytes"), right=True, of_record=True
    ),
    Column("drawn_primary_wan_p95_bytes", "95 % BELOW", size, right=True),
    Column("drawn_primary_saved_mean_bytes", "SAVED", size, right=True),
    Column(
        "drawn_primary_saved_mean_low_bytes",
        "BETWEEN",
        _between("drawn_primary_saved_mean"),
        right=True,
        of_record=True,
    ),
    Column("drawn_primary_saved_p95_bytes", "95 % BELOW", size, right=True),
    Column("drawn_primary_saved_ratio", "SHARE", _share("drawn_primary_saved"), right=True, of_record=True),
    Column("drawn_direct_ready_p95_s", "READY p95", _seconds, right=True),
    Column("drawn_primary_ready_p95_s", "WITH IT", _seconds, right=True),
)
