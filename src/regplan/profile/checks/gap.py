"""Findings about the gap between what packs list and what they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.finding import Finding, Verdict
from regplan.model.profile import FoundBy, UseStatus
from regplan.profile.checks.words import by_pack, counted, named
from regplan.profile.lint.sources import PRIMARY, SIGHT
from regplan.profile.settle import Why

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.profile.settle import Settled

__all__ = ["host_mismatch", "missing_from_list", "unused_images"]

_VERBS: Final = {FoundBy.WORKLOAD: "runs", FoundBy.CHART: "runs"}
# Why an image is dead weight, in the order in which it is told.
_REASONS: Final = {
    Why.WINDOWS: "for Windows, and Edge hosts run Linux",
    Why.MACHINE: "for another architecture than the hosts'",
    Why.VARIANT: "variants of one kernel module, of which each host needs the one for its operating system",
    Why.OFF: "used only once something is switched on",
    Why.NOWHERE: "named by nothing else that the pack holds",
}
_CAREFUL: Final = (
    "Take out what this site does not need; keep the variants for the operating systems of its hosts, and whatever "
    "somebody may switch on later."
)


def missing_from_list(settled: Sequence[Settled]) -> Iterator[Finding]:
    """Tell of each image that something runs and no list has, once for each pack; misspelt keys have their own."""
    told: set[tuple[str, int]] = set()
    for each in settled:
        use = each.use
        if use.status is not UseStatus.MISSING or each.why is Why.MISSPELT:
            continue
        image = str(use.reference) if use.reference is not None else use.text.strip()
        if (image, id(each.raw)) not in told:
            told.add((image, id(each.raw)))
            yield _missing(each, image)


def host_mismatch(settled: Sequence[Settled]) -> Iterator[Finding]:
    """Tell of each pack that lists images under another host than the one that they are pulled from."""
    for where, found in by_pack(each for each in settled if _is_passed_over(each)):
        pairs = [f"{each.use.reference} ({each.use.note})" for each in found]
        yield Finding(
            "image.host-mismatch",
            Verdict.INFO,
            f"{where} lists {counted(found, 'image')} under a host that nothing pulls from, so that what is pulled is "
            f"missing: {named(pairs)}.",
            where=where,
            fix="List the image under the host that the chart or values name; `regplan images --patch` writes it.",
            source=PRIMARY,
        )


def unused_images(settled: Sequence[Settled]) -> Iterator[Finding]:
    """Tell of each pack that lists images which nothing that can be seen uses, and why they are taken for that."""
    for where, found in by_pack(each for each in settled if _is_dead_weight(each)):
        reasons = "; ".join(
            f"{words}: {named(names)}"
            for why, words in _REASONS.items()
            if (names := [_named(each) for each in found if each.why is why])
        )
        yield Finding(
            "image.unused",
            Verdict.INFO,
            f"{where} lists {counted(found, 'image')} that nothing which can be seen here uses; "
            f"{'it is seeded and takes' if len(found) == 1 else 'they are seeded and take'} room all the same ({reasons}). An operator may start images that no file names.",
            where=where,
            fix=_CAREFUL,
            source=SIGHT,
        )


def _missing(each: Settled, image: str) -> Finding:
    use, where = each.use, str(each.use.provenance)
    verb = _VERBS.get(use.provenance.found_by or FoundBy.WORKLOAD, "uses")
    instead = f" ({use.note})" if use.note else ""
    is_known = use.reference is not None
    tag = "" if is_known else ", whose tag is not known here"
    what = f"`- image: {image}`" if is_known else f"{image} with its tag"
    return Finding(
        "image.missing-from-list",
        Verdict.INFO,
        f"{where} {verb} {image}{tag}, which no `pack.content.images` has{instead}: it comes from the internet or fails.",
        where=where,
        fix=f"Add {what} to the pack's `pack.content.images`.",
        source=PRIMARY,
    )


def _is_dead_weight(each: Settled) -> bool:
    return each.use.status is UseStatus.UNUSED and each.why is not Why.HOST


def _is_passed_over(each: Settled) -> bool:
    return each.use.status is UseStatus.UNUSED and each.why is Why.HOST


def _named(each: Settled) -> str:
    name = str(each.use.reference)
    return f"{name} ({each.use.note})" if each.why in {Why.OFF, Why.MACHINE} else name
