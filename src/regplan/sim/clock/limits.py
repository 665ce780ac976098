"""What refuses a pull for a while: a hub's limit, kubelet's own, and how long kubelet waits before it tries again."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "FIRST_WAIT_S",
    "HUB_ANONYMOUS",
    "HUB_PERSONAL",
    "MOST_WAIT_S",
    "Bucket",
    "PullLimit",
    "attempts_s",
    "overshoot_s",
    "waits_s",
]

# kubelet: imageBackOffPeriod and MaxImageBackOff (pkg/kubelet/kubelet.go).
FIRST_WAIT_S: Final = 10.0
MOST_WAIT_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class PullLimit:
    """So many pulls in each window, for everybody behind one address; a pull is a manifest that is fetched.

    `counts_index` is whether an index and the manifest behind it count as two.
    """

    pulls: int
    window_s: float = 6 * 3600.0
    counts_index: bool = False

    def allowed(self, time_s: float) -> int:
        """Tell how many pulls there may have been by a time: pulls x (1 + floor(t / window))."""
        return self.pulls * (1 + int(time_s // self.window_s))

    def time_s(self, pulls: int) -> float:
        """Tell when the last of so many pulls is allowed at the earliest, in seconds."""
        return max(ceil(pulls / self.pulls) - 1, 0) * self.window_s


# Docker Hub, docs/usage/pulls: for an IPv4 address or an IPv6 /64, and for a personal account.
HUB_ANONYMOUS: Final = PullLimit(100)
HUB_PERSONAL: Final = PullLimit(200)


class Bucket:
    """kubelet's registryPullQPS and registryBurst: a pull beyond them fails, and is tried again after a wait."""

    __slots__ = ("_burst", "_full_s", "_per_s")

    def __init__(self, per_s: float | None, burst: int) -> None:
        self._per_s, self._burst = per_s, burst
        self._full_s = 0.0

    def admits(self, now_s: float) -> bool:
        """Tell whether a pull may begin now, and count it if so."""
        if self._per_s is None:
            return True
        full_s = max(self._full_s, now_s) + 1 / self._per_s
        # A bucket that is full again by then had a whole token left; the billionth is the rounding of sums.
        if full_s - now_s > self._burst / self._per_s + 1e-9:
            return False
        self._full_s = full_s
        return True


def waits_s(first_s: float = FIRST_WAIT_S, most_s: float = MOST_WAIT_S) -> Iterator[float]:
    """Tell how long kubelet waits after each attempt that failed: it doubles, up to a most."""
    wait_s = first_s
    while True:
        yield wait_s
        wait_s = min(2 * wait_s, most_s)


def attempts_s(first_s: float = FIRST_WAIT_S, most_s: float = MOST_WAIT_S) -> Iterator[float]:
    """Tell when kubelet tries, where every attempt fails at once.

    >>> from itertools import islice
    >>> list(islice(attempts_s(), 8))
    [0.0, 10.0, 30.0, 70.0, 150.0, 310.0, 610.0, 910.0]
    """
    time_s = 0.0
    for wait_s in waits_s(first_s, most_s):
        yield time_s
        time_s += wait_s


def overshoot_s(outage_s: float) -> float:
    """Tell how long after an outage of such a length a pod that was asked for at its beginning is tried again.

    >>> overshoot_s(100), overshoot_s(150)
    (50.0, 0.0)
    """
    return next(time_s for time_s in attempts_s() if time_s >= outage_s) - outage_s
