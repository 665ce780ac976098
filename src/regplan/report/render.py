"""A study as a report file: values in, bytes out."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.report.contents import contents
from regplan.report.document import json_text, plan_document
from regplan.report.markdown import write_markdown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from regplan.model.plan import Study

__all__ = ["KINDS", "kind_of", "render"]

_NOW: Final = "write a .html, .pdf, .xlsx, .md or .json file"
_LATER: Final = frozenset({"docx"})


def kind_of(name: str) -> str:
    """Tell a report's kind by its file name's ending; raises `InputError` for one that no writer here has.

    >>> kind_of("out/Store 0421.HTML")
    'html'
    """
    ending = name.rpartition(".")[2].lower() if "." in name.replace("\\", "/").rpartition("/")[2] else ""
    return _known(ending, name)


def render(study: Study, kind: str, tool: str = "") -> bytes:
    """Write a report of kind html, pdf, xlsx, md or json; `tool` is what made the plan where that was not this regplan.

    HTML is one file that loads nothing from elsewhere, PDF has the plan's JSON attached, and the cells of XLSX reckon; all
    three raise `MissingExtra` where the `report` extra is not installed. Raises `InputError` for other kinds.
    """
    return _WRITERS[_known(kind, f"a {kind or 'nameless'} report")](study, tool)


def _known(kind: str, what: str) -> str:
    if kind in _WRITERS:
        return kind
    if kind in _LATER:
        raise InputError(f"{what}: this version writes no {kind} yet; {_NOW}")
    raise InputError(f"{what}: no kind of report is called {kind!r}; {_NOW}")


def _html(study: Study, tool: str) -> bytes:
    from regplan.report.html import write_html

    return write_html(study, tool).encode("utf-8", "replace")


def _markdown(study: Study, tool: str) -> bytes:
    return write_markdown(contents(study, tool)).encode("utf-8", "replace")


def _pdf(study: Study, tool: str) -> bytes:
    from regplan.report.pdf.writer import write_pdf

    return write_pdf(contents(study, tool), _json(study, tool))


def _json(study: Study, tool: str) -> bytes:
    del tool
    # A lone surrogate, which JSON files can smuggle in, is written the way JSON itself writes it.
    return json_text(plan_document(study)).encode("utf-8", "backslashreplace")


def _xlsx(study: Study, tool: str) -> bytes:
    from regplan.report.workbook.book import workbook
    from regplan.report.xlsx import write_xlsx

    return write_xlsx(workbook(study, tool))


_WRITERS: Final[Mapping[str, Callable[[Study, str], bytes]]] = MappingProxyType(
    {"html": _html, "json": _json, "md": _markdown, "pdf": _pdf, "xlsx": _xlsx}
)
KINDS: Final = tuple(_WRITERS)
