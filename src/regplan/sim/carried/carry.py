"""An event happens to a site under a topology: the site after it, and what it carried."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.errors import InputError
from regplan.sim.carried.caching import evicted, tags_asked
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
from regplan.sim.carried.haul import ALL_UP
from regplan.sim.carried.settle import settle
from regplan.sim.carried.state import Carried, Held
from regplan.sim.carried.topology import Direct, PeerToPeer, Primary, PullThrough

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.sim.carried.events import Event
    from regplan.sim.carried.haul import Links
    from regplan.sim.carried.state import State
    from regplan.sim.carried.topology import Topology

__all__ = ["carry", "carry_all"]


def carry(state: State, event: Event, topology: Topology, links: Links = ALL_UP) -> tuple[State, Carried]:
    """Let an event happen to a site, and tell the site after it and what it carried, in bytes.

    An event changes what hosts run or hold; the site then settles: the registry is seeded with what it lacks and can get,
    and every host pulls what it runs and lacks. An outage ends with its event, and what was blocked is pulled then; it
    stays in `blocked` all the same. The topology is the same for all events of a site. Raises `InputError` for an event
    that names a host that is not there, or one that is.
    """
    match event:
        case WanOutage():
            return _away(state, event.during, topology, (replace(links, wan=False), links))
        case RegistryOutage():
            return _away(state, event.during, topology, (replace(links, registry=False), links))
        case Reboot():
            return state, _reboot(state, event, topology, links)
        case DiskFull():
            full = replace(state, room_bytes=event.room_bytes)
            return (evicted(full, event.room_bytes) if isinstance(topology, PullThrough) else full), Carried()
        case _:
            return settle(_changed(state, event), topology, links)


def carry_all(state: State, events: Iterable[Event], topology: Topology) -> tuple[State, Carried]:
    """Let events happen one after the other, and tell the site after them and what they carried together."""
    total = Carried()
    for event in events:
        state, carried = carry(state, event, topology)
        total += carried
    return state, total


def _away(
    state: State, during: Iterable[Event], topology: Topology, links: tuple[Links, Links]
) -> tuple[State, Carried]:
    """Let events happen while something is away, and the site settle when it is back."""
    total = Carried()
    for event in during:
        state, carried = carry(state, event, topology, links[0])
        total += carried
    if not during:
        return state, total
    state, carried = settle(state, topology, links[1])
    return state, total + carried


def _changed(state: State, event: Bootstrap | NodeAdd | Reimage | Upgrade | Reschedule | ImageGC) -> State:
    """Tell the site before it settles: what hosts now run, and what they lost."""
    match event:
        case Bootstrap():
            return state
        case NodeAdd():
            if event.host in state.hosts:
                raise InputError(f"a host joins that is there already: {event.host}")
            return state.with_host(event.host, Held(event.runs))
        case Reimage():
            return state.with_host(event.host, Held(_host(state, event.host).runs))
        case Reschedule():
            return state.with_host(event.host, _host(state, event.host).running(event.images))
        case ImageGC():
            held = _host(state, event.host)
            return state.with_host(event.host, Held(held.runs, held.blobs & state.library.blobs(held.runs)))
        case Upgrade():
            return _upgraded(state, event)


def _upgraded(state: State, event: Upgrade) -> State:
    """Give every host what it runs in the new version; one that the version does not name runs what it ran."""
    runs = dict(event.version.runs)
    hosts = {name: Held(runs.get(name, held.runs), held.blobs) for name, held in state.hosts.items()}
    return replace(state, version=event.version, hosts=hosts)


def _reboot(state: State, event: Reboot, topology: Topology, links: Links) -> Carried:
    """Count the HEADs for images of pull policy Always; one that cannot be asked for does not start."""
    always = event.always & _host(state, event.host).runs
    has_wan = links.wan and state.has_internet
    if isinstance(topology, (Primary, PullThrough)) and links.registry:
        is_asked = has_wan and isinstance(topology, PullThrough)
        asked = tags_asked(state.library, always) if is_asked else 0
        return Carried(lan_requests=len(always), wan_requests=asked)
    goes_past = isinstance(topology, (Direct, PeerToPeer)) or topology.fallback is not None
    images = tuple((event.host, name) for name in sorted(always))
    if has_wan and goes_past:
        past = images if isinstance(topology, (Primary, PullThrough)) else ()
        return Carried(fallback=past, wan_requests=len(always))
    return Carried(blocked=images)


def _host(state: State, name: str) -> Held:
    if name not in state.hosts:
        raise InputError(f"no such host is there: {name}; there are {', '.join(state.hosts) or 'none'}")
    return state.hosts[name]
