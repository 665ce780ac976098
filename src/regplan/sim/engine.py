"""The simulation without a site: what is pulled, over which lines, by which topology, for measurements of one's own.

Bytes are told by `carry` and `carry_all` (tier 0), times by `pull_all` (tier 2); `distribution_bound_s` and `least_s` are
what no schedule beats; `fitted_ends` fits a line and unpacking to what was measured. Everything else here is a value that these take. Names of images, hosts and lines, and the keys of
content, are free.

>>> line, layers = Line("internet", 8_000_000), (LayerPull("layer", 3_000_000),)
>>> hosts = [HostPulls(name, (ImagePull("app", layers),)) for name in ("node-1", "node-2")]
>>> pull_all(hosts, Network((line,), (Source(),)), Runtime()).ready_s
6.0
"""

from __future__ import annotations

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
from regplan.sim.carried.state import Carried, CarriedImage, Library, State, Version
from regplan.sim.carried.topology import AgentFallback, Direct, HostsToml, PeerToPeer, Primary, PullThrough
from regplan.sim.clock.bounds import distribution_bound_s, least_s
from regplan.sim.clock.finished import Finished, HostTimes, ImageTimes, LineUse
from regplan.sim.clock.fitting import fitted_ends
from regplan.sim.clock.limits import PullLimit
from regplan.sim.clock.pulling import HostPulls, ImagePull, LayerPull, Line, Network, Runtime, Source
from regplan.sim.clock.run import pull_all

__all__ = [
    "AgentFallback",
    "Bootstrap",
    "Carried",
    "CarriedImage",
    "Direct",
    "DiskFull",
    "Finished",
    "HostPulls",
    "HostTimes",
    "HostsToml",
    "ImageGC",
    "ImagePull",
    "ImageTimes",
    "LayerPull",
    "Library",
    "Line",
    "LineUse",
    "Network",
    "NodeAdd",
    "PeerToPeer",
    "Primary",
    "PullLimit",
    "PullThrough",
    "Reboot",
    "RegistryOutage",
    "Reimage",
    "Reschedule",
    "Runtime",
    "Source",
    "State",
    "Upgrade",
    "Version",
    "WanOutage",
    "carry",
    "carry_all",
    "distribution_bound_s",
    "fitted_ends",
    "least_s",
    "pull_all",
]
