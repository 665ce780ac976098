"""Tier 1: hosts that share a line evenly, by a closed form for each host and no events.

Every host is one flow of all its bytes. A host runs at no more than its connections or its port carry, all together at
no more than the line does; overheads stand before, unpacking behind or beside. For ten thousand sites the same
formula goes over arrays.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from regplan.sim.link import finish_times
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["HostLoad", "Shared", "ready_times", "sites_ready"]


@dataclass(frozen=True, slots=True)
class HostLoad:
    """What one host does: bytes to fetch, bytes to unpack, and what passes before the first byte comes."""

    fetched_bytes: int
    unpacked_bytes: int = 0
    before_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Shared:
    """A line and who shares it: its rate, that of each host's port, of each connection, and how many each host has.

    None is no limit. Unpacking begins when all is fetched; with `overlaps` it keeps step, and the slower of both tells.
    """

    line_bps: int | None
    host_bps: int | None = None
    connection_bps: int | None = None
    connections: int = 3
    unpack_bytes_per_s: int | None = None
    overlaps: bool = False

    @property
    def host_cap_bps(self) -> float:
        """What one host gets at most: its port, or all its connections."""
        connections = inf if self.connection_bps is None else self.connections * self.connection_bps
        return min(inf if self.host_bps is None else self.host_bps, connections)


def ready_times(loads: Sequence[HostLoad], shared: Shared) -> tuple[float, ...]:
    """Tell when each host is ready that starts at once with all others: T = o + fetching + U / u.

    What passes before the first byte (`before_s`) is added to each host, as if it held nobody up. Exact for one flow per
    host; how far it is from tier 2 where layers, connections and unpacking count is told by `compared.compare`.
    """
    line_bps = inf if shared.line_bps is None else shared.line_bps
    fetched = finish_times([load.fetched_bytes for load in loads], line_bps, shared.host_cap_bps)
    ready = []
    for load, fetched_s in zip(loads, fetched, strict=True):
        unpack_s = load.unpacked_bytes / shared.unpack_bytes_per_s if shared.unpack_bytes_per_s else 0.0
        ready.append(load.before_s + (max(fetched_s, unpack_s) if shared.overlaps else fetched_s + unpack_s))
    return tuple(ready)


def sites_ready(fetched_bytes: Any, line_bps: Any, cap_bps: Any, *, after_s: Any = 0.0) -> Any:  # noqa: ANN401
    """Tell the same for many sites at once: `fetched_bytes` has a row for each site and a column for each host.

    `line_bps` and `cap_bps` are numbers, or arrays with one for each row; `after_s` is added to each host, or a number or
    an array like `fetched_bytes`. Returns an array of the same shape, in seconds. A site with fewer hosts than columns has
    NaN in those that it lacks, and gets NaN for them. Costs a sort of each row; equal to `finish_times` to 1e-12.
    """
    import numpy as np

    sizes = np.asarray(fetched_bytes, dtype=np.float64)
    lines, caps = (np.asarray(each, dtype=np.float64).reshape(-1, 1) for each in (line_bps, cap_bps))
    # NaN sorts behind every number, so that missing hosts stand last and are nobody's neighbours.
    order = np.argsort(sizes, axis=1, kind="stable")
    ordered = np.take_along_axis(sizes, order, axis=1)
    steps = np.diff(ordered, axis=1, prepend=0.0)
    count = np.count_nonzero(~np.isnan(sizes), axis=1).reshape(-1, 1)
    left = count - np.arange(sizes.shape[1])
    ends = np.cumsum(steps * np.maximum(left * 8 / lines, 8 / caps), axis=1)
    found = np.empty_like(ends)
    np.put_along_axis(found, order, ends, axis=1)
    return found + after_s
