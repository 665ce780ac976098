"""One writer at a time in a folder, among threads and among processes."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["exclusive"]

# Two folders may share a lock, which costs a moment; a lock for each folder would stay for ever.
_STRIPES: Final = tuple(threading.Lock() for _ in range(64))


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold `folder`, which must exist, while something in it is read, changed and written back; never hold two.

    Where the disk knows no locks (some network shares), only the threads of this process wait for each other.
    """
    with _STRIPES[hash(os.fspath(folder)) % len(_STRIPES)], _among_processes(folder):
        yield


if sys.platform == "win32":

    @contextmanager
    def _among_processes(folder: Path) -> Iterator[None]:
        import msvcrt

        with (folder / ".index.lock").open("ab") as file:
            with suppress(OSError):
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
            yield

else:

    @contextmanager
    def _among_processes(folder: Path) -> Iterator[None]:
        import fcntl

        # The folder itself is locked, so that nothing is left in it.
        handle = os.open(folder, os.O_RDONLY)
        try:
            with suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
