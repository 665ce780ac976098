"""Progress of a seeding: what is done is what the target has confirmed; bytes on their way are told beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.progress import Progress
from regplan.seed.steps import CopyBlob, Outcome
from regplan.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from regplan.model.progress import Report
    from regplan.model.seed import SeedPlan
    from regplan.oci.digest import Digest
    from regplan.seed.steps import Event

__all__ = ["Telling"]

_EVERY_BYTES: Final = 4 * 2**20


class Telling:
    """Reports how many of the plan's bytes stand at the target, each blob once; the number never falls."""

    def __init__(self, plan: SeedPlan, report: Report | None) -> None:
        """Report to `report`, or to nobody."""
        self._plan, self._report = plan, report
        self._sizes = {blob.descriptor.digest: blob.descriptor.size for blob in plan.blobs}
        self._total = sum(self._sizes.values())
        self._placed: set[Digest] = set()
        self._done = 0

    def found(self, digests: Iterable[Digest]) -> None:
        """Count blobs that were there before."""
        self._place(digests)
        self._tell("looked at the target")

    def hear(self, event: Event) -> None:
        """Count what a step has placed."""
        step = event.step
        if isinstance(step, CopyBlob):
            if event.outcome in {Outcome.SENT, Outcome.MOUNTED, Outcome.PRESENT}:
                self._place((step.digest,))
                self._tell(f"{step.repository} {step.digest.short} {event.outcome.value}")
        elif event.outcome is Outcome.PUT:
            put = self._plan.manifests[step.place]
            self._place(put.blobs)
            self._tell(f"{put.repository} {step.reference} put")

    def sending(self, step: CopyBlob) -> Callable[[int], None]:
        """Give a function that hears how many of a blob's bytes are on their way."""
        told, whole = 0, format_bytes(self._sizes[step.digest])

        def passed(size: int) -> None:
            nonlocal told
            if size - told >= _EVERY_BYTES:
                told = size
                self._tell(f"{step.repository} {step.digest.short}: {format_bytes(size)} of {whole} sent")

        return passed

    def _place(self, digests: Iterable[Digest]) -> None:
        new = set(digests) - self._placed
        self._placed |= new
        self._done += sum(self._sizes[digest] for digest in new)

    def _tell(self, what: str) -> None:
        if self._report is not None:
            self._report(Progress(self._done, self._total, "bytes", what))
