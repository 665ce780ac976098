"""When the last host of a site is ready at the set-up, by tier 1, in many draws at once: hosts are sorted once for all of them."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.sim.chance.boots import Boot

__all__ = ["last_ready_ms"]


def last_ready_ms(boot: Boot, internet: Any, unpacking: Any) -> dict[str, Any]:  # noqa: ANN401
    """Tell in milliseconds when the last host is ready under each topology with a closed form, to the bit as `ready_in` does.

    `internet` and `unpacking` are arrays of what the site's rates are multiplied by, one for each draw, or one alone. One
    value for each draw, or one alone where nothing of it varies. A topology whose lines nobody told is left out.
    """
    import numpy as np

    if not boot.pulls.hosts:
        return {}
    kinds, counts = _alike(boot)
    # A row for each kind of host, a column for each draw.
    every, early, served, unpacked, early_unpacked, *passes = (
        np.array(each, dtype=float).reshape(-1, 1) for each in zip(*kinds, strict=True)
    )
    before, early_before, rest_before = passes
    lan_bps = np.array([boot.lan_bps])
    cap_bps = min(boot.lan_bps, boot.internet_host_bps)
    lines = internet * boot.internet_bps
    behind = _unpacking_s(boot, unpacking, unpacked)
    found = {"direct": _ends(every, counts, lines, cap_bps) + before + behind}
    if boot.has_lan:
        early_s = _unpacking_s(boot, unpacking, early_unpacked)
        first = _ends(early, counts, lines, cap_bps) + early_before
        seeding = 8 * boot.pulls.content_bytes / np.minimum(lines, boot.lan_bps)
        seeded = (first + early_s).max(axis=0) + seeding
        later = _ends(served, counts, lan_bps, boot.lan_host_bps) + (seeded + rest_before)
        found["primary"] = np.where(served > 0, later + behind - early_s, first + behind)
        found["bundle"] = _ends(every, counts, lan_bps, boot.lan_host_bps) + before + behind
    return {name: np.rint(1_000 * each.max(axis=0)).astype(np.int64) for name, each in found.items()}


def _alike(boot: Boot) -> tuple[tuple[tuple[float, ...], ...], tuple[int, ...]]:
    """Tell what hosts fetch, unpack and wait for, once for all that are alike and so are ready at the same time, and how many those are."""
    hosts = boot.pulls.hosts
    sizes = [(host.all_bytes, host.early_bytes, host.served_bytes) for host in hosts]
    unpacked = boot.unpacked_bytes or (0,) * len(hosts)
    early = boot.early_unpacked_bytes or (0,) * len(hosts)
    passes = boot.before_s or ((0.0, 0.0, 0.0),) * len(hosts)
    found = Counter((*a, b, c, *d) for a, b, c, d in zip(sizes, unpacked, early, passes, strict=True))
    return tuple(found), tuple(found.values())


def _ends(sizes: Any, counts: Sequence[int], line_bps: Any, cap_bps: float) -> Any:  # noqa: ANN401
    """Tell when each kind of host (rows) has fetched its bytes over each of these lines (columns), by processor sharing."""
    import numpy as np

    order = sorted(range(len(sizes)), key=sizes.__getitem__)
    done = [0, *accumulate(counts[place] for place in order)]
    ends: list[Any] = [None] * len(order)
    now, size = np.zeros(1), 0.0
    for place, fetching in zip(order, done, strict=False):
        step = sizes[place, 0] - size
        # Kinds of one size end together.
        if step or not size:
            now = now + step * np.maximum((done[-1] - fetching) * 8 / line_bps, 8 / cap_bps)
        ends[place], size = now, sizes[place, 0]
    return np.array(ends)


def _unpacking_s(boot: Boot, ratios: Any, sizes: Any) -> Any:  # noqa: ANN401
    if boot.unpack_bytes_per_s is None or not sizes.any():
        return 0.0
    return sizes * (1 / (ratios * boot.unpack_bytes_per_s))
