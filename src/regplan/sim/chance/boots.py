"""When hosts are ready at a site's bootstrap, by tier 1, in many lives at once: each with its own internet and its own disks."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from regplan.sim.chance.summary import NOTHING, Summary
from regplan.sim.clock.sharing import sites_ready
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from regplan.sim.chance.draws import DrawnLife
    from regplan.sim.pulls import Pulls

__all__ = ["Boot", "Ready", "ready_in"]


@dataclass(frozen=True, slots=True)
class Boot:
    """What hosts pull at a bootstrap, and through what: the internet, and the site's network, which is each host's port too.

    `unpacked_bytes` are those of each host, `early_unpacked_bytes` those of them that come before a registry, none where they are ();
    `unpack_bytes_per_s` is None where it takes no time. `internet_host_bps` and `lan_host_bps` are what all connections of a
    host carry at most. `before_s` is what passes besides for each host: with all images, with those before a registry, and with
    the rest. Without `has_lan` nobody told the network's rate, and only direct pulls have times.
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


@dataclass(frozen=True, slots=True)
class Ready:
    """When hosts are ready, in milliseconds: each host of each life, and the last of each life."""

    hosts_ms: Summary = NOTHING
    last_ms: Summary = NOTHING

    def __add__(self, other: Ready) -> Ready:
        """Merge the times of two sets of lives."""
        return Ready(self.hosts_ms + other.hosts_ms, self.last_ms + other.last_ms)


def ready_in(boot: Boot, lives: Iterable[DrawnLife]) -> dict[str, Ready]:
    """Tell when hosts are ready in each life under each topology with a closed form: direct, a seeded registry, a bundle.

    A topology whose lines nobody told is left out.
    Transfers share lines evenly, and unpacking comes behind them. Outages are not looked at: the site is set up while its
    internet is there. As in `plan`, the registry is seeded after what runs before it, and serves when it has all.
    """
    import numpy as np

    drawn = [(each.internet_ratio, each.unpack_ratio) for each in lives]
    if not drawn or not boot.pulls.hosts:
        return {name: Ready() for name in ("direct", "primary", "bundle")}
    internet, unpacking = np.array(drawn).T
    every, early, served = (
        np.tile(np.array(sizes, dtype=float), (len(drawn), 1))
        for sizes in zip(
            *((each.all_bytes, each.early_bytes, each.served_bytes) for each in boot.pulls.hosts), strict=True
        )
    )
    internet_bps = internet * boot.internet_bps
    cap_bps = min(boot.lan_bps, boot.internet_host_bps)
    behind = _unpacking_s(boot, unpacking, boot.unpacked_bytes)
    before, early_before, rest_before = np.array(boot.before_s or ((0.0, 0.0, 0.0),) * len(boot.pulls.hosts)).T
    found = {"direct": sites_ready(every, internet_bps, cap_bps, after_s=before) + behind}
    if boot.has_lan:
        early_s = _unpacking_s(boot, unpacking, boot.early_unpacked_bytes)
        first = sites_ready(early, internet_bps, cap_bps, after_s=early_before)
        seeding = 8 * boot.pulls.content_bytes / np.minimum(internet_bps, boot.lan_bps)
        seeded = ((first + early_s).max(axis=1) + seeding).reshape(-1, 1)
        later = sites_ready(served, boot.lan_bps, boot.lan_host_bps, after_s=seeded + rest_before)
        found["primary"] = np.where(served > 0, later + behind - early_s, first + behind)
        found["bundle"] = sites_ready(every, boot.lan_bps, boot.lan_host_bps, after_s=before) + behind
    return {name: _told(each) for name, each in found.items()}


def _unpacking_s(boot: Boot, ratios: Any, unpacked_bytes: Sequence[int]) -> Any:  # noqa: ANN401
    """Tell how long each host of each life unpacks so much."""
    import numpy as np

    if boot.unpack_bytes_per_s is None or not unpacked_bytes:
        return 0.0
    return np.outer(1 / (ratios * boot.unpack_bytes_per_s), np.array(unpacked_bytes, dtype=float))


def _told(ready_s: Any) -> Ready:  # noqa: ANN401
    import numpy as np

    times_ms = np.rint(1_000 * ready_s).astype(np.int64)
    return Ready(Summary.of_array(times_ms), Summary.of_array(times_ms.max(axis=1)))
