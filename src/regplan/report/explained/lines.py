"""An explanation as lines of label and text, which every face shows as they are."""

from __future__ import annotations

import textwrap
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from regplan.report.explained.reckoned import agrees
from regplan.report.words import counted, exact, exact_bytes, tidy
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from regplan.report.explained.reckoned import Given
    from regplan.report.explained.steps import Book, Step

__all__ = [
    "Explanation",
    "formula_lines",
    "lines_text",
    "number",
    "number_lines",
    "provenance_words",
    "term_lines",
]

_PROVENANCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "measured": "measured: read from manifests",
        "declared": "declared: a pack or the site file says so",
        "rule": "rule: the documentation says so",
        "assumed": "assumed: can be set under {section}: in the site file",
    }
)
Line = tuple[str, str]
# Narrower than this a text cannot be read.
_LEAST: Final = 20


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is explained, and lines of label and text; an empty label goes on with the line above."""

    title: str
    lines: tuple[Line, ...]


def provenance_words(provenance: str, section: str = "assumptions") -> str:
    """Tell how a number is known, in a sentence; what is assumed can be set in a section of the site file."""
    known = _PROVENANCES.get(provenance)
    return tidy(provenance) if known is None else known.format(section=section)


def number(value: float, unit: str) -> str:
    """Write a number of a formula so that nothing is rounded away.

    >>> number(300_000_000_000, "bytes"), number(0.15, "ratio")
    ('300,000,000,000 bytes', '0.15 ratio')
    """
    return f"{value:,} {unit}".strip() if isinstance(value, int) else f"{value!r} {unit}".strip()


def number_lines(book: Book, steps: Sequence[Step]) -> tuple[Line, ...]:
    """Tell of the first number its value, what it is, how it is known and who says so, and every formula behind it."""
    first = steps[0]
    section = first.set_by.partition(".")[0] or "assumptions"
    told: tuple[Line, ...] = (
        ("value", "" if first.value is None else exact(first.value, first.unit)),
        ("means", tidy(first.says)),
        # What is reckoned is known as its inputs are.
        ("known", provenance_words(first.provenance, section) if first.formula is None else ""),
        ("source", tidy(first.source) if first.formula is None else ""),
        ("set by", f"{first.set_by} in the site file" if first.set_by else ""),
    )
    lines = tuple(line for line in told if line[1])
    return (*lines, *formula_lines(book, steps))


def term_lines(book: Book, number: int) -> tuple[Line, ...]:
    """Tell of a term of the storage need its size, how it is known, its formula, and the sum that it is part of."""
    storage = book.document["storage"]
    terms = storage["terms"]
    term = terms[number]
    lines = (
        ("size", exact(term["bytes"], "bytes")),
        ("known", provenance_words(term["provenance"])),
        ("source", tidy(term["source"])),
        *formula_lines(book, book.steps(f"storage.terms[{number}].bytes")),
        ("need", f"the sum of {counted(len(terms), 'term')}: {exact(storage['required_bytes'], 'bytes')}"),
        *((tidy(each["key"]), exact_bytes(each["bytes"])) for each in terms),
        ("PVC", "unknown" if storage["claimed_bytes"] is None else exact(storage["claimed_bytes"], "bytes")),
    )
    return tuple(line for line in lines if line[1])


def formula_lines(book: Book, steps: Iterable[Step]) -> Iterator[Line]:
    """Tell the formula of each step, its inputs and what it gives; an input that is reckoned has its own below."""
    reckoned = [step for step in steps if step.formula is not None]
    names = {step.path for step in reckoned}
    for step in reckoned:
        formula = step.formula
        if formula is None:
            continue
        yield ("formula", f"{tidy(formula.key)} = {tidy(formula.expression)}")
        for place, each in enumerate(formula.inputs):
            yield ("with" if place == 0 else "", _given_text(book, each, is_followed=each.path in names))
        yield ("gives", f"{tidy(formula.key)} = {number(formula.value, tidy(formula.unit))}")
        if step.value is not None and not agrees(formula, step.value):
            yield ("but", f"the document says {number(step.value, step.unit)}")


def _given_text(book: Book, given: Given, *, is_followed: bool) -> str:
    set_by = book.set_by(given)
    told = (
        given.provenance,
        f"set by {set_by}" if set_by else "",
        "reckoned below" if is_followed else "",
        tidy(given.source.removeprefix(f"{set_by}: ") if set_by else given.source),
    )
    said = "; ".join(each for each in told if each)
    value = number(given.value, tidy(given.unit))
    return f"{tidy(given.name)} = {value} ({said})" if said else f"{tidy(given.name)} = {value}"


def lines_text(lines: Iterable[Line], width: int | None = None) -> str:
    """Write lines under each other, the labels in one column; texts are wrapped where there is a `width`."""
    told = list(lines)
    column = max((len(label) for label, _ in told), default=0) + 2
    written = []
    for label, text in told:
        room = None if width is None else max(width - column, _LEAST)
        pieces = [text] if room is None or len(text) <= room else textwrap.wrap(text, room, break_on_hyphens=False)
        first, *more = pieces or [""]
        written += [f"{label:<{column}}{first}".rstrip(), *(f"{'':<{column}}{piece}" for piece in more)]
    return "".join(f"{line}\n" for line in written)
