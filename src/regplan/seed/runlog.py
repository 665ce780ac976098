"""A run as it is heard: what became of each item, the bytes that left in each second, and what is waited for.

It is what progress shows and what the report tells, so a byte counts as done only where the target has confirmed it,
and a number that says so never falls.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from threading import Lock
from typing import TYPE_CHECKING, Final

from regplan.model.run import RunItem, RunRecord, RunWait
from regplan.seed.listening import Listener
from regplan.seed.steps import CopyBlob, Outcome
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from regplan.model.run import Forecast, SeedLimits
    from regplan.model.seed import SeedPlan, SeedResult
    from regplan.oci.digest import Digest
    from regplan.seed.machine import Known
    from regplan.seed.steps import Event, Step

__all__ = ["RunLog", "Snapshot"]

_MINUTE_S: Final = 60
# What a rate is measured over at least: a burst into buffers in the first milliseconds tells nothing.
_LEAST_S: Final = 0.25
_STATES: Final = {
    Outcome.SENT: "sent",
    Outcome.MOUNTED: "mounted",
    Outcome.PRESENT: "present",
    Outcome.PUT: "put",
    Outcome.SKIPPED: "waiting",
    Outcome.INCOMPLETE: "waiting",
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A run at one moment: bytes in all, confirmed and on the wire, and how many items are in which state ("blob sent").

    `blobs` counts (repository, blob) pairs and `manifests` names to put. `rate_bps` is of the last minute, `under_way` what
    is being sent with the bytes that have left and its size. `waits_until_s` is on the run's clock.
    """

    seconds: float = 0.0
    total_bytes: int = 0
    confirmed_bytes: int = 0
    moving_bytes: int = 0
    wire_bytes: int = 0
    blobs: int = 0
    manifests: int = 0
    states: tuple[tuple[str, int], ...] = ()
    retries: int = 0
    rate_bps: float = 0.0
    under_way: tuple[tuple[str, int, int], ...] = ()
    waits: str = ""
    waits_until_s: float = 0.0

    def count(self, state: str) -> int:
        """Tell how many items are in a state."""
        return dict(self.states).get(state, 0)

    @property
    def left_bytes(self) -> int:
        """The bytes that the target has not confirmed and that have not left either."""
        return max(0, self.total_bytes - self.confirmed_bytes - self.moving_bytes)


@dataclass(slots=True)
class _Entry:
    """What is known of one item."""

    kind: str
    repository: str
    name: str
    size: int
    state: str = "waiting"
    attempts: int = 0
    wire: int = 0
    began_s: float = 0.0
    seconds: float = 0.0
    problem: str = ""
    why: str = ""
    told: RunItem | None = None


