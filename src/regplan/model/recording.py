"""Recordings as values: what is to be kept of a set of images, and what came of keeping it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.image import Image, Inventory
    from regplan.model.source import Content
    from regplan.oci.digest import Digest
    from regplan.oci.reference import Reference

__all__ = ["KeptEntry", "KeptFact", "Moved", "Recorded", "RecordingDraft", "RecordingWrite"]


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """One entry of a recording's index.json; `name` is the full reference.

    `subject` is what a referrer refers to. `subjects` are the digests whose referrers are all recorded: of others a
    recording does not know whether anything refers to them.
    """

    name: str
    digest: Digest
    media_type: str
    size: int
    artifact_type: str = ""
    subject: Digest | None = None
    subjects: tuple[Digest, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptFact:
    """What is known of an image without its manifest: one line of facts.jsonl."""

    reference: Reference
    image: Image


@dataclass(frozen=True, slots=True)
class RecordingDraft:
    """What is to be kept: entries by name, verbatim contents by digest, facts, and sizes of layers once unpacked."""

    entries: tuple[KeptEntry, ...]
    contents: tuple[Content, ...]
    facts: tuple[KeptFact, ...] = ()
    unpacked: tuple[tuple[Digest, int], ...] = ()

    @property
    def size_bytes(self) -> int:
        """The bytes of all contents."""
        return sum(len(content.data) for content in self.contents)


@dataclass(frozen=True, slots=True)
class Moved:
    """A name that stood for another digest in the recording before."""

    reference: str
    was: Digest
    now: Digest


@dataclass(frozen=True, slots=True)
class RecordingWrite:
    """What writing changed: names that are new, names that moved, and the files that were written."""

    added: tuple[str, ...] = ()
    moved: tuple[Moved, ...] = ()
    files: int = 0
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording that was made or added to; `inventory` is what was resolved, and what could not be."""

    folder: str
    inventory: Inventory
    draft: RecordingDraft
    written: RecordingWrite
