"""A journal on disk: one JSON object a line, only ever added to, and believed up to the first line that is not whole.

Every line ends with a checksum of its own, so that a line is read as it was written or not at all. What is added goes to
the system at once, which a killed process does not undo, and to the disk at least once a second, so that a power cut
takes no more than that. A journal is a hint: whatever is wrong with it, less is known, and nothing wrong.
"""

from __future__ import annotations

import json
import logging
import os
import re
import stat
import threading
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import InputError
from regplan.store.filelock import is_free

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from io import FileIO
    from pathlib import Path

__all__ = ["VERSION", "ForeignJournal", "Journal", "JournalBusy", "encode", "read_lines"]

VERSION: Final = 1
_log = logging.getLogger(__name__)
_MOST_BYTES: Final = 16 * 2**20
_MOST_LINE_BYTES: Final = 16 * 2**10
_SYNC_EVERY_S: Final = 1.0
_MARK: Final = b',"sum":"'
_BEGINS: Final = b'{"v":'
_VERSION: Final = re.compile(rb'\{"v":(\d{1,9}),')


class JournalBusy(InputError):
    """Another process writes to this journal."""


class ForeignJournal(InputError):
    """A file that is no journal, or a newer version's, and so is not written to."""


class Journal:
    """A journal that this process alone writes to, until `close`.

    `note` says in one sentence what of it cannot be read, or nothing. A disk that takes nothing more ends the journal
    and not the run: `failed` hears why, once, in whatever thread it shows.
    """

    def __init__(self, path: Path, failed: Callable[[str], None] = lambda _: None) -> None:
        """Open or make the file, for its owner alone.

        Raises `JournalBusy`, `ForeignJournal`, and `InputError` where the file cannot be written.
        """
        self.path, self.note = path, ""
        self._failed = failed
        self._guard, self._dirty, self._over = threading.Lock(), threading.Event(), threading.Event()
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file: FileIO | None = _open(path)
        except OSError as error:
            raise InputError(f"{path}: the journal cannot be written ({error.strerror})") from error
        try:
            self._check(self._file)
        except BaseException:
            self._file.close()
            raise
        self._syncer = threading.Thread(target=self._sync_often, name="journal", daemon=True)
        self._syncer.start()

    def add(self, record: Mapping[str, Any]) -> None:
        """Add a line; never raises."""
        self._write(encode(record))

    def restart(self) -> None:
        """Forget all that it holds."""
        with self._guard:
            if self._file is not None:
                try:
                    self._file.truncate(0)
                except OSError as error:
                    self._give_up(error)

    def close(self) -> None:
        """Bring everything to the disk, and let others write; harmless when called again."""
        self._over.set()
        self._dirty.set()
        self._syncer.join()
        with self._guard:
            if self._file is not None:
                self._sync(self._file)
            if self._file is not None:
                self._file.close()
                self._file = None

    def records(self) -> Iterator[Mapping[str, Any]]:
        """Yield what the journal holds, in order."""
        if self._file is not None:
            self._file.seek(0)
            yield from (record for record, _ in _whole(self._file.read(_MOST_BYTES)))

    def _check(self, file: FileIO) -> None:
        """Cut off what is not whole, so that what is added later stands on a line of its own."""
        with suppress(OSError, AttributeError):
            os.fchmod(file.fileno(), 0o600)
        _refuse_foreign(file, self.path)
        size = os.fstat(file.fileno()).st_size
        if size > _MOST_BYTES:
            self.note = f"{self.path}: a journal of {size:,} bytes is not read; it begins anew"
            file.truncate(0)
            return
        file.seek(0)
        data, good, lines = file.read(size), 0, 0
        for record, end in _whole(data):
            _refuse_newer(record, self.path)
            good, lines = end, lines + 1
        # A line that a killed process has not ended is no damage.
        if b"\n" in data[good:]:
            self.note = f"{self.path}: line {lines + 1} is damaged, and what follows is not believed"
        if good < size:
            file.truncate(good)

    def _write(self, data: bytes) -> None:
        with self._guard:
            if self._file is None:
                return
            start = None
            try:
                start = os.fstat(self._file.fileno()).st_size
                left = memoryview(data)
                while left:
                    left = left[self._file.write(left) or 0 :]
            except OSError as error:
                if start is not None:
                    with suppress(OSError):
                        self._file.truncate(start)
                self._give_up(error)
        self._dirty.set()

    def _sync_often(self) -> None:
        while not self._over.is_set():
            self._dirty.wait()
            self._dirty.clear()
            file = self._file
            if file is not None:
                # Without the guard: nobody waits for a slow disk.
                self._sync(file)
            self._over.wait(_SYNC_EVERY_S)

    def _sync(self, file: FileIO) -> None:
        try:
            os.fsync(file.fileno())
        except (OSError, ValueError) as error:
            # What is closed meanwhile has nothing to bring to the disk; a disk that is full says so here or when written.
            _log.debug("%s is not synced: %s", self.path, error)

    def _give_up(self, error: OSError) -> None:
        """Write no more, and say so; whoever calls it holds the guard."""
        if self._file is not None:
            self._file.close()
            self._file = None
            why = error.strerror or type(error).__name__
            self._failed(f"{self.path}: the journal cannot be written ({why}); the run goes on without it")


