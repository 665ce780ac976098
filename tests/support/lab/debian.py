"""Images of Debian packages, as a builder would lay them out, kept in a folder: fetched by apt-get, unpacked by nobody.

A layer is a tar of the files of some packages, compressed once. What is made of no package says so.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import subprocess
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from support import images
from support.content import Blob, Layer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from support.content import Image

    Member = tuple[tarfile.TarInfo, bytes]

__all__ = ["Corpus", "Sized", "corpus"]

_LAYERS: Final[Mapping[str, tuple[str, ...]]] = {
    "base": ("libc6", "bash", "libgcc-s1", "zlib1g"),
    "tls": ("openssl", "libssl3", "ca-certificates"),
    "nginx": ("nginx", "nginx-common"),
    "redis": ("redis-server", "redis-tools", "libhiredis0.14", "liblua5.1-0", "libjemalloc2"),
    "python": ("libpython3.11-minimal", "python3.11-minimal", "libsqlite3-0", "libdb5.3"),
    "curl": ("curl", "libcurl4"),
}
_IMAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "edge/web": ("base", "tls", "nginx"),
    "edge/cache": ("base", "tls", "redis"),
    "edge/agent": ("base", "tls", "python", "curl"),
}
# Of packages that no image holds.
_GAUGE: Final = ("perl-base", "libgnutls30", "libicu72")
# Hundreds of files of text: of the first are made the many small layers and the one that packs well, of the second the gauges.
_TEXTS: Final = ("perl-modules-5.36", "libpython3.11-stdlib")
_PER_IMAGE: Final = 40
_STACKED: Final = 10
_PIECE_BYTES: Final = 4_096
_TYPE: Final = "application/vnd.oci.image.layer.v1.tar+gzip"


@dataclass(frozen=True, slots=True)
class Sized:
    """An image with the bytes of each layer's tar, which is what is unpacked."""

    name: str
    image: Image
    unpacked_bytes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """`common`: three images that share layers. `small`: of many tiny layers. `packed`: few bytes that unpack to many.

    `gauges` are there to measure a node with, as test weights are to a scale, and have no byte of the others: `one` tiny
    layer, `tiny` ones, a `usual` one, a `packed` one, and `stacked`, some tiny ones on the usual one.
    """

    common: tuple[Sized, ...]
    small: tuple[Sized, ...]
    packed: Sized
    gauges: Mapping[str, Sized]


def corpus(folder: Path, tiny_layers: int = 400, packed_bytes: int = 400_000_000) -> Corpus:
    """Build the images, out of layers that were built before where they are there."""
    names = sorted({*_TEXTS, *_GAUGE, *(name for each in _LAYERS.values() for name in each)})
    debs = _fetched(folder / "debs", names)
    made = {name: _packages(folder / name, [debs[each] for each in packages]) for name, packages in _LAYERS.items()}
    text, other = ([member for member in _members(debs[name]) if member[0].isreg()] for name in _TEXTS)
    tiny = [_layer(text[number::tiny_layers]) for number in range(tiny_layers)]
    weights = [_layer(other[number :: 2 * _PER_IMAGE]) for number in range(2 * _PER_IMAGE)]
    usual = _packages(folder / "gauge", [debs[name] for name in _GAUGE])
    stacks = {
        "one": weights[:1],
        "tiny": weights[1 : _PER_IMAGE + 1],
        "usual": [usual],
        # As long as what it is held against: what takes longer is disturbed more.
        "packed": [_repeated(folder / "packed-gauge", other, packed_bytes)],
        "stacked": [usual, *weights[-_STACKED:]],
    }
    return Corpus(
        common=tuple(_image(name, [made[each] for each in layers]) for name, layers in _IMAGES.items()),
        small=tuple(
            _image(f"tiny/app-{first // _PER_IMAGE:02}", tiny[first : first + _PER_IMAGE])
            for first in range(0, tiny_layers, _PER_IMAGE)
        ),
        packed=_image("bulk/log", [_repeated(folder / "packed", text, packed_bytes)]),
        gauges={name: _image(f"gauge/{name}", layers) for name, layers in stacks.items()},
    )


def _fetched(folder: Path, names: Sequence[str]) -> dict[str, Path]:
    """Have apt-get fetch what is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [name for name in names if not any(folder.glob(f"{name}_*.deb"))]
    if missing:
        subprocess.run(["apt-get", "download", "-q", *missing], cwd=folder, check=True, capture_output=True)
    return {name: next(folder.glob(f"{name}_*.deb")) for name in names}


def _members(deb: Path) -> Iterator[Member]:
    """Yield the files and links of a package, and their bytes."""
    unpacked = subprocess.run(["dpkg-deb", "--fsys-tarfile", str(deb)], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(unpacked)) as opened:
        for member in opened:
            if member.isreg() or member.issym():
                body = opened.extractfile(member) if member.isreg() else None
                yield member, body.read() if body else b""


def _packages(kept: Path, debs: Sequence[Path]) -> tuple[Layer, int]:
    return _once(kept, lambda: (member for deb in debs for member in _members(deb)))


def _repeated(kept: Path, text: Sequence[Member], size_bytes: int) -> tuple[Layer, int]:
    """Make a layer of files that say the same over and over, as logs and empty databases do."""
    times = size_bytes // len(text) // _PIECE_BYTES

    def members() -> Iterator[Member]:
        for member, body in text:
            long = (body * (_PIECE_BYTES // max(len(body), 1) + 1))[:_PIECE_BYTES] * times
            named = tarfile.TarInfo(member.name)
            named.size = len(long)
            yield named, long

    return _once(kept, members)


def _once(kept: Path, members: Callable[[], Iterable[Member]]) -> tuple[Layer, int]:
    """Make a layer, or read the one that is kept."""
    told = kept.with_suffix(".txt")
    if not told.exists():
        made, unpacked_bytes = _layer(members())
        kept.with_suffix(".tar.gz").write_bytes(made.blob.data)
        told.write_text(f"{made.diff_id} {unpacked_bytes}", encoding="utf-8")
    diff_id, unpacked = told.read_text(encoding="utf-8").split()
    return Layer(Blob(_TYPE, kept.with_suffix(".tar.gz").read_bytes()), diff_id), int(unpacked)


def _layer(members: Iterable[Member]) -> tuple[Layer, int]:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for member, body in members:
            tar.addfile(member, io.BytesIO(body))
    data = packed.getvalue()
    blob = Blob(_TYPE, gzip.compress(data, 6, mtime=0))
    return Layer(blob, f"sha256:{hashlib.sha256(data).hexdigest()}"), len(data)


def _image(name: str, layers: Sequence[tuple[Layer, int]]) -> Sized:
    return Sized(name, images.image([layer for layer, _ in layers], label=name), tuple(size for _, size in layers))
