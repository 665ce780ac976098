"""What a site's links carry after the first bootstrap: event by event, in outages, and over its scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.cells import Cell, Quantity
from regplan.report.figures.of_link import carried_chart
from regplan.report.sections import Block, ChartBlock, Column, Paragraph, Table
from regplan.report.words import WAYS, counted
from regplan.units import format_count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.model.life import Life, LifeExpected

__all__ = ["life_blocks"]

_EVENTS: Final = {
    "bootstrap": "first bootstrap",
    "node-add": "a host joins",
    "reboot": "a host starts again",
    "reimage": "a host is set up anew",
    "upgrade": "upgrade to the next version",
    "reschedule": "a pod moves to another host",
    "image-gc": "a host removes unused images",
    "bootstrap-full": "first bootstrap with the room that the claim has",
    "upgrade-full": "upgrade with the registry's disk full",
}
_AWAY: Final = {"internet": "internet away", "registry": "registry away", "disk": "registry's disk full"}


def life_blocks(life: Life, site: str = "", *, low: bool = False) -> tuple[Block, ...]:
    """Lay out a site's life: events and outages with the topologies side by side, and its scenario; `low` marks lower bounds."""
    found: list[Block] = [_events(life, low=low), _outages(life), Paragraph((_pays(life) + _refused(life),))]
    if life.upgrade_unresolved:
        left = f"{counted(len(life.upgrade_unresolved), 'image')} of the version to upgrade to could not be resolved"
        found.append(
            Paragraph((f"{left}, so what upgrades carry is a lower bound: {', '.join(life.upgrade_unresolved)}.",))
        )
    if life.expected is not None:
        numbers = _expected(life.expected, low=low or bool(life.upgrade_unresolved))
        chart = carried_chart(life.expected, site)
        found.append(numbers if chart is None else ChartBlock(chart, numbers))
        found.append(Paragraph((_pays_over(life.expected),)))
    elif life.why:
        found.append(Paragraph((f"The scenario was not followed: {life.why}",)))
    return tuple(found)


def _columns(*first: str) -> tuple[Column, ...]:
    return (*map(Column, first), *(Column(name, "number") for name in WAYS.values()))


def _events(life: Life, *, low: bool) -> Table:
    rows: dict[str, dict[str, Cell]] = {}
    for each in life.events:
        is_low = low or (bool(life.upgrade_unresolved) and each.event.startswith("upgrade"))
        least = each.wan_bytes > 0 and (is_low or bool(each.unknown_images))
        rows.setdefault(each.event, {})[each.topology] = Quantity(each.wan_bytes, "bytes", at_least=least)
    caption = "Internet bytes of each event; of one host, the mean over the hosts that it may happen to"
    return Table(
        caption, _columns("Event"), _side_by_side((((_EVENTS.get(name, name),), row) for name, row in rows.items()))
    )


def _outages(life: Life) -> Table:
    rows: dict[tuple[str, str], dict[str, Cell]] = {}
    for each in life.outages:
        fate = f"{counted(len(each.fallback), 'image')} past it" if each.fallback else "runs"
        waits = "waits" if len(each.blocked) == 1 else "wait"
        fate = f"{counted(len(each.blocked), 'image')} {waits}" if each.blocked else fate
        rows.setdefault((each.outage, each.event), {})[each.topology] = fate
    named = (((_AWAY[outage], _EVENTS.get(event, event)), row) for (outage, event), row in rows.items())
    return Table(
        "What waits while the internet or the registry is away, or the registry's disk is full",
        _columns("Outage", "Event"),
        _side_by_side(named),
    )


def _side_by_side(rows: Iterable[tuple[tuple[str, ...], dict[str, Cell]]]) -> tuple[tuple[Cell, ...], ...]:
    return tuple((*names, *(row.get(way, "") for way in WAYS)) for names, row in rows)


def _pays(life: Life) -> str:
    hosts = life.break_even_hosts
    if hosts is None:
        return "A registry that is seeded over the internet carries no less than direct pulls at the first bootstrap, however many hosts there are."
    return (
        f"At the first bootstrap a registry that is seeded over the internet carries less than direct pulls from {counted(hosts, 'host')} "
        f"on; the site has {life.hosts}."
    )


def _pays_over(told: LifeExpected) -> str:
    over = f"Over {format_count(told.years, 'year')} a registry that is seeded over the internet carries"
    if told.break_even_hosts is None:
        return f"{over} no less than direct pulls, however many hosts there are."
    return f"{over} less than direct pulls from {counted(told.break_even_hosts, 'host')} on."


def _refused(life: Life) -> str:
    if not life.refused:
        return ""
    return f" The claim has no room for {counted(len(life.refused), 'image')}: {', '.join(life.refused)}."


def _expected(told: LifeExpected, *, low: bool) -> Table:
    names = ("Internet", "A month", "Busiest month", "Saved", "At least", "At most", "Media", "Visits")
    # Nobody's prices are known but the user's.
    has_prices = any(each.cost is not None for each in told.ways)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            WAYS.get(each.topology, each.topology),
            *(
                Quantity(size, "bytes", at_least=low and size > 0)
                for size in (
                    each.wan_bytes,
                    each.wan_bytes / len(each.wan_month_bytes),
                    max(each.wan_month_bytes),
                )
            ),
            Quantity(each.saved_bytes, "bytes"),
            Quantity(each.saved_low_bytes, "bytes"),
            Quantity(each.saved_high_bytes, "bytes"),
            Quantity(each.media_bytes, "bytes"),
            str(each.visits),
            *(("" if each.cost is None else f"{each.cost:,.2f}",) if has_prices else ()),
        )
        for each in told.ways
    )
    more = told.upgrades - told.given_upgrades
    alike = f", {more} of them taken to carry as much as the versions given" if more else ""
    caption = f"The scenario of {format_count(told.years, 'year')} as expected, with {counted(told.upgrades, 'upgrade')}{alike}"
    shown = (*names, "Cost") if has_prices else names
    return Table(caption, (Column("Way"), *(Column(name, "number") for name in shown)), rows)
