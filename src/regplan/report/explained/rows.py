"""What is said of a row of a plan document as a whole: of an image, and of one that nobody could answer for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regplan.model.finding import Verdict
from regplan.report.explained.lines import formula_lines
from regplan.report.words import MEANINGS, counted, exact, marked, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from regplan.report.explained.lines import Line
    from regplan.report.explained.steps import Book

__all__ = ["image_lines", "mention_lines", "unresolved_lines"]


def image_lines(book: Book, number: int) -> tuple[Line, ...]:
    """Tell of an image its digest, what it takes and shares, and the images that begin with the same layers."""
    row: Mapping[str, Any] = book.document["layers"][number]
    unknown = f"{counted(row.get('sizes_unknown', 0), 'size')} unknown, counted as 0: every sum here is a lower bound"
    lines = (
        ("digest", tidy(row["digest"])),
        ("platform", tidy(row["platform"])),
        ("size", f"{exact(row['size_bytes'], 'bytes')}: shared and unique together"),
        ("shared", f"{exact(row['shared_bytes'], 'bytes')}: other images of the set have it too"),
        ("unique", f"{exact(row['unique_bytes'], 'bytes')}: removing the image frees it"),
        ("fair", f"{exact(row.get('fair_bytes'), 'bytes')}: what it shares, divided among those that share it"),
        *_family_lines(book, row),
        ("", unknown if row.get("sizes_unknown") else ""),
        *formula_lines(book, book.steps(f"layers[{number}].size_bytes")),
    )
    return tuple(line for line in lines if line[1])


def unresolved_lines(book: Book, number: int) -> tuple[Line, ...]:
    """Tell why nobody could answer for an image, what follows from it, and who names it."""
    row: Mapping[str, Any] = book.document["images"]["unresolved"][number]
    verdict = Verdict(book.document["verdict"])
    return (
        ("why", tidy(row["reason"])),
        ("so", f"{marked(verdict)}: {MEANINGS[verdict]}"),
        *mention_lines(row["provenance"]),
    )


def mention_lines(provenance: Iterable[str]) -> tuple[Line, ...]:
    """Tell where something is named."""
    return tuple(("" if place else "named in", tidy(text)) for place, text in enumerate(provenance))


def _family_lines(book: Book, row: Mapping[str, Any]) -> tuple[Line, ...]:
    """Tell the images that begin with the same layers: the family with the most layers, and who is in it."""
    # An image goes by the first of its references, with its platform where that has several.
    same = [each["reference"] for each in book.document["layers"] if each["digest"] == row["digest"]]
    names = {*same, *(f"{name} ({row['platform']})" for name in same)}
    own = [each for each in book.document.get("families") or () if names.intersection(each["images"])]
    if not own:
        return ()
    family = max(own, key=lambda each: (len(each["layers"]), each["family"]))
    others = [name for name in family["images"] if name not in names]
    begin = f"{counted(len(family['layers']), 'layer')} in common, {exact(family['prefix_bytes'], 'bytes')}"
    return (
        ("family", f"{tidy(family['family'])}: {begin}"),
        *(("beside" if place == 0 else "", tidy(name)) for place, name in enumerate(others)),
    )
