"""Run the command line in this process and take what it says."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass
from typing import Any

from regplan.cli.app import main

__all__ = ["Said", "regplan"]


@dataclass(frozen=True)
class Said:
    """What one call wrote and ended with."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """Standard output as JSON."""
        value: dict[str, Any] = json.loads(self.out)
        return value


def regplan(*arguments: str) -> Said:
    """Run `regplan ARGUMENTS`."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(arguments)
    return Said(int(code), out.getvalue(), err.getvalue())
