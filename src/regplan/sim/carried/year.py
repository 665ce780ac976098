"""A site's scenario as expected: its events at their rates, with no draw, under every topology."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.errors import InvalidSite
from regplan.model.life import ExpectedWay, LifeExpected
from regplan.sim.carried.carry import carry
from regplan.sim.carried.events import Bootstrap, NodeAdd, RegistryOutage, Reimage, Upgrade, WanOutage
from regplan.sim.carried.expected import break_even_hosts, expected_moves, move_weights, unavailability
from regplan.sim.carried.life import Course, alike, topologies_of
from regplan.sim.carried.of_site import JOINING
from regplan.sim.carried.state import Carried
from regplan.sim.carried.topology import Direct, PeerToPeer, Primary, PullThrough
from regplan.units import GB, format_count
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from regplan.model.site import Scenario
    from regplan.sim.carried.events import Event
    from regplan.sim.carried.life import Terms
    from regplan.sim.carried.of_site import SiteImages
    from regplan.sim.carried.state import State
    from regplan.sim.carried.topology import Topology

__all__ = ["check_scenario", "expected_of"]

_MONTHS: Final = 12
# A rate times a length that should be whole, and is not by the last bit.
_NEARLY: Final = 1e-9


def expected_of(images: SiteImages, terms: Terms, scenario: Scenario, delta: float | None = None) -> LifeExpected:
    """Tell what a scenario carries under every topology, as expected, by month.

    The site is set up at first; upgrades come at equal distances, hosts that join too; hosts are set up anew and pods move
    at their rates all the time. The first upgrade is the version that the site names; further ones are taken to carry as
    much. Where it names none, each brings the share `delta` of all images. Raises `InvalidSite` where that is not known
    either, and for a scenario that lasts no time.
    """
    upgrades = math.floor(scenario.upgrades_per_year * scenario.years + _NEARLY)
    check_scenario(images, scenario, upgrades, delta)
    courses = tuple(Course(images, count) for count in dict.fromkeys((terms.hosts_per_image, 1, terms.hosts)))
    ways = topologies_of(terms)
    found = {
        name: [_Run(course, topology, scenario, delta).totals() for course in courses]
        for name, topology in ways.items()
    }
    direct = [each.wan_bytes for each in found["direct"]]
    primary, hosts = found["primary"][0], terms.hosts
    rest_bytes = round(primary.wan_bytes - primary.seeded_bytes)
    return LifeExpected(
        years=scenario.years,
        upgrades=upgrades,
        given_upgrades=min(upgrades, images.versions - 1),
        ways=tuple(_way(name, each, direct, scenario) for name, each in found.items()),
        break_even_hosts=break_even_hosts(round(primary.seeded_bytes) * hosts, round(direct[0]), rest_bytes),
    )


def check_scenario(images: SiteImages, scenario: Scenario, upgrades: int, delta: float | None) -> None:
    """Refuse a scenario that lasts no time, or has upgrades of which nobody told what they bring, by `InvalidSite`."""
    if scenario.years <= 0:
        raise InvalidSite("scenario.years: a scenario of 0 years holds no event: write how many years it has")
    if upgrades and images.versions == 1 and delta is None:
        raise InvalidSite(
            f"scenario.upgrades_per_year: {format_count(upgrades, 'upgrade')} in {format_count(scenario.years, 'year')}, and the site names no version to "
            "upgrade to: name its profiles under upgrade_to, or say in assumptions.version_delta which share of all bytes a version brings"
        )


def _way(name: str, found: Sequence[_Totals], direct: Sequence[float], scenario: Scenario) -> ExpectedWay:
    usual = found[0]
    saved = [round(without) - round(each.wan_bytes) for without, each in zip(direct, found, strict=True)]
    prices = scenario.price_per_gb, scenario.price_per_visit
    cost = usual.wan_bytes / GB * (prices[0] or 0) + usual.visits * (prices[1] or 0)
    return ExpectedWay(
        topology=name,
        wan_bytes=round(usual.wan_bytes),
        lan_bytes=round(usual.lan_bytes),
        media_bytes=round(usual.media_bytes),
        wan_month_bytes=tuple(map(round, usual.months)),
        parts=tuple((event, round(size)) for event, size in usual.parts),
        visits=usual.visits,
        waiting=usual.waiting,
        saved_bytes=saved[0],
        saved_low_bytes=min(saved),
        saved_high_bytes=max(saved),
        cost=None if prices == (None, None) else cost,
    )


@dataclass(frozen=True, slots=True)
class _Totals:
    wan_bytes: float
    lan_bytes: float
    media_bytes: float
    seeded_bytes: float
    months: tuple[float, ...]
    parts: tuple[tuple[str, float], ...]
    visits: int
    waiting: float


@dataclass(frozen=True, slots=True)
class _Kind:
    """An event of hosts that are alike: how often it happens, what one carries, and the share of the time in which it waits."""

    count: float
    carried: Carried
    waits: float


class _Run:
    """One scenario under one topology: the site as it changes, and what is added up month by month."""

    def __init__(self, course: Course, topology: Topology, scenario: Scenario, delta: float | None) -> None:
        self._course, self._topology, self._scenario, self._delta = course, topology, scenario, delta
        self._months = [0.0] * max(1, math.ceil(scenario.years * _MONTHS - _NEARLY))
        self._parts: dict[str, float] = {}
        self._lan = self._media = self._seeded = self._waiting = 0.0
        self._visits = self._joined = 0
        self._number, self._cold = 0, 1.0
        self._upgrade: Carried | None = None
        # What hosts set up anew pull, and pods that move, as long as the site stays as it is.
        self._lately: State | None = None
        self._anew: list[_Kind] = []
        self._moved: tuple[tuple[float, int], ...] = ()

    def totals(self) -> _Totals:
        """Let the scenario happen."""
        state, boot = carry(self._course.begin(), Bootstrap(), self._topology)
        self._add("bootstrap", 0.0, boot)
        self._visit()
        now = changed = 0.0
        for at, event in (*self._timeline(), (self._scenario.years, "")):
            self._between(state, (now, at), changed)
            if event:
                state, now, changed = self._happen(state, at, event), at, at
        parts = tuple(self._parts.items())
        return _Totals(
            sum(self._months),
            self._lan,
            self._media,
            self._seeded,
            tuple(self._months),
            parts,
            self._visits,
            self._waiting,
        )

    def _timeline(self) -> list[tuple[float, str]]:
        """List upgrades and hosts that join by their time in years."""
        told = self._scenario
        count = math.floor(told.upgrades_per_year * told.years + _NEARLY)
        upgrades = [(place / told.upgrades_per_year, "upgrade") for place in range(1, count + 1)]
        joins = [(told.years * place / (told.node_adds + 1), "node-add") for place in range(1, told.node_adds + 1)]
        return sorted([*upgrades, *joins])

    def _happen(self, state: State, at: float, event: str) -> State:
        if event == "node-add":
            self._joined += 1
            runs = self._course.images.joining(self._number, self._course.unknown_on)
            joins = NodeAdd(f"{JOINING}: {self._joined}", runs)
            if isinstance(self._topology, PullThrough):
                state = self._warm(state, at, event, 1.0)
            self._host_events(event, at, [self._kind(joins, 1.0, state)])
            return carry(state, joins, self._topology)[0]
        self._visit()
        if self._number + 1 < self._course.images.versions:
            self._number += 1
            state, self._upgrade = carry(state, Upgrade(self._course.grown(self._number, self._joined)), self._topology)
        if self._upgrade is not None:
            self._add("upgrade", at, self._upgrade)
        else:
            up = replace(self._course.begin(), is_up=True)
            self._add("upgrade", at, carry(up, Bootstrap(), self._topology)[1], self._delta or 0.0)
        return state

    def _between(self, state: State, span: tuple[float, float], changed: float) -> None:
        """Add what happens at rates while the site stays as it is, month by month."""
        rate, moves = self._scenario.reimages_per_node_year, self._scenario.reschedules_per_year
        hosts = tuple((name, each.runs) for name, each in state.hosts.items())
        if rate and isinstance(self._topology, PullThrough) and self._cold > _NEARLY:
            state = self._warm(state, span[0], "reimage", 1 - math.exp(-rate * len(hosts) * (span[1] - span[0])))
        if self._lately is not state:
            self._lately, self._anew = (
                state,
                [self._kind(Reimage(name), count, state) for name, count in alike(hosts) if rate],
            )
            movable = self._course.images.movable(self._number) if moves else ()
            self._moved = move_weights(state, movable) if movable else ()
        for begin, end in _months(*span):
            self._host_events("reimage", begin, self._anew, rate * (end - begin))
            if moves:
                moved = [expected_moves(self._moved, moves * (at - changed)) for at in (begin, end)]
                self._move(begin, moved[1] - moved[0])

    def _warm(self, state: State, at: float, name: str, chance: float) -> State:
        """Let a cache fetch what hosts that come later ask for first: once, in so far as none is likely to have asked yet."""
        hosts = tuple((name, each.runs) for name, each in state.hosts.items())
        fetched = 0
        for host, _ in alike(hosts):
            state, carried = carry(state, Reimage(host), self._topology)
            fetched += carried.wan_bytes
        self._count(name, at, fetched * self._cold * chance)
        self._cold *= 1 - chance
        return state

    def _kind(self, event: Event, count: float, state: State) -> _Kind:
        """Tell what an event of a single host carries, and how likely it is to wait for an outage to end."""
        told = self._scenario
        _, carried = carry(state, event, self._topology)
        away = unavailability(told.registry_outages_per_year, told.registry_outage_s)
        cut = unavailability(told.internet_outages_per_year, told.internet_outage_s)
        waits = sum(
            share
            for share, outage in ((away, RegistryOutage((event,))), (cut, WanOutage((event,))))
            if share and carry(state, outage, self._topology)[1].blocked
        )
        return _Kind(count, carried, waits)

    def _host_events(self, name: str, at: float, kinds: Iterable[_Kind], times: float = 1.0) -> None:
        """Add events of single hosts; those that an outage of the registry does not stop go past it."""
        away = self._past()
        for kind in kinds:
            count = kind.count * times
            self._add(name, at, kind.carried, count * (1 - away))
            self._add(name, at, Carried(kind.carried.delivered_bytes), count * away)
            self._waiting += count * kind.waits

    def _past(self) -> float:
        """Tell which share of pulls goes past the registry since it is away."""
        told, topology = self._scenario, self._topology
        if isinstance(topology, (Direct, PeerToPeer)) or topology.fallback is None:
            return 0.0
        return unavailability(told.registry_outages_per_year, told.registry_outage_s)

    def _move(self, at: float, size: float) -> None:
        """Add what pods pull that move; some host of the site, its registry or its cache has it."""
        if isinstance(self._topology, Direct):
            self._count("reschedule", at, size)
            return
        away = self._past()
        self._count("reschedule", at, size * away)
        self._lan += size * (1 - away)

    def _add(self, name: str, at: float, carried: Carried, times: float = 1.0) -> None:
        self._count(name, at, carried.wan_bytes * times)
        self._lan += carried.lan_bytes * times
        self._media += carried.media_bytes * times
        self._seeded += carried.seeded_bytes * times

    def _count(self, name: str, at: float, size: float) -> None:
        self._months[min(int(at * _MONTHS + _NEARLY), len(self._months) - 1)] += size
        self._parts[name] = self._parts.get(name, 0.0) + size

    def _visit(self) -> None:
        if isinstance(self._topology, Primary) and self._topology.seeded == "bundle":
            self._visits += 1


def _months(begin: float, end: float) -> Iterator[tuple[float, float]]:
    """Cut a span of years where months begin."""
    while begin < end - _NEARLY:
        until = min(end, (math.floor(begin * _MONTHS + _NEARLY) + 1) / _MONTHS)
        yield begin, until
        begin = until
