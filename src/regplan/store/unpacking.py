"""How fast a layer is unpacked on a disk: its files are written into a folder of their own, which is then removed."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Final

from regplan.errors import InputError
from regplan.model.probe import UnpackFound
from regplan.store.forward import Damaged, Forward
from regplan.store.packed import Packed
from regplan.store.tarwalk import EntryKind, walk_tar

__all__ = ["measure_unpacking"]

_PIECE_BYTES: Final = 2**20
_MOST_BYTES: Final = 2 * 10**9
_LEAST_S: Final = 1.0
_MOST_ROUNDS: Final = 20
# Where the system writes for nothing.
_NOWHERE: Final = Path(os.devnull)


def measure_unpacking(layer: Path, folder: Path) -> UnpackFound | None:
    """Unpack a layer below `folder`, again until a second has passed, and tell how fast that went; None for what is no tar.

    Before each time it is inflated for nothing, so that what writing takes can be told apart.
    One that was cut off counts as far as it goes. Files alone are written, under numbers for names, whatever the layer calls
    them. What the system keeps in memory counts as written: a container runtime does not wait either.
    Raises `InputError` where the folder cannot be written.
    """
    packed_bytes = unpacked_bytes = 0
    seconds = inflate_s = 0.0
    try:
        for _ in range(_MOST_ROUNDS):
            began_s = time.perf_counter()
            _unpack(layer, None)
            inflate_s += time.perf_counter() - began_s
            # To make the folder and to remove it is no part of it.
            with tempfile.TemporaryDirectory(prefix="regplan-unpack-", dir=folder) as name:
                began_s = time.perf_counter()
                read, written = _unpack(layer, Path(name))
                seconds += time.perf_counter() - began_s
            packed_bytes, unpacked_bytes = packed_bytes + read, unpacked_bytes + written
            if not written or seconds >= _LEAST_S or unpacked_bytes >= _MOST_BYTES:
                break
    except OSError as error:
        raise InputError(f"{folder}: nothing can be unpacked here: {error.strerror or error}") from None
    return UnpackFound(str(folder), packed_bytes, unpacked_bytes, seconds, inflate_s) if unpacked_bytes else None


def _unpack(layer: Path, folder: Path | None) -> tuple[int, int]:
    """Write the files of a layer, without a folder nowhere; tell the bytes that were read and written."""
    stream = Packed.look((layer,), layer.name).open()
    written = 0
    try:
        for number, entry in enumerate(walk_tar(Forward(stream))):
            if entry.kind is not EntryKind.FILE:
                continue
            with (folder / str(number) if folder else _NOWHERE).open("wb", buffering=0) as file:
                while piece := entry.data.read(_PIECE_BYTES):
                    written += len(piece)
                    file.write(piece)
    except Damaged:
        pass  # cut off, where more of it was not wanted
    finally:
        stream.close()
    return stream.packed_position, written
