"""The command line: one file for each group of verbs, thin over `regplan.verbs`."""

from __future__ import annotations

import gc
import sys

from regplan.cli.streams import settle_streams

__all__ = ["main"]


def main() -> None:
    """Run the command line and end the process with its exit code."""
    # Loading and reading make millions of values that live to the end: looking for garbage among them finds none.
    gc.set_threshold(100_000, 20, 20)
    settle_streams()
    try:
        from regplan.cli.app import main as run
    except KeyboardInterrupt:
        # The first tenth of a second goes into loading; `app` deals with every later one.
        sys.stderr.write("regplan: interrupted\n")
        exec("")  # noqa: S102  (Python would end with the signal otherwise, see `app`)
        sys.exit(130)

    code = run()
    # What is left goes with the process; the interpreter would look for garbage among all of it once more at its end.
    gc.freeze()
    sys.exit(code)
