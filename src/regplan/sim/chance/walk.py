"""One life of a site under one topology: what its links carried month by month, and how long hosts waited."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING, Final

from regplan.sim.carried.carry import carry
from regplan.sim.carried.events import Bootstrap, NodeAdd, Reimage, Reschedule, Upgrade
from regplan.sim.carried.haul import ALL_UP
from regplan.sim.carried.of_site import JOINING
from regplan.sim.carried.settle import settle
from regplan.sim.carried.topology import Primary, PullThrough
from regplan.sim.chance.draws import FAILURE, JOIN, RELEASE, YEAR_S, Happening
from regplan.sim.clock.limits import overshoot_s
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.sim.carried.events import Event
    from regplan.sim.carried.haul import Links
    from regplan.sim.carried.life import Course
    from regplan.sim.carried.state import Carried, State, Version
    from regplan.sim.carried.topology import Topology
    from regplan.sim.chance.draws import DrawnLife

__all__ = ["Lived", "Walk"]

_MONTHS: Final = 12
_BEGIN: Final = "bootstrap"
_NEARLY: Final = 1e-9
# States that are kept; a life with many moves of pods has a new one after each.
_MOST_KEPT: Final = 2_000


@dataclass(frozen=True, slots=True)
class Lived:
    """What a life carried under a topology, and how long hosts waited for images, all together, in milliseconds.

    `waits` is how often a host had to wait. `seeded_bytes` are those that went into a registry, `visits` brought media. `flows` is how many
    fetched over the internet at once at most. `boot_bytes` and `release_bytes` are what the bootstrap and the largest upgrade take of
    the internet while nothing is away.
    """

    wan_bytes: int
    lan_bytes: int
    media_bytes: int
    wan_month_bytes: tuple[int, ...]
    waited_ms: int
    waits: int
    seeded_bytes: int = 0
    visits: int = 0
    flows: int = 0
    boot_bytes: int = 0
    release_bytes: int = 0


@dataclass(frozen=True, slots=True)
class _Turn:
    """The internet or the registry goes away, or is back."""

    link: str
    is_back: bool


class Walk:
    """A site under a topology, through any number of lives; what happened once in the same place is not reckoned again."""

    def __init__(self, course: Course, topology: Topology, delta: float | None = None) -> None:
        """Take a site, and the share of all bytes that an upgrade brings where the site names no version for it."""
        self._course, self._topology, self.delta = course, topology, delta
        self._versions: dict[tuple[int, int], Version] = {}
        self._states: dict[object, State] = {}
        # Each holds the state that it goes from, whose identity it is found by.
        self._steps: dict[object, tuple[State, State, Carried]] = {}
        self._lacks: dict[int, tuple[State, frozenset[str]]] = {}
        self._movable: dict[int, tuple[str, ...]] = {}

    def lived(self, drawn: DrawnLife) -> Lived:
        """Let a life happen."""
        walked = _Walked(self, drawn)
        for at, what in _moments(drawn):
            walked.happen(at, what)
        return walked.end()

    def begin(self, *, is_up: bool = False) -> State:
        """Tell the site before anything happened, the same value each time; `is_up` leaves out what comes before a registry."""
        return self._same(replace(self._course.begin(), is_up=is_up))

    def step(self, state: State, event: Event | None, links: Links, missing: frozenset[str]) -> tuple[State, Carried]:
        """Let an event happen, or None but that something is back, and tell the site after it and what it carried."""
        key = id(state), event, links, missing
        found = self._steps.get(key)
        if found is None:
            topology = self._topology
            if missing and isinstance(topology, Primary):
                topology = replace(topology, leaves_out=topology.leaves_out | missing)
            after, carried = settle(state, topology, links) if event is None else carry(state, event, topology, links)
            found = self._steps[key] = state, self._same(after), carried
        return found[1:]

    def event(self, what: Happening, state: State, place: tuple[int, int]) -> Event | None:
        """Tell the event of what was drawn, with a version's number and how many hosts joined; None where nothing can move."""
        images, number = self._course.images, place[0]
        if what.kind == JOIN:
            return NodeAdd(f"{JOINING}: {place[1] + 1}", images.joining(number, self._course.unknown_on))
        host = tuple(state.hosts)[what.host]
        if what.kind == FAILURE:
            return Reimage(host)
        if number not in self._movable:
            self._movable[number] = images.movable(number)
        movable = self._movable[number]
        return Reschedule(host, frozenset({movable[int(what.image * len(movable))]})) if movable else None

    def release(self, number: int, joined: int) -> Version | None:
        """Tell a version as the hosts have it too that joined; None where the site names none of this number."""
        if number >= self._course.images.versions:
            return None
        if (number, joined) not in self._versions:
            self._versions[number, joined] = self._course.grown(number, joined)
        return self._versions[number, joined]

    def flows(self, carried: Carried) -> int:
        """Tell how many fetched over the internet at once: the hosts that got anything, or a registry or cache for all of them."""
        if not carried.wan_bytes:
            return 0
        is_one = isinstance(self._topology, PullThrough) or carried.wan_bytes == carried.seeded_bytes
        return 1 if is_one else max(1, sum(1 for _, size in carried.delivered if size))

    @property
    def is_brought(self) -> bool:
        """Whether media are brought to the site."""
        return isinstance(self._topology, Primary) and self._topology.seeded == "bundle"

    def lacking(self, state: State) -> frozenset[str]:
        """Name the hosts that lack an image that they run."""
        if id(state) not in self._lacks:
            self._lacks[id(state)] = state, frozenset(name for name in state.hosts if state.lacking(name))
        return self._lacks[id(state)][1]

    def _same(self, state: State) -> State:
        """Tell the value that stands for all states alike."""
        if len(self._states) >= _MOST_KEPT:
            self._states.clear()
            self._steps.clear()
            self._lacks.clear()
        version, hosts = id(state.version), tuple(state.hosts.items())
        key = version, hosts, state.registry, state.served, state.is_up, state.seeded is state.version
        return self._states.setdefault(key, state)


