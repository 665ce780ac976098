"""The appendix that tells how every number comes about: formulas with their inputs, and what is read from elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from regplan.report.cells import Cell, Code, Line, Quantity, Stack
from regplan.report.explained.lines import formula_lines, number
from regplan.report.explained.reckoned import gathered
from regplan.report.explained.steps import Book
from regplan.report.sections import Block, Column, Paragraph, Section, Table
from regplan.report.words import counted, full_stop

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regplan.report.explained.paths import Place
    from regplan.report.explained.steps import Step

__all__ = ["explained_section"]

# Rows of a table come about alike: of thousands the first are looked at.
_MOST_LOOKED_AT: Final = 100


def explained_section(document: Mapping[str, Any]) -> Section:
    """Tell of every number of a plan document how it comes about; numbers that come about alike are told once."""
    book = Book(document)
    groups = [group for each in book.kinds().values() for group in _alike(book, each)]
    groups += [(step, 1) for step in book.between()]
    reckoned = [group for group in groups if group[0].formula is not None]
    read = [group for group in groups if group[0].formula is None]
    said = Paragraph(
        (
            "Each formula, evaluated with the inputs below it, gives the number; ",
            Code("regplan explain SITE KEY"),
            " tells the same of any one number, follows its inputs, and lists each of very many.",
        )
    )
    tables: list[Block] = [said]
    if reckoned:
        columns = (Column("Number"), Column("How it is reckoned", "prose"), Column("Comes to", "number"))
        rows = tuple(_reckoned(book, step, count) for step, count in reckoned)
        tables.append(Table(f"{counted(len(rows), 'formula')}", columns, rows, folded=True))
    if read:
        columns = (Column("Number"), Column("What it is", "prose"), Column("Value", "number"))
        caption = "Numbers that manifests, packs, the site file, documentation or assumptions tell"
        tables.append(Table(caption, columns, tuple(_read(step, count) for step, count in read), folded=True))
    return Section("explained", "How every number comes about", tuple(tables))


def _alike(book: Book, places: Sequence[Place]) -> list[tuple[Step, int]]:
    """Take the first of the numbers of one kind that have one formula, or none, and count the others."""
    found: dict[str, list[Step]] = {}
    for place in places[:_MOST_LOOKED_AT]:
        step = book.step_at(place)
        found.setdefault("" if step.formula is None else step.formula.expression, []).append(step)
    groups = [(each[0], len(each)) for each in found.values()]
    first, count = groups[0]
    return [(first, count + len(places[_MOST_LOOKED_AT:])), *groups[1:]]


def _reckoned(book: Book, step: Step, count: int) -> tuple[Cell, ...]:
    formula = step.formula
    told = step if formula is None else replace(step, formula=gathered(formula))
    lines = [
        Line((Code(text) if label == "formula" else text,), quiet=label != "formula")
        for label, text in formula_lines(book, [told])
        if label != "gives"
    ]
    value = "" if formula is None else number(formula.value, formula.unit)
    return (_path(step, count), Stack(tuple(lines)), value)


def _read(step: Step, count: int) -> tuple[Cell, ...]:
    known = f"{step.provenance}: {step.source}" if step.source else step.provenance
    said = [Line((full_stop(step.says) if step.says else "This version of regplan knows nothing of it.",))]
    if known:
        said.append(Line((full_stop(known),), quiet=True))
    return (_path(step, count), Stack(tuple(said)), Quantity(step.value, step.unit, exact=True))


def _path(step: Step, count: int) -> Stack:
    more = (Line((f"and {counted(count - 1, 'number')} alike",), quiet=True),) if count > 1 else ()
    return Stack((Line((Code(step.path),)), *more))
