"""A file that one process writes at a time, told at once where another one does."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from io import FileIO
    from typing import IO

__all__ = ["is_free"]

if sys.platform == "win32":
    # Windows locks bytes, which nobody else may then read: one is taken that no journal ever reaches.
    _FAR = 2**40

    def is_free(file: IO[bytes] | FileIO, *, unknown: bool = True) -> bool:
        """Take the file for this handle until it is closed; False where another one has it."""
        import msvcrt

        del unknown  # Windows has locks on every disk.

        place = file.tell()
        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            file.seek(place)
        return True

else:

    def is_free(file: IO[bytes] | FileIO, *, unknown: bool = True) -> bool:
        """Take the file for this handle until it is closed; False where another one has it.

        A disk that knows no locks (some network shares) refuses nobody: then it is `unknown`.
        """
        import fcntl

        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return unknown
        return True
