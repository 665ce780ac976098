"""The command line: one file for each group of verbs, thin over `regplan.verbs`."""

from __future__ import annotations

import gc
import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line and end the process with its exit code."""
    from regplan.cli.app import main as run

    # Reading makes millions of values that live to the end: looking for garbage among them all the time finds none.
    gc.set_threshold(100_000, 20, 20)

    sys.exit(run())