def encode(record: Mapping[str, Any]) -> bytes:
    r"""Write a record as one line with its checksum.

    >>> encode({"event": "ended"})
    b'{"event":"ended","sum":"71188e78"}\n'
    """
    text = json.dumps(record, separators=(",", ":")).encode()
    return text[:-1] + _MARK + b'%08x"}\n' % zlib.crc32(text)


def read_lines(path: Path) -> tuple[Mapping[str, Any], ...]:
    """Tell what a journal holds, without writing to it and whoever else does; raises `InputError`."""
    try:
        with path.open("rb", buffering=0) as file:
            _refuse_foreign(file, path)
            file.seek(0)
            records = tuple(record for record, _ in _whole(file.read(_MOST_BYTES)))
    except OSError as error:
        raise InputError(f"{path}: the journal cannot be read ({error.strerror})") from error
    for record in records:
        _refuse_newer(record, path)
    return records


def _open(path: Path) -> FileIO:
    """Open for reading and adding; raises `JournalBusy` and `ForeignJournal`."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = os.open(path, flags, 0o600)
    file: FileIO = os.fdopen(handle, "r+b", buffering=0)
    is_kept = stat.S_ISREG(os.fstat(handle).st_mode)
    if is_kept and is_free(file):
        return file
    file.close()
    if is_kept:
        raise JournalBusy(f"{path}: another seeding writes to this journal")
    raise ForeignJournal(f"{path} is no file that a journal can be kept in; name another one")


def _whole(data: bytes) -> Iterator[tuple[Mapping[str, Any], int]]:
    """Yield each record with where it ends, up to the first line that is not whole."""
    start = 0
    while (end := data.find(b"\n", start)) >= 0:
        record = _decode(data[start:end])
        if record is None:
            return
        start = end + 1
        yield record, start


def _decode(line: bytes) -> Mapping[str, Any] | None:
    """Read a line whose checksum is right, else None."""
    head, mark, told = line.rpartition(_MARK)
    if not mark or told != b'%08x"}' % zlib.crc32(head + b"}"):
        return None
    try:
        record = json.loads(head + b"}")
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _refuse_foreign(file: FileIO, path: Path) -> None:
    """Let pass what a journal begins with, whole or cut off, and what a power cut has left of it."""
    file.seek(0)
    line, mark, _ = file.read(_MOST_LINE_BYTES).partition(b"\n")
    record = _decode(line) if mark else None
    version = _VERSION.match(line)
    if version is not None and int(version[1]) != VERSION:
        # Whatever a newer version's lines end with.
        raise ForeignJournal(f"{path} was written by a newer version of regplan, and is left as it is")
    is_ours = record is not None and record.get("event") == "run"
    is_torn = record is None and (line.startswith(_BEGINS) or _BEGINS.startswith(line) or not line.strip(b"\0"))
    if not is_ours and not is_torn:
        raise ForeignJournal(f"{path} is no journal of regplan, and is left as it is; name another file")


def _refuse_newer(record: Mapping[str, Any], path: Path) -> None:
    if record.get("event") == "run" and record.get("v") != VERSION:
        raise ForeignJournal(f"{path} was written by a newer version of regplan, and is left as it is")
