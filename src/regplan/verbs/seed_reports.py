"""The report of a seeding, in as many files as were asked for, however the seeding ended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import InputError
from regplan.report.document import json_text
from regplan.report.render import kind_of
from regplan.store.files import user_path, write_atomic
from regplan.verbs.reports import check_report_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from regplan.model.preflight import Prospect
    from regplan.model.run import RunRecord
    from regplan.verbs.seeding import Seeding

__all__ = ["check_reports", "failed_document", "seeding_document", "write_reports"]

_KINDS: Final = frozenset({"html", "json", "md", "pdf"})


def check_reports(files: Iterable[str]) -> None:
    """Refuse a file that cannot be written, before anything is done; raises `InputError`."""
    for file in files:
        check_report_file(user_path(file))
        if kind_of(file) not in _KINDS:
            raise InputError(f"{file}: a seeding is written as .html, .pdf, .md or .json")


def seeding_document(seeding: Seeding, record: RunRecord) -> dict[str, Any]:
    """Write what came of a seeding."""
    from regplan.report.seed_run.document import run_document

    error = "" if seeding.error is None else str(seeding.error)
    return run_document(seeding.prospect, seeding.result, replace(record, error=error), seeding.unresolved)


def failed_document(target: str, prospect: Prospect | None, record: RunRecord) -> dict[str, Any]:
    """Write what is known of a seeding that broke off with an error, perhaps before there was a plan."""
    from regplan.model.preflight import Prospect
    from regplan.model.seed import SeedCounts, SeedPlan
    from regplan.report.seed_run.document import run_document

    nothing = Prospect(SeedPlan(target, (), (), SeedCounts(0, 0, 0, 0, 0, 0, 0, 0, 0)))
    return {**run_document(prospect or nothing, record.result, record), "dry_run": False}


def write_reports(files: Iterable[str], document: Mapping[str, Any]) -> None:
    """Write a seeding's document as JSON, Markdown, HTML or PDF, as each file's ending says; raises `InputError`."""
    for file in files:
        path = user_path(file)
        write_atomic(path, _rendered(document, kind_of(path.name)))


def _rendered(document: Mapping[str, Any], kind: str) -> bytes:
    from regplan.report.seed_run.contents import run_contents

    data = json_text(document).encode("utf-8", "backslashreplace")
    match kind:
        case "json":
            return data
        case "pdf":
            from regplan.report.pdf.writer import write_pdf

            return write_pdf(run_contents(document), data)
        case "html":
            from regplan.report.seed_run.html import write_run_html

            text = write_run_html(document)
        case _:
            from regplan.report.markdown import write_markdown

            text = write_markdown(run_contents(document))
    return text.encode("utf-8", "backslashreplace")
