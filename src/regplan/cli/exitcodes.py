"""Exit codes, as the contract promises them to scripts."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from regplan.model.finding import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ExitCode", "exit_code_of", "worst"]


class ExitCode(IntEnum):
    """What a process ends with; several at once give the first of `worst`'s order."""

    DONE = 0
    FAILED = 1
    INPUT = 2
    UNUSABLE = 3
    UNRESOLVED = 4
    PARTLY = 5
    BUG = 70
    INTERRUPTED = 130


_ORDER = (
    ExitCode.INTERRUPTED,
    ExitCode.INPUT,
    ExitCode.PARTLY,
    ExitCode.UNUSABLE,
    ExitCode.FAILED,
    ExitCode.UNRESOLVED,
)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Tell which code wins where several hold.

    >>> worst([ExitCode.UNRESOLVED, ExitCode.FAILED]).name, worst([]).name
    ('FAILED', 'DONE')
    """
    held = set(codes)
    return next((code for code in _ORDER if code in held), ExitCode.DONE)


def exit_code_of(verdict: Verdict) -> ExitCode:
    """Tell a plan's exit code: a lower bound is not a pass."""
    return {Verdict.FAIL: ExitCode.FAILED, Verdict.INCOMPLETE: ExitCode.UNRESOLVED}.get(verdict, ExitCode.DONE)
