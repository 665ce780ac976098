"""The machine's steps, taken at once as far as the target bears it, and everybody told of what came of them."""

from __future__ import annotations

import logging
import math
from dataclasses import field, fields, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import anyio

from regplan.errors import SeedIncomplete
from regplan.model.seed import SeedDone, SeedResult
from regplan.model.source import OrderedSource
from regplan.plan.seeding import in_order
from regplan.seed.flow import Flow, Gate
from regplan.seed.hours import Admission
from regplan.seed.listening import Listeners
from regplan.seed.machine import Machine
from regplan.seed.pacing import Pacing
from regplan.seed.settings import Settings
from regplan.seed.steps import CopyBlob, Event, Outcome, PutManifest
from regplan.seed.survey import counted_single, look_again, survey_plan
from regplan.seed.taking import Taker
from regplan.seed.tempo import Tempo
from regplan.units import format_count
from regplan.values import dataclass

if TYPE_CHECKING:
    from anyio.streams.memory import MemoryObjectSendStream

    from regplan.model.seed import SeedPlan
    from regplan.model.source import ImageSource
    from regplan.model.windows import Windows
    from regplan.oci.digest import Digest
    from regplan.seed.machine import Known
    from regplan.seed.steps import Step
    from regplan.seed.survey import Survey
    from regplan.seed.targets import SeedTarget

__all__ = ["Settings", "apply_seed", "require_complete", "survey_plan"]

_log = logging.getLogger(__name__)
_LONGEST_PAUSE_S: Final = 10.0
_LOOK_EVERY_S: Final = 0.1
_STALLED_EVERY_S: Final = 1.0
_SCOUT_S: Final = 3.0  # for which all wait to learn from one small blob


async def apply_seed(
    found: Survey, source: ImageSource, target: SeedTarget, settings: Settings | None = None
) -> SeedResult:
    """Copy what `target` lacks from `source`, and tell what came of it; running it again goes on from there.

    `found` is what `survey_plan` told of the target. `verified` holds where every manifest was found or accepted under
    each of its names with its digest, which is verification at level "tags". Raises the target's `RegistryError` where
    it fails before anything was written; what fails later stands in the result's `failed` and `blocked`, and
    `interrupted` holds where `settings.stop` was asked for before the end.
    """
    if isinstance(source, OrderedSource):
        found = replace(found, plan=in_order(found.plan, source.offset_of))
    run = _Run(found, source, target, settings or Settings())
    before = target.counts
    await run.seed(found.known)
    done = replace(
        run.done,
        present=run.present,
        manifests=len(run.put),
        requests=found.requests + target.counts.requests - before.requests,
        overhead_requests=found.overhead_requests + target.counts.overhead - before.overhead,
    )
    if (error := run.taker.error) is not None and done.uploaded_blobs + done.mounted + done.manifests == 0:
        raise error
    if target.takes_single is not None and target.has_wire:
        # By now it is seen, and not only told by the registry's kind.
        found = counted_single(found, single=target.takes_single)
    machine = run.machine
    failed = dict.fromkeys((*machine.failed, *filter(None, (machine.stopped,))))
    blocked = dict.fromkeys(name for place in machine.blocked for name in _names(found.plan, place))
    complete = machine.complete
    rerun = dict.fromkeys(name for place in machine.unfinished for name in _names(found.plan, place))
    interrupted = machine.halted and not complete
    result = SeedResult(found.plan, done, tuple(failed), tuple(blocked), complete, interrupted, tuple(rerun))
    run.listeners.ended(result)
    return result


def require_complete(result: SeedResult) -> SeedResult:
    """Give back a result that is complete; raises `SeedIncomplete` for one that is not."""
    if not result.failed and not result.blocked:
        return result
    reasons = "".join(f"\n  - {reason}" for reason in result.failed)
    kept = f" ({result.journal} says what is there)" if result.journal else ""
    raise SeedIncomplete(
        f"{result.plan.target}: not everything could be placed, and something is missing of {format_count(len(result.rerun), 'image')}; "
        f"seed again to go on from there{kept}{reasons}",
        failed=result.failed,
        blocked=result.blocked,
        journal=result.journal or None,
    )


def _names(plan: SeedPlan, place: int) -> tuple[str, ...]:
    put = plan.manifests[place]
    return put.references or (f"{put.repository}@{put.digest}",)


@dataclass(slots=True)
class _Flight:
    """A step under way: its bytes, what cuts it, and why it was cut."""

    flow: Flow
    begun_s: float
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    cut: Event | None = None


