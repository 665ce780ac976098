"""Transfer times on a shared link: closed forms, no events."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from regplan.units import transfer_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["finish_times", "percentile"]


def finish_times(sizes_bytes: Sequence[float], link_bps: float, cap_bps: float | None = None) -> tuple[float, ...]:
    """Tell when each of several transfers ends that start at once and share a link evenly, in seconds, in input order.

    Processor sharing: while n are left, each runs at link_bps / n, and never above `cap_bps`. The k-th smallest ends at
    the sum over j <= k of (size_j - size_(j-1)) x max((n - j + 1) / link, 1 / cap). Only the transfer is counted: no
    round trips, no unpacking. Exact for any sizes; costs a sort.

    >>> finish_times([1_000_000, 2_000_000], 8_000_000)
    (2.0, 3.0)
    """
    order = sorted(range(len(sizes_bytes)), key=sizes_bytes.__getitem__)
    slowest = 0.0 if cap_bps is None else transfer_seconds(1, cap_bps)
    ends, now = [0.0] * len(order), 0.0
    steps = pairwise([0, *(sizes_bytes[place] for place in order)])
    for done, (place, (before, size)) in enumerate(zip(order, steps, strict=True)):
        now += (size - before) * max(transfer_seconds(len(order) - done, link_bps), slowest)
        ends[place] = now
    return tuple(ends)


def percentile(values: Sequence[float], share: float) -> float:
    """Tell the smallest value that at least `share` of all do not exceed (nearest rank), so that it is one host's own.

    >>> percentile([3.0, 1.0, 2.0], 0.5), percentile([3.0, 1.0, 2.0], 0.95)
    (2.0, 3.0)

    `values` must not be empty.
    """
    rank = math.ceil(share * len(values))
    return sorted(values)[max(rank, 1) - 1]
