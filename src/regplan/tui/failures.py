"""Errors as what a user reads: the message, and what to do next."""

from __future__ import annotations

from regplan.errors import InputError, RegistryError, RegplanError
from regplan.report.words import tidy
from regplan.values import dataclass

__all__ = ["Failure", "failure_of"]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no result: the message, one line for each problem, and what to do next."""

    message: str
    next_step: str


def failure_of(error: BaseException) -> Failure:
    """Turn an error into what a user reads; an error that is not regplan's own is a defect, and is said to be one."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, OSError) and error.filename:
        error = InputError(f"{error.filename}: {error.strerror}")
    if not isinstance(error, RegplanError):
        what = tidy(f"{type(error).__name__}: {error}")
        return Failure(
            f"regplan met an error that it does not know: {what}", "This is a defect of regplan: please report it."
        )
    lines = [line[: len(line) - len(line.lstrip())] + tidy(line) for line in error.message.splitlines()]
    return Failure("\n".join(lines), _next_step(error))


def _next_step(error: RegplanError) -> str:
    if isinstance(error, InputError):
        return "Mend it, then press r to read it again, or o to open another file."
    if isinstance(error, RegistryError):
        return "Press r to try again, or plan from a recording: name one under from: in the site file."
    return "Press r to try again."
