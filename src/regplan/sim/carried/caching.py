"""Caches that fetch what they lack when somebody asks, and hosts that give each other what they hold."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.sim.carried.state import Carried
from regplan.sim.carried.topology import HostsToml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from regplan.sim.carried.haul import Haul, Links
    from regplan.sim.carried.state import Key, Library, State
    from regplan.sim.carried.topology import PeerToPeer, PullThrough

__all__ = ["evicted", "tags_asked", "through_cache", "through_peers"]

# They read a cold blob once more than clients ask for it: Harbor by its source, docker-registry 2.8.2 as measured.
_FOR_THEMSELVES: Final = frozenset({"distribution-2", "harbor"})


def through_cache(state: State, haul: Haul, topology: PullThrough, links: Links) -> State:
    """Let every host pull through a cache, which fetches what is cold as often as its kind does.

    distribution: once for each of the hosts that ask before it is there. Harbor, and distribution's version 2: once more,
    for their own store. Zot: every image that it has not, whole, once, with all platforms of its index; what images share
    is fetched for each of them. What a tag means each of them asks its source every time, by a HEAD.
    """
    wanted = haul.wanted()
    if not links.registry:
        for host, names in wanted.items():
            if topology.fallback is not None and links.wan:
                haul.pull_past(host, names, by_request=isinstance(topology.fallback, HostsToml))
            else:
                haul.block(host, names)
        return state
    given = _given(state, haul, links, wanted)
    asked = {host: haul.missing(host, names) for host, names in given.items()}
    cold = _counted(asked.values(), without=state.registry)
    fetched = sorted(_not_whole(state, set[str]().union(*given.values()))) if topology.kind == "zot" else ()
    if topology.kind == "zot":
        _fetch_whole(state, haul, fetched)
    else:
        _fetch(state.library, haul, cold, topology)
    for host, names in given.items():
        haul.fill(host, names, "lan")
        haul.add(Carried(wan_requests=tags_asked(state.library, names) if links.wan else 0))
    return _kept(state, given, cold if topology.kind != "zot" else _behind(state.library, fetched))


def _given(
    state: State, haul: Haul, links: Links, wanted: Mapping[str, frozenset[str]]
) -> Mapping[str, frozenset[str]]:
    """Tell what hosts are given: all that they want, or without the internet the images that are there whole; block the rest."""
    if links.wan:
        return wanted
    there = {
        host: frozenset(name for name in names if haul.missing(host, [name]) <= state.registry)
        for host, names in wanted.items()
    }
    for host, names in wanted.items():
        haul.block(host, names - there[host])
    return there


def _not_whole(state: State, names: Iterable[str]) -> Iterator[str]:
    """Name those of some images that the cache does not hold whole, as far as their platforms are known."""
    images = state.library.images
    return (name for name in names if name not in state.served or not images[name].blobs <= state.registry)


def _counted(asked: Iterable[frozenset[Key]], *, without: frozenset[Key]) -> Counter[Key]:
    """Count by how many hosts each piece is asked for, but for what is there."""
    counted = Counter[object]()
    for keys in asked:
        counted.update(keys - without)
    return counted


def _fetch(library: Library, haul: Haul, cold: Mapping[Key, int], topology: PullThrough) -> None:
    own = 1 if topology.kind in _FOR_THEMSELVES else 0
    most = topology.asking
    times = {key: (count if most is None else min(count, most)) + own for key, count in cold.items()}
    size = sum(library.sizes[key] * count for key, count in times.items())
    haul.add(Carried(size, wan_requests=sum(times.values())))


def _fetch_whole(state: State, haul: Haul, names: Sequence[str]) -> None:
    contents = [_behind(state.library, [name]) for name in names]
    size, requests = sum(map(state.library.size, contents)), len(names) + sum(map(len, contents))
    unknown = tuple(name for name in names if state.library.images[name].others is None)
    haul.add(Carried(size, unknown=unknown, wan_requests=requests))


def tags_asked(library: Library, names: Iterable[str]) -> int:
    """Count the images whose tags a cache asks its source for: all but those that are named by digest."""
    return sum(not library.images[name].is_pinned for name in names)


def _behind(library: Library, names: Iterable[str]) -> frozenset[Key]:
    """Unite all that is known to stand behind images, their other platforms too."""
    images = [library.images[name] for name in names]
    return frozenset[object]().union(*(each.blobs for each in images), *(each.others for each in images if each.others))


def _kept(state: State, given: Mapping[str, frozenset[str]], fetched: Iterable[Key]) -> State:
    names = frozenset[str]().union(*given.values())
    kept = replace(state, registry=state.registry.union(fetched), served=state.served | names)
    return kept if state.room_bytes is None else evicted(kept, state.room_bytes, first=state.served)


def evicted(state: State, room_bytes: int, first: frozenset[str] | None = None) -> State:
    """Leave in a cache what its disk takes: whole images, those of `first` before the others, in the profiles' order."""
    whole = _behind(state.library, state.served) & state.registry
    if state.library.size(whole) <= room_bytes:
        # Nothing has to go, which is the rule.
        return replace(state, registry=whole)
    order = {name: place for place, name in enumerate(state.version.content)}
    served = state.served if first is None else first
    ranked = sorted(state.served, key=lambda name: (name not in served, order.get(name, len(order)), name))
    held: set[Key] = set()
    kept, left_bytes = [], room_bytes
    for name in ranked:
        more = (_behind(state.library, [name]) & state.registry) - held
        size = state.library.size(more)
        if size <= left_bytes:
            held |= more
            left_bytes -= size
            kept.append(name)
    return replace(state, registry=frozenset(held), served=frozenset(kept))


def through_peers(state: State, haul: Haul, topology: PeerToPeer, links: Links) -> State:
    """Let hosts pull from each other; what none of them holds comes from the internet, once for each that asks at first."""
    wanted = haul.wanted()
    peers = haul.held_by_hosts(frozenset[object]().union(*(haul.missing(host, each) for host, each in wanted.items())))
    given = dict(wanted)
    if not links.wan:
        for host, names in wanted.items():
            given[host] = frozenset(name for name in names if haul.missing(host, [name]) <= peers)
            haul.block(host, names - given[host])
    asked = {host: haul.missing(host, names) for host, names in given.items()}
    cold = _counted(asked.values(), without=peers)
    times = {key: min(count, topology.asking) for key, count in cold.items()}
    once = sum(state.library.sizes[key] * count for key, count in times.items())
    for host, names in given.items():
        haul.fill(host, names, "lan")
    # What came from the internet did not come from a peer.
    haul.add(Carried(round(once * (1 + topology.extra)), -once, wan_requests=sum(times.values())))
    return state
