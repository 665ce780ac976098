"""`explain`: a plan and a key in, and out comes why the number is what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.errors import InputError
from regplan.report.document import plan_document
from regplan.report.explained.answers import answer, suggestions
from regplan.report.explained.steps import Book
from regplan.report.words import tidy
from regplan.verbs.artefacts import PulledPlan

if TYPE_CHECKING:
    from regplan.model.plan import Study
    from regplan.report.explained.answers import Answer

__all__ = ["book_of", "explain", "explain_in"]


def explain(study: Study | PulledPlan, key: str) -> Answer:
    """Explain a number of a plan, a rule or a term of the storage need: formula, inputs, how they are known, sources.

    `key` is a dotted path of the plan document, such as `storage.required_bytes` or `hosts.node-1.memory_bytes`, a rule's
    id or a term's key. Raises `InputError` for one that is none, naming those that come near.
    """
    return explain_in(book_of(study), key)


def book_of(study: Study | PulledPlan) -> Book:
    """Open a plan's document for looking numbers up; of a plan that was pulled, the document as it was pushed."""
    return Book(study.document if isinstance(study, PulledPlan) else plan_document(study))


def explain_in(book: Book, key: str) -> Answer:
    """Explain a key of a plan that was opened; raises the same."""
    found = answer(book, key)
    if found is not None:
        return found
    near = suggestions(book, key)
    hint = f"did you mean {', '.join(near)}?" if near else "`regplan explain SITE` lists every key."
    raise InputError(f"{tidy(key) or '(nothing)'}: the plan has no such number, rule or term; {hint}")
