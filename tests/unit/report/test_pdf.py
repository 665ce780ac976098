"""The report as PDF, read back by poppler."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import regplan
from regplan.errors import MissingExtra
from regplan.model.finding import Finding, Verdict
from regplan.model.image import Unresolved
from regplan.report.cells import Cell, sentence, text_of
from regplan.report.contents import contents
from regplan.report.pdf.pieces import Space, pieces
from regplan.report.pdf.widths import PAPER, column_widths
from regplan.report.pdf.writer import write_pdf
from regplan.report.render import render
from regplan.report.sections import ChartBlock, Column, Facts, Listing, Paragraph, Table, charts_of
from regplan.report.seed_run.contents import run_contents
from unit.report.samples import make_advised, make_study
from unit.report.test_seed_run import written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from regplan.model.plan import Study
    from regplan.report.sections import Block, Document

NASTY = "#text(red)[x] *b* _i_ $x$ @ref <b> \"quote\" \\ /*c*/ //d [e] {f} 'g' ~ -- \x00\u202e\ufeff\nend"
# A Han word, a letter that no font has, and a Cyrillic word.
HAN, CYRILLIC = "\u5e97\u8217", "\u043c\u0430\u0433\u0430\u0437\u0438\u043d"
SCRIPTS = f"{HAN} \U0010fffd {CYRILLIC}"
LONG = f"registry.example/{'very-long/' * 27}name:1.0"


def poppler(name: str, *arguments: str) -> str:
    if (program := shutil.which(name)) is None:
        pytest.skip(f"no {name} here: apt install poppler-utils")
    done = subprocess.run([program, *arguments], capture_output=True, check=True, timeout=60)
    return done.stdout.decode()


def words_of(made: bytes, folder: Path) -> str:
    """Give all that can be read, without white space and without what stands above and below each page."""
    file = folder / "plan.pdf"
    file.write_bytes(made)
    pages = poppler("pdftotext", "-raw", str(file), "-").split("\f")
    inner = (re.sub(r"\n[^\n]*\n?Page \d+ of \d+\s*$", "", page.strip()) for page in pages)
    return "".join("".join(inner).split())


def boxes_of(made: bytes, folder: Path) -> list[tuple[float, float, list[list[float]]]]:
    """Give each page's width and height, and left, top, right and bottom of its words, in points."""
    file = folder / "plan.pdf"
    file.write_bytes(made)
    told = poppler("pdftotext", "-bbox", str(file), "-")
    pages = re.findall(r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', told, flags=re.DOTALL)
    box = re.compile(r'xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)"')
    return [
        (float(width), float(height), [[*map(float, each)] for each in box.findall(page)])
        for width, height, page in pages
    ]


def squeezed(text: str) -> str:
    return "".join(text.split())


def spelt(*points: str) -> str:
    return "".join(f"(U+{point})" for point in points)


def cells_of(block: Block) -> Iterator[Cell]:
    match block:
        case Table():
            yield from (column.title for column in block.columns)
            yield from (cell for row in block.rows for cell in row)
        case ChartBlock():
            yield from cells_of(block.numbers)
        case Facts():
            yield from (cell for fact in block.facts for cell in (fact.label, fact.value, *fact.note))
        case Paragraph():
            yield sentence(block.parts)
        case Listing():
            yield from block.text.splitlines()


def facts_of(document: Document) -> Iterator[str]:
    yield text_of(document.title)
    yield sentence(document.headline)
    for section in document.sections:
        yield section.title
        yield from (text_of(cell) for block in section.blocks for cell in cells_of(block))


def test_every_fact_of_the_document_can_be_read_in_the_file(advised: Study, tmp_path: Path) -> None:
    document = contents(advised)
    read = words_of(write_pdf(document, b"{}"), tmp_path)
    facts = [squeezed(fact) for fact in facts_of(document)]
    assert len(facts) > 300
    assert [fact for fact in facts if fact not in read] == []


def test_one_byte_of_one_layer_shows(tmp_path: Path) -> None:
    before = words_of(render(make_study(), "pdf"), tmp_path)
    bigger = words_of(render(make_study({"nginx": 41_700_124}), "pdf"), tmp_path)
    assert "(274,320,045B)" in before
    assert "(274,320,046B)" not in before
    assert "(274,320,046B)" in bigger


def test_the_plan_s_json_is_inside(study: Study, tmp_path: Path) -> None:
    file = tmp_path / "plan.pdf"
    file.write_bytes(render(study, "pdf"))
    poppler("pdfdetach", "-save", "1", "-o", str(tmp_path / "out.json"), str(file))
    assert "1: plan.json" in poppler("pdfdetach", "-list", str(file))
    assert (tmp_path / "out.json").read_bytes() == render(study, "json")
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["site"]["name"] == "store-0421"


def test_it_claims_the_standards_for_archives_and_for_everyone(study: Study, tmp_path: Path) -> None:
    made = render(study, "pdf")
    told = dict(re.findall(rb"<(pdf(?:a|ua)id:\w+)>(\w+)</", made))
    assert told == {b"pdfaid:part": b"3", b"pdfaid:conformance": b"B", b"pdfuaid:part": b"1"}
    file = tmp_path / "plan.pdf"
    file.write_bytes(made)
    about = poppler("pdfinfo", str(file))
    assert re.search(r"Tagged: +yes", about)
    assert "Title:           Primary registry plan: store-0421" in about
    assert "JavaScript:      no" in about
    fonts = poppler("pdffonts", str(file)).splitlines()[2:]
    assert fonts
    assert all(re.search(r" yes yes yes ", font) for font in fonts)


def test_tables_headings_and_charts_are_tagged(advised: Study, tmp_path: Path) -> None:
    file = tmp_path / "plan.pdf"
    file.write_bytes(render(advised, "pdf"))
    tree = poppler("pdfinfo", "-struct", str(file))
    document = contents(advised)
    tables = [block for section in document.sections for block in section.blocks if isinstance(block, Table)]
    assert len(re.findall(r"^ *Figure", tree, flags=re.MULTILINE)) >= len(charts_of(document)) == 8
    assert len(re.findall(r"^ *H1", tree, flags=re.MULTILINE)) >= len(document.sections)
    assert len(re.findall(r"^ *Table", tree, flags=re.MULTILINE)) >= len(tables)
    assert "TH" in tree


def nasty(study: Study, name: str) -> Study:
    finding = Finding("host.cpu", Verdict.FAIL, name, name, name, name, name, name, name)
    plan = replace(
        study.plan,
        site=replace(study.plan.site, name=name, file=name),
        findings=(finding, *study.plan.findings),
        counts=replace(study.plan.counts, unresolved=(Unresolved(name, name, (name,)),)),
        layers=replace(study.plan.layers, images=(replace(study.plan.layers.images[0], reference=name),)),
        hosts=(replace(study.plan.hosts[0], name=name),),
        generated_at=name,
    )
    return replace(study, plan=plan)


@pytest.mark.parametrize("name", [NASTY, LONG])
def test_names_are_whole_and_are_no_markup(advised: Study, tmp_path: Path, name: str) -> None:
    study = nasty(advised, name)
    document = contents(study)
    read = words_of(render(study, "pdf"), tmp_path)
    facts = [squeezed(fact) for fact in facts_of(document)]
    assert [fact for fact in facts if fact not in read] == []
    assert read.count(squeezed(text_of(name))) > 5


def test_no_word_leaves_the_paper(advised: Study, tmp_path: Path) -> None:
    pages = boxes_of(render(nasty(advised, LONG), "pdf"), tmp_path)
    assert len(pages) > 5
    margin = 18 / 25.4 * 72
    for width, height, words in pages:
        for left, top, right, bottom in words:
            assert left >= margin - 1
            assert right <= width - margin + 1
            assert top >= 20
            assert bottom <= height - 20


@pytest.mark.slow
def test_every_page_is_filled_whether_or_not_a_chart_had_room_on_it(tmp_path: Path) -> None:
    options = regplan.Options(fixes=True, sensitivity=True, life=True)
    document = contents(regplan.plan_site(regplan.demo_site(), options))
    assert len(charts_of(document)) > 8
    _, *pages, _ = boxes_of(write_pdf(document, b"{}"), tmp_path)
    assert len(pages) > 20
    for number, (_, height, words) in enumerate(pages, 2):
        # What stands below every page aside.
        lowest = max(bottom for _, _, _, bottom in words if bottom < height - 50)
        assert lowest > height * 2 / 3, number


def test_letters_of_any_script_stand_there_or_are_spelt_out(study: Study, tmp_path: Path) -> None:
    named = replace(study, plan=replace(study.plan, site=replace(study.plan.site, name=SCRIPTS)))
    read = words_of(render(named, "pdf"), tmp_path)
    assert CYRILLIC in read
    assert HAN in read or spelt("5E97", "8217") in read
    assert spelt("10FFFD") in read


def test_the_same_values_give_the_same_bytes_and_no_clock_is_read(study: Study) -> None:
    made = render(study, "pdf")
    assert made == render(study, "pdf")
    assert set(re.findall(rb"<xmp:CreateDate>([^<]*)<", made)) == {b"2026-09-01T08:00:00Z"}


def test_a_seeding_can_be_read_with_its_rate(tmp_path: Path) -> None:
    report = run_contents(written())
    read = words_of(write_pdf(report, b"{}"), tmp_path)
    facts = [squeezed(fact) for fact in facts_of(report)]
    assert [fact for fact in facts if fact not in read] == []


def test_without_its_extra_the_pip_line_is_named(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(MissingExtra, match=r"pip install 'regplan\[report\]'"):
        render(study, "pdf")


def test_columns_fit_the_paper_and_numbers_stay_on_one_line() -> None:
    name = [{"runs": [{"kind": "code", "text": "n" * 300}]}]
    number = [{"runs": [{"kind": "text", "text": "274 MB (274,320,045 B)"}]}]
    columns = (Column("Image"), Column("SIZE", "number"), Column("Again"), Column("Why", "prose"))
    widths = column_widths(columns, [[name, number, name, name]])
    assert sum(widths) <= PAPER + 1
    assert widths[1] > 30
    assert min(widths) > 20


def test_sentences_have_what_room_short_columns_leave() -> None:
    def told(text: str, kind: str = "text") -> list[dict[str, object]]:
        return [{"runs": [{"kind": kind, "text": text}]}]

    columns = (Column("Rule"), Column("Where"), Column("Has", "number"), Column("Finding", "prose"))
    rows = [
        [told("host.requests", "code"), told("node-1"), told("16.9 GB"), told("a sentence of some length " * 8)]
    ] * 9
    rule, where, has, finding = column_widths(columns, rows)
    assert rule + where + has < PAPER / 3
    assert finding > PAPER * 2 / 3 - 1
    # Two texts that are as long have as much.
    both = (Column("What was found", "prose"), Column("What lowers it", "prose"))
    one, other = column_widths(both, [[told("word " * 90), told("word " * 90)]])
    assert one == other


def test_long_names_are_broken_behind_their_marks_and_digests_by_eight() -> None:
    digest = f"sha256:{'0123456789abcdef' * 4}"
    space = Space(120.0, 8.5)
    assert pieces(digest, space, code=True) == ["sha256:", *["01234567", "89abcdef"] * 4]
    assert pieces("registry.example/store/web:1.0", Space(200.0, 8.5), code=True) == "registry.example/store/web:1.0"
    assert pieces("no word is long", Space(60.0, 8.5)) == "no word is long"
    name = f"{'n' * 40}e\u0301"
    assert pieces(name, space) == [*"n" * 40, "e\u0301"]
    for text in (digest, name, LONG, NASTY):
        assert "".join(pieces(text, space)) == text


def test_a_plan_of_nothing_still_makes_a_file(study: Study) -> None:
    layers = replace(study.plan.layers, images=())
    storage = replace(study.plan.storage, claimed_bytes=None)
    plan = replace(study.plan, wire=None, upgrade=None, hosts=(), layers=layers, storage=storage, findings=())
    assert render(replace(study, plan=plan, simulation=None), "pdf").startswith(b"%PDF-")


def test_patterns_and_colours_are_drawn_and_no_picture_of_dots_is(tmp_path: Path) -> None:
    file = tmp_path / "plan.pdf"
    file.write_bytes(render(make_advised(), "pdf"))
    assert len(poppler("pdfimages", "-list", str(file)).splitlines()) == 2
