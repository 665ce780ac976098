from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from regplan.model.pasted import PasteValue
from regplan.report.charts import growth_lines
from regplan.report.contents import contents
from regplan.report.html import document_html
from regplan.report.markdown import write_markdown
from regplan.report.prospects import prospects_document, runway_words
from unit.report.samples import make_outlook, make_study
from unit.report.test_received import with_prospects

if TYPE_CHECKING:
    from regplan.model.plan import Study


def study() -> Study:
    return with_prospects(make_study())


def test_the_sections_are_there_once_there_is_something_to_tell() -> None:
    told = [section.key for section in contents(study()).sections]
    none = [section.key for section in contents(make_study()).sections]

    assert {"disks", "growth", "media", "values"} <= set(told)
    assert not {"disks", "growth", "media", "values"} & set(none)


def test_the_outlook_s_months_stand_in_the_document_with_what_they_are_reckoned_from() -> None:
    told: Any = prospects_document(study().plan)["outlook"]

    assert [each["used_bytes"] for each in told["months"]] == [50, 70, 90, 110, 130]
    for each in told["months"]:
        assert each["used_bytes"] == told["constant_bytes"] + told["set_bytes"] + each["month"] * told["version_bytes"]
    assert (told["warn_month"], told["full_month"]) == (3, 4)


@pytest.mark.parametrize(
    ("warn", "full", "words"),
    [
        (3, 4, "80 % in month 3, full in month 4"),
        (0, 0, "80 % in the first month, full in the first month"),
        (3, None, "80 % in month 3, not full within 4 months"),
        (None, None, "below 80 % of what the claim holds for at least 4 months"),
    ],
)
def test_the_runway_is_one_line(warn: int | None, full: int | None, words: str) -> None:
    assert runway_words(replace(make_outlook(), warn_month=warn, full_month=full)) == words


def test_what_lasts_as_long_as_the_outlook_looks_lasts_at_least_ten_years() -> None:
    whole = replace(make_outlook(), used_bytes=tuple(range(121)), warn_month=None, full_month=None)

    assert runway_words(whole) == "below 80 % of what the claim holds for at least ten years"
    assert runway_words(replace(whole, warn_month=7)) == "80 % in month 7, not full within ten years"


def test_the_growth_chart_has_the_registry_and_both_lines() -> None:
    drawn = growth_lines(study())

    assert [trace.name for trace in drawn.data] == ["in the registry", "warning", "full"]
    assert list(drawn.data[0].y) == [each / 10**9 for each in make_outlook().used_bytes]
    assert set(drawn.data[1].y) == {96 / 10**9}
    assert set(drawn.data[2].y) == {120 / 10**9}
    assert len(growth_lines(make_study()).data) == 0


def test_values_keep_their_lines_and_indents_wherever_they_are_shown() -> None:
    made = study()

    assert '```\nregistry:\n  storage: "280Gi"\n```' in write_markdown(contents(made))
    assert '<pre tabindex="0"><code>registry:\n  storage: &#34;280Gi&#34;\n</code></pre>' in document_html(
        contents(made)
    )


def test_a_text_that_others_wrote_ends_no_fence_and_moves_no_cursor() -> None:
    hostile = PasteValue("x", "y", "yaml", "a: 1\n````\n\x1b[2J<script>\n", "z")
    made = replace(make_study(), plan=replace(make_study().plan, values=(hostile,)))
    markdown, page = write_markdown(contents(made)), document_html(contents(made))

    assert "`````\na: 1\n````\n[2J<script>\n`````" in markdown
    assert "\x1b" not in markdown + page
    assert "[2J&lt;script&gt;" in page
