"""Tier 2 beside tier 1: where they disagree, and by what."""

from __future__ import annotations

import dataclasses
from math import inf, log
from typing import TYPE_CHECKING, Final

from regplan.sim.clock.cold import cold_times
from regplan.sim.clock.loads import connections_of, load_of
from regplan.sim.clock.run import pull_all
from regplan.sim.clock.sharing import Shared, ready_times
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.sim.clock.finished import Finished
    from regplan.sim.clock.pulling import HostPulls, Network, Runtime

__all__ = ["APART", "Compared", "compare", "tier_1_s", "tier_1_times"]

# From here on a difference is given a reason.
APART: Final = 0.1


@dataclass(frozen=True, slots=True)
class Compared:
    """When the last host is ready by both tiers; `reason` is "" where they agree to a tenth."""

    tier_1_s: float
    tier_2_s: float
    reason: str = ""

    @property
    def ratio(self) -> float | None:
        """Tier 2 over tier 1, None where tier 1 takes no time."""
        return self.tier_2_s / self.tier_1_s if self.tier_1_s else None


def compare(
    hosts: Sequence[HostPulls],
    network: Network,
    runtime: Runtime,
    finished: Finished | None = None,
    from_apart: float = APART,
) -> Compared:
    """Compare both tiers for hosts that pull from one source, and name what tier 1 leaves out.

    The reason is the mechanism without which both tiers come nearest to each other: round trips, capped connections, or unpacking.
    `finished` is what tier 2 told, where that is known. A difference is given a reason from `from_apart` of tier 1's time on.
    """
    found = pull_all(hosts, network, runtime) if finished is None else finished
    first, second = tier_1_s(hosts, network, runtime), found.ready_s
    if second is None:
        return Compared(first, float("inf"), "a line that is never mended")
    if abs(second - first) <= from_apart * first:
        return Compared(first, second)
    apart = {}
    for name, change in _MECHANISMS.items():
        changed = change(network, runtime)
        # What a site has none of makes no difference, and a run of thousands of layers takes a second.
        is_there = changed != (network, runtime)
        apart[name] = _apart(hosts, *changed) if is_there else _difference(first, second)
    best = min(apart, key=apart.__getitem__)
    reason = best if apart[best] < _difference(first, second) else "pulls that wait for each other"
    return Compared(first, second, reason)


def tier_1_s(hosts: Sequence[HostPulls], network: Network, runtime: Runtime) -> float:
    """Tell by the closed form when the last host is ready."""
    return max(tier_1_times(hosts, network, runtime), default=0.0)


def tier_1_times(hosts: Sequence[HostPulls], network: Network, runtime: Runtime) -> tuple[float, ...]:
    """Tell by the closed form when each host is ready: one flow for each, all over the lines of one source, then unpacking.

    A source that is a cache, or the hosts themselves, is taken to be cold.
    """
    (name, *_) = {image.source: None for host in hosts for image in host.images} or {network.sources[0].name: None}
    source = next(source for source in network.sources if source.name == name)
    if source.cache_of:
        return cold_times(hosts, network, runtime, source)
    rates = [line.rate_bps for line in network.lines if line.name in source.lines and line.rate_bps]
    ratio = network.wire_ratio
    shared = Shared(
        line_bps=round(min(rates) / ratio) if rates else None,
        host_bps=network.host_bps and round(network.host_bps / ratio),
        connection_bps=source.connection_bps and round(source.connection_bps / ratio),
        connections=connections_of(runtime),
        unpack_bytes_per_s=runtime.host_unpack_bytes_per_s or runtime.unpack_bytes_per_s,
    )
    return ready_times([load_of(host, runtime) for host in hosts], shared)


def _round_trips(network: Network, runtime: Runtime) -> tuple[Network, Runtime]:
    sources = tuple(dataclasses.replace(source, rtt_s=0.0, answer_s=0.0, silent_s=None) for source in network.sources)
    return dataclasses.replace(network, sources=sources), runtime


def _connections_capped(network: Network, runtime: Runtime) -> tuple[Network, Runtime]:
    sources = tuple(dataclasses.replace(source, connection_bps=None) for source in network.sources)
    return dataclasses.replace(network, sources=sources), runtime


def _unpacking(network: Network, runtime: Runtime) -> tuple[Network, Runtime]:
    return network, dataclasses.replace(runtime, unpack_bytes_per_s=None, host_unpack_bytes_per_s=None)


_MECHANISMS: Final = {
    "round trips": _round_trips,
    "capped connections": _connections_capped,
    "unpacking": _unpacking,
}


def _apart(hosts: Sequence[HostPulls], network: Network, runtime: Runtime) -> float:
    found = pull_all(hosts, network, runtime).ready_s
    return inf if found is None else _difference(tier_1_s(hosts, network, runtime), found)


def _difference(first: float, second: float) -> float:
    """Tell how far one time is from another, the same both ways round."""
    return abs(log(second / first)) if first and second else abs(second - first)
