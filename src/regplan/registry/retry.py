"""When a request is tried again, and after how long; pure: chance is an argument, and nothing sleeps here."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from regplan.values import dataclass

__all__ = ["DEFAULT_POLICY", "Fault", "Outcome", "RetryPolicy", "next_delay"]

_PASSING: Final = frozenset({408, 425, 429, 499, 500, 502, 503, 504, 522})
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_REPEATABLE: Final = frozenset({"POST", "PUT", "DELETE"})


class Fault(StrEnum):
    """Why there was no answer."""

    NONE = "none"
    REFUSED = "refused"  # no connection came about, so nothing was sent
    BROKEN = "broken"  # the connection broke, after something may have been sent
    SILENT = "silent"  # time ran out, after something may have been sent
    FINAL = "final"  # trying again cannot help: a certificate, a wrong protocol


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended: a `status`, or a `fault` where there was no answer.

    `replayable` says that the body can be sent again whole and that doing so twice does no harm; `known_host` that this
    host has answered before in this run.
    """

    method: str
    status: int | None = None
    fault: Fault = Fault.NONE
    replayable: bool = True
    known_host: bool = True
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient we are: `attempts` in all, delays that double from `first_s` up to `longest_s`.

    Silence is borne `silences` times, since each costs the whole time-out.
    A registry that asks to wait longer than `patience_s` gets no second request: the user is told how long it asked.
    """

    attempts: int = 5
    silences: int = 2
    first_s: float = 0.25
    longest_s: float = 15.0
    patience_s: float = 90.0


DEFAULT_POLICY: Final = RetryPolicy()


def next_delay(attempt: int, outcome: Outcome, random: float, policy: RetryPolicy = DEFAULT_POLICY) -> float | None:
    """Tell after how many seconds attempt `attempt` (1 for the first) is followed by another; None: it is the last.

    `random` is drawn from [0, 1). Retry-After is never undercut; a PATCH and a streamed body are never sent again.

    >>> next_delay(1, Outcome("GET", 503), 0.0), next_delay(3, Outcome("GET", 503), 0.0)
    (0.25, 1.0)
    >>> next_delay(1, Outcome("GET", 429, retry_after_s=7), 0.0)
    7.0
    >>> next_delay(1, Outcome("PATCH", 503), 0.0) is None
    True
    """
    most = policy.silences if outcome.fault is Fault.SILENT else policy.attempts
    if attempt >= most or not _may_pass(outcome) or not _may_repeat(outcome):
        return None
    backoff = min(policy.longest_s, policy.first_s * 2.0 ** (attempt - 1))
    asked = outcome.retry_after_s
    if asked is None:
        return backoff * (1 + random / 2)
    if asked > policy.patience_s:
        return None
    return max(float(asked), policy.first_s) + backoff * random / 2


def _may_pass(outcome: Outcome) -> bool:
    if outcome.fault is Fault.NONE:
        return outcome.status in _PASSING
    if outcome.fault is Fault.REFUSED:
        # A host that never answered is more likely misspelt than slow: its user is told at once.
        return outcome.known_host
    return outcome.fault in {Fault.BROKEN, Fault.SILENT}


def _may_repeat(outcome: Outcome) -> bool:
    if outcome.method in _SAFE:
        return True
    return outcome.replayable and outcome.method in _REPEATABLE
