"""Tier 1 for what is cold: hosts behind a pull-through cache that lacks everything, and hosts that give each other what they hold.

Closed forms as for any line that is shared evenly. A cache hands each byte to each host that asks for it before it is there, and
some fetch it once more for their store; one that copies images whole serves them when it has them. Among peers every
byte comes over the internet once.
"""

from __future__ import annotations

from collections import Counter
from math import inf
from typing import TYPE_CHECKING

from regplan.sim.clock.limits import waits_s
from regplan.sim.clock.loads import connections_of, load_of, pieces_of
from regplan.sim.link import finish_times
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.sim.clock.pulling import HostPulls, Network, Runtime, Source

__all__ = ["NOTHING_COLD", "Cold", "answered_s", "asks_s", "cold_of", "cold_times"]


@dataclass(frozen=True, slots=True)
class Cold:
    """What hosts want of a cold cache or of each other, in bytes.

    `union_bytes` has each piece once. `fair_bytes` are the hosts' shares in it: of each piece, as large a part as hosts want it. `copied_bytes` are
    the images as a cache copies them that takes them whole, each once; `last_bytes` is the largest of them for each host,
    which is the last that it gets.
    """

    union_bytes: int
    fair_bytes: tuple[float, ...]
    copied_bytes: tuple[int, ...]
    last_bytes: tuple[int, ...]


NOTHING_COLD = Cold(0, (), (), ())


def cold_of(hosts: Sequence[HostPulls]) -> Cold:
    """Tell what hosts want that hold something or nothing yet."""
    wanted = [pieces_of(host) for host in hosts]
    wanting = Counter(key for pieces in wanted for key in pieces)
    union = {key: size for pieces in wanted for key, size in pieces.items()}
    copies = {image.name: image.copied_bytes or image.size_bytes for host in hosts for image in host.images}
    return Cold(
        sum(union.values()),
        tuple(sum(size / wanting[key] for key, size in pieces.items()) for pieces in wanted),
        tuple(sorted(copies.values())),
        tuple(max((copies[image.name] for image in host.images), default=0) for host in hosts),
    )


def cold_times(hosts: Sequence[HostPulls], network: Network, runtime: Runtime, source: Source) -> tuple[float, ...]:
    """Tell when each host is ready that pulls through a cold cache, or from the others, from its start on, unpacking behind it."""
    cold, loads = cold_of(hosts), [load_of(host, runtime) for host in hosts]
    behind = next(each for each in network.sources if each.name == source.cache_of)
    sizes, wire = [load.fetched_bytes for load in loads], network.wire_ratio
    internet_bps, near_bps = (_line_bps(network, each) for each in (behind, source))
    caps = [connections_of(runtime) * _rate(each.connection_bps, wire) for each in (behind, source)]
    port_bps = min(_rate(network.host_bps, wire), caps[1])
    if source.cache_hands_on:
        shares = [size * (1 + source.cache_extra) for size in cold.fair_bytes]
        come = finish_times(shares, internet_bps, caps[0])
        fetched = [max(each, 8 * size / port_bps) for each, size in zip(come, sizes, strict=True)]
    elif source.cache_whole:
        copied = finish_times(cold.copied_bytes, internet_bps, _rate(behind.connection_bps, wire))
        when = dict(zip(cold.copied_bytes, copied, strict=True)) | {0: 0.0}
        served = finish_times(sizes, near_bps, port_bps)
        fetched = [
            answered_s(when[last], runtime.answer_s) + each for last, each in zip(cold.last_bytes, served, strict=True)
        ]
    else:
        flows = [*sizes, cold.union_bytes] if source.cache_again else sizes
        shared = finish_times(flows, min(internet_bps, near_bps), min(port_bps, caps[0]))
        fetched = list(shared[: len(sizes)])
    unpack = runtime.host_unpack_bytes_per_s or runtime.unpack_bytes_per_s
    behind_s = [load.unpacked_bytes / unpack if unpack else 0.0 for load in loads]
    return tuple(load.before_s + one + two for load, one, two in zip(loads, fetched, behind_s, strict=True))


def answered_s(copied_s: float, answer_s: float) -> float:
    """Tell when a host is answered that asks a cache for an image which is there after so long, and gives up each time after `answer_s`.

    >>> [answered_s(copied_s, 30.0) for copied_s in (25, 35, 65, 75)]
    [25, 40.0, 65, 90.0]
    """
    return next(max(copied_s, begin_s) for begin_s, end_s in asks_s(answer_s) if copied_s <= end_s)


def asks_s(answer_s: float) -> Iterator[tuple[float, float]]:
    """Tell when kubelet asks again for an image that was not answered for, and until when it waits each time, in seconds."""
    begin_s = 0.0
    for wait_s in waits_s():
        yield begin_s, begin_s + answer_s
        begin_s += answer_s + wait_s


def _line_bps(network: Network, source: Source) -> float:
    lines = {line.name: line.rate_bps for line in network.lines}
    return min((_rate(lines[name], network.wire_ratio) for name in source.lines), default=inf)


def _rate(bps: int | None, wire_ratio: float) -> float:
    return inf if bps is None else round(bps / wire_ratio)
