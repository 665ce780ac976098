"""A plan as a workbook: what its cells show as planned, what they refer to, and that hostile names are texts."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.report.render import render
from regplan.report.workbook.arithmetic import spreadsheet_formula

if TYPE_CHECKING:
    from regplan.model.plan import Study

_NAME = re.compile(r"\b(?:in|host|storage|rules?|blobs|hosts)_\w+")


def book(study: Study, *, values: bool = False) -> Any:
    return openpyxl.load_workbook(io.BytesIO(render(study, "xlsx")), data_only=values)


def texts(workbook: Any) -> list[str]:
    return [
        str(cell.value) for sheet in workbook for row in sheet.iter_rows() for cell in row if cell.value is not None
    ]


def test_cells_show_the_verdict_and_the_need_as_planned_before_anything_reckons(study: Study) -> None:
    document = json.loads(render(study, "json"))
    rows = {row[0].value: row[1].value for row in book(study, values=True)["Summary"].iter_rows()}

    assert rows["Verdict"] == document["verdict"]
    assert rows["The images need"] == document["storage"]["required_bytes"]
    assert rows["What binds"] == document["binding_constraint"]


def test_every_finding_host_image_and_assumption_has_its_row(study: Study) -> None:
    document = json.loads(render(study, "json"))
    workbook = book(study, values=True)
    column = {sheet.title: [row[0].value for row in sheet.iter_rows()] for sheet in workbook}

    for each in document["findings"]:
        assert each["rule"] in column["Rules"]
    assert {each["name"] for each in document["hosts"]} <= set(column["Hosts"])
    images = [*document["layers"], *document["images"]["unresolved"], *document["images"]["declared_sizes"]]
    assert {each["reference"] for each in images} <= set(column["Images"])
    assert {f"assumptions.{each['key']}" for each in document["assumptions"]} <= set(column["Assumptions"])


def test_the_sheet_of_blobs_has_every_digest_once_and_adds_up_to_the_unique_bytes(study: Study) -> None:
    rows = list(book(study, values=True)["Blobs"].iter_rows(min_row=3, values_only=True))
    digests = [row[0] for row in rows]

    assert len(digests) == len(set(digests))
    assert sum(row[2] or 0 for row in rows) == json.loads(render(study, "json"))["storage"]["unique_bytes"]


def test_every_name_that_a_formula_calls_is_a_cell_of_the_workbook(study: Study) -> None:
    workbook = book(study)
    formulas = [
        str(getattr(cell.value, "text", cell.value))
        for sheet in workbook
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]
    called = {name for formula in formulas for name in _NAME.findall(formula)}

    assert len(formulas) > 10
    assert called - set(workbook.defined_names) == set()


@pytest.mark.parametrize(
    "name", ["=cmd|' /C calc'!A0", "@SUM(1)", "+1+1", "-2", "https://x.example/", "<script>\u202e\x07"]
)
def test_a_hostile_name_is_a_text_and_does_nothing(study: Study, name: str) -> None:
    hostile = replace(study, plan=replace(study.plan, site=replace(study.plan.site, name=name)))
    found = [cell for row in book(hostile)["Summary"].iter_rows() for cell in row if row[0].value == "Site"]

    assert found[2].data_type == "s"
    assert found[2].hyperlink is None
    assert not set("\u202e\x07") & set(found[2].value)


def test_the_workbook_brings_no_link_to_elsewhere_and_no_macro(study: Study) -> None:
    with zipfile.ZipFile(io.BytesIO(render(study, "xlsx"))) as archive:
        names = archive.namelist()
        relations = [archive.read(name).decode() for name in names if name.endswith(".rels")]

    assert [name for name in names if "external" in name.lower() or "vba" in name.lower()] == []
    assert [each for each in relations if 'TargetMode="External"' in each] == []


_LEAVES = st.sampled_from(["a", "b", "c", "2", "0.5"])
_SUMS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "**"]), inner).map(lambda of: f"({of[0]}) {of[1]} ({of[2]})"),
        st.tuples(st.sampled_from(["max", "min"]), inner, inner).map(lambda of: f"{of[0]}({of[1]}, {of[2]})"),
    ),
    max_leaves=6,
)


@pytest.mark.property
@given(_SUMS)
def test_a_formula_in_a_spreadsheets_words_comes_to_the_same(expression: str) -> None:
    names = {"a": "a", "b": "b", "c": "c"}
    values: dict[str, Any] = {"a": 1.25, "b": 2.0, "c": 0.75, "MAX": max, "MIN": min, "max": max, "min": min}
    written = spreadsheet_formula(expression, names).replace("^", "**")

    def reckoned(text: str) -> float | str:
        try:
            return float(eval(text, {"__builtins__": {}}, values))  # noqa: S307  sums of our own making
        except (OverflowError, ZeroDivisionError, TypeError) as error:
            return type(error).__name__

    assert reckoned(written) == reckoned(expression)
