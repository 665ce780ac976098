"""The machine's steps, taken: blobs streamed from the source to the target, manifests put, progress told."""

from __future__ import annotations

import logging
import math
from contextlib import aclosing
from dataclasses import fields, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import anyio

from regplan.errors import (
    ContentError,
    Denied,
    QuotaExceeded,
    RateLimited,
    RegistryError,
    RegplanError,
    SeedIncomplete,
    Unauthorized,
    Unreachable,
)
from regplan.model.seed import SeedDone, SeedResult
from regplan.model.source import OrderedSource
from regplan.plan.seeding import in_order
from regplan.seed.listening import Listeners
from regplan.seed.machine import Machine
from regplan.seed.settings import Settings
from regplan.seed.steps import CopyBlob, Event, Outcome, PutManifest
from regplan.seed.stream import CheckedStream
from regplan.seed.survey import look_again, survey_plan
from regplan.seed.tasks import each

if TYPE_CHECKING:
    from anyio.streams.memory import MemoryObjectSendStream

    from regplan.model.seed import SeedPlan
    from regplan.model.source import ImageSource
    from regplan.oci.digest import Digest
    from regplan.seed.machine import Known
    from regplan.seed.steps import Step
    from regplan.seed.survey import Survey
    from regplan.seed.targets import SeedTarget

__all__ = ["Settings", "apply_seed", "require_complete", "survey_plan"]

_log = logging.getLogger(__name__)
_LONGEST_PAUSE_S: Final = 10.0
_LOOK_EVERY_S: Final = 0.1
_PATIENCE_S: Final = 90.0  # the retry policy's: who asks for more is not waited for
_FATAL: Final = (Unauthorized, QuotaExceeded)
_AT_ONCE: Final = 8
_LACKING: Final = frozenset({"BLOB_UNKNOWN", "MANIFEST_BLOB_UNKNOWN", "MANIFEST_UNKNOWN", "NAME_UNKNOWN"})
# Zot says so of a manifest whose blobs are absent, and every registry of one that it will never take.
_UNCLEAR: Final = frozenset({"MANIFEST_INVALID"})


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
        requests=found.requests + target.counts.requests - before.requests,
        overhead_requests=found.overhead_requests + target.counts.overhead - before.overhead,
    )
    if run.target_error is not None and done.uploaded_blobs + done.mounted + done.manifests == 0:
        raise run.target_error
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
        f"{result.plan.target}: not everything could be placed, {len(result.rerun)} images lack something; "
        f"seed again to go on from there{kept}{reasons}",
        failed=result.failed,
        blocked=result.blocked,
        journal=result.journal or None,
    )


def _names(plan: SeedPlan, place: int) -> tuple[str, ...]:
    put = plan.manifests[place]
    return put.references or (f"{put.repository}@{put.digest}",)


