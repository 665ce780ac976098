"""Time zones whose clocks are put at given moments, as files that `zoneinfo` reads."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["write_zone"]

_FAR_S: Final = 4_000_000_000


def write_zone(folder: Path, name: str, first_offset_s: int, puts: Sequence[tuple[int, int]]) -> None:
    """Write a zone that is `first_offset_s` east of UTC, and from each moment (Unix time) on so many seconds.

    Clocks are to be put forward only: `zoneinfo` takes it for granted that they are put back by less than the time since
    they were put last.
    The format is that of RFC 8536, version 2: a block of 32 bits, which is empty here, and one of 64 bits.
    """
    # What holds after the last change is told elsewhere in the file; with one in the far future it need not be.
    puts = (*puts, (_FAR_S, puts[-1][1]))
    offsets = (first_offset_s, *(offset for _, offset in puts))
    head = struct.Struct(">4sc15x6L")
    narrow = head.pack(b"TZif", b"2", 0, 0, 0, 0, 1, 4) + struct.pack(">lbB4s", 0, 0, 0, b"TST\0")
    wide = head.pack(b"TZif", b"2", 0, 0, 0, len(puts), len(offsets), 4)
    wide += struct.pack(f">{len(puts)}q", *(at for at, _ in puts)) + bytes(range(1, len(puts) + 1))
    wide += b"".join(struct.pack(">lbB", offset, 0, 0) for offset in offsets) + b"TST\0"
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(narrow + wide + b"\n\n")
