"""A file that lines are added to by several threads, each line whole."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from regplan.errors import InputError

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

__all__ = ["LineFile"]


class LineFile:
    """Adds to what is there; raises `InputError` where the file cannot be written. A context manager closes it."""

    def __init__(self, path: Path | str) -> None:
        """Open the file, or make it."""
        self._guard = threading.Lock()
        try:
            self._file = Path(path).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115  closed by __exit__
        except OSError as error:
            raise InputError(f"{path}: cannot be written ({error.strerror})") from error

    def __enter__(self) -> Self:
        """Hand over the file itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close it."""
        self._file.close()

    def add(self, line: str) -> None:
        """Add one line."""
        with self._guard:
            self._file.write(f"{line}\n")
