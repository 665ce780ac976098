"""Errors in one sentence: what regplan raises on purpose needs no traceback to be mended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regplan.errors import RegplanError
from regplan.report.words import tidy

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["show_sentences", "show_tracebacks"]


def show_sentences(ipython: InteractiveShell) -> None:
    """Make a shell show errors of regplan as their sentence; `%xmode Verbose` shows tracebacks again, as of all others."""
    ipython.set_custom_exc((RegplanError,), _show)  # type: ignore[no-untyped-call]


def show_tracebacks(ipython: InteractiveShell) -> None:
    """Make a shell show all errors alike again."""
    ipython.custom_exceptions = ()


def _show(ipython: Any, *raised: Any, tb_offset: int | None = None) -> Any:  # noqa: ANN401  IPython's own
    kind, error, trace = raised
    if ipython.InteractiveTB.mode == "Verbose":
        lines = ipython.InteractiveTB.structured_traceback(kind, error, trace, tb_offset=tb_offset)
    else:
        lines = [f"{kind.__name__}: " + "\n".join(map(tidy, str(error).splitlines()))]
    ipython._showtraceback(kind, error, lines)  # noqa: SLF001  the one door through which kernels send errors
    return lines
