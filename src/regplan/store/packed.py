"""A file, or the parts of one, as the bytes that it holds: plain, or compressed with gzip or zstd, and read forward."""

from __future__ import annotations

import os
import sys
import weakref
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.store.forward import CUT_SHORT, Damaged
from regplan.store.signs import GZIP, ZSTD
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["Packed", "Unpacked", "telling"]

_PACKED_CHUNK: Final = 2**17
# Larger pieces are put together from smaller ones by the libraries, which copies them once more.
_PIECE: Final = 2**15
_STEP: Final = 2**28
# What the zstd tool itself takes unasked: a window of 128 MiB.
_MOST_WINDOW_LOG: Final = 27
_MOST_RATIO: Final = 1000
_LEAST_MOST_BYTES: Final = 2**30


@dataclass(frozen=True, slots=True)
class Packed:
    """An archive's file or its parts in order, how it is compressed ("none", "gzip", "zstd"), and its size in bytes."""

    name: str
    parts: tuple[Path, ...]
    compression: str
    size: int

    @classmethod
    def look(cls, parts: tuple[Path, ...], name: str) -> Packed:
        """Look at the first bytes and the sizes; raises `InputError` naming the file that cannot be read."""
        head, size = b"", 0
        for part in parts:
            with telling(str(part)), part.open("rb") as file:
                head = head or file.read(4)
                size += os.fstat(file.fileno()).st_size
        compression = "gzip" if head.startswith(GZIP) else "zstd" if _is_zstd(head) else "none"
        return cls(name, parts, compression, size)

    @property
    def is_plain(self) -> bool:
        """Whether any place in it can be reached without reading what stands before it."""
        return self.compression == "none"

    def open(self) -> Unpacked:
        """Open it at its beginning."""
        return Unpacked(self)


class Unpacked:
    """The bytes that a packed file holds, from the first one on; `position` is the place of the next one.

    Raises `Damaged` where the file is cut short or damaged, and `InputError` for one that no archive of images is.
    """

    def __init__(self, packed: Packed) -> None:
        """Open the file."""
        self.position = 0
        self._file = _Joined(packed.parts)
        self.is_plain = packed.is_plain
        self._most = packed.size if packed.is_plain else max(_LEAST_MOST_BYTES, _MOST_RATIO * packed.size)
        self._packed = packed
        self._pieces: Iterator[bytes] = iter(()) if self.is_plain else _PIECES[packed.compression](self._file)
        self._piece = memoryview(b"")

    @property
    def packed_position(self) -> int:
        """How many bytes of the file itself have been read."""
        return self._file.position

    def read(self, size: int, /) -> bytes:
        """Read so many bytes, fewer only at the end."""
        parts: list[bytes | memoryview] = []
        while size > 0 and (taken := self._some(size)):
            parts.append(taken)
            size -= len(taken)
            self.position += len(taken)
        return b"".join(parts)

    def pass_over(self, size: int) -> int:
        """Leave so many bytes unread, fewer only at the end; tells how many there were."""
        if self.is_plain:
            passed = min(size, max(0, self._packed.size - self.position))
            self._file.seek(self.position + passed)
            self.position += passed
            return passed
        passed = min(size, len(self._piece))
        self._piece = self._piece[passed:]
        # A layer has thousands of pieces, of which nothing is wanted: this loop is what reading a bundle takes.
        while passed < size and (piece := next(self._pieces, b"")):
            passed += len(piece)
            if self.position + passed > self._most:
                raise self._too_much()
            if passed > size:
                self._piece = memoryview(piece)[size - passed :]
                passed = size
        self.position += passed
        return passed

    def drain(self) -> int:
        """Go on to the end, where a compressed stream's checksum stands; tells how many bytes there were."""
        passed = 0
        while step := self.pass_over(_STEP):
            passed += step
        return passed

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _some(self, size: int) -> bytes | memoryview:
        if self.is_plain:
            return self._file.read(size)
        if not len(self._piece):
            self._fill()
        taken, self._piece = self._piece[:size], self._piece[size:]
        return taken

    def _fill(self) -> None:
        if self.position > self._most:
            raise self._too_much()
        self._piece = memoryview(next(self._pieces, b""))

    def _too_much(self) -> InputError:
        return InputError(
            f"{self._packed.name}: unpacks to more than {_MOST_RATIO:,} times its size, as no archive of images does"
        )


