"""What is said on stderr of a table of sites: what was taken for granted, and the rows that are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.cli.saying import say
from regplan.report.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from regplan.model.fleet import FleetProblem

__all__ = ["say_rows"]

_MOST_PROBLEMS: Final = 20


def say_rows(file: str, notes: Iterable[str], problems: Sequence[FleetProblem], where_all: str) -> None:
    """Say notes, and name the first rows with what is wrong; `where_all` tells what lists the others."""
    for note in notes:
        say(f"regplan: {note}")
    for problem in problems[:_MOST_PROBLEMS]:
        site = f" ({problem.site})" if problem.site else ""
        column = f", column {problem.column}" if problem.column else ""
        say(f"regplan: {file}: line {problem.line}{column}{site}: {problem.problem}")
    more = len(problems) - _MOST_PROBLEMS
    if more > 0:
        say(f"regplan: and {counted(more, 'problem')} more; {where_all}")
