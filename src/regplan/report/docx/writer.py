"""A document as DOCX: headings, tables whose heads come again on each page, charts as pictures with their words."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from importlib import util
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import MissingExtra
from regplan.model.finding import Verdict
from regplan.report.cells import Code, Stack, padded, text_of
from regplan.report.docx.looks import COLOURS, MONO, QUIET, SERIF
from regplan.report.docx.pictures import chart_png
from regplan.report.docx.tables import facts_xml, table_xml
from regplan.report.pdf.laid_out import table_widths
from regplan.report.pdf.widths import PAPER
from regplan.report.sections import ChartBlock, Fact, Facts, Listing, Paragraph, Table
from regplan.report.words import indented, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from regplan.report.cells import Cell
    from regplan.report.sections import Block, Document

__all__ = ["write_docx"]

_WHAT: Final = "a report as DOCX"
_PICTURE_CM: Final = 17.0
_MARGIN_CM: Final = 2.0
_FOREIGN: Final = frozenset(("extended-properties", "thumbnail"))
_FIRST_DAY: Final = (1980, 1, 1, 0, 0, 0)  # of ZIP files


def write_docx(document: Document) -> bytes:
    """Write a document; the same values give the same bytes. Raises `MissingExtra` where python-docx is not installed."""
    if util.find_spec("docx") is None:
        raise MissingExtra(_WHAT, "report")
    writer = _Writer(document)
    writer.cover()
    for section in document.sections:
        writer.heading(section.title)
        for block in section.blocks:
            writer.block(block)
    return writer.bytes()


class _Writer:
    """Adds to one file of python-docx, from top to bottom."""

    def __init__(self, document: Document) -> None:
        import docx
        from docx.shared import Cm, Pt

        self._document, self._file = document, docx.Document()
        section = self._file.sections[0]
        section.page_width, section.page_height = Cm(21.0), Cm(29.7)
        for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
            setattr(section, side, Cm(_MARGIN_CM))
        normal = self._file.styles["Normal"]
        normal.font.name, normal.font.size, normal.paragraph_format.space_after = SERIF, Pt(10), Pt(6)
        self._properties()
        self._footer(section.footer.paragraphs[0])

    def _properties(self) -> None:
        told, at = self._file.core_properties, _moment(self._document.at)
        told.title, told.language = tidy(self._document.title)[:255], "en"
        told.author = tidy(self._document.front.author)[:255] or "regplan"
        told.comments, told.last_modified_by = "", "regplan"
        told.created = told.modified = at
        # The empty document that python-docx begins with tells of another program, and has a picture of its own blank page.
        parts = self._file.part.package.rels
        for key in [key for key, each in parts.items() if each.reltype.rpartition("/")[2] in _FOREIGN]:
            del parts[key]

    def _footer(self, paragraph: Any) -> None:  # noqa: ANN401
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        self._run(paragraph, f"{tidy(self._document.made_by)} · page ", size=8, colour=QUIET)
        run = self._run(paragraph, "", size=8, colour=QUIET)
        for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
            part = OxmlElement("w:fldChar" if kind else "w:instrText")
            if kind:
                part.set(qn("w:fldCharType"), kind)
            part.text = text or None
            run._r.append(part)  # noqa: SLF001  python-docx has no fields

    def bytes(self) -> bytes:
        """Write the file, with the times of its parts taken away."""
        out, fixed = io.BytesIO(), io.BytesIO()
        self._file.save(out)
        with zipfile.ZipFile(out) as made, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target:
            for name in made.namelist():
                entry = zipfile.ZipInfo(name, _FIRST_DAY)
                entry.compress_type = zipfile.ZIP_DEFLATED
                target.writestr(entry, made.read(name))
        return fixed.getvalue()

    # --- parts ------------------------------------------------------------------------------------------------------

    def cover(self) -> None:
        """Write title, what it is about, verdict and what stands on a cover besides."""
        document = self._document
        if document.front.logo is not None:
            from docx.shared import Cm

            self._file.add_picture(io.BytesIO(document.front.logo.content), height=Cm(1.6))
            self._describe("Logo")
        self._file.add_heading(tidy(document.title), 0)
        self._runs(self._file.add_paragraph(), document.about, colour=QUIET)
        paragraph = self._file.add_paragraph()
        self._run(paragraph, f"{text_of(document.verdict)}  ", size=14, colour=COLOURS[document.verdict], bold=True)
        self._runs(paragraph, document.headline)
        given = tuple(Fact(label, value) for label, value in document.front.told)
        if given or document.cover:
            self._facts((*given, *document.cover))

    def heading(self, title: str) -> None:
        """Begin a section."""
        self._file.add_heading(tidy(title), 1)

    def block(self, block: Block) -> None:
        """Write a block."""
        match block:
            case Paragraph():
                self._runs(self._file.add_paragraph(), block.parts)
            case Facts():
                self._facts(block.facts)
            case Table():
                self._table(block, block.caption)
            case ChartBlock():
                self._chart(block)
            case Listing():
                self._caption(f"{block.title} {block.about}")
                text = indented(block.text).rstrip("\n")
                self._run(self._file.add_paragraph(), text, size=7.5, mono=True)

    def _chart(self, block: ChartBlock) -> None:
        from docx.shared import Cm

        self._caption(block.title)
        if (picture := chart_png(block.chart)) is not None:
            self._file.add_picture(io.BytesIO(picture), width=Cm(_PICTURE_CM))
            self._describe(block.alt)
        self._table(block.numbers, "The same in numbers")

    def _describe(self, words: str) -> None:
        """Give the last picture its words for whoever cannot see it."""
        shape = self._file.inline_shapes[-1]
        shape._inline.docPr.set("descr", tidy(words))  # noqa: SLF001  python-docx has no alternative texts

    def _facts(self, facts: Sequence[Fact]) -> None:
        self._add(facts_xml(facts, (PAPER * 0.34, PAPER * 0.66)))

    def _table(self, table: Table, caption: str) -> None:
        self._caption(caption)
        if table.columns:
            self._add(table_xml(table, table_widths(table)))

    def _add(self, table: str) -> None:
        """Add a table, which is XML, with an empty line below it."""
        from docx.oxml import parse_xml

        self._file.add_paragraph()._p.addprevious(parse_xml(table))  # noqa: SLF001  its own tables are objects, cell by cell

    def _caption(self, words: str) -> None:
        paragraph = self._file.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        self._run(paragraph, tidy(words), bold=True)

    def _runs(self, paragraph: Any, cells: Iterable[Cell], **look: Any) -> None:  # noqa: ANN401
        for cell in cells:
            if isinstance(cell, Stack):
                self._runs(paragraph, (part for line in cell.lines for part in line.parts), **look)
                continue
            told = dict(look)
            if isinstance(cell, Verdict):
                told |= {"colour": COLOURS[cell], "bold": True}
            self._run(paragraph, padded(cell, text_of(cell)), mono=isinstance(cell, Code), **told)

    def _run(self, paragraph: Any, text: str, *, size: float = 0, colour: str = "", **look: bool) -> Any:  # noqa: ANN401
        from docx.shared import Pt, RGBColor

        run = paragraph.add_run(text)
        run.bold = look.get("bold") or None
        if size:
            run.font.size = Pt(size)
        if colour:
            run.font.color.rgb = RGBColor.from_string(colour)
        if look.get("mono"):
            run.font.name = MONO
        return run


def _moment(told: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(told).astimezone(dt.UTC).replace(tzinfo=None)
    except ValueError:
        return dt.datetime(*_FIRST_DAY)  # noqa: DTZ001  a document's times have no zone
