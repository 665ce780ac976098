"""A site's events and outages under every topology, side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.life import CarriedEvent, Life, OutageEffect
from regplan.sim.carried.carry import carry, carry_all
from regplan.sim.carried.events import (
    Bootstrap,
    DiskFull,
    ImageGC,
    NodeAdd,
    Reboot,
    RegistryOutage,
    Reimage,
    Reschedule,
    Upgrade,
    WanOutage,
)
from regplan.sim.carried.expected import break_even_hosts
from regplan.sim.carried.of_site import JOINING
from regplan.sim.carried.state import Carried, State
from regplan.sim.carried.topology import AgentFallback, Direct, HostsToml, PeerToPeer, Primary, PullThrough
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from regplan.sim.carried.events import Event
    from regplan.sim.carried.of_site import SiteImages
    from regplan.sim.carried.state import Key, Version
    from regplan.sim.carried.topology import CacheKind, Fallback, Topology

    # One event for each host that it may happen to, and how many hosts are like that one.
    Options = Sequence[tuple[Event, int]]

__all__ = ["FALLBACKS", "Course", "Terms", "alike", "cache_kind", "life_of", "topologies_of"]

FALLBACKS: Final[Mapping[str, Fallback]] = {"none": None, "agent": AgentFallback(), "hosts-toml": HostsToml()}
_CACHES: Final[Mapping[str, CacheKind]] = {"distribution-2": "distribution-2", "harbor": "harbor", "zot": "zot"}


@dataclass(frozen=True, slots=True)
class Terms:
    """What of a site its life hangs on, besides its images.

    `cache` is a pull-through cache's kind, of which `asking` hosts ask at once (None: all). `fallback` is none, agent or
    hosts-toml. `hosts_per_image` is on how many hosts images of unknown placement are. `room_bytes` is what the registry's
    claim takes, None where nobody told. `peer_extra` is what peers fetch on top.
    """

    hosts: int
    cache: CacheKind = "zot"
    fallback: str = "none"
    hosts_per_image: int = 1
    has_internet: bool = True
    room_bytes: int | None = None
    asking: int | None = None
    peer_extra: float = 0.0


def cache_kind(registry: str) -> CacheKind:
    """Tell what a cache of a registry's kind does when it is cold: one of another kind is taken for distribution."""
    return _CACHES.get(registry, "distribution")


def topologies_of(terms: Terms) -> dict[str, Topology]:
    """Name the topologies that are put side by side."""
    fallback = FALLBACKS[terms.fallback] if terms.has_internet else None
    return {
        "direct": Direct(),
        "primary": Primary("wan", fallback),
        "bundle": Primary("bundle", fallback),
        "pull-through": PullThrough(terms.cache, terms.asking, fallback),
        "peer-to-peer": PeerToPeer(terms.peer_extra),
    }


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """What may happen to a site whose images of unknown placement are on so many hosts."""

    images: SiteImages
    unknown_on: int

    @property
    def first(self) -> Version:
        """The version that the site begins with."""
        return self.images.version(0, self.unknown_on)

    def begin(self) -> State:
        """Tell the site before anything happened; over the internet bytes are what it would take."""
        return State.of(self.images.library, self.first)

    def grown(self, number: int, joined: int) -> Version:
        """Tell a version as those hosts have it too that joined since."""
        version, runs = self.images.version(number, self.unknown_on), self.images.joining(number, self.unknown_on)
        more = ((f"{JOINING}: {place}", runs) for place in range(1, joined + 1))
        return replace(version, runs=(*version.runs, *more))

    def options(self, event: str) -> Options:
        """List the events of a kind that may happen to the site once it is up."""
        if event == "node-add":
            return [(NodeAdd(JOINING, self.images.joining(0, self.unknown_on)), 1)]
        if event == "upgrade":
            newer = [self.images.version(1, self.unknown_on)] if self.images.versions > 1 else []
            return [(Upgrade(each), 1) for each in newer]
        groups = tuple(alike(self.first.runs))
        if event == "reschedule":
            return self._moves(groups)
        if event == "reboot":
            always = self.images.always(0)
            return [(Reboot(host, always), count) for host, count in groups]
        return [(_OF_ONE_HOST[event](host), count) for host, count in groups]

    def _moves(self, groups: Iterable[tuple[str, int]]) -> Options:
        """List one move for all that bring a host the same."""
        runs, library, movable = dict(self.first.runs), self.images.library, self.images.movable(0)
        found: dict[tuple[str, frozenset[Key]], tuple[str, int]] = {}
        for host, count in groups:
            held = library.blobs(runs[host])
            for name in movable:
                if name not in runs[host]:
                    what = name, library.images[name].blobs - held
                    first, before = found.get(what, (host, 0))
                    found[what] = first, before + count
        return [(Reschedule(host, frozenset({name})), count) for (name, _), (host, count) in found.items()]


_OF_ONE_HOST: Final[Mapping[str, Callable[[str], Event]]] = {"reimage": Reimage, "image-gc": ImageGC}
EVENTS: Final = ("node-add", "reboot", "reimage", "upgrade", "reschedule", "image-gc")
# What may happen while something is away, or full.
_MET: Final = ("reboot", "reimage", "node-add", "upgrade", "reschedule")
_OUTAGES: Final[Mapping[str, Callable[[tuple[Event, ...]], Event]]] = {
    "internet": WanOutage,
    "registry": RegistryOutage,
}


def alike(hosts: Iterable[tuple[str, frozenset[str]]]) -> Iterator[tuple[str, int]]:
    """Yield one host for all that run the same, with their number."""
    counts: dict[frozenset[str], list[str]] = {}
    for name, runs in hosts:
        counts.setdefault(runs, []).append(name)
    return ((names[0], len(names)) for names in counts.values())


