"""Progress on stderr: a live line on a terminal, nothing in a pipe."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from regplan.report.words import progress_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.progress import Report

__all__ = ["progress_line"]


@contextmanager
def progress_line(*, quiet: bool) -> Iterator[Report | None]:
    """Yield a callback that draws progress on stderr, or None where nobody looks."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status("starting") as status:
        # A reference may hold brackets, which rich would take for markup.
        yield lambda progress: status.update(progress_words(progress).replace("[", "\\["))
