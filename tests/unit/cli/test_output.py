from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from regplan.cli.output import Answer, Column, Table, emit
from regplan.report.words import marked

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS = (Column("verdict", "VERDICT", marked), Column("what", "WHAT"), Column("count", "COUNT", right=True))
NASTY = "a|b <script> *c* [d](http://evil.example) `registry.gc`"


def written(form: str, record: Mapping[str, object], capsys: pytest.CaptureFixture[str]) -> str:
    answer = Answer({"kind": "test"}, (Table(COLUMNS, (record,), title="A | title"),), ("first *line*",), ("last",))
    emit(answer, form)
    return capsys.readouterr().out


def test_markdown_holds_other_peoples_texts_and_shows_names_as_code(capsys: pytest.CaptureFixture[str]) -> None:
    said = written("md", {"verdict": "FAIL", "what": NASTY, "count": 3}, capsys)
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(said)
    assert page.count("<td") == 3
    assert "<script>" not in page
    assert "<a " not in page
    assert "<em>" not in page
    assert "<code>registry.gc</code>" in page
    assert '<td style="text-align:right">3</td>' in page


def test_every_line_around_the_tables_is_a_paragraph_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    said = written("md", {"verdict": "PASS", "what": "x", "count": 1}, capsys)
    assert said.split("\n\n")[0] == r"first \*line\*"
    assert said.endswith("| ✓ PASS | x | 1 |\n\nlast\n")


def test_an_answer_of_nothing_is_nothing_in_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    emit(Answer({}, (Table(COLUMNS, ()),)), "md")
    assert capsys.readouterr().out == ""


def test_json_says_what_the_document_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(written("json", {"verdict": "PASS"}, capsys)) == {"kind": "test"}


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@sum"])
def test_a_spreadsheet_takes_no_text_for_a_formula(capsys: pytest.CaptureFixture[str], formula: str) -> None:
    said = written("csv", {"verdict": "INFO", "what": formula, "count": 1}, capsys)
    assert said == f"verdict,what,count\nINFO,'{formula},1\n"