class _Run:
    """One call of `apply_seed`."""

    def __init__(self, found: Survey, source: ImageSource, target: SeedTarget, settings: Settings) -> None:
        self.done = SeedDone()
        self.put: set[int] = set()
        self._brought: set[tuple[str, Digest]] = set()
        self.taker = Taker(found.plan, source, target, settings, found.known.damage)
        self._plan, self._target, self._settings = found.plan, target, settings
        journal = () if settings.journal is None else (settings.journal,)
        self.listeners = Listeners(settings.listeners, journal)
        self._gate = Gate()
        self._flights: dict[Step, _Flight] = {}
        self._closed_at_s = 0.0
        self._closed_by = ""
        self._pacing = Pacing(settings.widths)
        known_bps = (settings.link_bps, self._max_bps)
        expected_bps = min((bps for bps in known_bps if bps), default=None)
        self._tempo = Tempo(settings.longest_s, expected_bps, lambda: self._pacing.widths.large)
        self._begin(found.known)

    def _begin(self, known: Known) -> None:
        self.machine = Machine(self._plan, known, self._pacing.widths, self._settings.attempts)
        self.machine.scouts = self._target.takes_single is None and self.machine.is_fresh
        # Zot cuts a request that takes long, and only measuring tells which would.
        self.machine.lanes.gauges = self._target.takes_single is not False and self._tempo.stream_bps is None
        self.machine.fits = self._fits

    @property
    def _max_bps(self) -> int | None:
        limiter = self._settings.limiter
        return None if limiter is None else limiter.max_bps

    @property
    def _windows(self) -> Windows | None:
        steering = self._settings.steering
        return self._settings.windows if steering is None else steering.windows

    @property
    def present(self) -> int:
        """How many (repository, blob) pairs of the plan stand there without our doing, known before or found meanwhile."""
        places = self.machine.known.places
        pairs = ((place, blob.descriptor.digest) for blob in self._plan.blobs for place in blob.repositories)
        return sum(place in places.get(digest, ()) and (place, digest) not in self._brought for place, digest in pairs)

    async def seed(self, known: Known) -> None:
        """Take steps; ask for every tag and begin again where a project that seemed new is not."""
        while True:
            self._begin(known)
            await self._drive()
            self.done = _sum(self.done, self.machine.done)
            if not self.machine.surprised or self.machine.stopped or self.machine.complete:
                return
            known = await look_again(self._plan, self._target, self.machine.known)

    async def _drive(self) -> None:
        events, heard = anyio.create_memory_object_stream[Event | None](math.inf)
        async with events, heard, anyio.create_task_group() as tasks:
            self._look_at_hours()
            steps = self.machine.start()
            self.listeners.begin(self._plan, self.machine.known)
            for watch in (self._watch_stop, self._watch_hours, self._watch_streams, self._watch_scout):
                tasks.start_soon(watch, tasks.cancel_scope, events)
            while True:
                for step in steps:
                    tasks.start_soon(self._take, step, events)
                if self.machine.gone or not (self.machine.flying or self.machine.waiting):
                    # Of a target that is gone, what is under way would only find out the same, each after its time-out.
                    tasks.cancel_scope.cancel()
                    return
                event = await heard.receive()
                steps = self.machine.more() if event is None else self._handle(event)

    def _handle(self, event: Event) -> list[Step]:
        flight = self._flights.pop(event.step, None)
        if flight is not None:
            taken_s = self._settings.clock() - flight.begun_s
            self._pacing.landed(event.step, event.sent_bytes, taken_s, self._target.counts.throttled)
            self.machine.widen(self._pacing.widths)
        if event.outcome is Outcome.ELSEWHERE:
            self._settings.tell(event.reason)
        if self.machine.is_again(event):
            self.listeners.retried(event.step, event.reason, _pause_s(event.next_attempt().attempt))
        elif event.outcome is not Outcome.PAUSED:
            self.listeners.heard(event)
            self._note(event)
        steps = self.machine.handle(event)
        if self.listeners.broken:
            self.machine.halt(self.listeners.broken)
            return []
        return steps

    def _note(self, event: Event) -> None:
        if isinstance(event.step, PutManifest):
            self.put |= {event.step.place} if event.outcome is Outcome.PUT else set()
        elif event.outcome in {Outcome.SENT, Outcome.MOUNTED}:
            self._brought.add((event.step.repository, event.step.digest))

    async def _take(self, step: Step, events: MemoryObjectSendStream[Event | None]) -> None:
        if step.attempt:
            await self._settings.sleep(_pause_s(step.attempt))
        while not self._gate.is_open and not self.machine.halted:
            await self._settings.sleep(_LOOK_EVERY_S)
        if self.machine.halted:
            events.send_nowait(Event(step, Outcome.SKIPPED))
            return
        self.listeners.started(step)
        flow = Flow(self._settings, self._gate, partial(self.listeners.moving, step), self._tempo)
        flow.is_alone = step == self.machine.lanes.gauge
        flight = self._flights[step] = _Flight(flow, self._settings.clock())
        event: Event | None = None
        with flight.scope:
            event = await self.taker.take(step, self.machine, flow)
        told = flight.cut if event is None else event
        if told is None:
            return
        if told.reason:
            _log.debug("%s: %s: %s", step, told.outcome.name, told.reason)
        events.send_nowait(told)

    def _fits(self, size: int) -> bool:
        now_s, windows = self._settings.date(), self._windows
        if windows is None:
            return True
        ahead = sum(self.taker.needs(step) for step in self._flights)
        rate_bps = self._pacing.rate_bps
        fits = Admission(windows, self._max_bps).fits(size, now_s, rate_bps, ahead)
        # What no window lets through whole is begun all the same, and fails with that for a reason.
        return fits or (not self._flights and self._gate.is_open and not self._may_ever_fit(size))

    def _may_ever_fit(self, size: int) -> bool:
        windows = self._windows
        rates = [rate for rate in (self._pacing.rate_bps, self._max_bps) if rate]
        return windows is None or not rates or size * 8 <= min(rates) * windows.longest_s

    async def _watch_stop(self, scope: anyio.CancelScope, events: MemoryObjectSendStream[Event | None]) -> None:
        """Begin nothing new once one asks to stop, and cut off what is under way once one means now."""
        stop = self._settings.stop
        while stop is not None:
            if stop.asked and not self.machine.halted:
                self.machine.halt()
                events.send_nowait(None)
            if stop.now:
                scope.cancel()
            await anyio.sleep(_LOOK_EVERY_S)

    async def _watch_scout(self, _: anyio.CancelScope, events: MemoryObjectSendStream[Event | None]) -> None:
        """Go on without what a scout would tell where its answer takes too long."""
        await anyio.sleep(_SCOUT_S)
        self.machine.leave_scout()
        events.send_nowait(None)

    async def _watch_hours(self, _: anyio.CancelScope, events: MemoryObjectSendStream[Event | None]) -> None:
        """Hold everything while no window is open or one has it held; what is held for too long is taken again later.

        Where something was changed under way it is looked anew what may be begun.
        """
        steering, seen, max_bps = self._settings.steering, 0, self._max_bps
        while steering is not None or self._windows is not None:
            was_open = self._gate.is_open
            if self._look_at_hours() > self._settings.grace_s:
                self._cut_held()
            is_news = steering is not None and steering.changes != seen
            if is_news and self._max_bps not in {None, max_bps}:
                self._tempo.capped(self._max_bps or 0)
            if self._gate.is_open and (is_news or not was_open):
                events.send_nowait(None)
            seen, max_bps = 0 if steering is None else steering.changes, self._max_bps
            await anyio.sleep(_LOOK_EVERY_S)

    def _look_at_hours(self) -> float:
        """Open or close the gate, and tell for how many seconds it has been closed."""
        now_s = self._settings.date()
        why, opens_in_s = self._why_closed(now_s)
        if why != self._closed_by:
            if not self._closed_by:
                self._closed_at_s = now_s
            self._closed_by = why
            self.listeners.waiting(why, self._settings.clock() + opens_in_s if why else 0.0)
        self._gate.is_open = not why
        return now_s - self._closed_at_s if why else 0.0

    def _why_closed(self, now_s: float) -> tuple[str, float]:
        """Tell why nothing may move now, "" where it may, and in how many seconds it may again."""
        steering, windows = self._settings.steering, self._windows
        if steering is not None and steering.is_held:
            return "held by the user", math.inf
        if windows is None or windows.is_open(now_s):
            return "", 0.0
        return f"outside the hours {windows}", windows.opens_in_s(now_s)

    def _cut_held(self) -> None:
        for step, flight in self._flights.items():
            if isinstance(step, CopyBlob) and flight.cut is None:
                flight.cut = Event(step, Outcome.PAUSED)
                size = self.taker.needs(step)
                if not self._may_ever_fit(size):
                    why = f"{step.repository} {step.digest}: {size} bytes take longer than the longest window is open"
                    flight.cut = Event(step, Outcome.FAILED, why)
                flight.scope.cancel()

    async def _watch_streams(self, _: anyio.CancelScope, __: MemoryObjectSendStream[Event | None]) -> None:
        """Cut streams that have stalled, so that they are taken again."""
        patience_s, min_bps = self._settings.patience_s, self._settings.min_bps
        while True:
            await anyio.sleep(min(_STALLED_EVERY_S, patience_s / 4))
            now_s = self._settings.clock()
            for step, flight in self._flights.items():
                if flight.cut is None and flight.flow.is_stalled(now_s):
                    why = f"it stalled: less than {min_bps} bit/s for {patience_s:.0f} s"
                    what = f"{step.repository} {step.digest}" if isinstance(step, CopyBlob) else step.reference
                    flight.cut = Event(step, Outcome.FAILED, f"{what}: {why}", retryable=True)
                    flight.scope.cancel()


def _pause_s(attempt: int) -> float:
    return min(0.25 * 2.0**attempt, _LONGEST_PAUSE_S) if attempt else 0.0


def _sum(one: SeedDone, other: SeedDone) -> SeedDone:
    return SeedDone(**{entry.name: getattr(one, entry.name) + getattr(other, entry.name) for entry in fields(SeedDone)})
