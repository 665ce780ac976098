"""`explain`: a plan and a key in, and out comes why the number is what it is."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.model.plan import Study
from regplan.report.document import plan_document
from regplan.report.explained.answers import answer, suggestions
from regplan.report.explained.digests import digest_lines, digests_behind
from regplan.report.explained.steps import Book
from regplan.report.received import read_plan
from regplan.report.words import tidy
from regplan.store.files import read_bytes, user_path

if TYPE_CHECKING:
    from regplan.report.explained.answers import Answer
    from regplan.report.received import ReceivedPlan
    from regplan.verbs.artefacts import PulledPlan

__all__ = ["book_of", "explain", "explain_in", "saved_plan"]

# A plan of ten thousand images has some twenty million bytes.
_MOST_BYTES: Final = 500_000_000
_PLAN: Final = re.compile(rb'"kind":\s*"plan"')
# Every regplan writes the kind at the top.
_HEAD: Final = 200


def explain(study: Study | PulledPlan | ReceivedPlan, key: str) -> Answer:
    """Explain a number of a plan, a rule or a term of the storage need: formula, inputs, how they are known, sources.

    `key` is a dotted path of the plan document, such as `storage.required_bytes` or `hosts.node-1.memory_bytes`, a rule's
    id or a term's key. Raises `InputError` for one that is none, naming those that come near.
    """
    book = book_of(study)
    found = explain_in(book, key)
    return _with_digests(found, book, study) if isinstance(study, Study) else found


def saved_plan(path: str) -> ReceivedPlan | None:
    """Read a plan document that `regplan plan -o json` wrote into a file; None for a file that is something else.

    Raises `InputError` for a plan document that contradicts itself, and for a file that cannot be read.
    """
    if not path.endswith(".json") or not user_path(path).is_file():
        return None
    raw = read_bytes(user_path(path), _MOST_BYTES)
    return read_plan(raw, path) if _PLAN.search(raw[:_HEAD]) else None


def _with_digests(found: Answer, book: Book, study: Study) -> Answer:
    """Add the digests that a number is made of; a document alone does not have them."""
    digests = digests_behind(book.document, study.inventory, str(found.document.get("path", "")))
    if digests is None:
        return found
    lines = (*found.explanation.lines, *digest_lines(digests))
    return replace(
        found,
        explanation=replace(found.explanation, lines=lines),
        document={**found.document, "digests": digests},
    )


def book_of(study: Study | PulledPlan | ReceivedPlan) -> Book:
    """Open a plan's document for looking numbers up; of a plan that was pulled, the document as it was pushed."""
    return Book(plan_document(study) if isinstance(study, Study) else study.document)


def explain_in(book: Book, key: str) -> Answer:
    """Explain a key of a plan that was opened; raises the same."""
    found = answer(book, key)
    if found is not None:
        return found
    near = suggestions(book, key)
    hint = f"did you mean {', '.join(near)}?" if near else "`regplan explain SITE` lists every key."
    raise InputError(f"{tidy(key) or '(nothing)'}: the plan has no such number, rule or term; {hint}")