def life_of(images: SiteImages, terms: Terms) -> Life:
    """Tell what every event carries under every topology, what outages block, and when the registry pays."""
    courses = tuple(Course(images, count) for count in dict.fromkeys((terms.hosts_per_image, 1, terms.hosts)))
    ways = topologies_of(terms)
    refused = _refused(courses[0], terms)
    # What the disk takes, where that is less than what the site is set up with.
    room_bytes = terms.room_bytes if refused else None
    events = [each for name, topology in ways.items() for each in _events(name, topology, courses, room_bytes)]
    outages = [each for name, topology in ways.items() for each in _outages(name, topology, courses[0], room_bytes)]
    return Life(
        terms.hosts,
        terms.cache,
        terms.fallback if terms.has_internet else "none",
        tuple(events),
        tuple(outages),
        _break_even(courses[0], terms.hosts),
        refused,
    )


def _events(name: str, topology: Topology, courses: Sequence[Course], room_bytes: int | None) -> Iterator[CarriedEvent]:
    """Tell every event: as assumed, and at the least and the most; then those that a full disk of the registry changes."""
    found: dict[str, list[list[tuple[Carried, int]]]] = {}
    for course in courses:
        state, boot = carry(course.begin(), Bootstrap(), topology)
        found.setdefault("bootstrap", []).append([(boot, 1)])
        for event in EVENTS:
            carried = [(carry(state, each, topology)[1], count) for each, count in course.options(event)]
            if carried:
                found.setdefault(event, []).append(carried)
        full, boot = _filled(course, topology, room_bytes)
        if room_bytes is not None:
            found.setdefault("bootstrap-full", []).append([(boot, 1)])
        upgraded = [(carry(full, each, topology)[1], count) for each, count in course.options("upgrade")]
        if upgraded:
            found.setdefault("upgrade-full", []).append(upgraded)
    for event in ("bootstrap", *EVENTS, "bootstrap-full", "upgrade-full"):
        if event in found:
            yield _told(event, name, found[event])


def _filled(course: Course, topology: Topology, room_bytes: int | None) -> tuple[State, Carried]:
    """Set the site up with a registry whose disk takes so many bytes, or all, and then not one more; tell what that carried."""
    state = course.begin()
    if room_bytes is not None:
        state, _ = carry(state, DiskFull(room_bytes), topology)
    state, boot = carry(state, Bootstrap(), topology)
    return carry(state, DiskFull(state.library.size(state.registry)), topology)[0], boot


def _told(event: str, topology: str, found: Sequence[Sequence[tuple[Carried, int]]]) -> CarriedEvent:
    usual, all_of = found[0], [carried.wan_bytes for each in found for carried, _ in each]
    return CarriedEvent(
        event,
        topology,
        _mean([(carried.wan_bytes, count) for carried, count in usual]),
        _mean([(carried.lan_bytes, count) for carried, count in usual]),
        _mean([(carried.media_bytes, count) for carried, count in usual]),
        min(all_of),
        max(all_of),
        tuple(sorted({name for carried, _ in usual for name in carried.unknown})),
    )


def _mean(values: Sequence[tuple[int, int]]) -> int:
    """Tell the mean of weighted values, rounded to a byte."""
    return round(sum(value * count for value, count in values) / sum(count for _, count in values))


def _outages(name: str, topology: Topology, course: Course, room_bytes: int | None) -> Iterator[OutageEffect]:
    """Tell what each event of a site that is up meets while the internet or the registry is away, or the registry's disk is full."""
    state, _ = carry(course.begin(), Bootstrap(), topology)
    for outage, happens in _OUTAGES.items():
        for event in _MET:
            carried = [carry(state, happens((each,)), topology)[1] for each, _ in course.options(event)]
            if carried:
                yield _met(outage, event, name, carried)
    full, boot = _filled(course, topology, room_bytes)
    if room_bytes is not None:
        yield _met("disk", "bootstrap", name, [boot])
    for event in _MET:
        carried = [_of_its_host(carry(full, each, topology)[1], each) for each, _ in course.options(event)]
        if carried:
            yield _met("disk", event, name, carried)


def _of_its_host(carried: Carried, event: Event) -> Carried:
    """Leave out what other hosts wait for since the bootstrap: nothing of it is this event's."""
    if not isinstance(event, (NodeAdd, Reimage, Reschedule)):
        return carried
    blocked = tuple(each for each in carried.blocked if each[0] == event.host)
    return replace(carried, blocked=blocked)


def _met(outage: str, event: str, name: str, carried: Sequence[Carried]) -> OutageEffect:
    blocked = {image for each in carried for _, image in each.blocked}
    fallback = {image for each in carried for _, image in each.fallback}
    return OutageEffect(outage, event, name, tuple(sorted(blocked)), tuple(sorted(fallback)))


def _break_even(course: Course, hosts: int) -> int | None:
    """Tell from how many hosts on a seeded registry saves at the bootstrap, hosts being as those of the site are on average."""
    state = course.begin()
    _, direct = carry(state, Bootstrap(), Direct())
    _, primary = carry(state, Bootstrap(), Primary())
    early_bytes = primary.wan_bytes - primary.seeded_bytes
    # Of all hosts at once, so that no mean is rounded.
    return break_even_hosts(primary.seeded_bytes * hosts, direct.wan_bytes, early_bytes)


def _refused(course: Course, terms: Terms) -> tuple[str, ...]:
    """Name the images that the registry's claim has no room for."""
    if terms.room_bytes is None:
        return ()
    events: list[Event] = [DiskFull(terms.room_bytes), Bootstrap()]
    return carry_all(course.begin(), events, Primary("bundle"))[1].refused
