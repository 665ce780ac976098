"""What links carry as rows: events and ways to bring images side by side, and what they say in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.words import counted, readable, tidy
from regplan.tui.text import size_text
from regplan.units import format_count, format_duration, format_rate
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.bandwidth import Bandwidth, NightsNeeded
    from regplan.model.clock import Boot, PullBar
    from regplan.model.life import CarriedEvent, ExpectedWay, Life, OutageEffect
    from regplan.model.plan import Study
    from regplan.model.site import Site

__all__ = [
    "TOPOLOGIES",
    "BarRow",
    "EventRow",
    "WayRow",
    "YearRow",
    "bar_rows",
    "bar_words",
    "course_words",
    "event_rows",
    "event_words",
    "lacks_words",
    "nights_words",
    "pays_words",
    "way_rows",
    "way_words",
    "year_rows",
    "year_words",
]

TOPOLOGIES: Final = ("direct", "primary", "bundle", "pull-through", "peer-to-peer")


@dataclass(frozen=True, slots=True)
class WayRow:
    """One way to bring images: when hosts have unpacked them at the first bootstrap; `place` is its place in the clock."""

    place: int
    boot: Boot
    carried: CarriedEvent | None


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event under every topology, and what it meets in an outage; `places` are those in the life's events."""

    event: str
    ways: Mapping[str, CarriedEvent]
    places: Mapping[str, int]
    outages: tuple[OutageEffect, ...]


@dataclass(frozen=True, slots=True)
class YearRow:
    """A scenario under one topology; `most_month_bytes` is the busiest month under any."""

    place: int
    way: ExpectedWay
    direct_bytes: int
    most_month_bytes: int


@dataclass(frozen=True, slots=True)
class BarRow:
    """A bar of the first bootstrap's course, which ends at `ends_s`."""

    bar: PullBar
    ends_s: float


def way_rows(found: Bandwidth) -> tuple[WayRow, ...]:
    """List the ways to bring images."""
    events = () if found.life is None else found.life.events
    boots = {each.topology: each for each in events if each.event == "bootstrap"}
    ways = () if found.clock is None else found.clock.boots
    return tuple(WayRow(place, boot, boots.get(boot.name)) for place, boot in enumerate(ways))


def event_rows(life: Life | None) -> tuple[EventRow, ...]:
    """List the events, with the topologies side by side."""
    if life is None:
        return ()
    ways: dict[str, dict[str, CarriedEvent]] = {}
    places: dict[str, dict[str, int]] = {}
    for place, each in enumerate(life.events):
        ways.setdefault(each.event, {})[each.topology] = each
        places.setdefault(each.event, {})[each.topology] = place
    return tuple(
        EventRow(event, told, places[event], tuple(each for each in life.outages if each.event == event))
        for event, told in ways.items()
    )


def year_rows(life: Life | None) -> tuple[YearRow, ...]:
    """List what the scenario carries, topology by topology; nothing without a scenario."""
    expected = None if life is None else life.expected
    if expected is None:
        return ()
    most = max((size for way in expected.ways for size in way.wan_month_bytes), default=0)
    direct = next((way.wan_bytes for way in expected.ways if way.topology == "direct"), 0)
    return tuple(YearRow(place, way, direct, most) for place, way in enumerate(expected.ways))


def bar_rows(found: Bandwidth, way: str) -> tuple[BarRow, ...]:
    """List the bars of a way's course, in the order in which hosts and images are pulled."""
    course = found.course(way)
    return () if course is None else tuple(BarRow(bar, course.ends_s) for bar in course.bars)


def way_words(row: WayRow, *, binary: bool) -> str:
    """Tell of a way what it carries at the first bootstrap, how long no order of pulls beats, and where both tiers differ."""
    boot, carried = row.boot, row.carried
    parts = []
    if carried is not None:
        sizes = (("internet", carried.wan_bytes), ("LAN", carried.lan_bytes), ("media", carried.media_bytes))
        parts += [f"{name} {size_text(size, binary=binary)}" for name, size in sizes]
    if boot.ready_max_s is None:
        return " · ".join([f"{boot.name}: no time is known without the rates of the links that it takes", *parts])
    parts.append(f"last host ready after {format_duration(boot.ready_max_s)} (tier {boot.tier})")
    if boot.least_s is not None:
        parts.append(f"no order of pulls beats {format_duration(boot.least_s)}")
    if boot.reason and boot.ratio is not None:
        parts.append(f"layer by layer {boot.ratio:.2f} times the closed form, by {boot.reason}")
    return f"{boot.name}: {' · '.join(parts)}"


def event_words(row: EventRow, *, binary: bool) -> str:
    """Tell of an event what the local network carries, and what it meets while something is away."""
    lan = ", ".join(
        f"{name} {size_text(way.lan_bytes, binary=binary)}" for name, way in row.ways.items() if way.lan_bytes
    )
    waits = [
        f"{each.outage} away, {each.topology}: {_met(each)}" for each in row.outages if each.blocked or each.fallback
    ]
    on_lan = f"over the LAN: {lan}" if lan else "nothing over the LAN"
    return f"{row.event}, {on_lan}" + (f" · {' · '.join(waits)}" if waits else "")


