from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from regplan.model.finding import Finding, Verdict
from regplan.model.image import Unresolved
from regplan.report.cells import Code, Line, Quantity, Stack
from regplan.report.contents import contents
from regplan.report.markdown import blocks_markdown, cell_markdown, escaped, write_markdown
from regplan.report.sections import Column, Fact, Facts, Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.plan import Study

GOLDEN = Path(__file__).parent / "golden" / "plan.md"
NASTY = "</td><script>alert(1)</script> | *x* `y` [z](http://evil.example) &lt; _u_ \n# no heading"


def written(study: Study) -> str:
    return write_markdown(contents(study))


def as_html(markdown: str) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))


def as_text(html: str) -> str:
    return (
        re.sub(r"<[^>]+>", "", html)
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", '"')
        .replace("&amp;", "&")
    )


def test_the_report_of_the_sample_study_reads_as_agreed(study: Study) -> None:
    made = re.sub(r"regplan (unknown|\d[\w.+]*)", "regplan VERSION", written(study))
    assert made == GOLDEN.read_text(encoding="utf-8")


def test_every_table_survives_a_markdown_parser_with_all_its_columns(study: Study) -> None:
    page = as_html(written(study))
    tables = re.findall(r"<table>.*?</table>", page, re.DOTALL)
    assert len(tables) >= 10
    for table in tables:
        columns = table.count("<th>") + table.count("<th style")
        for row in re.findall(r"<tr>.*?</tr>", table.partition("<tbody>")[2], re.DOTALL):
            assert row.count("<td") == columns


@pytest.mark.parametrize(
    "text", [NASTY, "a|b", "2 < 3 & 4 > 1", "**b**", "~~s~~", "back\\slash|", "<!-- -->", "_x_ a_b"]
)
def test_other_peoples_texts_come_out_as_they_went_in(text: str) -> None:
    table = f"| a |\n| --- |\n| {cell_markdown(text)} |"
    page = as_html(table)
    assert page.count("<td") == 1
    assert as_text(page.partition("<tbody>")[2]).strip() == " ".join(text.split())
    assert not re.search(r"<(script|a|em|strong|s|code|h1)\b", page)


@pytest.mark.parametrize("text", ["a|b", "`", "a``b`", "<script>", "plain:1.0@sha256:ab", "x\ny"])
def test_names_come_out_as_they_went_in_too(text: str) -> None:
    page = as_html(f"| a |\n| --- |\n| {cell_markdown(Code(text))} |")
    cell = re.search(r"<td>(.*?)</td>", page, re.DOTALL)
    assert cell is not None
    assert as_text(cell[1]).strip() == " ".join(text.split())
    assert "<code>" in cell[1]
    assert "<script>" not in page


@pytest.mark.parametrize(
    "text", ["# a", "1. a", "- a", "+ a", "> a", "=== a", "---", "2) a", "-", "-5 MB less", "3.5 GB"]
)
def test_a_paragraph_stays_a_paragraph(text: str) -> None:
    page = as_html(f"before\n\n{blocks_markdown([Paragraph((text,))])}\n")
    assert page.count("<p>") == 2
    assert as_text(page).strip().endswith(text)


def test_words_with_underscores_stay_readable() -> None:
    assert escaped("required_bytes of a_b_c") == "required_bytes of a_b_c"


def test_a_lower_bound_says_so() -> None:
    assert cell_markdown(Quantity(1500, "bytes", at_least=True)) == "at least 1.50 kB"
    assert cell_markdown(Quantity(None, "bytes", at_least=True)) == "unknown"
    assert cell_markdown(Code("")) == ""


def test_lines_of_one_cell_stand_below_each_other_in_one_row() -> None:
    stack = Stack((Line(("a|b ", Code("x|y"))), Line(("from <c>",), quiet=True)))
    page = as_html(f"| a |\n| --- |\n| {cell_markdown(stack)} |")
    assert page.count("<td>") == 1
    assert "a|b <code>x|y</code><br><sub>from &lt;c&gt;</sub>" in page


def test_a_folded_table_opens_with_its_caption_and_is_still_a_table() -> None:
    table = Table("20 <of> 31", (Column("What"),), (("a",),), folded=True)
    page = as_html(blocks_markdown([table, Paragraph(("after",))]))
    assert "<details><summary>20 &lt;of&gt; 31</summary>" in page
    assert page.index("<table>") < page.index("</details>") < page.index("<p>after</p>")


def test_the_sum_of_a_table_stands_out() -> None:
    table = Table("sum", (Column("What"), Column("Bytes", "number")), (("a", "1"), (Code("all"), "")), total=True)
    assert blocks_markdown([table]).endswith("| a | 1 |\n| **`all`** |  |")


def test_key_figures_become_a_table() -> None:
    facts = Facts("figures", (Fact("Hosts|", Quantity(3), ("1 ", Code("PASS"))),))
    assert blocks_markdown([facts]) == "| What | Value |  |\n| --- | ---: | --- |\n| Hosts\\| | 3 | 1 `PASS` |"


@pytest.mark.parametrize("text", ["pin it with @sha256:ab", "see zot#724", "@me", "#1"])
def test_nobody_is_called_and_no_issue_is_linked_where_a_report_is_pasted(text: str) -> None:
    page = as_html(escaped(text))
    assert not re.search(r"(?<![\w@])@\w|#\d", page)
    assert as_text(page).strip() == text


def test_a_digest_in_a_reference_stays_whole() -> None:
    assert escaped("docker.io/app@sha256:ab") == "docker.io/app@sha256:ab"


def test_nasty_names_reach_no_part_of_the_report_as_markup(study: Study) -> None:
    finding = Finding("host.cpu", Verdict.FAIL, NASTY, NASTY, NASTY, where=NASTY, fix=NASTY, source=NASTY)
    counts = replace(study.plan.counts, unresolved=(Unresolved(NASTY, NASTY, (NASTY,)),))
    site = replace(study.plan.site, name=NASTY, defaulted=(NASTY,))
    plan = replace(study.plan, site=site, findings=(finding,), counts=counts, binding_constraint="host.cpu")
    page = as_html(written(replace(study, plan=plan)))
    assert "<script" not in page
    assert "<a " not in page
    assert page.count("<h1>") == 1


def test_one_byte_of_one_layer_and_one_host_less_show(make_study: Callable[..., Study]) -> None:
    before = written(make_study())
    assert "(274,320,045 B)" in before
    bigger = written(make_study({"nginx": 41_700_124}))
    assert "(274,320,046 B)" in bigger
    assert "(274,320,045 B)" not in bigger
    fewer = written(make_study(hosts=make_study().plan.site.hosts[:2]))
    assert "node-3" in before
    assert "node-3" not in fewer
    assert "at least 549 MB (548,640,090 B)" in fewer