class _Run:
    """One call of `apply_seed`."""

    def __init__(self, found: Survey, source: ImageSource, target: SeedTarget, settings: Settings) -> None:
        self.done = SeedDone()
        self.target_error: RegistryError | None = None
        self._plan, self._source, self._target, self._settings = found.plan, source, target, settings
        journal = () if settings.journal is None else (settings.journal,)
        self.listeners = Listeners(settings.listeners, journal)
        self._descriptors = {blob.descriptor.digest: blob.descriptor for blob in found.plan.blobs}
        self._begin(found.known)

    def _begin(self, known: Known) -> None:
        self.machine = Machine(self._plan, known, self._settings.widths, self._settings.attempts)

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
        events, heard = anyio.create_memory_object_stream[Event](math.inf)
        async with events, heard, anyio.create_task_group() as tasks:
            steps = self.machine.start()
            self.listeners.begin(self._plan, self.machine.known)
            tasks.start_soon(self._watch_stop, tasks.cancel_scope)
            while True:
                for step in steps:
                    tasks.start_soon(self._take, step, events)
                if not self.machine.flying or self.machine.gone:
                    # Of a target that is gone, what is under way would only find out the same, each after its time-out.
                    tasks.cancel_scope.cancel()
                    return
                steps = self._handle(await heard.receive())

    def _handle(self, event: Event) -> list[Step]:
        steps = self.machine.handle(event)
        if event.step.attempt + 1 < self._settings.attempts and event.retryable:
            self.listeners.retried(event.step, event.reason, _pause_s(event.step.attempt + 1))
        else:
            self.listeners.heard(event)
        if self.listeners.broken:
            self.machine.halt(self.listeners.broken)
            return []
        return steps

    async def _watch_stop(self, scope: anyio.CancelScope) -> None:
        """Begin nothing new once one asks to stop, and cut off what is under way once one means now."""
        stop = self._settings.stop
        while stop is not None:
            if stop.asked:
                self.machine.halt()
            if stop.now:
                scope.cancel()
            await anyio.sleep(_LOOK_EVERY_S)

    async def _take(self, step: Step, events: MemoryObjectSendStream[Event]) -> None:
        if step.attempt:
            await self._settings.sleep(_pause_s(step.attempt))
        if self.machine.halted:
            events.send_nowait(Event(step, Outcome.SKIPPED))
            return
        self.listeners.started(step)
        try:
            event = await (self._copy(step) if isinstance(step, CopyBlob) else self._put(step))
        except RegplanError as error:
            event = await self._refused(step, error)
        if event.reason:
            _log.debug("%s: %s: %s", step, event.outcome.name, event.reason)
        events.send_nowait(event)

    async def _copy(self, step: CopyBlob) -> Event:
        descriptor = self._descriptors[step.digest]
        chunks = self._source.blob(step.source, descriptor)
        moving = partial(self.listeners.moving, step)
        stream = CheckedStream(chunks, descriptor, f"{self._source.name}: {step.source}", moving)
        try:
            async with aclosing(stream):
                is_sent = await self._target.copy_blob(step.repository, descriptor, step.mount_from, stream.open)
        except Exception:
            if stream.error is None:
                raise
            return _bad_source(step, stream.error)
        if is_sent:
            return Event(step, Outcome.SENT, sent_bytes=descriptor.size)
        return Event(step, Outcome.PRESENT if step.mount_from == step.repository else Outcome.MOUNTED)

    async def _put(self, step: PutManifest) -> Event:
        put = self._plan.manifests[step.place]
        await self._target.put_manifest(put.repository, step.reference, put.media_type, put.raw)
        return Event(step, Outcome.PUT)

    async def _refused(self, step: Step, error: RegplanError) -> Event:
        """Tell what a target's error means: for this step, or for all that is left."""
        if not isinstance(error, RegistryError):
            # Other bytes than ours, or the answer to another request: sent again, they may be right.
            return Event(step, Outcome.FAILED, str(error), isinstance(error, ContentError))
        if isinstance(error, RateLimited) and error.retry_after_s:
            if error.retry_after_s > _PATIENCE_S:
                self.target_error = self.target_error or error
                return Event(step, Outcome.FATAL, _sentence(self._plan, step, error))
            await self._settings.sleep(error.retry_after_s)
        if isinstance(step, PutManifest) and _may_lack_content(error):
            try:
                lacking = frozenset() if _says_lacking(error) else await self._lacking(step.place)
            except RegistryError as other:
                error = other
            else:
                if lacking or _says_lacking(error):
                    return Event(step, Outcome.INCOMPLETE, _sentence(self._plan, step, error), lacking=lacking)
        self.target_error = self.target_error or error
        return Event(step, self._verdict(error), _sentence(self._plan, step, error), error.retryable)

    async def _lacking(self, place: int) -> frozenset[Digest]:
        """Ask which of a manifest's blobs and children are absent, where the target has not told so before."""
        put, lacking = self._plan.manifests[place], set()

        async def ask(digest: Digest) -> None:
            if digest in self._descriptors:
                found = await self._target.blob_size(put.repository, digest) is not None
            else:
                found = await self._target.look(put.repository, str(digest)) is not None
            if not found:
                lacking.add(digest)

        await each(ask, self.machine.doubtful(place), _AT_ONCE)
        return frozenset(lacking)

    def _verdict(self, error: RegistryError) -> Outcome:
        done = self.machine.done
        has_written = done.uploaded_blobs + done.mounted + done.manifests > 0
        if isinstance(error, Unreachable):
            return Outcome.GONE
        ends_all = isinstance(error, _FATAL) or (isinstance(error, Denied) and not has_written)
        return Outcome.FATAL if ends_all else Outcome.FAILED


def _pause_s(attempt: int) -> float:
    return min(0.25 * 2.0**attempt, _LONGEST_PAUSE_S)


def _bad_source(step: CopyBlob, error: RegplanError) -> Event:
    reason = str(error) if str(step.digest) in str(error) else f"{step.source} {step.digest}: {error}"
    return Event(step, Outcome.BAD_SOURCE, reason, isinstance(error, RegistryError) and error.retryable)


def _says_lacking(error: RegistryError) -> bool:
    """Tell whether a refusal of a manifest says that something it names is absent."""
    return error.status in {400, 404} and any(info.code in _LACKING for info in error.errors)


def _may_lack_content(error: RegistryError) -> bool:
    """Tell whether a refusal of a manifest says so, or may mean it."""
    codes = {info.code for info in error.errors} - {""}
    return error.status in {400, 404} and (not codes or bool(codes & (_LACKING | _UNCLEAR)))


def _sentence(plan: SeedPlan, step: Step, error: RegistryError) -> str:
    if isinstance(step, CopyBlob):
        return f"{step.repository} {step.digest}: {error}"
    mark = "@" if ":" in step.reference else ":"
    return f"{plan.manifests[step.place].repository}{mark}{step.reference}: {error}"


def _sum(one: SeedDone, other: SeedDone) -> SeedDone:
    return SeedDone(**{entry.name: getattr(one, entry.name) + getattr(other, entry.name) for entry in fields(SeedDone)})
