"""When hosts are ready at a site's bootstrap, by tier 1, in many lives at once: each with its own internet and its own disks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.sim.chance.closed import kinds_of, kinds_ready
from regplan.sim.chance.summary import NOTHING, Summary
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from regplan.sim.chance.closed import Boot
    from regplan.sim.chance.draws import DrawnLife

__all__ = ["WAYS", "Ready", "ready_in"]

WAYS: Final = ("direct", "primary", "bundle", "pull-through", "peer-to-peer")


@dataclass(frozen=True, slots=True)
class Ready:
    """When hosts are ready, in milliseconds: each host of each life, and the last of each life."""

    hosts_ms: Summary = NOTHING
    last_ms: Summary = NOTHING

    def __add__(self, other: Ready) -> Ready:
        """Merge the times of two sets of lives."""
        return Ready(self.hosts_ms + other.hosts_ms, self.last_ms + other.last_ms)


def ready_in(boot: Boot, lives: Iterable[DrawnLife]) -> dict[str, Ready]:
    """Tell when hosts are ready in each life under each topology, by `kinds_ready`; a topology whose lines nobody told is left out.

    Outages are not looked at: the site is set up while its internet is there.
    """
    import numpy as np

    drawn = [(each.internet_ratio, each.unpack_ratio) for each in lives]
    if not drawn or not boot.pulls.hosts:
        return {name: Ready() for name in WAYS}
    kinds = kinds_of(boot)
    found = kinds_ready([kinds], *np.array(drawn).T[:, None])
    return {name: _told(each[0], kinds.counts, len(drawn)) for name, each in found.items()}


def _told(ready_s: Any, counts: Sequence[int], lives: int) -> Ready:  # noqa: ANN401
    import numpy as np

    times_ms = np.broadcast_to(np.rint(1_000 * ready_s).astype(np.int64), (len(counts), lives))
    return Ready(Summary.of_array(np.repeat(times_ms, counts, axis=0)), Summary.of_array(times_ms.max(axis=0)))
