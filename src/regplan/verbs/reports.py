"""`report`: a study in, a file out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.errors import InputError
from regplan.report.render import kind_of, render
from regplan.store.files import user_path, write_atomic
from regplan.verbs.artefacts import PulledPlan

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.model.plan import Study

__all__ = ["check_report_file", "write_report"]


def check_report_file(path: Path) -> None:
    """Refuse a file that cannot be written, before the work is done; raises `InputError`."""
    kind_of(path.name)
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}")


def write_report(study: Study | PulledPlan, path: str | Path) -> Path:
    """Write a study as HTML, PDF, XLSX, Markdown or JSON, as the file's ending says, whole or not at all; returns the path.

    Of a plan that was pulled from a registry JSON, also what a PDF has attached, is its document as it was pushed. Raises `InputError` for another
    ending and for a file that cannot be written.
    """
    file = user_path(path)
    check_report_file(file)
    write_atomic(file, _rendered(study, kind_of(file.name)))
    return file


def _rendered(study: Study | PulledPlan, kind: str) -> bytes:
    if not isinstance(study, PulledPlan):
        return render(study, kind)
    match kind:
        case "json":
            return study.text.encode()
        case "pdf":
            from regplan.report.contents import contents
            from regplan.report.pdf.writer import write_pdf

            return write_pdf(contents(study.study, study.received.tool), study.text.encode())
        case _:
            return render(study.study, kind, study.received.tool)
