"""A study, or any report's document, as a file: values in, bytes out."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.report.comparison import comparison_document
from regplan.report.contents import contents
from regplan.report.document import json_text, plan_document
from regplan.report.markdown import write_markdown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from regplan.model.comparison import Comparison
    from regplan.model.plan import Study
    from regplan.report.front import Front
    from regplan.report.sections import Document

__all__ = ["KINDS", "kind_of", "render", "render_document"]

_NOW: Final = "write a .html, .pdf, .xlsx, .docx, .md or .json file"


def kind_of(name: str) -> str:
    """Tell a report's kind by its file name's ending; raises `InputError` for one that no writer here has.

    >>> kind_of("out/Store 0421.HTML")
    'html'
    """
    ending = name.rpartition(".")[2].lower() if "." in name.replace("\\", "/").rpartition("/")[2] else ""
    return _known(ending, name)


def render(
    study: Study, kind: str, tool: str = "", front: Front | None = None, comparison: Comparison | None = None
) -> bytes:
    """Write a report of kind html, pdf, xlsx, docx, md or json.

    `tool` is what made the plan where that was not this regplan, and `front` what stands on the cover besides;
    `comparison` holds other scenarios beside this one, in all but the workbook. HTML is one file that loads nothing from elsewhere, PDF has the plan's JSON attached, and the cells of XLSX reckon; these and DOCX
    raise `MissingExtra` where the `report` extra is not installed. Raises `InputError` for other kinds.
    """
    match _known(kind, f"a {kind or 'nameless'} report"):
        case "json":
            return _json(study, front, comparison)
        case "html":
            from regplan.report.html import document_html

            return document_html(contents(study, tool, front, comparison)).encode("utf-8", "replace")
        case "xlsx":
            from regplan.report.workbook.book import workbook
            from regplan.report.xlsx import write_xlsx

            return write_xlsx(workbook(study, tool, front))
        case other:
            return render_document(contents(study, tool, front, comparison), other, _json(study, front, comparison))


def render_document(document: Document, kind: str, data: bytes) -> bytes:
    """Write a document as pdf, xlsx, docx or md, or give its `data`, which is JSON and what a PDF has attached.

    Raises as `render` does; HTML has a page of its own for each document.
    """
    return _WRITERS[_known(kind, f"a {kind or 'nameless'} report")](document, data)


def _known(kind: str, what: str) -> str:
    if kind in KINDS:
        return kind
    raise InputError(f"{what}: no kind of report is called {kind!r}; {_NOW}")


def _json(study: Study, front: Front | None, comparison: Comparison | None) -> bytes:
    document = plan_document(study)
    if comparison is not None:
        document["comparison"] = comparison_document(comparison)
    if front is not None and front.told:
        document["front"] = dict(front.told)
    return json_text(document).encode()


def _data(document: Document, data: bytes) -> bytes:
    del document
    return data


def _markdown(document: Document, data: bytes) -> bytes:
    del data
    return write_markdown(document).encode("utf-8", "backslashreplace")


def _pdf(document: Document, data: bytes) -> bytes:
    from regplan.report.pdf.writer import write_pdf

    return write_pdf(document, data)


def _docx(document: Document, data: bytes) -> bytes:
    from regplan.report.docx.writer import write_docx

    del data
    return write_docx(document)


def _xlsx(document: Document, data: bytes) -> bytes:
    from regplan.report.workbook.listed import listed_workbook
    from regplan.report.xlsx import write_xlsx

    del data
    return write_xlsx(listed_workbook(document))


_WRITERS: Final[Mapping[str, Callable[[Document, bytes], bytes]]] = MappingProxyType(
    {"docx": _docx, "json": _data, "md": _markdown, "pdf": _pdf, "xlsx": _xlsx}
)
KINDS: Final = tuple(sorted({"html", *_WRITERS}))
