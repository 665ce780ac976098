"""`report`: a study in, a file out."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.report.contents import contents
from regplan.report.document import json_text
from regplan.report.fleet import fleet_document
from regplan.report.fleet_contents import fleet_contents
from regplan.report.front import read_logo
from regplan.report.html import document_html
from regplan.report.portable import handed_over, names_below, portable, without_folders
from regplan.report.redacting import redacted, redacted_fleet
from regplan.report.render import KINDS, kind_of, render, render_document
from regplan.store.files import read_bytes, user_path, write_atomic
from regplan.verbs.artefacts import PulledPlan

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from regplan.model.comparison import Comparison
    from regplan.model.fleet import Fleet
    from regplan.model.plan import Study
    from regplan.report.front import Front

__all__ = [
    "check_report_file",
    "front_of",
    "redact_study",
    "report_kinds",
    "write_fleet_report",
    "write_report",
]

_MOST_LOGO: Final = 16_000_000


def check_report_file(path: Path) -> None:
    """Refuse a file that cannot be written, before the work is done; raises `InputError`."""
    kind_of(path.name)
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}")


def report_kinds() -> tuple[str, ...]:
    """Tell the endings of the files that a report can be written as."""
    return KINDS


def write_report(
    study: Study | PulledPlan,
    path: str | Path,
    front: Front | None = None,
    comparison: Comparison | None = None,
    redact: Collection[str] = (),
) -> Path:
    """Write a study as HTML, PDF, XLSX, DOCX, Markdown or JSON, as the file's ending says, whole or not at all.

    Returns the path. `front` is what stands on the cover besides, `comparison` holds other scenarios beside this one, and `redact` tells
    what is replaced: hosts, addresses, registries. Of a plan that was pulled from a registry JSON, also what a
    PDF has attached, is its document as it was pushed. Raises `InputError` for another ending and for a file that cannot be
    written.
    """
    file = user_path(path)
    check_report_file(file)
    told = redact_study(study, redact) if redact else study
    write_atomic(file, _rendered(told, kind_of(file.name), front, comparison))
    return file


def write_fleet_report(
    fleet: Fleet, file: str | Path, path: str | Path, front: Front, redact: Collection[str] = ()
) -> Path:
    """Write what is said of a fleet that was read from a file, in the formats of reports; returns the path.

    `redact` tells what is replaced: hosts, addresses, registries. Raises `InputError` for another ending and for a file that cannot be written.
    """
    target = user_path(path)
    check_report_file(target)
    at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    profiles = (each for known in fleet.profile_sets for each in known.profiles)
    problems = (replace(each, problem=without_folders(each.problem, str(file))) for each in fleet.problems)
    fleet = replace(portable(fleet, names_below(str(file), profiles)), problems=tuple(problems))
    fleet = redacted_fleet(fleet, redact)
    document = fleet_contents(fleet, user_path(file).name, at, front)
    kind = kind_of(target.name)
    if kind == "html":
        made = document_html(document).encode("utf-8", "replace")
    else:
        told = {**fleet_document(fleet), **({"front": dict(front.told)} if front.told else {})}
        made = render_document(document, kind, json_text(told).encode())
    write_atomic(target, made)
    return target


def front_of(front: Front, logo: str | Path | None) -> Front:
    """Put the picture in a file on a cover; raises `InputError` for one that cannot be read, or is no PNG or JPEG."""
    if logo is None:
        return front
    path = user_path(logo)
    return replace(front, logo=read_logo(read_bytes(path, _MOST_LOGO), str(logo)))


def redact_study(study: Study | PulledPlan, what: Collection[str]) -> Study:
    """Replace hosts, addresses or registries in a study, as `what` says, by names such as host-1."""
    return redacted(study.study if isinstance(study, PulledPlan) else study, what)


def _rendered(study: Study | PulledPlan, kind: str, front: Front | None, comparison: Comparison | None) -> bytes:
    if not isinstance(study, PulledPlan):
        return render(handed_over(study), kind, front=front, comparison=comparison)
    tool, data = study.received.tool, study.text.encode()
    if kind == "json":
        return data
    if kind == "pdf":
        return render_document(contents(study.study, tool, front, comparison), kind, data)
    return render(study.study, kind, tool, front, comparison)
