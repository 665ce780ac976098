"""How many pulls of Docker Hub a run may make in one of its windows; pure: the moment is an argument.

Source: Docker docs, "Docker Hub pull usage and limits": a GET of a manifest is a pull, a HEAD is not; the answers tell
what is left in `ratelimit-remaining`, and the window in its `w=` (six hours).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from regplan.units import format_count

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.limits import RateLimit

__all__ = ["HUB_WINDOW_S", "HubBudget", "Pulls"]

HUB_WINDOW_S: Final = 6 * 3600.0
_HUB: Final = "docker.io"


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

    def is_told_none(self, now_s: float) -> bool:
        """Tell whether it is the registry that has nothing left, and not this run's own limit."""
        return self._none_until_s > now_s


class Pulls:
    """The pulls of a run: at most `most` in a window of Docker Hub, and of any registry that counts them as it does.

    `waiting` hears why nothing is pulled and for how many seconds, once for each wait; an empty reason: it goes on.
    """

    def __init__(self, most: int, waiting: Callable[[str, float], None] = lambda _, __: None) -> None:
        """Begin with nothing pulled."""
        self._most, self._waiting, self._why = most, waiting, ""
        self._budgets = {_HUB: HubBudget(most)}

    def take(self, host: str, now_s: float) -> float:
        """Take a pull of `host` if one may be made, 0.0; else tell how many seconds to wait. Not counted: always 0.0."""
        budget = self._budgets.get(host)
        wait_s = 0.0 if budget is None else budget.take(now_s)
        if budget is not None and wait_s:
            has_none = budget.is_told_none(now_s)
            self._tell(
                f"{host} has no pulls left"
                if has_none
                else f"{format_count(self._most, 'pull')} of {host} made in its window",
                wait_s,
            )
        elif budget is not None:
            self._tell("", 0.0)
        return wait_s

    def told(self, limit: RateLimit | None, now_s: float) -> None:
        """Note what an answer said of pulls; whoever says anything counts them."""
        if limit is not None:
            self._budgets.setdefault(limit.host, HubBudget(self._most)).told(limit, now_s)

    def refused(self, host: str, now_s: float, wait_s: float | None) -> bool:
        """Note a 429 to a pull, and tell whether it is to be waited out: where pulls are counted."""
        if (budget := self._budgets.get(host)) is None:
            return False
        budget.refused(now_s, wait_s)
        return True

    def is_told_none(self, host: str, now_s: float) -> bool:
        """Tell whether a registry has said that nothing is left, so that asking it again may end the wait early."""
        return host in self._budgets and self._budgets[host].is_told_none(now_s)

    def _tell(self, why: str, wait_s: float) -> None:
        if why != self._why:
            self._why = why
            self._waiting(why, wait_s)
