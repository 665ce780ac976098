"""What each event of a site carries over its internet link under each topology: tier 0 asked once, for any number of draws."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.sim.carried.carry import carry
from regplan.sim.carried.events import Bootstrap, NodeAdd, RegistryOutage, Reimage, Upgrade
from regplan.sim.carried.expected import move_weights, unavailability
from regplan.sim.carried.life import Course, topologies_of
from regplan.sim.carried.of_site import JOINING
from regplan.sim.carried.topology import Direct, Primary, PullThrough
from regplan.sim.carried.year import check_scenario
from regplan.sim.fleet.caches import cold_of
from regplan.sim.fleet.lacking import Lacked, lacked_of
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.site import Scenario
    from regplan.sim.carried.life import Terms
    from regplan.sim.carried.of_site import SiteImages
    from regplan.sim.carried.state import State
    from regplan.sim.carried.topology import Topology
    from regplan.sim.fleet.caches import Cold
    from regplan.sim.fleet.lacking import Lacks, WayLacks

__all__ = ["NO_PRICES", "Prices", "WayPrices", "prices_of"]

# By version, by how many hosts joined, and by kind of host.
Failures = tuple[tuple[tuple[int, ...], ...], ...]
_VERSIONS: Final = 2


@dataclass(frozen=True, slots=True)
class WayPrices:
    """Internet bytes of a site's events under one topology.

    `set_up` is of the set-up and all hosts that join, by how many of them join before the first upgrade; without an upgrade all
    do. `upgrades` is of one upgrade, by the same. `failures` are of a host that is set up anew: by version, by how many
    joined, by kind. What is `past` comes on top while the registry is away: of failures by version and kind, of joins by
    version, of the first upgrade by how many joined. `moves` are what pods bring that move: bytes by the chance of a move to bring
    them, and in which share they do. A cache has `cold` in the place of set-up, upgrades and failures. `lacks` is what images
    change that the registry lacks, None where none does.
    """

    topology: str
    set_up: tuple[int, ...]
    upgrades: tuple[int, ...]
    failures: Failures
    failures_past: tuple[tuple[int, ...], ...] = ()
    joins_past: tuple[int, ...] = ()
    upgrades_past: tuple[int, ...] = ()
    moves: tuple[tuple[float, int], ...] = ()
    moves_share: float = 0.0
    cold: Cold | None = None
    lacks: WayLacks | None = None


@dataclass(frozen=True, slots=True)
class Prices:
    """What the events of a site carry: its hosts by kind, those that join last; how many join, and the ways.

    `versions` is 2 where the site names the version that it is upgraded to. `past` is the chance that the registry is away, `lacks` are
    the images that it may lack, None where it has them all.
    """

    kinds: tuple[int, ...]
    joins: int
    versions: int
    past: float
    ways: tuple[WayPrices, ...]
    lacks: Lacks | None = None


NO_PRICES: Final = Prices((), 0, 0, 0.0, ())


def prices_of(images: SiteImages, terms: Terms, scenario: Scenario, delta: float | None = None) -> Prices:
    """Ask tier 0 what each event of a scenario carries; hosts that run the same are asked of once.

    `delta` is the share of all bytes that an upgrade brings where the site names no version for it. Raises `InvalidSite` for
    a scenario of no time, or with upgrades of which nobody told what they bring.
    """
    # What is drawn may have an upgrade however seldom they are.
    check_scenario(images, scenario, 1 if scenario.upgrades_per_year > 0 else 0, delta)
    course = Course(images, terms.hosts_per_image)
    versions = min(images.versions, _VERSIONS)
    runs = [dict(course.images.version(number, course.unknown_on).runs) for number in range(versions)]
    names = [name for name, _ in course.first.runs]
    seen: dict[tuple[frozenset[str], ...], int] = {}
    kinds = tuple(seen.setdefault(tuple(each[name] for each in runs), len(seen)) for name in names)
    firsts = [names[kinds.index(kind)] for kind in range(len(seen))]
    past = unavailability(scenario.registry_outages_per_year, scenario.registry_outage_s)
    asked = (
        _Asked(course, topology, scenario, tuple(firsts), delta, past) for topology in topologies_of(terms).values()
    )
    ways = tuple(each.prices(name) for name, each in zip(topologies_of(terms), asked, strict=True))
    told = Prices((*kinds, *(len(seen),) * scenario.node_adds), scenario.node_adds, versions, past, ways)
    return _with_lacks(told, course, terms, (scenario, firsts, delta)) if scenario.missing else told


def _with_lacks(
    told: Prices, course: Course, terms: Terms, asked: tuple[Scenario, Sequence[str], float | None]
) -> Prices:
    """Add what the images change that the registry may lack."""
    scenario, firsts, delta = asked
    topologies = tuple(topologies_of(terms).values())
    states = [carry(course.begin(), Bootstrap(), each)[0] for each in topologies]
    lacked = Lacked(course, firsts, moves=bool(scenario.reschedules_per_year))
    lacks, rows = lacked_of(lacked, scenario.missing, tuple(zip(topologies, states, strict=True)))
    if told.versions == 1 and scenario.upgrades_per_year:
        up = replace(course.begin(), is_up=True)
        whole = [carry(up, Bootstrap(), each)[1].wan_bytes for each in topologies]
        rows = [
            each and replace(each, upgrade_share=delta or 0.0, whole_bytes=size)
            for each, size in zip(rows, whole, strict=True)
        ]
    ways = tuple(replace(way, lacks=each) for way, each in zip(told.ways, rows, strict=True))
    return replace(told, ways=ways, lacks=lacks)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A site under one topology, with one host of each kind."""

    course: Course
    topology: Topology
    scenario: Scenario
    firsts: Sequence[str]
    delta: float | None
    past: float

    def prices(self, name: str) -> WayPrices:
        joins = self.scenario.node_adds
        state, boot = carry(self.course.begin(), Bootstrap(), self.topology)
        # The site with so many that joined, and what brought it there.
        first = [(state, boot.wan_bytes)]
        for number in range(joins):
            state, size = self._join(state, 0, number)
            first.append((state, first[-1][1] + size))
        states = [each for each, _ in first]
        newer = [self._upgrade(each, joined) for joined, each in enumerate(states)]
        upgraded = [each for each, _ in newer if each is not None]
        way = self._priced(name, first, newer, upgraded)
        if not self._goes_past():
            return way
        is_cold = way.cold is not None
        return replace(
            way,
            failures_past=self._failures_past((states[-1], *upgraded[-1:]), is_cold=is_cold),
            joins_past=self._joins_past((states[0], *upgraded[:1]), is_cold=is_cold),
            upgrades_past=self._upgrades_past(states, [size for _, size in newer]) if upgraded else (),
        )

    def _priced(
        self,
        name: str,
        first: Sequence[tuple[State, int]],
        newer: Sequence[tuple[State | None, int]],
        upgraded: Sequence[State],
    ) -> WayPrices:
        moves = self._moves(first[0][0])
        if isinstance(self.topology, PullThrough):
            none = (0,) * len(first)
            cold = cold_of(
                first if upgraded else (first[-1],) * len(first), self.firsts, self.topology, self._upgrade, self._late
            )
            return WayPrices(name, none, none, (), moves=moves[0], moves_share=moves[1], cold=cold)
        set_up = [
            size + self._later(state, joined)
            for joined, ((_, size), state) in enumerate(zip(first, upgraded, strict=False))
        ]
        return WayPrices(
            name,
            tuple(set_up) or (first[-1][1],) * len(first),
            tuple(size for _, size in newer),
            self._failures([state for state, _ in first], upgraded),
            moves=moves[0],
            moves_share=moves[1],
        )

    def _late(self, state: State) -> tuple[State, int]:
        after, carried = carry(
            state, NodeAdd(JOINING, self.course.images.joining(1, self.course.unknown_on)), self.topology
        )
        return after, carried.wan_bytes

    def _join(self, state: State, number: int, place: int) -> tuple[State, int]:
        runs = self.course.images.joining(number, self.course.unknown_on)
        after, carried = carry(state, NodeAdd(f"{JOINING}: {place + 1}", runs), self.topology)
        return after, carried.wan_bytes

    def _later(self, state: State, joined: int) -> int:
        """Tell what those carry that join after the upgrade."""
        found = 0
        for place in range(joined, self.scenario.node_adds):
            state, size = self._join(state, 1, place)
            found += size
        return found

    def _upgrade(self, state: State, joined: int) -> tuple[State | None, int]:
        """Tell the site after an upgrade, None where it stays as it is, and what that carried."""
        if not self.scenario.upgrades_per_year:
            return None, 0
        if self.course.images.versions > 1:
            after, carried = carry(state, Upgrade(self.course.grown(1, joined)), self.topology)
            return after, carried.wan_bytes
        up = replace(self.course.begin(), is_up=True)
        return None, round(carry(up, Bootstrap(), self.topology)[1].wan_bytes * (self.delta or 0.0))

    def _upgrades_past(self, states: Sequence[State], sizes: Sequence[int]) -> tuple[int, ...]:
        """Tell what more an upgrade carries that hosts pull past the registry, which is seeded once it is back."""
        found = []
        for joined, (state, size) in enumerate(zip(states, sizes, strict=True)):
            away = RegistryOutage((Upgrade(self.course.grown(1, joined)),))
            found.append(carry(state, away, self.topology)[1].wan_bytes - size)
        return tuple(found)

    def _failures(self, *versions: Sequence[State]) -> Failures:
        if not self.scenario.reimages_per_node_year:
            return ()
        told = tuple(tuple(self._anew(state) for state in states) for states in versions if states)
        return told if len(told) == _VERSIONS else told * _VERSIONS

    def _failures_past(self, states: Sequence[State], *, is_cold: bool) -> tuple[tuple[int, ...], ...]:
        if not self.scenario.reimages_per_node_year:
            return ()
        told = tuple(self._anew(state, past=True, is_cold=is_cold) for state in states)
        return told if len(told) == _VERSIONS else told * _VERSIONS

    def _anew(self, state: State, *, past: bool = False, is_cold: bool = False) -> tuple[int, ...]:
        """Tell what each kind of host pulls over the link when it is set up anew, or what more past a registry that is away."""
        joined = f"{JOINING}: 1"
        hosts = (*self.firsts, joined) if joined in state.hosts else self.firsts
        carried = [carry(state, Reimage(host), self.topology)[1] for host in hosts]
        # What a cache fetches is told elsewhere.
        usual = [0 if is_cold else each.wan_bytes for each in carried]
        found = [each.delivered_bytes - size if past else size for each, size in zip(carried, usual, strict=True)]
        return (*found, *(0,) * (len(self.firsts) + 1 - len(found)))

    def _joins_past(self, states: Sequence[State], *, is_cold: bool) -> tuple[int, ...]:
        found = []
        for number, state in enumerate(states):
            runs = self.course.images.joining(number, self.course.unknown_on)
            carried = carry(state, NodeAdd(JOINING, runs), self.topology)[1]
            found.append(carried.delivered_bytes - (0 if is_cold else carried.wan_bytes))
        return tuple(found * (_VERSIONS // len(found)))

    def _moves(self, state: State) -> tuple[tuple[tuple[float, int], ...], float]:
        """Some host of the site, its registry or its cache has what moves: only direct pulls bring it, and pulls past those."""
        share = 1.0 if isinstance(self.topology, Direct) else self.past if self._goes_past() else 0.0
        movable = self.course.images.movable(0) if self.scenario.reschedules_per_year and share else ()
        return (move_weights(state, movable), share) if movable else ((), 0.0)

    def _goes_past(self) -> bool:
        has_way = isinstance(self.topology, (Primary, PullThrough)) and self.topology.fallback is not None
        return has_way and self.past > 0
