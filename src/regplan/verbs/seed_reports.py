"""The report of a seeding, in as many files as were asked for, however the seeding ended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from regplan.report.document import json_text
from regplan.report.front import Front
from regplan.report.redacting import redacted_document
from regplan.report.render import kind_of
from regplan.store.files import user_path, write_atomic
from regplan.verbs.reports import check_report_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from regplan.model.preflight import Prospect
    from regplan.model.run import RunRecord
    from regplan.model.site import Site
    from regplan.verbs.seeding import Seeding

__all__ = ["check_reports", "failed_document", "seeding_document", "write_reports"]


def check_reports(files: Iterable[str]) -> None:
    """Refuse a file that cannot be written, before anything is done; raises `InputError`."""
    for file in files:
        check_report_file(user_path(file))


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


def write_reports(
    files: Iterable[str],
    document: Mapping[str, Any],
    front: Front | None = None,
    redact: Collection[str] = (),
    site: Site | None = None,
) -> None:
    """Write a seeding's document in the formats of reports, as each file's ending says; raises `InputError`.

    `front` is what stands on the cover besides, and `redact` what is replaced: hosts (`site` is the one that was seeded, which
    names them), addresses, registries.
    """
    told = redacted_document(document, redact, site) if redact else document
    for file in files:
        path = user_path(file)
        write_atomic(path, _rendered(told, kind_of(path.name), front or Front()))


def _rendered(document: Mapping[str, Any], kind: str, front: Front) -> bytes:
    from regplan.report.render import render_document
    from regplan.report.seed_run.contents import run_contents

    if kind == "html":
        from regplan.report.seed_run.html import write_run_html

        return write_run_html(document, front).encode("utf-8", "backslashreplace")
    told = {**document, **({"front": dict(front.told)} if front.told else {})}
    return render_document(run_contents(document, front), kind, json_text(told).encode())
