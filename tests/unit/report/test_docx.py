"""A report as DOCX: everything the document says, as text, with words for pictures and no link to elsewhere."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import docx
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH

from regplan.report.cells import text_of
from regplan.report.contents import contents
from regplan.report.front import Front, Logo
from regplan.report.render import render
from regplan.report.sections import Table, charts_of

if TYPE_CHECKING:
    from regplan.model.plan import Study

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301010018dd8db00000000049454e44ae426082"
)


def read(study: Study, front: Front | None = None) -> Any:
    return docx.Document(io.BytesIO(render(study, "docx", front=front)))


def words(file: Any) -> str:
    cells = [cell.text for table in file.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(each.text for each in file.paragraphs), *cells])


def test_it_says_every_heading_and_every_cell_of_the_document(study: Study) -> None:
    document = contents(study)
    said = " ".join(words(read(study)).split())

    for section in document.sections:
        assert section.title in said
        for block in section.blocks:
            if isinstance(block, Table):
                for row in block.rows:
                    for cell in row:
                        assert " ".join(text_of(cell).split())[:40] in said


def test_charts_are_pictures_with_words_for_whoever_cannot_see_them(study: Study) -> None:
    told = [shape._inline.docPr.get("descr") for shape in read(study).inline_shapes]

    assert told == [chart.alt for chart in charts_of(contents(study))]
    assert all(told)


def test_a_tables_head_comes_again_on_every_page(study: Study) -> None:
    with zipfile.ZipFile(io.BytesIO(render(study, "docx"))) as archive:
        body = archive.read("word/document.xml").decode()

    assert body.count("<w:tblHeader") >= sum(
        isinstance(block, Table) for section in contents(study).sections for block in section.blocks
    )


def test_names_for_the_cover_stand_there_with_the_logo(study: Study) -> None:
    front = Front("Example Retail", "Stores", "A. Planner", "3", Logo(PNG, "image/png"))
    file = read(study, front)

    assert {"Example Retail", "Stores", "A. Planner"} <= set(words(file).split("\n"))
    assert file.inline_shapes[0]._inline.docPr.get("descr") == "Logo"


def test_no_other_program_is_named_and_there_is_no_picture_of_a_blank_page(study: Study) -> None:
    with zipfile.ZipFile(io.BytesIO(render(study, "docx"))) as archive:
        assert [name for name in archive.namelist() if name.startswith("docProps/")] == ["docProps/core.xml"]
        assert not [name for name in archive.namelist() if b"Macintosh" in archive.read(name)]


@pytest.mark.parametrize(
    "name", ["<w:t>x</w:t>", "a\u202eb\x00\x07", "n" * 300, "line\nline", "these are no characters: \ufffe\uffff"]
)
def test_a_hostile_name_is_a_text(study: Study, name: str) -> None:
    hostile = replace(study, plan=replace(study.plan, site=replace(study.plan.site, name=name)))

    said = words(read(hostile))

    assert not set("\u202e\x00\x07") & set(said)
    assert " ".join(name.replace("\u202e", "\ufffd").replace("\x00\x07", " ").split())[:20] in said


def test_it_names_nothing_outside_itself(study: Study) -> None:
    with zipfile.ZipFile(io.BytesIO(render(study, "docx"))) as archive:
        relations = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".rels")]

    assert [each for each in relations if "External" in each] == []


def test_cells_of_tables_are_paragraphs_of_words_code_and_numbers(study: Study) -> None:
    rows = [row for table in read(study).tables for row in table.rows]
    (claim,) = [row for row in rows if row.cells[0].text == "storage.claim"]
    named, has = claim.cells[0].paragraphs[0], claim.cells[2].paragraphs[0]

    assert (named.runs[0].font.name, named.alignment) == ("Courier New", None)
    assert (has.runs[0].font.name, has.alignment) == (None, WD_ALIGN_PARAGRAPH.RIGHT)
    verdicts = {run.text: run for row in rows for run in row.cells[0].paragraphs[0].runs if run.text.endswith(" INFO")}
    assert all(run.bold and str(run.font.color.rgb) == "1F5F85" for run in verdicts.values())
    assert verdicts


def test_columns_have_their_widths_and_together_fit_the_paper(study: Study) -> None:
    for table in read(study).tables:
        widths = [column.width.pt for column in table.columns]
        assert sum(widths) < 21.0 / 2.54 * 72 - 2 * 2.0 / 2.54 * 72 + 12
        assert [[cell.width.pt for cell in row.cells] for row in table.rows] == [widths] * len(table.rows)
