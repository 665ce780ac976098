from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from regplan.cli.output import Answer, Column, Table, emit, text_table
from regplan.cli.sharing import blobs_table, sharing_lines
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


@pytest.mark.parametrize("form", ["table", "csv", "json", "jsonl", "md"])
def test_no_terminal_acts_on_a_name_in_any_form(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = written(form, {"verdict": "PASS", "what": "a\x1b[2Jb\x9bc\u202ed", "count": 1}, capsys)

    assert not set("\x1b\x9b\u202e") & set(said)
    assert "a [2Jb c\ufffdd" in said or form in {"json", "jsonl", "md"}
    if form == "jsonl":
        assert json.loads(said)["what"] == "a\x1b[2Jb\x9bc\u202ed"


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


def test_blobs_fit_a_terminal_and_stand_in_full_in_a_pipe() -> None:
    digest, names = (
        f"sha256:{'4f' * 32}",
        [f"registry.example/library/{name}:1.27" for name in ("proxy", "cache", "web")],
    )
    blob = {"digest": digest, "kind": "layer", "size_bytes": 32, "images": 3, "saved_bytes": 64, "references": names}
    table = blobs_table({"blobs_detail": [blob]})

    narrow, wide = text_table(table, 80).splitlines(), text_table(table).splitlines()

    assert max(map(len, narrow)) <= 80
    assert len(narrow) == 2
    assert narrow[1].split()[0] == f"sha256:{'4f' * 6}"
    # Which image it is, and that there are two more, is still told.
    assert narrow[1].endswith("y:1.27 +2")
    assert digest in wide[1]
    assert wide[1].endswith(", ".join(names))


def test_a_line_of_many_families_names_a_few() -> None:
    one = {"by": "repository", "name": "r.io/app:#", "saved_bytes": 1234567, "provenance": "assumed"}
    document = {"projects": [], "dominating": [], "alignments": [
        {**one, "families": list("abcde")}, {**one, "families": list("ab")},
    ]}  # fmt: skip

    assert list(sharing_lines(document)) == [
        "one base for families a, b, c and 2 more would free 1,234,567 B (assumed): repository r.io/app:#",
        "one base for families a, b would free 1,234,567 B (assumed): repository r.io/app:#",
    ]


def test_names_in_the_lines_under_a_record_are_wrapped_whole() -> None:
    names = [f"registry.example/some-team/an-image-of-{place}:1.0-alpine" for place in ("here", "there")]
    digest = f"registry.example/pinned@sha256:{'4f' * 32}"
    table = Table(COLUMNS, ({"verdict": "INFO", "what": "x"},), below=lambda _: (", ".join((*names, digest)),))

    assert text_table(table, 70).splitlines()[2:] == [f"    {names[0]},", f"    {names[1]},", f"    {digest}"]
