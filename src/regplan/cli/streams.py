"""The standard streams of a process as the command line needs them, whatever was handed over by who started it."""

from __future__ import annotations

import io
import os
import sys
from typing import Any, Final

__all__ = ["settle_streams"]

_STREAMS: Final = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def settle_streams() -> None:
    """Open those that are closed, so that no file of ours takes their numbers, and let no narration end a run."""
    is_told = sys.stderr is not None
    for name, mode in _STREAMS:
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))
    buffer: Any = getattr(sys.stderr, "buffer", None)
    if is_told and buffer is not None:
        lossy: Any = _Lossy(getattr(buffer, "raw", buffer))
        encoding, errors = sys.stderr.encoding, sys.stderr.errors
        sys.stderr = io.TextIOWrapper(lossy, encoding, errors, line_buffering=True, write_through=True)


class _Lossy(io.RawIOBase):
    """A stream for what may be lost: a log whose disk is full, or whose reader has gone, is no reason to stop at night."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw

    def write(self, data: Any, /) -> int:  # noqa: ANN401  (bytes of any kind, which have no name before Python 3.12)
        """Write all of it, or as much as is taken."""
        left = memoryview(data)
        try:
            while left:
                left = left[self._raw.write(left) or len(left) :]
        except OSError:
            pass
        return len(memoryview(data))

    def writable(self) -> bool:
        """Say so."""
        return True

    def isatty(self) -> bool:
        """Tell whether it is a terminal."""
        return self._raw.isatty()

    def fileno(self) -> int:
        """Tell its number."""
        return self._raw.fileno()
