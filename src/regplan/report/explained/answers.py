"""The answer to a key: what a number, a rule, a term or a part of a plan document is, as lines and as a document."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from regplan.plan.rules.table import find_rule
from regplan.report.explained.findings import finding_lines, finding_places, rule_lines, rule_row
from regplan.report.explained.lines import Explanation, lines_text, number_lines, term_lines
from regplan.report.explained.paths import at, close_paths, is_number, places
from regplan.report.explained.reckoned import reckoned_document
from regplan.report.explained.rows import image_lines, unresolved_lines
from regplan.report.words import exact, tidy
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from regplan.report.explained.lines import Line
    from regplan.report.explained.paths import Place
    from regplan.report.explained.steps import Book, Step

__all__ = ["Answer", "answer", "keys_document", "suggestions"]

# What an object of a plan document is about, where it is about one number.
_OWN: Final = ("value", "bytes")
_TERM: Final = re.compile(r"storage\.terms\[(\d+)\]\.bytes")
_ROW_LINES: Final[Mapping[str, Callable[[Book, int], tuple[Line, ...]]]] = {
    "images.unresolved[]": unresolved_lines,
    "layers[]": image_lines,
}
_TEXTS: Final[Mapping[str, str]] = {
    "verdict": "the worst of the findings: FAIL, else INCOMPLETE, else MARGINAL, else PASS; INFO does not count",
    "binding_constraint": "among the worst findings the first without numbers, else the one that has least of what it needs",
    "fixes": "the changes that help most cheaply: `regplan plan SITE` tries them where the verdict is not PASS",
    "way_out": "the smallest set of changes that leads to PASS: `regplan plan SITE` looks for it",
    "sensitivity": "which assumption moves the verdict most: `regplan plan SITE --sensitivity` tries them",
    "media": "which drives bring the images: `regplan plan SITE --media SIZE` fills them",
    "outlook.warn_month": "the first month in which the registry holds more than the share of the claim that is warned at",
    "outlook.full_month": "the first month in which the registry holds more than the claim",
}
_NEVER: Final = "null: not within ten years"
_NOTHING: Final = {"outlook.warn_month": _NEVER, "outlook.full_month": _NEVER}


@dataclass(frozen=True, slots=True)
class Answer:
    """One explanation: what every face shows, the same as a document, and its rows for tables."""

    explanation: Explanation
    document: dict[str, object]
    rows: tuple[dict[str, object], ...]

    def __repr__(self) -> str:
        """Tell what the command line prints, which is what one wants to see in a notebook."""
        return f"{self.explanation.title}\n{lines_text(self.explanation.lines)}"


def answer(book: Book, key: str) -> Answer | None:
    """Explain a dotted path, a rule id or a term's key; None for what is neither."""
    wanted = key.strip()
    place = at(book.document, wanted) if wanted else None
    if book.formula(wanted, None) is not None:
        # It may give what is no number of the document, such as the bytes of one version.
        return _of_number(book, wanted)
    if place is None and (finding_places(book, wanted) or find_rule(wanted) is not None):
        return _of_rule(book, wanted)
    place = place or (at(book.document, f"storage.terms.{wanted}") if wanted else None)
    return None if place is None else _of_place(book, place)


def _of_place(book: Book, place: Place) -> Answer:
    if place.pattern == "findings[]":
        return _of_findings(book, place.path, [int(place.path.removeprefix("findings[").removesuffix("]"))])
    if place.pattern in _ROW_LINES:
        return _of_row(book, place)
    if isinstance(place.value, dict):
        own = next((key for key in _OWN if is_number(place.value.get(key))), None)
        if own is not None:
            return _of_number(book, f"{place.path}.{own}")
    if is_number(place.value):
        return _of_number(book, place.path)
    if isinstance(place.value, dict | list):
        return _of_part(book, place)
    return _of_text(place)


def _of_number(book: Book, path: str) -> Answer:
    steps = book.steps(path)
    term = _TERM.fullmatch(path)
    lines = number_lines(book, steps) if term is None else term_lines(book, int(term[1]))
    return _answer(path, lines, {**_step_document(steps[0]), "formulas": _formulas(steps)}, _rows(steps))


def _of_rule(book: Book, rule: str) -> Answer:
    return _of_findings(book, rule, finding_places(book, rule), rule)


