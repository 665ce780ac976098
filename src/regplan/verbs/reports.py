"""`report`: a study in, a file out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.store.files import write_atomic

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.model.plan import Study

__all__ = ["REPORT_ENDINGS", "check_report_file", "write_report"]

REPORT_ENDINGS: Final = ("html", "md", "json")


def check_report_file(path: Path) -> None:
    """Refuse a file that cannot be written, before the work is done; raises `InputError`."""
    ending = path.suffix.removeprefix(".").lower()
    if ending not in REPORT_ENDINGS:
        raise InputError(f"{path}: the ending tells the format; this version writes {', '.join(REPORT_ENDINGS)}")
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}")


def write_report(study: Study, path: str | Path) -> Path:
    """Write a study as HTML, Markdown or JSON, as the file's ending says, whole or not at all; returns the path."""
    from pathlib import Path as FilePath

    from regplan.report.render import render

    file = FilePath(path)
    check_report_file(file)
    write_atomic(file, render(study, file.suffix.removeprefix(".").lower()))
    return file