def _met(each: OutageEffect) -> str:
    if not each.blocked:
        return f"{counted(len(each.fallback), 'image')} past the registry"
    return f"{counted(len(each.blocked), 'image')} {'waits' if len(each.blocked) == 1 else 'wait'}"


def nights_words(row: NightsNeeded, rate_bps: int | None, hours: float, *, binary: bool) -> str:
    """Tell of an event what each topology carries in the windows."""
    if all(nights is None for _, _, nights in row.ways):
        return "How many nights that takes is not known: write links.internet.rate into the site file."
    at = "the link's rate" if rate_bps is None else f"{format_rate(rate_bps)} at most"
    told = ", ".join(
        f"{name} {size_text(size, binary=binary)} in {counted(nights, 'night')}"
        for name, size, nights in row.ways
        if nights
    )
    return f"{row.event} at {at}, {hours:g} h a night: {told or 'nothing over the internet'}"


def year_words(row: YearRow, *, binary: bool) -> str:
    """Tell of a topology what its internet bytes are made of, and what it saves."""
    way = row.way
    parts = ", ".join(f"{event} {size_text(size, binary=binary)}" for event, size in way.parts if size)
    ratio = way.saved_ratio(row.direct_bytes)
    saved = "" if ratio is None or way.topology == "direct" else f" · saves {readable(ratio, 'ratio')} of direct pulls"
    return f"{way.topology}: {parts or 'nothing over the internet'}{saved}"


def pays_words(life: Life | None) -> str:
    """Tell from how many hosts on a registry pays, at the bootstrap and over the scenario, or why no scenario is told."""
    if life is None:
        return ""
    words = f"A registry seeded over the internet carries less {_from(life.break_even_hosts)} at the first bootstrap"
    if life.expected is not None:
        length = format_count(life.expected.years, "year")
        words += f", {_from(life.expected.break_even_hosts)} over the scenario's {length}"
    elif life.why:
        words += f" · the scenario cannot be followed: {tidy(life.why)}"
    else:
        words += " · no scenario: add scenario: {years: 3, upgrades_per_year: 4} to the site file"
    return f"{words}; the site has {counted(life.hosts, 'host')}."


def _from(hosts: int | None) -> str:
    return "never" if hosts is None else f"from {counted(hosts, 'host')} on"


def course_words(way: str, rows: tuple[BarRow, ...]) -> str:
    """Tell which way's course is drawn, and how long the axis is."""
    if not rows:
        return f"{way}: no course is known; it takes the rates of the links"
    return f"{way}, from 0 s to {format_duration(rows[0].ends_s)} · ▒ is fetched █ is unpacked"


def bar_words(row: BarRow) -> str:
    """Tell of a bar in words what it draws."""
    bar = row.bar
    begin = format_duration(bar.begin_s)
    if not bar.image:
        ends = "never" if bar.end_s is None else format_duration(bar.end_s)
        return f"The registry is seeded from {begin} to {ends}."
    if bar.end_s is None or bar.fetched_s is None:
        return f"{tidy(bar.host)} asks for {tidy(bar.image)} after {begin}, and never has it."
    times = f"asked for after {begin}, the last byte after {format_duration(bar.fetched_s)}"
    took = f"unpacked after {format_duration(bar.end_s)}: {format_duration(bar.end_s - bar.begin_s)} in all"
    return f"{tidy(bar.host)} · {tidy(bar.image)} from {bar.source}: {times}, {took}"


def lacks_words(study: Study, found: Bandwidth) -> str:
    """Tell what the site file must name for more to be known, and what is a lower bound."""
    site = study.plan.site
    if not site.hosts:
        return "The site file names no hosts, so nobody pulls anything: add them under hosts:, then press r."
    parts = [*_links(site)]
    if study.plan.counts.unresolved:
        parts.append(f"{counted(len(study.plan.counts.unresolved), 'image')} unresolved: all of this is a lower bound")
    later = () if found.life is None else found.life.upgrade_unresolved
    if later:
        parts.append(f"{counted(len(later), 'image')} of upgrade_to unresolved: upgrades are lower bounds")
    if found.life is not None and found.clock is not None and not found.courses:
        parts.append("too many layers to follow one by one: times are by the closed form, without a course")
    if site.internet == "none":
        parts.append("the site has no internet: what goes over the link is what it would take")
    return " · ".join(parts)


def _links(site: Site) -> list[str]:
    named = {
        "links.internet: {rate: 20Mbit/s, latency: 60ms}": site.internet_link,
        "links.lan: {rate: 1Gbit/s, latency: 1ms}": site.lan_link,
    }
    missing = " and ".join(key for key, link in named.items() if link is None)
    return [f"no times without rates: add {missing} to the site file"] if missing else []