def _of_findings(book: Book, key: str, numbers: list[int], rule: str = "") -> Answer:
    rule = rule or book.document["findings"][numbers[0]]["rule"]
    lines: list[Line] = list(rule_lines(book, rule))
    if not numbers:
        lines.append(("says", "nothing of this site: the rule does not apply to it, or what it looks for is not there"))
    steps: list[Step] = []
    findings: list[dict[str, object]] = []
    for number in numbers:
        lines += [*([("", "")] if lines else []), *finding_lines(book, number)]
        row: dict[str, Any] = book.document["findings"][number]
        own = [
            step
            for side in ("measured", "required")
            if is_number(row[side])
            for step in book.steps(f"findings[{number}].{side}")
        ]
        findings.append({**row, "path": f"findings[{number}]", "formulas": _formulas(own)})
        steps += own
    return _answer(key, tuple(lines), {"rule": rule_row(book, rule), "findings": findings}, _rows(steps))


def _of_part(book: Book, place: Place) -> Answer:
    found = [book.step_at(each) for each in places(book.document) if _is_within(each, place) and is_number(each.value)]
    lines = tuple((each.path.removeprefix(place.path).lstrip("."), exact(each.value, each.unit)) for each in found)
    lines = lines or (("means", "no number stands here; `regplan plan SITE -o json` writes what does"),)
    return _answer(place.path, lines, {"keys": [_step_document(each) for each in found]}, _rows(tuple(found)))


def _is_within(each: Place, place: Place) -> bool:
    return each.path.startswith(place.path) and each.path[len(place.path) :][:1] in {".", "["}


def _of_row(book: Book, place: Place) -> Answer:
    """Tell of a row what is said of it as a whole, and list its numbers."""
    lines = _ROW_LINES[place.pattern](book, int(place.path.rpartition("[")[2].rstrip("]")))
    part = _of_part(book, place)
    return replace(part, explanation=Explanation(place.path, lines))


def _of_text(place: Place) -> Answer:
    value = _NOTHING.get(place.path, "null: this plan does not tell it")
    value = value if place.value is None else tidy(str(place.value))
    means = _TEXTS.get(place.path, "text, or nothing, and no number: it is told as it was read")
    told: dict[str, object] = {"value": place.value, "unit": "", "means": means, "formulas": []}
    return _answer(
        place.path, (("value", value), ("means", means)), told, ({"path": place.path, "value": place.value},)
    )


def _answer(
    key: str, lines: tuple[Line, ...], document: dict[str, object], rows: tuple[dict[str, object], ...]
) -> Answer:
    return Answer(Explanation(key, lines), {"kind": "explanation", "key": key, **document}, rows)


def _step_document(step: Step) -> dict[str, object]:
    value = step.formula.value if step.value is None and step.formula is not None else step.value
    return {
        "path": step.path,
        "value": value,
        "unit": step.unit,
        "means": step.says,
        "provenance": step.provenance,
        "source": step.source,
        "set_by": step.set_by or None,
    }


def _formulas(steps: tuple[Step, ...] | list[Step]) -> list[dict[str, object]]:
    return [{"path": each.path, **reckoned_document(each.formula)} for each in steps if each.formula is not None]


def _rows(steps: tuple[Step, ...] | list[Step]) -> tuple[dict[str, object], ...]:
    """List each number, and below it the inputs of its formula."""
    rows: list[dict[str, object]] = []
    for step in steps:
        formula = step.formula
        expression = "" if formula is None else formula.expression
        rows.append({"name": step.path, **_step_document(step), "expression": expression})
        for each in formula.inputs if formula is not None else ():
            told = {"value": each.value, "unit": each.unit, "provenance": each.provenance, "source": each.source}
            rows.append({"name": each.name, "path": each.path or None, **told, "expression": ""})
    return tuple(rows)


def keys_document(book: Book) -> dict[str, object]:
    """List every key with its value: rules with what they found, terms, and every number by its path."""
    rules: dict[str, list[str]] = {}
    for each in book.document["findings"]:
        rules.setdefault(each["rule"], []).append(each["verdict"])
    keys: list[dict[str, object]] = [
        _key("rule", rule, ", ".join(dict.fromkeys(verdicts)), "", "rule") for rule, verdicts in rules.items()
    ]
    keys += [
        _key("term", each["key"], each["bytes"], "bytes", each["provenance"])
        for each in book.document["storage"]["terms"]
    ]
    for step in book.numbers():
        provenance = "reckoned" if step.formula is not None else step.provenance
        keys.append(_key("number", step.path, step.value, step.unit, provenance))
    return {"kind": "explanations", "keys": keys}


def _key(kind: str, key: str, value: object, unit: str, provenance: str) -> dict[str, object]:
    return {"kind": kind, "key": key, "value": value, "unit": unit, "provenance": provenance}


def suggestions(book: Book, key: str) -> list[str]:
    """Tell the keys that come nearest to one that is none."""
    numbers = [place.path for place in places(book.document) if is_number(place.value)]
    terms = [each["key"] for each in book.document["storage"]["terms"]]
    return close_paths(key, [*numbers, *terms, *{each["rule"]: None for each in book.document["findings"]}])
