"""How large a layer is once unpacked, told by a few of its bytes: gzip (RFC 1952) and zstd (RFC 8878)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from regplan.oci.mediatype import is_foreign
from regplan.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Generator

    from regplan.oci.descriptor import Descriptor

__all__ = ["Piece", "UnpackedSize", "frame_content_size", "is_unpacked", "measure_layer"]

_GZIP: Final = "gzip"
_ZSTD: Final = "zstd"
_NONE: Final = ""
_PACKED: Final = {
    "application/vnd.oci.image.layer.v1.tar": _NONE,
    "application/vnd.oci.image.layer.v1.tar+gzip": _GZIP,
    "application/vnd.oci.image.layer.v1.tar+zstd": _ZSTD,
    "application/vnd.docker.image.rootfs.diff.tar": _NONE,
    "application/vnd.docker.image.rootfs.diff.tar.gzip": _GZIP,
    "application/vnd.docker.image.rootfs.diff.tar.zstd": _ZSTD,
}
_IN_TOTO: Final = "application/vnd.in-toto+json"
_GZIP_MAGIC: Final = b"\x1f\x8b\x08"
_ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_TAR_BLOCK_BYTES: Final = 512
_TAIL_BYTES: Final = 4
# Header and trailer alone take 18 bytes, and so does the longest zstd frame header.
_LEAST_GZIP_BYTES: Final = 18
_HEAD_BYTES: Final = 18
# The longest media type that RFC 6838 allows; what is longer is shown cut.
_MOST_NAMED: Final = 255
# Below this no ratio that counts as plausible reaches 2^32, where ISIZE begins again at 0.
_MOST_GZIP_BYTES: Final = 200_000_000
_MOST_RATIO: Final = 20
_LEAST_PERCENT: Final = 99
# Enough to unpack the first header of a tar, which packs well.
_LOOK_BYTES: Final = 1024
_USTAR: Final = b"ustar"
_USTAR_AT: Final = 257
_FCS_BYTES: Final = (0, 2, 4, 8)
_DICTIONARY_BYTES: Final = (0, 1, 2, 4)


class Piece(NamedTuple):
    """Bytes of a blob that are to be read, from `first` to `last` inclusive."""

    first: int
    last: int


class UnpackedSize(NamedTuple):
    """What a layer's bytes tell of its size once unpacked; None is what they do not tell, and `why` says why."""

    size_bytes: int | None
    why: str = ""


def is_unpacked(media_type: str) -> bool:
    """Tell whether a node unpacks such a layer: no foreign layer that the registry lacks, and no attestation.

    >>> is_unpacked("application/vnd.in-toto+json"), is_unpacked("application/vnd.oci.image.layer.v1.tar+gzip")
    (False, True)
    """
    return not is_foreign(media_type) and media_type != _IN_TOTO


def measure_layer(layer: Descriptor) -> Generator[Piece, bytes, UnpackedSize]:
    """Find out how large a layer is unpacked, yielding each piece of it that must be read, mostly one.

    A gzip layer ends with its unpacked size modulo 2^32, of its last member (RFC 1952, 2.3.1): it counts below 200 MB
    compressed where the ratio is from 0.99 to 20. Where it is no multiple of 512, as a tar's size is, the first 1,024
    bytes are read too: media types lie, and a tar that begins there has more members. A zstd frame may begin with its content's size (RFC 8878, 3.1.1.1), which
    counts within the same ratios where a whole tar may have it. A tar that is not compressed is as large as it is. Any
    bytes give an answer; a lying registry can only make it wrong.
    """
    packed = _PACKED.get(layer.media_type)
    if packed is None:
        named = layer.media_type[:_MOST_NAMED]
        return UnpackedSize(None, f"its media type {named} is no layer's" if named else "its media type is not known")
    if packed == _GZIP:
        return (yield from _gzip(layer.size))
    if packed == _ZSTD:
        return (yield from _told_by_head(layer.size, UnpackedSize(None, "it does not begin as zstd does")))
    if layer.size % _TAR_BLOCK_BYTES == 0:
        return UnpackedSize(layer.size)
    return (yield from _told_by_head(layer.size, UnpackedSize(layer.size)))


