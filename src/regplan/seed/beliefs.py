"""What a journal's records say of a target, and what of a plan is in doubt because of it; pure.

Nothing that a journal says is taken as it stands. A manifest that it says was put gets one question, which also tells
whether this is the registry that the journal is of. A blob that no such manifest answers for gets one too, in the
repository that it was sent to: it may have been on its way when the run broke off, and registries remove what no manifest
names after a while. So an answer decides each time, and the first that contradicts the journal ends all belief in it.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import InvalidDigest
from regplan.oci.digest import Digest
from regplan.plan.seeding import Look, looks, standing
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from regplan.model.seed import SeedPlan
    from regplan.oci.descriptor import Descriptor

__all__ = ["GONE", "Beliefs", "Identity", "Question", "blob_questions", "manifest_questions", "recall"]

GONE: Final = "gone"


@dataclass(frozen=True, slots=True)
class Identity:
    """Which registry a journal is of, as far as can be told without asking for content.

    `certificate` is the fingerprint that the registry shows, "" where it shows none. The address is no part of it:
    every site may use the same one.
    """

    site: str = ""
    project: str = ""
    certificate: str = ""

    def differs(self, other: Identity) -> str:
        """Tell in a few words what makes this another registry than `other`, or nothing."""
        if self.site != other.site:
            return f"it is of {other.site or 'no site'} and not of {self.site or 'no site'}"
        if self.project != other.project:
            return f"it is of the project {other.project} and not of {self.project}"
        if self.certificate != other.certificate:
            shown, known = self.certificate or "no certificate", other.certificate or "no certificate"
            return f"the registry shows {shown}, and the journal's showed {known}"
        return ""


@dataclass(frozen=True, slots=True)
class Beliefs:
    """What the records say: names that were put or begun, and blobs that were confirmed or begun, by repository.

    More records only ever add to it, so that of a journal that is cut off anywhere less is believed and nothing else.
    `lately` are the blobs of the last run, where its registry went away in the midst of it.
    """

    identity: Identity | None = None
    put: frozenset[tuple[str, str, Digest]] = frozenset()
    begun: frozenset[tuple[str, str, Digest]] = frozenset()
    held: frozenset[tuple[str, Digest]] = frozenset()
    started: frozenset[tuple[str, Digest]] = frozenset()
    lately: frozenset[tuple[str, Digest]] = frozenset()

    def tells_of(self, plan: SeedPlan) -> bool:
        """Tell whether anything here is about what the plan needs."""
        digests = {put.digest for put in plan.manifests} | {blob.descriptor.digest for blob in plan.blobs}
        names = (digest for facts in (self.put, self.begun) for _, _, digest in facts)
        pairs = (digest for facts in (self.held, self.started) for _, digest in facts)
        return not digests.isdisjoint((*names, *pairs))


@dataclass(frozen=True, slots=True)
class Question:
    """Whether a repository holds a blob; `is_told` where the journal says so, which a "no" would contradict."""

    repository: str
    descriptor: Descriptor
    is_told: bool


def recall(records: Iterable[Mapping[str, Any]]) -> Beliefs:
    """Read a journal's records; what cannot be understood is passed over."""
    memory = _Memory()
    for record in records:
        memory.take(record)
    lately: set[tuple[str, Digest]] = memory.lately if memory.is_gone else set()
    put, begun = frozenset(memory.put), frozenset(memory.begun)
    return Beliefs(memory.identity, put, begun, frozenset(memory.held), frozenset(memory.started), frozenset(lately))


def manifest_questions(plan: SeedPlan, beliefs: Beliefs) -> tuple[tuple[Look, bool], ...]:
    """List the names to ask for, each with whether the journal says that it was put: those first.

    A child of an index is asked for where the index itself was not put.
    """
    asked = [look for look in looks(plan.manifests) if ":" not in look.reference]
    named = {(repository, digest) for repository, _, digest in beliefs.put}
    answered = {
        (put.repository, child)
        for put in plan.manifests
        if (put.repository, put.digest) in named
        for child in put.children
    }
    asked += [
        Look(put.repository, str(put.digest), put.digest)
        for put in plan.manifests
        if not put.tags and (put.repository, put.digest) not in answered
    ]
    told = [(look, True) for look in asked if (look.repository, look.reference, look.digest) in beliefs.put]
    doubted = beliefs.begun - beliefs.put
    return (*told, *((look, False) for look in asked if (look.repository, look.reference, look.digest) in doubted))


def blob_questions(plan: SeedPlan, beliefs: Beliefs, right: frozenset[tuple[str, str]]) -> tuple[Question, ...]:
    """List the blobs to ask for, each in one repository; the others are mounted from there, which costs no more.

    `right` holds each (repository, tag or digest) that was asked for and names the right manifest: its blobs are there.
    """
    whole = standing(plan.manifests, right)
    covered = {
        (put.repository, blob) for put in plan.manifests if (put.repository, put.digest) in whole for blob in put.blobs
    }
    elsewhere: dict[Digest, list[str]] = {}
    for repository, digest in sorted(beliefs.held, key=lambda pair: pair[0]):
        elsewhere.setdefault(digest, []).append(repository)
    questions = []
    for blob in plan.blobs:
        digest, wanted = blob.descriptor.digest, blob.repositories
        if any((repository, digest) in covered for repository in wanted):
            again = [repository for repository in wanted if (repository, digest) in beliefs.lately]
            questions += [Question(repository, blob.descriptor, is_told=True) for repository in again]
            continue
        held = [repository for repository in wanted if (repository, digest) in beliefs.held]
        begun = [repository for repository in wanted if (repository, digest) in beliefs.started]
        # A repository that the plan does not name may have been pruned since, which is no contradiction.
        for repository in (*held, *begun, *elsewhere.get(digest, ()))[:1]:
            questions.append(Question(repository, blob.descriptor, is_told=bool(held)))
    return tuple(questions)


@dataclass(slots=True)
class _Memory:
    """The records while they are read."""

    identity: Identity | None = None
    put: set[tuple[str, str, Digest]] = field(default_factory=set)
    begun: set[tuple[str, str, Digest]] = field(default_factory=set)
    held: set[tuple[str, Digest]] = field(default_factory=set)
    started: set[tuple[str, Digest]] = field(default_factory=set)
    lately: set[tuple[str, Digest]] = field(default_factory=set)
    is_gone: bool = False

    def take(self, record: Mapping[str, Any]) -> None:
        event = record.get("event")
        self.is_gone = event == "ended" and record.get("state") == GONE
        if event == "run":
            words = (str(record.get(key, "")) for key in ("site", "project", "certificate"))
            self.identity = Identity(*words)
            self.lately.clear()
            return
        try:
            digest = Digest.parse(str(record.get("digest")))
        except InvalidDigest:
            return
        tag = record.get("tag")
        self._note(str(event), str(record.get("repository")), digest, None if tag is None else str(tag))

    def _note(self, event: str, repository: str, digest: Digest, tag: str | None) -> None:
        """Note what happened to a manifest under a tag ("": its digest), or to a blob."""
        if tag is not None:
            facts = self.begun if event == "started" else self.put if event in {"put", "present"} else None
            if facts is not None:
                facts.add((repository, tag or str(digest), digest))
        elif event == "started":
            self.started.add((repository, digest))
        elif event in {"sent", "mounted", "present"}:
            self.held.add((repository, digest))
            if event == "sent":
                self.lately.add((repository, digest))
