"""Progress on stderr: a live line on a terminal, nothing in a pipe."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from regplan.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.progress import Progress, Report

__all__ = ["progress_line", "words_of"]


@contextmanager
def progress_line(*, quiet: bool) -> Iterator[Report | None]:
    """Yield a callback that draws progress on stderr, or None where nobody looks."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status("starting") as status:
        # A reference may hold brackets, which rich would take for markup.
        yield lambda progress: status.update(words_of(progress).replace("[", "\\["))


def words_of(progress: Progress) -> str:
    """Write progress in one line."""
    if progress.unit == "bytes":
        done = f"{format_bytes(progress.done)} of {format_bytes(progress.total)}"
    else:
        done = f"{progress.done} of {progress.total} {progress.unit}"
    return f"{done}  {progress.what}"
