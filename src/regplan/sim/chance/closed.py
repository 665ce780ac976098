"""Tier 1 over arrays: when each kind of host is ready at the bootstrap of some sites, in many draws of their rates at once.

Hosts that are alike are ready at the same time and are reckoned once; sorting them is done once for all draws. Arrays are by site, kind
of host and draw, with one draw where nothing of it varies.
"""

from __future__ import annotations

from collections import Counter
from math import inf
from typing import TYPE_CHECKING, Any, Final

from regplan.sim.clock.cold import NOTHING_COLD, asks_s
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.sim.clock.cold import Cold
    from regplan.sim.pulls import Pulls

__all__ = ["Boot", "Kinds", "kinds_of", "kinds_ready"]

# Where the largest image of a kind of host stands in what is told of it.
_LAST: Final = 6
_AT_ONCE: Final = (0.0, 0.0, 0.0)


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


@dataclass(frozen=True, slots=True)
class Kinds:
    """A site's kinds of hosts: what each fetches, unpacks and waits for, and how many hosts are of it."""

    boot: Boot
    each: tuple[tuple[float, ...], ...]
    counts: tuple[int, ...]

    @property
    def form(self) -> tuple[int, bool, str]:
        """What sites have in common whose times can be reckoned together."""
        return len(self.each), self.boot.has_lan, self.boot.cache


def kinds_of(boot: Boot) -> Kinds:
    """Tell what hosts fetch, unpack and wait for, once for all that are alike and so are ready at the same time, and how many those are."""
    hosts = boot.pulls.hosts
    none = (0,) * len(hosts)
    fetched = ([getattr(host, key) for host in hosts] for key in ("all_bytes", "early_bytes", "served_bytes"))
    unpacked, early = boot.unpacked_bytes or none, boot.early_unpacked_bytes or none
    cold = boot.cold.fair_bytes or none, boot.cold.last_bytes or none
    passes = boot.before_s or (_AT_ONCE,) * len(hosts)
    found = Counter(zip(*fetched, unpacked, early, *cold, passes, strict=True))
    return Kinds(boot, tuple((*sizes, *before_s) for *sizes, before_s in found), tuple(found.values()))


def kinds_ready(sites: Sequence[Kinds], internet: Any, unpacking: Any) -> dict[str, Any]:  # noqa: ANN401
    """Tell in seconds when each kind of host of each site is ready under each topology; sites are of one `form`.

    `internet` and `unpacking` are arrays of what a site's (row) rates are multiplied by in each draw (column), or in all alike. A topology
    whose lines nobody told is left out. Transfers share lines evenly, and unpacking comes behind them. As in `plan`, a registry is seeded
    after what runs before it, and serves when it has all; caches and peers are cold, and begin when what runs before them is there.
    """
    import numpy as np

    boots, counts = [each.boot for each in sites], np.array([each.counts for each in sites])
    table = np.array([each.each for each in sites], dtype=float).transpose(2, 0, 1)[..., None]
    every, early, served, unpacked, early_unpacked, fair, _, before, early_before, rest_before = table
    internet_bps, lan_bps, unpack_bytes_per_s, internet_host_bps, lan_host_bps, content_bytes, peer_extra = _columns(
        boots
    )
    lines = internet[:, None] * internet_bps
    cap_bps = np.minimum(lan_bps, internet_host_bps)
    unpack_s = 1 / (unpacking[:, None] * unpack_bytes_per_s)
    behind = unpacked * unpack_s
    found = {"direct": _ends(every, counts, lines, cap_bps) + before + behind}
    if not boots[0].has_lan:
        return found
    early_s = early_unpacked * unpack_s
    first = _ends(early, counts, lines, cap_bps) + early_before
    alive = (first + early_s).max(axis=1, keepdims=True)
    serving = _ends(served, counts, lan_bps, lan_host_bps)
    come = {
        "primary": 8 * content_bytes / np.minimum(lines, lan_bps) + serving,
        "pull-through": _through(sites, served, lines, serving),
        "peer-to-peer": np.maximum(
            _ends(fair * (1 + peer_extra), counts, lines, internet_host_bps),
            8 * served / np.minimum(lan_bps, lan_host_bps),
        ),
    }
    is_served = served > 0
    for name, since in come.items():
        # What is alive has all draws, and so has room for the rest.
        ready = alive + since
        ready += rest_before
        ready += behind
        ready -= early_s
        found[name] = ready if is_served.all() else np.where(is_served, ready, first + behind)
    found["bundle"] = _ends(every, counts, lan_bps, lan_host_bps) + before + behind
    return found


