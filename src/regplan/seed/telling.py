"""Progress of a seeding: what is done is what the target has confirmed; bytes on their way are told beside it."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final

from regplan.model.progress import Progress
from regplan.seed.listening import Listener
from regplan.seed.steps import CopyBlob, Outcome
from regplan.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.model.progress import Report
    from regplan.model.seed import SeedPlan
    from regplan.oci.digest import Digest
    from regplan.seed.machine import Known
    from regplan.seed.steps import Event, Step

__all__ = ["Telling"]

_EVERY_BYTES: Final = 4 * 2**20


class Telling(Listener):
    """Reports how many of the plan's bytes stand at the target, each blob once; the number never falls."""

    def __init__(self, report: Report) -> None:
        """Report to `report`, in whatever thread something happens."""
        self._report = report
        self._sizes: dict[Digest, int] = {}
        self._total = self._done = 0
        self._placed: set[Digest] = set()
        self._told: dict[Step, int] = {}
        self._moving: dict[Step, int] = {}
        self._lock = Lock()

    def begin(self, plan: SeedPlan, known: Known) -> None:
        """Count blobs that were there before."""
        self._plan = plan
        self._sizes = {blob.descriptor.digest: blob.descriptor.size for blob in plan.blobs}
        self._total = sum(self._sizes.values())
        self._place(known.places)
        self._tell("looked at the target")

    def moving(self, step: Step, sent_bytes: int) -> None:
        """Tell now and then how many of a blob's bytes are on their way."""
        with self._lock:
            self._moving[step] = sent_bytes
            if sent_bytes - self._told.get(step, 0) < _EVERY_BYTES:
                return
            self._told[step] = sent_bytes
        if isinstance(step, CopyBlob):
            whole = format_bytes(self._sizes[step.digest])
            self._tell(f"{step.repository} {step.digest.short}: {format_bytes(sent_bytes)} of {whole} sent")

    def started(self, step: Step) -> None:
        """Forget what an attempt had sent that was cut."""
        self._forget(step)

    def retried(self, step: Step, why: str, wait_s: float) -> None:  # noqa: ARG002  the port's
        """Take back what a failed attempt had sent."""
        self._forget(step)
        self._tell(f"again: {why}")

    def heard(self, event: Event) -> None:
        """Count what a step has placed."""
        step = event.step
        self._forget(step)
        if isinstance(step, CopyBlob):
            if event.outcome in {Outcome.SENT, Outcome.MOUNTED, Outcome.PRESENT}:
                self._place((step.digest,))
                self._tell(f"{step.repository} {step.digest.short} {event.outcome.value}")
        elif event.outcome is Outcome.PUT:
            put = self._plan.manifests[step.place]
            self._place(put.blobs)
            self._tell(f"{put.repository} {step.reference} put")

    def _place(self, digests: Iterable[Digest]) -> None:
        new = set(digests) - self._placed
        self._placed |= new
        self._done += sum(self._sizes[digest] for digest in new)

    def _forget(self, step: Step) -> None:
        with self._lock:
            self._moving.pop(step, None)
            self._told.pop(step, None)

    def _tell(self, what: str) -> None:
        with self._lock:
            moving = {
                step.digest: min(size, self._sizes.get(step.digest, 0))
                for step, size in self._moving.items()
                if isinstance(step, CopyBlob) and step.digest not in self._placed
            }
        self._report(Progress(self._done, self._total, "bytes", what, sum(moving.values())))
