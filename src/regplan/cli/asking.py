"""A question on the terminal that an interrupt ends at once, in whatever thread it is asked."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["confirmed"]

_LOOK_S: Final = 0.1
_ANSWERS: Final = {"y": True, "yes": True, "n": False, "no": False, "": False}


def confirmed(question: str, is_given_up: Callable[[], bool]) -> bool:
    """Ask until there is an answer, no being the default; False where `is_given_up` before there is one.

    Only the main thread hears of an interrupt, and the question is asked in another: so it looks now and then, before it
    reads. A line that is there can be read without waiting.
    """
    while True:
        click.echo(f"{question} [y/N]: ", nl=False, err=True)
        while not _is_readable():
            if is_given_up():
                return False
        line = sys.stdin.readline()
        answer = _ANSWERS.get(line.strip().lower())
        if not line:
            raise click.Abort
        if answer is not None:
            return answer
        click.echo("regplan: answer y or n", err=True)


def _is_readable() -> bool:
    """Wait a moment for a line; on Windows, where a terminal cannot be asked so, say that there is one."""
    if sys.platform == "win32":
        return True
    import select

    return bool(select.select([sys.stdin], [], [], _LOOK_S)[0])