class _Walked:
    """One life while it goes on."""

    def __init__(self, walk: Walk, drawn: DrawnLife) -> None:
        self._walk, self._drawn = walk, drawn
        self._state, self._links = walk.begin(), ALL_UP
        self._months = [0] * max(1, ceil(drawn.years * _MONTHS - _NEARLY))
        self._lan = self._media = self._seeded = self._waited_ms = self._waits = 0
        self._visits = self._flows = self._boot_bytes = self._release_bytes = 0
        self._number = self._joined = 0
        # What the last upgrade carried, or would have, had nothing been away.
        self._last: Carried | None = None
        self._waiting: dict[str, float] = {}

    def happen(self, at: float, what: Happening | _Turn) -> None:
        """Let the next event happen."""
        if isinstance(what, _Turn):
            self._links = replace(self._links, **{what.link: what.is_back})
            if what.is_back:
                self._go(at, None)
        elif what.kind == RELEASE:
            self._release(at)
        elif what.kind == _BEGIN:
            self._boot_bytes = self._walk.step(self._state, Bootstrap(), ALL_UP, self._drawn.missing)[1].wan_bytes
            self._visits += self._walk.is_brought
            self._go(at, Bootstrap())
        else:
            event = self._walk.event(what, self._state, (self._number, self._joined))
            self._joined += what.kind == JOIN
            if event is not None:
                self._go(at, event)

    def end(self) -> Lived:
        """Tell what the life came to; hosts that still wait have waited until now."""
        self._rest(self._drawn.years, frozenset(), is_end=True)
        months = tuple(self._months)
        return Lived(
            wan_bytes=sum(months),
            lan_bytes=self._lan,
            media_bytes=self._media,
            wan_month_bytes=months,
            waited_ms=self._waited_ms,
            waits=self._waits,
            seeded_bytes=self._seeded,
            visits=self._visits,
            flows=self._flows,
            boot_bytes=self._boot_bytes,
            release_bytes=self._release_bytes,
        )

    def _release(self, at: float) -> None:
        self._visits += self._walk.is_brought
        version = self._walk.release(self._number + 1, self._joined)
        if version is not None:
            self._number += 1
            self._last = self._walk.step(self._state, Upgrade(version), ALL_UP, self._drawn.missing)[1]
            self._release_bytes = max(self._release_bytes, self._last.wan_bytes)
            self._go(at, Upgrade(version))
            return
        share, carried = 1.0, self._last
        if carried is None:
            share = self._walk.delta or 0.0
            carried = self._walk.step(self._walk.begin(is_up=True), Bootstrap(), ALL_UP, self._drawn.missing)[1]
        self._release_bytes = max(self._release_bytes, round(carried.wan_bytes * share))
        self._count(at, carried, share)

    def _go(self, at: float, event: Event | None) -> None:
        self._state, carried = self._walk.step(self._state, event, self._links, self._drawn.missing)
        self._count(at, carried, 1.0)
        if carried.blocked or self._waiting:
            self._rest(at, self._walk.lacking(self._state))

    def _rest(self, at: float, lacking: frozenset[str], *, is_end: bool = False) -> None:
        """Part hosts into those that wait now and those that wait no more."""
        for host in sorted(self._waiting.keys() - lacking):
            length_s = (at - self._waiting.pop(host)) * YEAR_S
            self._waited_ms += round(1_000 * (length_s if is_end else length_s + overshoot_s(length_s)))
        for host in lacking - self._waiting.keys():
            self._waiting[host] = at
            self._waits += 1

    def _count(self, at: float, carried: Carried, share: float) -> None:
        month = min(int(at * _MONTHS + _NEARLY), len(self._months) - 1)
        self._months[month] += round(carried.wan_bytes * share)
        self._lan += round(carried.lan_bytes * share)
        self._media += round(carried.media_bytes * share)
        self._seeded += round(carried.seeded_bytes * share)
        self._flows = max(self._flows, self._walk.flows(carried))


def _moments(drawn: DrawnLife) -> Iterator[tuple[float, Happening | _Turn]]:
    """Yield all of a life by time; at one time what goes away or comes back is first."""
    found: list[tuple[float, int, Happening | _Turn]] = [(0.0, 1, Happening(0.0, _BEGIN))]
    found += [(each.at, 2, each) for each in drawn.happenings]
    for link, spans in (("wan", drawn.internet_away), ("registry", drawn.registry_away)):
        for begin, end in spans:
            found.append((begin, 0, _Turn(link, is_back=False)))
            if end < drawn.years:
                found.append((end, 0, _Turn(link, is_back=True)))
    return ((at, what) for at, _, what in sorted(found, key=lambda each: each[:2]))
