"""The appendix tells of every number how it comes about, each kind of number once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from independent.arithmetic import gives, read_lines
from regplan.report.cells import sentence, text_of
from regplan.report.contents import contents
from regplan.report.document import plan_document
from regplan.report.html import document_html
from regplan.report.markdown import write_markdown
from regplan.report.parts.explained import explained_section
from regplan.report.sections import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.plan import Study
    from regplan.report.cells import Stack


def numbers(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from numbers(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from numbers(inner, f"{path}[{place}]")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield _kind(path)


def _kind(path: str) -> str:
    return re.sub(r"\bnode-\d+", "*", re.sub(r"\[\d+\]", "[]", path))


def tables(document: dict[str, object]) -> list[Table]:
    return [block for block in explained_section(document).blocks if isinstance(block, Table)]


def test_every_kind_of_number_stands_in_the_appendix(study: Study) -> None:
    document = plan_document(study)
    told = {_kind(text_of(row[0]).split()[0]) for table in tables(document) for row in table.rows}

    assert set(numbers({key: value for key, value in document.items() if key != "formulas"})) <= told


def test_each_formula_of_the_appendix_gives_what_it_comes_to(study: Study) -> None:
    formulas, _ = tables(plan_document(study))

    assert len(formulas.rows) >= 10
    for row in formulas.rows:
        stack: Any = row[1]
        assert gives(_read(stack), float(str(row[2]).split()[0].replace(",", ""))), row


def _read(stack: Stack) -> dict[str, Any]:
    labels = ("formula", *("with" for _ in stack.lines[1:]))
    text = "\n".join(f"{label}  {sentence(line.parts)}" for label, line in zip(labels, stack.lines, strict=True))
    return read_lines(text)[0]


def test_both_forms_of_the_report_have_it(study: Study) -> None:
    assert "## How every number comes about" in write_markdown(contents(study))
    assert "How every number comes about" in document_html(contents(study))


def test_a_sum_of_hundreds_is_told_by_its_first_parts_and_the_total_of_the_others(study: Study) -> None:
    document: Any = plan_document(study)
    row = {"workload": "web", "pods": 1, "cpu_milli": 100, "memory_bytes": 1_000, "provenance": "assumed"}
    document["hosts"][0]["placed"] = [{**row, "cpu_milli": 100 + number} for number in range(300)]
    document["hosts"][0]["requested_cpu_milli"] = 300 * 100 + 299 * 150

    formulas, _ = tables(document)
    (stack,) = [each[1] for each in formulas.rows if text_of(each[0]).startswith("hosts[0].requested_cpu_milli")]
    said = text_of(stack)

    assert "placed_0 + placed_1 + placed_2 + placed_3_to_299" in said
    assert f"placed_3_to_299 = {300 * 100 + 299 * 150 - 303:,} milli" in said
    assert "placed_200" not in said
