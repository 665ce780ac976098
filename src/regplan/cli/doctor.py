"""`doctor`: what is installed, seen and usable on this machine."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from regplan.cli.exitcodes import ExitCode
from regplan.cli.options import Common, common, resolving, verb
from regplan.cli.output import Answer, Column, Table, emit

if TYPE_CHECKING:
    from regplan.verbs.options import Options

__all__ = ["doctor_command"]

_MARKS = {"ok": "✓ ok", "absent": "- absent", "problem": "✗ problem"}


@verb(
    "doctor",
    "regplan doctor",
    "regplan doctor -o json",
)
@common
@resolving
def doctor_command(common: Common, options: Options) -> int:
    """Tell what is installed, which auth files are seen, and whether the terminal, the cache and optional tools serve.

    Ends with 1 where something that regplan's core needs does not serve.
    """
    from regplan.verbs.doctor import State, examine

    checks = examine(options)
    columns = (
        Column("name", "WHAT"),
        Column("state", "STATE", lambda value: _MARKS[str(value)]),
        Column("found", "FOUND"),
        Column("fix", "FIX"),
    )
    records = tuple({**asdict(check), "state": str(check.state)} for check in checks)
    emit(Answer({"kind": "doctor", "checks": list(records)}, (Table(columns, records),)), common.output)
    return ExitCode.FAILED if any(check.state is State.PROBLEM for check in checks) else ExitCode.DONE
