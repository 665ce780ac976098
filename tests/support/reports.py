"""Reports read back: what a reader sees in a file of each format, and whatever else lies in it."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import tempfile
import zipfile
import zlib
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import pytest

__all__ = ["KINDS", "Page", "hidden_in", "objects_in", "page_of", "poppler", "read", "squeezed", "words_on_paper"]

KINDS: Final = ("docx", "html", "json", "md", "pdf", "xlsx")
# Above and below that, in points from the top of an A4 sheet, each page says of which report it is.
_PAPER: Final = ("-x", "0", "-y", "64", "-W", "596", "-H", "724", "-r", "72")
_WORD: Final = re.compile(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>')
_TEXT: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"
_STREAM: Final = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)


class Page(HTMLParser):
    """A page's text as a reader has it, and its elements: each name with the names of its attributes, counted."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements = Counter[tuple[str, tuple[str, ...]]]()
        self._texts: list[str] = []
        self.addresses: list[str] = []
        self._silent = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element, and where it leads to."""
        self.elements[tag, tuple(sorted(name for name, _ in attrs))] += 1
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src", "action", "data", "srcset"}]
        if tag in {"script", "style"}:
            self._silent = tag

    def handle_endtag(self, tag: str) -> None:
        """Hear what follows a script or a style."""
        if tag == self._silent:
            self._silent = ""

    def handle_data(self, data: str) -> None:
        """Take what can be read."""
        self._texts += [] if self._silent else [data]

    @property
    def text(self) -> str:
        """All that can be read."""
        return "".join(self._texts)


def squeezed(text: str) -> str:
    """Leave out white space, which a writer may put between any two letters of a long name."""
    return "".join(text.split())


def read(kind: str, made: bytes) -> str:
    """Give all that a reader of a report finds in it."""
    match kind:
        case "json":
            return "\n".join(_texts(json.loads(made)))
        case "html" | "md":
            return page_of(kind, made).text
        case "xlsx":
            return "\n".join(str(cell.value) for cell in _cells(made) if cell.value is not None)
        case "docx":
            return _document(made)
        case _:
            return _on_paper(made, *_PAPER)


def page_of(kind: str, made: bytes) -> Page:
    """Read HTML, or Markdown as a reader's program makes HTML of it."""
    text = made.decode()
    if kind == "md":
        from markdown_it import MarkdownIt

        text = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    return Page(text)


def words_on_paper(made: bytes) -> list[tuple[float, float, float, float, str]]:
    """Tell each word of a PDF: left, top, right and bottom in points, and its text; its pages are A4."""
    told = _on_paper(made, "-bbox", raw=False)
    return [(*map(float, found[:4]), found[4]) for found in _WORD.findall(told)]


def hidden_in(kind: str, made: bytes) -> str:
    """Give whatever lies in a file: its bytes, members and streams unpacked, as one text."""
    parts = [made]
    if kind in {"docx", "xlsx"}:
        with zipfile.ZipFile(io.BytesIO(made)) as file:
            parts += [name.encode() + b"\n" + file.read(name) for name in file.namelist()]
    if kind == "pdf":
        parts += [_inflated(found[1]) for found in _STREAM.finditer(made)]
    return "\n".join(part.decode("utf-8", "replace") for part in parts)


def objects_in(made: bytes) -> str:
    """Give a PDF's objects without what their streams hold: in fonts and drawings any letters may stand beside each other by chance."""
    assert b"/ObjStm" not in made
    return _STREAM.sub(b"", made).decode("utf-8", "replace")


def poppler(name: str, *arguments: str) -> str:
    """Run one of poppler's programs."""
    if (program := shutil.which(name)) is None:
        pytest.skip(f"no {name} here: apt install poppler-utils")
    done = subprocess.run([program, *arguments], capture_output=True, check=True, timeout=120)
    return done.stdout.decode()


def _on_paper(made: bytes, *options: str, raw: bool = True) -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.pdf"
        file.write_bytes(made)
        return poppler("pdftotext", *(["-raw"] if raw else []), *options, str(file), "-").replace("\f", "\n")


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return b""


def _cells(made: bytes) -> list[Any]:
    import openpyxl

    return [cell for sheet in openpyxl.load_workbook(io.BytesIO(made)) for row in sheet for cell in row]


def _document(made: bytes) -> str:
    import docx

    body: Any = docx.Document(io.BytesIO(made)).element.body
    paragraphs = body.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}p")
    return "\n".join("".join(part.text or "" for part in each.iter(_TEXT)) for each in paragraphs)


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for key, each in value.items() for text in (key, *_texts(each))]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [str(value)]
