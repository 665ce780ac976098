"""What the seeding machine says and hears: steps to take, and events of what came of them."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.oci.digest import Digest

__all__ = ["CopyBlob", "Event", "Outcome", "PutManifest", "Step"]


@dataclass(frozen=True, slots=True)
class CopyBlob:
    """Bring a blob into a repository: mount it from `mount_from`, and send it where that is refused.

    `mount_from` is the repository itself where no other is known to hold the blob: the answer then tells whether it is
    there already. `source` is the full name of the repository to read from. `afresh`: what the repository has of it is
    known to be gone or harmed, so that it is sent whatever the target says of it.
    """

    digest: Digest
    repository: str
    mount_from: str
    source: str
    attempt: int = 0
    afresh: bool = False


@dataclass(frozen=True, slots=True)
class PutManifest:
    """Put the plan's manifest number `place` under `reference`; `early` hopes that its blobs are still there."""

    place: int
    reference: str
    early: bool = False
    attempt: int = 0


Step = CopyBlob | PutManifest


class Outcome(Enum):
    """What came of a step."""

    SENT = "sent"
    MOUNTED = "mounted"
    PRESENT = "present"
    PUT = "put"
    INCOMPLETE = "the target lacks what the manifest names"
    BAD_SOURCE = "the source does not give these bytes"
    FAILED = "the target refuses this one"
    KEPT = "the target took the bytes, and keeps the harmed ones that it had"
    FATAL = "the target takes nothing more"
    GONE = "the target does not answer any more"
    SKIPPED = "it was not begun"
    PAUSED = "it is taken again later, as if nothing had been"
    ELSEWHERE = "another source is asked for these bytes"


@dataclass(frozen=True, slots=True)
class Event:
    """A step with its outcome; `reason` is one sentence, `retryable` whether the same step may go through later.

    `most` is how many attempts this failure is worth, None: as many as any. `sent_bytes` is what the target has taken of a blob in this attempt, 0 where it was mounted or is there.
    `lacking` is what a refused manifest lacks at the target, where that was found out; empty: it may be anything.
    """

    step: Step
    outcome: Outcome
    reason: str = ""
    retryable: bool = False
    lacking: frozenset[Digest] = frozenset()
    sent_bytes: int = 0
    most: int | None = None

    def next_attempt(self) -> Step:
        """Give the step as it is taken again: another source has all its attempts before it."""
        if self.outcome is Outcome.PAUSED:
            return self.step
        return replace(self.step, attempt=0 if self.outcome is Outcome.ELSEWHERE else self.step.attempt + 1)
