"""A document as PDF/A-3b and PDF/UA-1, its charts drawn as vectors, with the machine's own document attached."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import MissingExtra
from regplan.report.cells import sentence
from regplan.report.figures.svg import chart_svg
from regplan.report.pdf.laid_out import document_values
from regplan.report.pdf.pieces import is_held
from regplan.report.sections import charts_of

if TYPE_CHECKING:
    from regplan.report.sections import Document

__all__ = ["write_pdf"]

_STANDARDS: Final = ("a-3b", "ua-1")
_NO_GLYPH: Final = "could not be displayed with"


def write_pdf(document: Document, attached: bytes) -> bytes:
    """Write a document as PDF with `attached`, which is JSON, inside it; the same values give the same bytes.

    Letters that typst's own fonts lack come from the machine's fonts, and where it has none either their code points
    stand there. Raises `MissingExtra` where typst is not installed.
    """
    values = document_values(document)
    values["summary"] = f"{values['verdict']['text']}: {sentence(document.headline)}"
    drawings = {f"chart-{block.key}.svg": chart_svg(block.chart) for block in charts_of(document)}
    # As whoever saves it will find it: plan.json, fleet.json, seed.json.
    values["attachment"] = f"{json.loads(attached).get('kind', 'plan')}.json"
    files = {values["attachment"]: attached, "main.typ": _template()}
    if document.front.logo is not None:
        # Files are texts there: a picture is a list of its bytes.
        files["logo.json"] = json.dumps(list(document.front.logo.content)).encode()
    made = _compiled(files | _texts(values, drawings), own_fonts=True)
    made = made or _compiled(files | _texts(values, drawings), own_fonts=False)
    return made or _laid_out(files | _texts(values, drawings, spelt=True), own_fonts=True)


def _texts(values: dict[str, Any], drawings: dict[str, str], *, spelt: bool = False) -> dict[str, bytes]:
    told = json.dumps(values, ensure_ascii=False)
    texts = {"document.json": told, **drawings}
    return {name: (_spelt(text) if spelt else text).encode("utf-8", "replace") for name, text in texts.items()}


def _compiled(files: dict[str, bytes], *, own_fonts: bool) -> bytes | None:
    """Lay out the files; None where a letter is in no font that may be used."""
    try:
        return _laid_out(files, own_fonts=own_fonts)
    except RuntimeError as error:
        if _NO_GLYPH in str(error):
            return None
        raise


def _laid_out(files: dict[str, bytes], *, own_fonts: bool) -> bytes:
    try:
        import typst
    except ImportError as error:
        raise MissingExtra("a report as PDF", "report") from error
    made = typst.compile(files, format="pdf", pdf_standards=list(_STANDARDS), ignore_system_fonts=own_fonts)  # type: ignore[call-overload]
    return bytes(made)


def _spelt(text: str) -> str:
    r"""Write letters that may be in no font by their code points.

    >>> _spelt("a\u65e5")
    'a(U+65E5)'
    """
    return "".join(each if is_held(each) or each == "\n" else f"(U+{ord(each):04X})" for each in text)


def _template() -> bytes:
    return resources.files("regplan.report").joinpath("templates", "report.typ").read_bytes()
