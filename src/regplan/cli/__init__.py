"""The command line: one file for each group of verbs, thin over `regplan.verbs`."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line and end the process with its exit code."""
    from regplan.cli.app import main as run

    sys.exit(run())
