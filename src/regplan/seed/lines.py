"""A run's log: one line for whatever happens to it, the newest so many of them; older ones are counted and let go."""

from __future__ import annotations

import time
from collections import deque
from threading import Lock
from typing import TYPE_CHECKING, Final

from regplan.seed.listening import Listener
from regplan.seed.steps import CopyBlob, Outcome
from regplan.units import format_bytes, format_count, format_duration
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.seed import SeedPlan, SeedResult
    from regplan.seed.machine import Known
    from regplan.seed.steps import Event, Step

__all__ = ["RunLine", "RunLines"]

_MOST: Final = 2_000
_QUIET: Final = frozenset({Outcome.SKIPPED, Outcome.PAUSED, Outcome.ELSEWHERE})


@dataclass(frozen=True, slots=True)
class RunLine:
    """One line: when, as a Unix time in seconds, of what kind (note, sent, put, retry, failed, waits), and what."""

    at_s: float
    kind: str
    text: str


class RunLines(Listener):
    """Hears a run and keeps at most `most` lines of it; `left_out` counts those that were let go. Any thread may ask."""

    def __init__(self, date: Callable[[], float] = time.time, most: int = _MOST) -> None:
        """Have no line yet."""
        self._date, self._lock = date, Lock()
        self._lines: deque[RunLine] = deque(maxlen=most)
        self._said = 0
        self._names: tuple[str, ...] = ()

    @property
    def left_out(self) -> int:
        """How many lines were let go."""
        return self._said - len(self._lines)

    @property
    def said(self) -> int:
        """How many lines there were."""
        return self._said

    def lines(self) -> tuple[RunLine, ...]:
        """List the lines that are kept, oldest first."""
        with self._lock:
            return tuple(self._lines)

    def note(self, text: str, kind: str = "note") -> None:
        """Add a line."""
        with self._lock:
            self._lines.append(RunLine(self._date(), kind, text))
            self._said += 1

    def begin(self, plan: SeedPlan, known: Known) -> None:
        """Tell how much is to be done."""
        self._names = tuple(f"{put.repository}@{put.digest.short}" for put in plan.manifests)
        names, places = format_count(len(known.right), "name"), format_count(len(known.places), "blob")
        blobs, manifests = format_count(len(plan.blobs), "blob"), format_count(len(plan.manifests), "manifest")
        self.note(f"begun: {blobs}, {manifests} to {plan.target}; {names} and {places} are known to be there")

    def heard(self, event: Event) -> None:
        """Tell what came of a step."""
        if event.outcome in _QUIET:
            return
        if event.outcome is Outcome.PUT:
            self.note(self._what(event.step), "put")
        elif event.outcome in {Outcome.SENT, Outcome.MOUNTED, Outcome.PRESENT}:
            size = f", {format_bytes(event.sent_bytes)}" if event.sent_bytes else ""
            self.note(f"{self._what(event.step)}{size}", event.outcome.name.lower())
        else:
            self.note(event.reason or f"{self._what(event.step)}: {event.outcome.value}", "failed")

    def retried(self, step: Step, why: str, wait_s: float) -> None:
        """Tell what failed and is taken again."""
        self.note(f"{self._what(step)}: {why}; again in {format_duration(wait_s)}", "retry")

    def waiting(self, why: str, until_s: float) -> None:  # noqa: ARG002  the port's
        """Tell that nothing moves, or that it goes on."""
        self.note(why or "goes on", "waits")

    def ended(self, result: SeedResult) -> None:
        """Tell how it ended."""
        done = result.done
        sent = f"{format_count(done.uploaded_blobs, 'blob')} sent ({format_bytes(done.uploaded_bytes)}), {done.mounted} mounted"
        how = "complete" if result.verified else "interrupted" if result.interrupted else "incomplete"
        self.note(f"{how}: {sent}, {done.present} present, {format_count(done.manifests, 'manifest')} put")

    def _what(self, step: Step) -> str:
        if isinstance(step, CopyBlob):
            return f"{step.repository} {step.digest.short}"
        name = self._names[step.place] if step.place < len(self._names) else ""
        return f"{name} as {step.reference}"
