"""Archives, good and hostile, made in a test without their size on disk or in memory."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["END", "header", "many_members", "tar_of", "tgz_of", "zeros", "zip_of"]

END = b"\0" * 1024


def header(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, target: str = "") -> bytes:
    """One header block; nothing checks that what follows it is as long as it says."""
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname, info.mode = size, kind, target, 0o644
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")


def tar_of(members: Mapping[str, bytes | str], links: Sequence[tuple[str, bytes, str]] = ()) -> bytes:
    """A tar archive of files, then links and devices as (name, kind, target)."""
    parts = []
    for name, content in members.items():
        data = content.encode() if isinstance(content, str) else content
        parts.append(header(name, len(data)) + data + b"\0" * (-len(data) % 512))
    parts += [header(name, kind=kind, target=target) for name, kind, target in links]
    return b"".join(parts) + END


def tgz_of(members: Mapping[str, bytes | str], links: Sequence[tuple[str, bytes, str]] = ()) -> bytes:
    return gzip.compress(tar_of(members, links), mtime=0)


def zip_of(members: Mapping[str, bytes | str]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return raw.getvalue()


def zeros(path: Path, name: str, mebibytes: int) -> None:
    """A .tgz of one member of so many MiB of zeros: a gzip stream may be many, one behind the other."""
    chunk = gzip.compress(b"\0" * 2**20, mtime=0)
    with path.open("wb") as file:
        file.write(gzip.compress(header(name, mebibytes * 2**20), mtime=0))
        for _ in range(mebibytes):
            file.write(chunk)
        file.write(gzip.compress(END, mtime=0))


def many_members(path: Path, thousands: int) -> None:
    """A .tgz of so many thousands of empty members."""
    chunk = gzip.compress(header("pack/a.yaml") * 1000, mtime=0)
    with path.open("wb") as file:
        for _ in range(thousands):
            file.write(chunk)
        file.write(gzip.compress(END, mtime=0))
