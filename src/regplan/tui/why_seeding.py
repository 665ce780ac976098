"""Why a row of a seeding's tables says what it says: lines of label and text, with nothing rounded away."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from regplan.report.words import counted, exact, tidy
from regplan.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.coverage import CoveredImage
    from regplan.model.preflight import Phase
    from regplan.model.run import RunItem
    from regplan.report.seed_run.images import SeedImage
    from regplan.seed.lines import RunLine

__all__ = ["covered_lines", "item_lines", "line_lines", "phase_lines", "seed_image_lines"]

_STATES = {
    "sent": "its bytes went over the link, and the target has confirmed them",
    "mounted": "another repository of the target has it: no byte was sent",
    "present": "it was found there on the way",
    "skipped": "it was known to be there before",
    "put": "the target has it under this name",
    "moving": "its bytes are on their way",
    "retrying": "an attempt failed, and it is taken again",
    "waiting": "nothing of it was begun, or what it needs is not there yet",
    "failed": "it could not be placed",
}


def seed_image_lines(row: SeedImage) -> Iterator[tuple[str, str]]:
    """Tell which parts of an image stand at the target."""
    yield "state", row.state
    yield "at", tidy(row.repository)
    yield "parts", f"{counted(row.there_parts, 'part')} of {row.parts} stand there: blobs, manifests and tags"
    yield "bytes", f"{exact(row.there_bytes, 'bytes')} of {exact(row.size_bytes, 'bytes')}"
    yield "why", tidy(row.why)


def item_lines(row: RunItem) -> Iterator[tuple[str, str]]:
    """Tell what became of a blob or manifest."""
    yield row.kind, tidy(row.name)
    yield "in", tidy(row.repository)
    yield "state", f"{row.state}: {_STATES.get(row.state, '')}"
    yield "size", exact(row.size_bytes, "bytes")
    yield "sent", f"{exact(row.wire_bytes, 'bytes')}, of every attempt" if row.wire_bytes else ""
    yield "attempts", str(row.attempts) if row.attempts else ""
    yield "took", format_duration(row.seconds) if row.seconds else ""
    yield "problem", tidy(row.problem)
    yield "why", tidy(row.why)


def line_lines(row: RunLine) -> Iterator[tuple[str, str]]:
    """Tell a line of the log in full."""
    yield "at", f"{datetime.fromtimestamp(row.at_s, UTC):%Y-%m-%d %H:%M:%S} UTC"
    yield "kind", row.kind
    yield "what", tidy(row.text)


def phase_lines(row: Phase) -> Iterator[tuple[str, str]]:
    """Tell what a phase brings, by what and to whom."""
    yield "state", row.state
    yield "by", tidy(row.how)
    yield "hosts", f"{counted(row.hosts, 'host')}, each of which gets {exact(row.size_bytes, 'bytes')}"
    for place, reference in enumerate(row.references):
        yield "" if place else "images", tidy(str(reference))


def covered_lines(row: CoveredImage) -> Iterator[tuple[str, str]]:
    """Tell what was found of an image, who pulls it, and what happens then."""
    yield "state", row.state
    yield "if pulled", row.effect or "it is served as it should be"
    yield "versions", ", ".join(row.versions)
    yield "hosts", tidy(", ".join(row.hosts))
    yield "perhaps", tidy(", ".join(row.maybe_hosts))
    yield "workloads", tidy(", ".join(row.workloads))
    for place, each in enumerate(row.provenance):
        yield "" if place else "named by", tidy(each)
