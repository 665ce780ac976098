"""What a run's target confirms, written down as it does, for a run that goes on after this one was killed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from regplan.plan.seeding import standing
from regplan.seed.beliefs import GONE
from regplan.seed.listening import Listener
from regplan.seed.steps import CopyBlob, Outcome
from regplan.store.journal import VERSION
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from regplan.model.seed import SeedPlan, SeedResult
    from regplan.oci.digest import Digest
    from regplan.seed.beliefs import Beliefs, Identity
    from regplan.seed.machine import Known
    from regplan.seed.steps import Event, Step
    from regplan.store.journal import Journal

__all__ = ["RunJournal", "RunNames"]

_CONFIRMED: Final = {Outcome.SENT, Outcome.MOUNTED, Outcome.PRESENT, Outcome.PUT}


@dataclass(frozen=True, slots=True)
class RunNames:
    """What a run is called in its journal: which registry it is of, where that was reached, and by which version."""

    identity: Identity
    target: str
    tool: str


class RunJournal(Listener):
    """Adds what one run does to a journal; neither credentials nor upload locations are among it.

    What the journal holds already, as far as it was borne out (`held`), is not written a second time.
    """

    def __init__(self, file: Journal, names: RunNames, held: Beliefs, now: Callable[[], datetime]) -> None:
        """Write nothing before the run begins; `now` tells the time in UTC."""
        self._file, self._names, self._now = file, names, now
        self._put = set(held.put)
        self._begun = set(held.begun)
        self._held = set(held.held)
        self._started = set(held.started)
        self._plan: SeedPlan | None = None
        self._is_gone = False

    def begin(self, plan: SeedPlan, known: Known) -> None:
        """Write what the target turned out to hold, after what the run is."""
        if self._plan is None:
            self._write_run(plan)
        self._plan = plan
        for put in plan.manifests:
            for name in put.tags or (str(put.digest),):
                if (put.repository, name) in known.right:
                    self._note_name("present", put.repository, put.digest, name)
        whole = standing(plan.manifests, known.right)
        answered = {
            (put.repository, blob)
            for put in plan.manifests
            if (put.repository, put.digest) in whole
            for blob in put.blobs
        }
        for digest, repositories in known.places.items():
            for repository in repositories:
                if (repository, digest) not in answered:
                    self._note_blob("present", repository, digest)

    def started(self, step: Step) -> None:
        """Write that the target may have something from now on."""
        if isinstance(step, CopyBlob):
            self._note_blob("started", step.repository, step.digest)
        elif self._plan is not None:
            put = self._plan.manifests[step.place]
            self._note_name("started", put.repository, put.digest, step.reference)

    def heard(self, event: Event) -> None:
        """Write what the target has confirmed."""
        step = event.step
        self._is_gone |= event.outcome is Outcome.GONE
        if event.outcome not in _CONFIRMED:
            return
        if isinstance(step, CopyBlob):
            self._note_blob(event.outcome.value, step.repository, step.digest)
        elif self._plan is not None:
            put = self._plan.manifests[step.place]
            self._note_name(event.outcome.value, put.repository, put.digest, step.reference)

    def ended(self, result: SeedResult) -> None:
        """Write how the run ended, which a killed one has no time for."""
        state = "complete" if result.verified else GONE if self._is_gone else "partial"
        self._add({"event": "ended", "state": "interrupted" if result.interrupted else state})

    def _write_run(self, plan: SeedPlan) -> None:
        identity = self._names.identity
        self._add(
            {
                "v": VERSION,
                "event": "run",
                "site": identity.site,
                "project": identity.project,
                "certificate": identity.certificate,
                "target": self._names.target,
                "plan": _digest_of(plan),
                "tool": self._names.tool,
            }
        )

    def _note_name(self, event: str, repository: str, digest: Digest, name: str) -> None:
        """Note what happens to a manifest under a tag; a digest in its place is written as an empty tag."""
        facts = self._begun if event == "started" else self._put
        if (fact := (repository, name, digest)) not in facts and fact not in self._put:
            facts.add(fact)
            tag = "" if name == str(digest) else name
            self._add({"event": event, "repository": repository, "digest": str(digest), "tag": tag})

    def _note_blob(self, event: str, repository: str, digest: Digest) -> None:
        facts = self._started if event == "started" else self._held
        if (fact := (repository, digest)) not in facts and fact not in self._held:
            facts.add(fact)
            self._add({"event": event, "repository": repository, "digest": str(digest)})

    def _add(self, record: dict[str, Any]) -> None:
        self._file.add({**record, "at": self._now().strftime("%Y-%m-%dT%H:%M:%SZ")})


def _digest_of(plan: SeedPlan) -> str:
    """Tell two plans apart by what they put where."""
    lines = sorted(f"{put.repository} {put.digest} {','.join(put.tags)}" for put in plan.manifests)
    return f"sha256:{hashlib.sha256(chr(10).join(lines).encode()).hexdigest()}"
