"""Bounds that no schedule beats, and simple closed forms of queues and retries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.sim.clock.loads import load_of
from regplan.sim.clock.run import pull_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.sim.clock.finished import Finished
    from regplan.sim.clock.pulling import HostPulls, Network, Runtime

__all__ = ["band", "distribution_bound_s", "least_s", "outage_share", "seeded_s"]


def distribution_bound_s(size_bytes: int, hosts: int, source_bps: int, down_bps: int, up_bps: int) -> float:
    """Tell the least time in which one content reaches every host where hosts also send to each other, in seconds.

    max{S / C_s, S / d_min, N S / (C_s + sum u)}: the source sends each byte once, each host takes each byte, and all
    together send N times the content (Kumar and Ross 2006). `down_bps` and `up_bps` are of each host.
    """
    total = hosts * size_bytes / (source_bps + hosts * up_bps)
    return 8 * max(size_bytes / source_bps, size_bytes / down_bps, total)


def seeded_s(content_bytes: int, host_bytes: int, hosts: int, rates_bps: tuple[int, int, int]) -> float:
    """Tell when hosts that pull the same are ready where a registry is seeded first and then serves, in seconds.

    B / C_wan + max(p / min(c r, NIC), N p / C_lan); `rates_bps` are those of the internet, of one host, and of the LAN.
    """
    internet_bps, host_bps, lan_bps = rates_bps
    return 8 * (content_bytes / internet_bps + max(host_bytes / host_bps, hosts * host_bytes / lan_bps))


def outage_share(per_s: float, mean_s: float) -> float:
    """Tell the share of the time that is down where outages begin at a rate while it is up, and last so long in the mean.

    An alternating renewal process: l m / (1 + l m). What comes by chance meets an outage with this probability.
    """
    return per_s * mean_s / (1 + per_s * mean_s)


def band(hosts: Sequence[HostPulls], network: Network, runtime: Runtime) -> tuple[float, float | None]:
    """Tell between which times the last host is ready: what no schedule beats, and the fluid in step.

    Hosts that are identical and start at once stay in step in the fluid model: all fetch, then all unpack, and the line
    idles meanwhile. Real hosts drift apart and fill the gaps, as far down as the lower bound.
    """
    finished = pull_all(hosts, network, runtime)
    return least_s(hosts, network, runtime, finished), finished.ready_s


def least_s(hosts: Sequence[HostPulls], network: Network, runtime: Runtime, finished: Finished) -> float:
    """Tell when the last host is ready at the earliest, for hosts that begin at once, from what `finished` has carried.

    The longest of: each line's bytes over its rate, each host's bytes over its port's, and what each host unpacks over its rate.
    """
    rates = {line.name: line.rate_bps for line in network.lines}
    wire = 8 * network.wire_ratio
    found = [wire * use.carried_bytes / rate for use in finished.lines if (rate := rates[use.name])]
    if network.host_bps:
        found += [wire * times.fetched_bytes / network.host_bps for times in finished.hosts]
    if runtime.host_unpack_bytes_per_s:
        found += [load_of(host, runtime).unpacked_bytes / runtime.host_unpack_bytes_per_s for host in hosts]
    return max(found, default=0.0)
