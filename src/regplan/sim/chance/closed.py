"""Tier 1 over arrays: when each kind of host is ready at a site's bootstrap, in many draws of its rates at once.

Hosts that are alike are ready at the same time and are reckoned once; sorting them is done once for all draws. Arrays have a row
for each kind of host and a column for each draw, or one where nothing of it varies.
"""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from math import inf
from typing import TYPE_CHECKING, Any

from regplan.sim.clock.cold import NOTHING_COLD, asks_s
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.sim.clock.cold import Cold
    from regplan.sim.pulls import Pulls

__all__ = ["Boot", "kinds_ready"]


@dataclass(frozen=True, slots=True)
class Boot:
    """What hosts pull at a bootstrap, and through what: the internet, and the site's network, which is each host's port too.

    `unpacked_bytes` are those of each host, `early_unpacked_bytes` those of them that come before a registry, none where they are ();
    `unpack_bytes_per_s` is None where it takes no time. `internet_host_bps` and `lan_host_bps` are what all connections of a
    host carry at most. `before_s` is what passes besides for each host: with all images, with those before a registry, and with
    the rest. Without `has_lan` nobody told the network's rate, and only direct pulls have times. `cold` is what hosts want of a cache
    of the kind `cache` that holds nothing, for which they wait `answer_s` at a time, or of each other, `peer_extra` being fetched on top;
    `connection_bps` is what one connection over the internet carries at most.
    """

    pulls: Pulls
    internet_bps: int
    lan_bps: int
    unpacked_bytes: tuple[int, ...] = ()
    unpack_bytes_per_s: int | None = None
    early_unpacked_bytes: tuple[int, ...] = ()
    internet_host_bps: float = inf
    lan_host_bps: float = inf
    before_s: tuple[tuple[float, float, float], ...] = ()
    has_lan: bool = True
    cold: Cold = NOTHING_COLD
    cache: str = "distribution"
    peer_extra: float = 0.0
    connection_bps: float = inf
    answer_s: float = 30.0


def kinds_ready(boot: Boot, internet: Any, unpacking: Any) -> tuple[dict[str, Any], tuple[int, ...]]:  # noqa: ANN401
    """Tell in seconds when each kind of host is ready under each topology, and how many hosts are of each kind.

    `internet` and `unpacking` are arrays of what the site's rates are multiplied by, one for each draw, or one alone. A topology whose
    lines nobody told is left out. Transfers share lines evenly, and unpacking comes behind them. As in `plan`, a registry is seeded
    after what runs before it, and serves when it has all; caches and peers are cold, and begin when what runs before them is there.
    """
    import numpy as np

    kinds, counts = _alike(boot)
    table = np.array(kinds, dtype=float).T[..., None]
    every, early, served, unpacked, early_unpacked, fair, last, before, early_before, rest_before = table
    lan_bps = np.array([boot.lan_bps])
    cap_bps = min(boot.lan_bps, boot.internet_host_bps)
    lines = internet * boot.internet_bps
    behind = _unpacking_s(boot, unpacking, unpacked)
    found = {"direct": _ends(every, counts, lines, cap_bps) + before + behind}
    if not boot.has_lan:
        return found, counts
    early_s = _unpacking_s(boot, unpacking, early_unpacked)
    first = _ends(early, counts, lines, cap_bps) + early_before
    alive = (first + early_s).max(axis=0)
    seeding = 8 * boot.pulls.content_bytes / np.minimum(lines, boot.lan_bps)
    serving = _ends(served, counts, lan_bps, boot.lan_host_bps)
    come = {
        "primary": seeding + serving,
        "pull-through": _through(boot, (served, last), counts, lines, serving),
        "peer-to-peer": np.maximum(
            _ends(fair * (1 + boot.peer_extra), counts, lines, boot.internet_host_bps),
            8 * served / min(boot.lan_bps, boot.lan_host_bps),
        ),
    }
    for name, since in come.items():
        found[name] = np.where(served > 0, alive + since + rest_before + behind - early_s, first + behind)
    found["bundle"] = _ends(every, counts, lan_bps, boot.lan_host_bps) + before + behind
    return found, counts


def _through(boot: Boot, hosts: tuple[Any, Any], counts: Sequence[int], lines: Any, serving: Any) -> Any:  # noqa: ANN401
    """Tell how long a cold cache takes to give each kind of host what it wants."""
    import numpy as np

    served, last = hosts
    if boot.cache == "zot":
        copies = Counter(boot.cold.copied_bytes)
        sizes = np.array(sorted(copies) or [0], dtype=float).reshape(-1, 1)
        ends = _ends(sizes, [copies[int(size)] for size in sizes[:, 0]], lines, boot.connection_bps)
        # The largest image of a host is the last that it gets.
        copied = np.where(last > 0, ends[np.searchsorted(sizes[:, 0], last[:, 0])], 0.0)
        return _answered_s(copied, boot.answer_s) + serving
    line_bps = np.minimum(lines, boot.lan_bps)
    cap_bps = min(boot.lan_bps, boot.lan_host_bps, boot.internet_host_bps)
    if boot.cache == "distribution":
        return _ends(served, counts, line_bps, cap_bps)
    own = np.array([[float(boot.cold.union_bytes)]])
    return _ends(np.concatenate([served, own]), [*counts, 1], line_bps, cap_bps)[:-1]


def _answered_s(copied_s: Any, answer_s: float) -> Any:  # noqa: ANN401
    """Tell when a host is answered whose image is there after so long, while it asks again and again."""
    import numpy as np

    begins, ends, most = [], [], copied_s.max()
    for begin_s, end_s in asks_s(answer_s):
        begins.append(begin_s)
        ends.append(end_s)
        if end_s >= most:
            break
    return np.maximum(copied_s, np.array(begins)[np.searchsorted(np.array(ends), copied_s)])


def _alike(boot: Boot) -> tuple[tuple[tuple[float, ...], ...], tuple[int, ...]]:
    """Tell what hosts fetch, unpack and wait for, once for all that are alike and so are ready at the same time, and how many those are."""
    hosts = boot.pulls.hosts
    none = (0,) * len(hosts)
    sizes = [(host.all_bytes, host.early_bytes, host.served_bytes) for host in hosts]
    unpacked, early = boot.unpacked_bytes or none, boot.early_unpacked_bytes or none
    cold = boot.cold.fair_bytes or none, boot.cold.last_bytes or none
    passes = boot.before_s or ((0.0, 0.0, 0.0),) * len(hosts)
    found = Counter(
        (*a, b, c, d, e, *f) for a, b, c, d, e, f in zip(sizes, unpacked, early, *cold, passes, strict=True)
    )
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