class RunLog(Listener):
    """Hears a run and keeps what came of it; `snapshot` and `record` may be asked in any thread at any time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, date: Callable[[], float] = time.time) -> None:
        """Hear nothing yet."""
        self._clock, self._date = clock, date
        self._lock = Lock()
        self._plan: SeedPlan | None = None
        self._result: SeedResult | None = None
        self._began_s: float | None = None
        self._began_at_s = 0.0
        self._entries: dict[tuple[str, str], _Entry] = {}
        self._sizes: dict[Digest, int] = {}
        self._placed: set[Digest] = set()
        self._total = self._confirmed = self._wire = self._retries = 0
        self._kinds: Counter[str] = Counter()
        self._states: Counter[str] = Counter()
        self._moving: dict[Step, int] = {}
        self._seconds: dict[int, int] = defaultdict(int)
        self._waits: list[RunWait] = []
        self._waiting: tuple[str, float, float] | None = None

    @property
    def has_begun(self) -> bool:
        """Whether anything may have been written: from then on a request to stop lets end what is under way."""
        return self._began_s is not None

    def planned(self, plan: SeedPlan) -> None:
        """Note the plan that was shown, whether or not it is done."""
        with self._lock:
            self._plan = plan

    def begin(self, plan: SeedPlan, known: Known) -> None:
        """Note what is to be done, and what is known to be there."""
        with self._lock:
            if self._began_s is None:
                self._began_s, self._began_at_s = self._clock(), self._date()
            self._plan = plan
            self._sizes = {blob.descriptor.digest: blob.descriptor.size for blob in plan.blobs}
            self._total = sum(self._sizes.values())
            for blob in plan.blobs:
                for repository in blob.repositories:
                    name = str(blob.descriptor.digest)
                    self._add("blob", repository, name, blob.descriptor.size)
            for put in plan.manifests:
                for name in put.tags or (str(put.digest),):
                    self._add("manifest", put.repository, name, len(put.raw))
            self._skip(plan, known)

    def started(self, step: Step) -> None:
        """Note that an attempt began; what was cut at the close of a window begins once more as the same attempt."""
        with self._lock:
            self._moving.pop(step, None)
            entry = self._entry(step)
            self._turn(entry, "moving")
            entry.attempts += 1
            entry.began_s = self._clock()
            entry.told = None

    def moving(self, step: Step, sent_bytes: int) -> None:
        """Note bytes that left."""
        with self._lock:
            self._moved(step, sent_bytes)

    def heard(self, event: Event) -> None:
        """Note what came of a step."""
        with self._lock:
            entry = self._ended(event.step, event.sent_bytes)
            if event.outcome is Outcome.PUT:
                self._moved(event.step, entry.size)
                self._moving.pop(event.step)
            self._turn(entry, _STATES.get(event.outcome, "failed"))
            if entry.state == "failed":
                entry.problem, entry.why = event.outcome.name.lower().replace("_", "-"), event.reason
                entry.told = None
            if isinstance(event.step, CopyBlob) and entry.state in {"sent", "mounted", "present"}:
                self._place((event.step.digest,))
            elif entry.state == "put" and not isinstance(event.step, CopyBlob) and self._plan is not None:
                put = self._plan.manifests[event.step.place]
                self._place(put.blobs)
                self._settle(((put.repository, str(digest)) for digest in put.blobs), "present")

    def retried(self, step: Step, why: str, wait_s: float) -> None:  # noqa: ARG002  the port's
        """Note an attempt that failed and is made again."""
        with self._lock:
            entry = self._ended(step, 0)
            self._turn(entry, "retrying")
            entry.why, entry.told = why, None
            self._retries += 1

    def waiting(self, why: str, until_s: float) -> None:
        """Note what is waited for, or that it goes on."""
        with self._lock:
            now_s = self._clock()
            if self._waiting is not None and self._waiting[0] != why:
                self._waits.append(self._wait(now_s))
            if not why:
                self._waiting = None
            elif self._waiting is None or self._waiting[0] != why:
                self._waiting = (why, now_s, until_s)
            else:
                self._waiting = (why, self._waiting[1], until_s)

    def ended(self, result: SeedResult) -> None:
        """Note the result."""
        with self._lock:
            self._result = result

    def snapshot(self) -> Snapshot:
        """Tell how the run stands."""
        with self._lock:
            now_s = self._clock()
            return Snapshot(
                seconds=self._since(now_s),
                total_bytes=self._total,
                confirmed_bytes=self._confirmed,
                moving_bytes=self._in_flight(),
                wire_bytes=self._wire,
                blobs=self._kinds["blob"],
                manifests=self._kinds["manifest"],
                states=tuple(sorted(self._states.items())),
                retries=self._retries,
                rate_bps=self._rate_bps(now_s),
                under_way=self._under_way(),
                waits=self._waiting[0] if self._waiting else "",
                waits_until_s=self._waiting[2] if self._waiting else 0.0,
            )

    def items(self) -> tuple[RunItem, ...]:
        """List what became of every item so far; those of which there is nothing new are the same values as before."""
        with self._lock:
            return self._items()

    def record(self, limits: SeedLimits | None = None, forecast: Forecast | None = None, error: str = "") -> RunRecord:
        """Tell the whole run, as it stands now."""
        with self._lock:
            now_s = self._clock()
            last = max(self._seconds, default=-1)
            return RunRecord(
                plan=self._plan,
                result=self._result,
                began_at_s=self._began_at_s if self._began_s is not None else self._date(),
                seconds=self._since(now_s),
                total_bytes=self._total,
                confirmed_bytes=self._confirmed,
                wire_bytes=self._wire,
                retries=self._retries,
                items=self._items(),
                waits=(*self._waits, *([self._wait(now_s)] if self._waiting else [])),
                timeline=tuple(self._seconds.get(second, 0) for second in range(last + 1)),
                limits=limits,
                forecast=forecast,
                error=error,
            )

    def _items(self) -> tuple[RunItem, ...]:
        for entry in self._entries.values():
            if entry.told is None:
                entry.told = _item(entry)
        return tuple(entry.told for entry in self._entries.values() if entry.told is not None)

    def _skip(self, plan: SeedPlan, known: Known) -> None:
        there = [
            (put, name)
            for put in plan.manifests
            for name in put.tags or (str(put.digest),)
            if (put.repository, name) in known.right
        ]
        for put, name in there:
            self._settle([(put.repository, name)], "skipped")
            self._settle(((put.repository, str(digest)) for digest in put.blobs), "skipped")
            self._place(put.blobs)
        for digest, repositories in known.places.items():
            self._settle(((repository, str(digest)) for repository in repositories), "skipped")
            self._place((digest,))

    def _settle(self, keys: Iterable[tuple[str, str]], state: str) -> None:
        """Note items that turned out to be there without a step of their own."""
        for key in keys:
            if key in self._entries and self._entries[key].state in {"waiting", "retrying"}:
                self._turn(self._entries[key], state)

    def _place(self, digests: Iterable[Digest]) -> None:
        new = {digest for digest in digests if digest in self._sizes} - self._placed
        self._placed |= new
        self._confirmed += sum(self._sizes[digest] for digest in new)

    def _entry(self, step: Step) -> _Entry:
        if isinstance(step, CopyBlob):
            return self._add("blob", step.repository, str(step.digest), self._sizes.get(step.digest, 0))
        put = None if self._plan is None else self._plan.manifests[step.place]
        return self._add("manifest", "" if put is None else put.repository, step.reference, len(put.raw) if put else 0)

    def _add(self, kind: str, repository: str, name: str, size: int) -> _Entry:
        found = self._entries.get((repository, name))
        if found is None:
            found = self._entries[repository, name] = _Entry(kind, repository, name, size)
            self._kinds[kind] += 1
            self._states[f"{kind} {found.state}"] += 1
        return found

    def _turn(self, entry: _Entry, state: str) -> None:
        self._states[f"{entry.kind} {entry.state}"] -= 1
        entry.state, entry.told = state, None
        self._states[f"{entry.kind} {entry.state}"] += 1

    def _ended(self, step: Step, sent_bytes: int) -> _Entry:
        entry = self._entry(step)
        if sent_bytes:
            self._moved(step, sent_bytes)
        self._moving.pop(step, None)
        entry.seconds += max(0.0, self._clock() - entry.began_s) if entry.attempts else 0.0
        entry.told = None
        return entry

    def _moved(self, step: Step, sent_bytes: int) -> None:
        new = sent_bytes - self._moving.get(step, 0)
        # Less than before: it goes on from an earlier place.
        self._moving[step] = sent_bytes
        if new <= 0:
            return
        entry = self._entry(step)
        entry.wire, entry.told = entry.wire + new, None
        self._wire += new
        self._seconds[int(self._since(self._clock()))] += new

    def _in_flight(self) -> int:
        """Count bytes of blobs that have left and are not confirmed, each blob once and never more than its size."""
        sent: dict[Digest, int] = {}
        for step, size in self._moving.items():
            if isinstance(step, CopyBlob) and step.digest not in self._placed:
                sent[step.digest] = max(sent.get(step.digest, 0), min(size, self._sizes.get(step.digest, 0)))
        return sum(sent.values())

    def _rate_bps(self, now_s: float) -> float:
        """Tell the rate over the last minute, or over what there is of it, from the first moment on."""
        since_s = self._since(now_s)
        first = max(0, int(since_s) - _MINUTE_S)
        sent = sum(self._seconds.get(second, 0) for second in range(first, int(since_s) + 1))
        return sent * 8 / max(_LEAST_S, since_s - first)

    def _under_way(self) -> tuple[tuple[str, int, int], ...]:
        streams = [(step, sent) for step, sent in self._moving.items() if isinstance(step, CopyBlob)]
        return tuple(
            (f"{step.repository} {step.digest.short}", sent, self._sizes.get(step.digest, 0)) for step, sent in streams
        )

    def _since(self, now_s: float) -> float:
        return 0.0 if self._began_s is None else max(0.0, now_s - self._began_s)

    def _wait(self, now_s: float) -> RunWait:
        why, from_s, _ = self._waiting or ("", now_s, now_s)
        return RunWait(why, self._since(from_s), max(0.0, now_s - from_s))


def _item(entry: _Entry) -> RunItem:
    return RunItem(
        entry.kind, entry.repository, entry.name, entry.size, entry.state, entry.attempts, entry.wire, entry.seconds,
        entry.problem, entry.why,
    )  # fmt: skip
