"""Who listens to a seeding: progress, journal and report hear the same run, each through the same few methods."""

# ruff: noqa: ARG002  (what nobody listens to is handed over too)
from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from regplan.errors import RegplanError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.seed import SeedPlan, SeedResult
    from regplan.seed.machine import Known
    from regplan.seed.steps import Event, Step

__all__ = ["Listener", "Listeners"]

_log = logging.getLogger(__name__)


class Listener(Protocol):
    """Hears what a seeding does; whoever derives from it overrides what he wants to hear, the rest is passed over.

    All but `moving` are called in the thread of the run's loop, one after another. `moving` is called in whatever thread
    the bytes pass through, several times a second for every blob under way: it must be quick and thread-safe.
    """

    def begin(self, plan: SeedPlan, known: Known, /) -> None:
        """Hear what is to be done and what the target has of it; again where the target turned out to be another."""
        return

    def started(self, step: Step, /) -> None:
        """Hear that a step is begun; again for each attempt, which the step counts."""
        return

    def moving(self, step: Step, sent_bytes: int, /) -> None:
        """Hear how many bytes of this attempt at a step have been handed to the target so far."""
        return

    def heard(self, event: Event, /) -> None:
        """Hear what came of a step that is not taken again."""
        return

    def retried(self, step: Step, why: str, wait_s: float, /) -> None:
        """Hear that a step failed and is taken again after `wait_s`; `step` is the attempt that failed."""
        return

    def waiting(self, why: str, until_s: float, /) -> None:
        """Hear that nothing moves before `until_s` on the run's clock, and why; an empty `why`: it goes on."""
        return

    def ended(self, result: SeedResult, /) -> None:
        """Hear the result, last of all."""
        return


class Listeners:
    """Several listeners as one, of whom none can break a run but the `strict` ones: theirs must hold, or the run ends.

    What a strict listener raises is kept in `broken`, in one sentence, and it is told nothing more.
    """

    def __init__(self, listeners: Sequence[Listener], strict: Sequence[Listener] = ()) -> None:
        """Tell the strict ones first: what is shown as done is then already written down."""
        self.broken = ""
        self._strict = list(strict)
        self._others = list(listeners)

    def begin(self, plan: SeedPlan, known: Known) -> None:
        """Tell all."""
        self._tell("begin", plan, known)

    def started(self, step: Step) -> None:
        """Tell all."""
        self._tell("started", step)

    def moving(self, step: Step, sent_bytes: int) -> None:
        """Tell all."""
        self._tell("moving", step, sent_bytes)

    def heard(self, event: Event) -> None:
        """Tell all."""
        self._tell("heard", event)

    def retried(self, step: Step, why: str, wait_s: float) -> None:
        """Tell all."""
        self._tell("retried", step, why, wait_s)

    def waiting(self, why: str, until_s: float) -> None:
        """Tell all."""
        self._tell("waiting", why, until_s)

    def ended(self, result: SeedResult) -> None:
        """Tell all."""
        self._tell("ended", result)

    def _tell(self, what: str, *said: object) -> None:
        for listener in list(self._strict):
            try:
                getattr(listener, what)(*said)
            except (RegplanError, OSError) as error:
                self.broken = self.broken or str(error)
                self._strict.remove(listener)
        for listener in list(self._others):
            try:
                getattr(listener, what)(*said)
            except Exception:  # noqa: BLE001
                # A run of hours does not end because a screen has gone.
                _log.debug("%s no longer listens", type(listener).__name__, exc_info=True)
                self._others.remove(listener)