def frame_content_size(head: bytes) -> int | None:
    """Tell the Frame_Content_Size of a zstd frame by its first 18 bytes; None where it has none, or is none.

    >>> frame_content_size(bytes.fromhex("28b52ffd6000ff")), frame_content_size(b"no zstd")
    (65536, None)
    """
    if len(head) < 5 or not head.startswith(_ZSTD_MAGIC):
        return None
    descriptor = head[4]
    is_single = bool(descriptor & 0x20)
    size = _FCS_BYTES[descriptor >> 6] or int(is_single)
    start = 5 + int(not is_single) + _DICTIONARY_BYTES[descriptor & 3]
    field = head[start : start + size]
    if not size or len(field) < size or descriptor & 0x08:
        return None
    return int.from_bytes(field, "little") + (256 if size == 2 else 0)


def _gzip(size: int) -> Generator[Piece, bytes, UnpackedSize]:
    if size >= _MOST_GZIP_BYTES:
        return UnpackedSize(None, "gzip of 200 MB or more may have wrapped its 32 bits")
    if size < _LEAST_GZIP_BYTES:
        return UnpackedSize(None, "it is too short for gzip")
    tail = yield Piece(size - _TAIL_BYTES, size - 1)
    told = _plausible(int.from_bytes(tail, "little"), size, "ISIZE")
    if told.size_bytes is None or told.size_bytes % _TAR_BLOCK_BYTES == 0:
        return told
    head = yield Piece(0, min(size, _LOOK_BYTES) - 1)
    if not head.startswith(_GZIP_MAGIC):
        return _by_frame(head[:_HEAD_BYTES], size, UnpackedSize(None, "it is no gzip"))
    return UnpackedSize(None, "ISIZE is no tar's: it has several gzip members") if _begins_a_tar(head) else told


def _begins_a_tar(packed: bytes) -> bool:
    """Tell whether what gzip packed begins with a tar's header, as far as the first bytes tell."""
    try:
        header = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(packed, _TAR_BLOCK_BYTES)
    except zlib.error:
        return False
    return header[_USTAR_AT:].startswith(_USTAR)


def _told_by_head(size: int, otherwise: UnpackedSize) -> Generator[Piece, bytes, UnpackedSize]:
    """Read the first bytes of what should be zstd or not compressed, and go by what they are."""
    if size == 0:
        return otherwise
    head = yield _head_of(size)
    if head.startswith(_GZIP_MAGIC):
        return (yield from _gzip(size))
    return _by_frame(head, size, otherwise)


def _by_frame(head: bytes, size: int, otherwise: UnpackedSize) -> UnpackedSize:
    if _is_skippable(head):
        return UnpackedSize(None, "it has several zstd frames")
    if not head.startswith(_ZSTD_MAGIC):
        return otherwise
    claimed = frame_content_size(head)
    if claimed is None:
        return UnpackedSize(None, "its zstd frame does not tell its content's size")
    if claimed % _TAR_BLOCK_BYTES:
        return UnpackedSize(None, "its first zstd frame holds no whole tar")
    return _plausible(claimed, size, "its first zstd frame")


def _is_skippable(head: bytes) -> bool:
    return len(head) >= 4 and head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50


def _plausible(claimed: int, size: int, who: str) -> UnpackedSize:
    """Believe a size unless it is likelier that the layer has several parts, or that its 32 bits have wrapped."""
    if claimed * 100 < size * _LEAST_PERCENT:
        return UnpackedSize(None, f"{who} tells of fewer bytes than the layer has")
    if claimed > size * _MOST_RATIO:
        return UnpackedSize(None, f"{who} tells of more than {_MOST_RATIO} times the layer's bytes")
    return UnpackedSize(claimed)


def _head_of(size: int) -> Piece:
    return Piece(0, min(size, _HEAD_BYTES) - 1)
