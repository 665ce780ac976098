"""Why a number is what it is: a table's row in, lines of label and text out, with nothing rounded away."""

from __future__ import annotations

from functools import singledispatch

from regplan.model.finding import Finding
from regplan.model.image import Unresolved
from regplan.model.plan import ImageSize, StorageTerm, Study
from regplan.plan.sharers import image_labels
from regplan.report.document import plan_document
from regplan.report.explained.findings import finding_lines
from regplan.report.explained.lines import Explanation, number_lines, term_lines
from regplan.report.explained.steps import Book
from regplan.report.words import MEANINGS, counted, exact, marked, readable, tidy
from regplan.tui.rows import BlobRow, Sharing, WireRow
from regplan.units import format_duration

__all__ = ["Explanation", "explain"]


@singledispatch
def explain(row: object, study: Study) -> Explanation:
    """Explain a table's row within its study; raises `TypeError` for what no table lists."""
    raise TypeError(f"nothing is known of {type(row).__name__} in {study!r}")


@explain.register
def _(row: Finding, study: Study) -> Explanation:
    return Explanation(row.rule, finding_lines(_book(study), study.plan.findings.index(row)))


@explain.register
def _(row: StorageTerm, study: Study) -> Explanation:
    place = next(number for number, each in enumerate(study.plan.storage.terms) if each.key == row.key)
    return Explanation(row.key, term_lines(_book(study), place))


@explain.register
def _(row: ImageSize, study: Study) -> Explanation:
    entry = next((each for each in study.inventory.entries if str(each.reference) == row.reference), None)
    image = next((each for each in study.inventory.images() if each.digest == row.digest), None)
    unknown = f"{counted(row.sizes_unknown, 'size')} unknown, counted as 0: every sum here is a lower bound"
    origin = () if image is None else (("created", tidy(image.created)), ("from", tidy(image.source)))
    lines = (
        ("digest", str(row.digest)),
        ("platform", str(row.platform)),
        *origin,
        ("size", f"{exact(row.size_bytes, 'bytes')}: shared and unique together"),
        ("shared", f"{exact(row.shared_bytes, 'bytes')}: other images of the set have it too"),
        ("unique", f"{exact(row.unique_bytes, 'bytes')}: removing the image frees it"),
        ("fair", f"{exact(row.fair_bytes, 'bytes')}: what it shares, divided among those that share it"),
        *_family_lines(row, study),
        ("", unknown if row.sizes_unknown else ""),
        *_mentions(entry.provenance if entry is not None else ()),
    )
    return Explanation(row.reference, tuple(line for line in lines if line[1]))


def _family_lines(row: ImageSize, study: Study) -> tuple[tuple[str, str], ...]:
    """Tell the images that begin with the same layers: the family with the most layers, and how many are in it."""
    labels = image_labels(study.inventory)
    own = [each for each in study.plan.analysis.families if labels.get(row.digest) in each.images]
    if not own:
        return ()
    family = max(own, key=lambda each: (len(each.prefix), each.key))
    others = [name for name in family.images if name != labels.get(row.digest)]
    begin = f"{family.key}: {counted(len(family.prefix), 'layer')} in common, {exact(family.prefix_bytes, 'bytes')}"
    return ("family", begin), *(("with" if place == 0 else "", tidy(name)) for place, name in enumerate(others))


@explain.register
def _(row: BlobRow, study: Study) -> Explanation:
    holders = Sharing.of(study.inventory)
    names = [holders.names[image][0] for image in holders.holders.get(row.digest, ())]
    size = "unknown, counted as 0" if row.size_bytes is None else exact(row.size_bytes, "bytes")
    held = [("in", names[0]), *(("", name) for name in names[1:])] if names else []
    counts = "" if row.counts else "a foreign layer: it may not be distributed, and counts nowhere"
    lines = (("blob", row.kind), ("digest", str(row.digest)), ("size", size), ("", counts), *held)
    return Explanation(row.digest.short, tuple(line for line in lines if line[1]))


@explain.register
def _(row: WireRow, study: Study) -> Explanation:
    book = _book(study)
    link = study.plan.site.internet_link
    rate = "the site file names no internet link" if link is None else f"{exact(link.rate_bps, 'bps')}"
    lines = (
        ("bytes", exact(row.size_bytes, "bytes")),
        (
            "share",
            ""
            if row.ratio is None
            else f"{readable(row.ratio, 'ratio')} of what goes over the link without a registry",
        ),
        ("time", "" if row.boot_s is None else format_duration(row.boot_s)),
        ("link", rate),
        ("counts", row.meaning),
        *number_lines(book, book.steps(row.key))[1:],
    )
    return Explanation(row.key, tuple(line for line in lines if line[1]))


@explain.register
def _(row: Unresolved, study: Study) -> Explanation:
    lines = (
        ("why", tidy(row.reason)),
        ("so", f"{marked(study.plan.verdict)}: {MEANINGS[study.plan.verdict]}"),
        *_mentions(row.provenance),
    )
    return Explanation(tidy(row.reference), lines)


def _mentions(provenance: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple(("" if place else "named in", tidy(text)) for place, text in enumerate(provenance))


def _book(study: Study) -> Book:
    return Book(plan_document(study))
