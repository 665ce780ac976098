"""A rollout written as a table: CSV of its sites, or XLSX with sites, nights, waves and what slips."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.errors import InputError
from regplan.report.rollout import rollout_sheets
from regplan.store.files import user_path, write_atomic
from regplan.store.spreadsheets import Sheet, csv_bytes, workbook_bytes
from regplan.verbs.fleet_output import check_fleet_file

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.model.rollout_file import RolloutStudy

__all__ = ["check_rollout_file", "write_rollout"]


def check_rollout_file(out: Path, sites: str | Path) -> None:
    """Refuse a file that cannot be written, before the work is done; raises `InputError`, and `MissingExtra`."""
    check_fleet_file(out, sites)


def write_rollout(study: RolloutStudy, out: str | Path) -> Path:
    """Write a rollout, whole or not at all; raises `InputError` for an ending that is neither .csv nor .xlsx."""
    target = user_path(out)
    sheets = list(rollout_sheets(study))
    if target.suffix.lower() == ".csv":
        write_atomic(target, csv_bytes([[str(cell) for cell in row] for row in sheets[0][1]]))
    elif target.suffix.lower() == ".xlsx":
        widths = [
            tuple(max(len(str(cell)) for cell in column) + 2 for column in zip(*rows, strict=True))
            for _, rows in sheets
        ]
        write_atomic(
            target,
            workbook_bytes(Sheet(name, rows, 1, wide) for (name, rows), wide in zip(sheets, widths, strict=True)),
        )
    else:
        raise InputError(f"{out}: a rollout is written as .csv or .xlsx")
    return target
