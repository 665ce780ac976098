"""Tier 2: hosts that pull layer by layer over shared lines, followed from event to event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.sim.clock.finished import Finished
from regplan.sim.clock.hosts import PullingHost
from regplan.sim.clock.site import Wired

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.sim.clock.pulling import HostPulls, Network, Runtime

__all__ = ["pull_all"]


def pull_all(hosts: Sequence[HostPulls], network: Network, runtime: Runtime) -> Finished:
    """Tell when each host has each of its images, and what the lines carry meanwhile.

    Lines are shared by max-min fairness, as TCP connections of one round trip nearly do; nothing is drawn by lot, so that equal
    input gives equal output. Identical hosts that start at once stay in step, and leave a line idle while all of them
    unpack: `bounds.band` tells the range in which hosts that drift apart are ready.
    """
    wired = Wired(network, tuple(hosts))
    pulling = [PullingHost(wired, runtime, host) for host in hosts]
    wired.begin()
    for host in pulling:
        host.begin()
    wired.fluid.run()
    return Finished(tuple(host.times() for host in pulling), wired.uses())