def _columns(boots: Sequence[Boot]) -> Any:  # noqa: ANN401
    """Lay out rates by site; unpacking that takes no time is infinitely fast."""
    import numpy as np

    rates = [
        (
            boot.internet_bps,
            boot.lan_bps,
            inf if boot.unpack_bytes_per_s is None else boot.unpack_bytes_per_s,
            boot.internet_host_bps,
            boot.lan_host_bps,
            boot.pulls.content_bytes,
            boot.peer_extra,
        )
        for boot in boots
    ]
    return np.array(rates, dtype=float).T[..., None, None]


def _through(sites: Sequence[Kinds], served: Any, lines: Any, serving: Any) -> Any:  # noqa: ANN401
    """Tell how long a cold cache takes to give each kind of host what it wants."""
    import numpy as np

    boots, counts = [each.boot for each in sites], [each.counts for each in sites]
    if boots[0].cache == "zot":
        return np.array([_copied_s(*each) for each in zip(sites, lines, strict=True)]) + serving
    _, lan_bps, _, internet_host_bps, lan_host_bps, _, _ = _columns(boots)
    line_bps = np.minimum(lines, lan_bps)
    cap_bps = np.minimum(np.minimum(lan_bps, lan_host_bps), internet_host_bps)
    if boots[0].cache == "distribution":
        return _ends(served, np.array(counts), line_bps, cap_bps)
    own = np.array([float(boot.cold.union_bytes) for boot in boots]).reshape(-1, 1, 1)
    flows = np.array([(*each, 1) for each in counts])
    return _ends(np.concatenate([served, own], axis=1), flows, line_bps, cap_bps)[:, :-1]


def _copied_s(site: Kinds, line_bps: Any) -> Any:  # noqa: ANN401
    """Tell when each kind of host of a site is answered by a cache that takes images whole."""
    import numpy as np

    copies = Counter(site.boot.cold.copied_bytes)
    sizes = np.array(sorted(copies) or [0], dtype=float)
    counts = np.array([copies[int(size)] for size in sizes])
    ends = _ends(sizes[None, :, None], counts[None], line_bps[None], site.boot.connection_bps)[0]
    last = np.array([each[_LAST] for each in site.each], dtype=float)
    # The largest image of a host is the last that it gets.
    copied = np.where(last[:, None] > 0, ends[np.searchsorted(sizes, last)], 0.0)
    return _answered_s(copied, site.boot.answer_s)


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


def _ends(sizes: Any, counts: Any, line_bps: Any, cap_bps: Any) -> Any:  # noqa: ANN401
    """Tell when each kind of host (site, kind, draw) has fetched its bytes over a line of its site's, by processor sharing."""
    import numpy as np

    site = np.arange(len(sizes))[:, None]
    order = np.argsort(sizes[..., 0], axis=1, kind="stable")
    fetching = counts[site, order][:, ::-1].cumsum(axis=1)[:, ::-1, None]
    steps = np.diff(sizes[site, order], axis=1, prepend=0)
    ends = fetching * 8 / line_bps
    np.maximum(ends, 8 / cap_bps, out=ends)
    ends *= steps
    for place in range(1, ends.shape[1]):
        ends[:, place] += ends[:, place - 1]
    return ends if (order == np.arange(order.shape[1])).all() else ends[site, np.argsort(order, axis=1)]
