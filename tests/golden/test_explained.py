"""Every number of every golden site is explained, and its formulas, evaluated without regplan, give the numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from golden.planning import SITES, plan_of
from independent.arithmetic import gives, numbers, read_lines
from regplan.plan.rules.table import find_rule
from regplan.report.document import json_text
from regplan.report.explained.answers import answer
from regplan.report.explained.lines import lines_text
from regplan.report.explained.steps import Book

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("site", SITES, ids=lambda path: path.stem)
def test_every_number_is_explained_and_every_formula_gives_its_number(site: Path) -> None:
    book = Book(json.loads(json_text(plan_of(site).document)))
    for path, value in numbers(book.document):
        found = answer(book, path)
        assert found is not None, path
        told: Any = found.document

        assert told["value"] == value, path
        assert told["formulas"] or (told["means"] and told["provenance"] and told["source"]), path
        assert all(gives(each, each["value"]) for each in told["formulas"]), path
        assert not told["formulas"] or gives(told["formulas"][0], value), path
        read = read_lines(lines_text(found.explanation.lines))
        assert [each["expression"] for each in read] == [each["expression"] for each in told["formulas"]], path
        assert all(gives(each, each["value"]) for each in read), path


@pytest.mark.parametrize("site", SITES, ids=lambda path: path.stem)
def test_the_bytes_and_processors_that_a_site_needs_are_documented_or_reckoned(site: Path) -> None:
    book = Book(plan_of(site).document)
    for place, each in enumerate(book.document["findings"]):
        rule = find_rule(each["rule"])
        documented = {threshold.value for threshold in rule.thresholds} if rule is not None else set()
        step = book.step(f"findings[{place}].required")
        if each["required"] is not None and each["unit"] in {"bytes", "milli"}:
            assert each["required"] in documented or step.formula is not None, each


def test_what_the_unresolved_may_add_is_reckoned_with_each_at_a_published_size() -> None:
    document = plan_of(next(site for site in SITES if site.stem == "unresolved")).document
    for name in ("p50", "p90"):
        formula = document["formulas"][f"storage.unresolved.need_{name}_bytes"]
        given = {each["name"]: each["value"] for each in formula["inputs"]}

        assert gives(formula, document["storage"]["unresolved"][f"need_{name}_bytes"])
        assert given["unresolved"] == document["storage"]["unresolved"]["count"]
        assert given[f"image_{name}_bytes"] == document["storage"]["unresolved"][f"{name}_bytes"]
        assert given[f"free_space_at_{name}"] > 0


def test_every_formula_of_every_document_gives_its_value() -> None:
    told = 0
    for site in SITES:
        for path, formula in plan_of(site).document["formulas"].items():
            assert gives(formula, formula["value"]), (site.stem, path)
            told += 1
    assert told > 1000