class _Joined:
    """Files read as one; closed when it is collected, if not before."""

    def __init__(self, parts: tuple[Path, ...]) -> None:
        self.position = 0
        self._parts = parts
        self._ends: list[int] = []
        self._file: BinaryIO | None = None
        self._place = -1
        self._closing: weakref.finalize[..., _Joined] | None = None

    def read(self, size: int) -> bytes:
        """Read up to so many bytes; none at the end."""
        while True:
            data = self._file.read(size) if self._file is not None else b""
            if data or self._place + 1 >= len(self._parts):
                self.position += len(data)
                return data
            self._open(self._place + 1)

    def seek(self, position: int) -> None:
        """Go to a place of the whole."""
        if not self._ends:
            sizes = [part.stat().st_size for part in self._parts]
            self._ends = [sum(sizes[: place + 1]) for place in range(len(sizes))]
        place = next((place for place, end in enumerate(self._ends) if position < end), len(self._ends) - 1)
        if place != self._place:
            self._open(place)
        before = self._ends[place - 1] if place else 0
        if self._file is not None:
            self._file.seek(position - before)
        self.position = position

    def close(self) -> None:
        if self._closing is not None:
            self._closing()
        self._file = None

    def _open(self, place: int) -> None:
        self.close()
        self._file, self._place = self._parts[place].open("rb", buffering=0), place
        self._closing = weakref.finalize(self, self._file.close)


@contextmanager
def telling(name: str, last: Path | None = None) -> Iterator[None]:
    """Turn what the disk and the archive say into one sentence that names the file; `last` is its last part."""
    try:
        yield
    except Damaged as error:
        hint = f"; is a part after {last.name} missing?" if last is not None and "_part" in last.name else ""
        raise InputError(
            f"{name}: this archive cannot be read: {error}{hint if str(error) == CUT_SHORT else ''}"
        ) from None
    except FileNotFoundError:
        raise InputError(f"{name}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{name}: is a folder, and a file is wanted") from None
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror or error})") from error


def _is_zstd(head: bytes) -> bool:
    # A stream may begin with a frame that holds nothing, which tools that can seek or use several threads write.
    return head.startswith(ZSTD) or (head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F)


def _gzip_pieces(file: _Joined) -> Iterator[bytes]:
    """Unpack gzip members one behind the other; zeros may fill the end, as on a tape."""
    unpacker = zlib.decompressobj(31)
    chunk = file.read(_PACKED_CHUNK)
    while True:
        try:
            piece = unpacker.decompress(chunk, _PIECE)
        except zlib.error as error:
            raise Damaged(f"it is damaged ({error})") from None
        if piece:
            yield piece
        if not unpacker.eof:
            chunk = unpacker.unconsumed_tail or file.read(_PACKED_CHUNK)
            if not chunk and not piece:
                raise Damaged(CUT_SHORT)
            continue
        chunk = unpacker.unused_data.lstrip(b"\0")
        while not chunk:
            if not (more := file.read(_PACKED_CHUNK)):
                return
            chunk = more.lstrip(b"\0")
        unpacker = zlib.decompressobj(31)


def _zstd_pieces(file: _Joined) -> Iterator[bytes]:
    """Unpack zstd frames one behind the other."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd

    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _MOST_WINDOW_LOG}
    unpacker = zstd.ZstdDecompressor(options=options)
    while True:
        chunk = b""
        if unpacker.eof:
            if not (chunk := unpacker.unused_data or file.read(_PACKED_CHUNK)):
                return
            unpacker = zstd.ZstdDecompressor(options=options)
        elif unpacker.needs_input and not (chunk := file.read(_PACKED_CHUNK)):
            raise Damaged(CUT_SHORT)
        try:
            piece = unpacker.decompress(chunk, _PIECE)
        except zstd.ZstdError as error:
            raise _zstd_damage(str(error)) from None
        if piece:
            yield piece


def _zstd_damage(said: str) -> Damaged:
    if "too much memory" in said:
        return Damaged("it was compressed with a window of more than 128 MiB; compress it again without zstd's --long")
    return Damaged(f"it is damaged ({said})")


_PIECES: Final = {"gzip": _gzip_pieces, "zstd": _zstd_pieces}
