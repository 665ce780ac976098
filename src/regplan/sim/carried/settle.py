"""A site comes to rest: its registry is seeded as far as it can be, and every host pulls what it runs and lacks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.sim.carried.caching import through_cache, through_peers
from regplan.sim.carried.haul import Haul, Links
from regplan.sim.carried.state import Carried
from regplan.sim.carried.topology import Direct, HostsToml, PeerToPeer, Primary, PullThrough

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.sim.carried.state import State
    from regplan.sim.carried.topology import Topology

__all__ = ["settle"]


def settle(state: State, topology: Topology, links: Links) -> tuple[State, Carried]:
    """Let every host pull what it runs and lacks, by what is up, and tell what that carried.

    Before the cluster is up every host pulls what runs before a registry from the internet, except where a bundle brings it.
    The order of the hosts plays no part: what each pulls is a difference of sets.
    """
    if not state.has_internet:
        links = Links(wan=False, registry=links.registry)
    haul = Haul(state)
    match topology:
        case Direct():
            return haul.end(_direct(state, haul, links))
        case Primary():
            return haul.end(_primary(state, haul, topology, links))
        case PullThrough():
            if not _begun(state, haul, links):
                return haul.end(state)
            return haul.end(through_cache(replace(state, is_up=True), haul, topology, links))
        case PeerToPeer():
            if not _begun(state, haul, links):
                return haul.end(state)
            return haul.end(through_peers(replace(state, is_up=True), haul, topology, links))


def _direct(state: State, haul: Haul, links: Links) -> State:
    for host, names in haul.wanted().items():
        if links.wan:
            haul.fill(host, names, "wan")
        else:
            haul.block(host, names)
    return replace(state, is_up=state.is_up or links.wan)


def _begun(state: State, haul: Haul, links: Links) -> bool:
    """Pull what runs before a registry, unless the cluster is up already; False where it cannot be, and all is blocked."""
    if state.is_up:
        return True
    for host, names in haul.wanted().items():
        if links.wan:
            haul.fill(host, names & state.version.early, "wan")
        else:
            haul.block(host, names)
    return links.wan


def _primary(state: State, haul: Haul, topology: Primary, links: Links) -> State:
    if topology.seeded == "wan" and not _begun(state, haul, links):
        return state
    state = replace(state, is_up=True)
    if state.seeded is not state.version and links.registry and (links.wan or topology.seeded == "bundle"):
        state = _seeded(state, haul, topology)
    for host, names in haul.wanted().items():
        served = names & state.served if links.registry else frozenset[str]()
        haul.fill(host, served, "lan")
        # What came with served images is there for the others too.
        rest = haul.lacking(host)
        if rest and topology.fallback is not None and links.wan:
            haul.pull_past(host, rest, by_request=isinstance(topology.fallback, HostsToml))
        elif rest:
            haul.block(host, rest)
    return state


def _seeded(state: State, haul: Haul, topology: Primary) -> State:
    """Bring the registry what it lacks of its images, each piece once, as long as its disk takes them."""
    wanted = [name for name in state.version.content if name not in state.served | topology.leaves_out]
    taken, refused = _that_fit(state, wanted)
    new = state.library.blobs(taken) - state.registry
    size = state.library.size(new)
    over_wan = topology.seeded == "wan"
    haul.add(Carried(size if over_wan else 0, media_bytes=0 if over_wan else size, seeded_bytes=size, refused=refused))
    registry, served = state.registry | new, state.served.union(taken)
    return replace(state, registry=registry, served=served, seeded=None if refused else state.version)


def _that_fit(state: State, names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Part images, in order, into those that the disk has room for beside what is there, and the others."""
    if state.room_bytes is None:
        return tuple(names), ()
    held, room = set(state.registry), state.room_bytes - state.library.size(state.registry)
    # In order, each name once.
    taken: dict[str, None] = {}
    for name in names:
        new = state.library.images[name].blobs - held
        size = state.library.size(new)
        if size <= room:
            held |= new
            room -= size
            taken[name] = None
    return tuple(taken), tuple(name for name in names if name not in taken)
