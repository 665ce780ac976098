"""How many pulls of Docker Hub a run may make in one of its windows; pure: the moment is an argument.

Source: Docker docs, "Docker Hub pull usage and limits": a GET of a manifest is a pull, a HEAD is not; the answers tell
what is left in `ratelimit-remaining`, and the window in its `w=` (six hours).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from regplan.model.limits import RateLimit

__all__ = ["HUB_WINDOW_S", "HubBudget"]

HUB_WINDOW_S: Final = 6 * 3600.0


class HubBudget:
    """At most `most` pulls in each `window_s`, and none while the registry says that none are left.

    The registry's own word on the window is taken over. Moments may come from any clock that only goes forward.
    """

    def __init__(self, most: int, window_s: float = HUB_WINDOW_S) -> None:
        """Begin with nothing pulled."""
        self.most, self.window_s = most, window_s
        self._pulled: deque[float] = deque()
        self._none_until_s = 0.0

    def take(self, now_s: float) -> float:
        """Take one pull, if one may be made now: 0.0; else tell how many seconds to wait before asking again."""
        while self._pulled and self._pulled[0] <= now_s - self.window_s:
            self._pulled.popleft()
        waits = [self._none_until_s - now_s]
        if len(self._pulled) >= self.most:
            waits.append(self._pulled[-self.most] + self.window_s - now_s)
        if (wait_s := max(waits)) > 0:
            return wait_s
        self._pulled.append(now_s)
        return 0.0

    def told(self, limit: RateLimit, now_s: float) -> None:
        """Note what an answer said: with none left, nothing is pulled until the window has passed, or more is told."""
        if limit.window_s:
            self.window_s = float(limit.window_s)
        if limit.remaining is not None:
            self._none_until_s = 0.0 if limit.remaining > 0 else max(self._none_until_s, now_s + self.window_s)

    def refused(self, now_s: float, wait_s: float | None = None) -> None:
        """Note a 429: what the registry asks to wait, else the whole window."""
        self._none_until_s = max(self._none_until_s, now_s + (wait_s or self.window_s))
