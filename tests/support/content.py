"""Blobs, layers, images and indexes as plain bytes: what tests know of an image without asking regplan."""

from __future__ import annotations

import hashlib
import io
import json
import random
import struct
import tarfile
import zlib
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Blob", "Image", "Index", "Layer", "Tree", "encode", "layer"]

OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_LEVEL_FROM = 1_000_000
_LARGEST = 150_000_000


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes with their media type."""

    media_type: str
    data: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """ALGORITHM:HEX of the bytes."""
        return f"sha256:{hashlib.sha256(self.data).hexdigest()}"

    @property
    def size(self) -> int:
        """The number of bytes."""
        return len(self.data)

    def descriptor(self, **more: object) -> dict[str, Any]:
        """The descriptor that a manifest or an index holds."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size, **more}


@dataclass(frozen=True, slots=True)
class Layer:
    """A compressed layer and the digest of its tar."""

    blob: Blob
    diff_id: str

    def typed(self, media_type: str) -> Layer:
        """The same bytes under another media type."""
        return Layer(Blob(media_type, self.blob.data), self.diff_id)


@dataclass(frozen=True, slots=True)
class Image:
    """One manifest with its config and the layers whose bytes exist (foreign layers are in the manifest only)."""

    manifest: Blob
    config: Blob
    layers: tuple[Layer, ...]
    platform: str = "linux/amd64"

    def manifests(self) -> tuple[Blob, ...]:
        """The manifest alone."""
        return (self.manifest,)

    def blobs(self) -> tuple[Blob, ...]:
        """The config and the layers, each digest once."""
        return _distinct([self.config, *(layer.blob for layer in self.layers)])


@dataclass(frozen=True, slots=True)
class Index:
    """An image index or manifest list with what it refers to."""

    manifest: Blob
    children: tuple[Image | Index, ...]

    def manifests(self) -> tuple[Blob, ...]:
        """Every manifest below and this index, in an order in which a registry takes them, each digest once."""
        return _distinct([*(blob for child in self.children for blob in child.manifests()), self.manifest])

    def blobs(self) -> tuple[Blob, ...]:
        """The configs and layers of every image below, each digest once."""
        return _distinct([blob for child in self.children for blob in child.blobs()])


Tree = Image | Index


def layer(size: int, seed: int) -> Layer:
    """A gzip-compressed tar of exactly `size` bytes (600 to 150,000,000), its content random but given by the seed.

    What the compressor leaves short of `size` is filled with a gzip extra field, which every reader skips.
    """
    assert 600 <= size <= _LARGEST, size
    slack = 400 + size // 3000 if size < _LEVEL_FROM else 12_500 + size // 3000
    tar = _tar(random.Random(seed).randbytes(max(1, size - slack)), seed)
    packer = zlib.compressobj(1 if size < _LEVEL_FROM else 0, zlib.DEFLATED, -15)
    packed = packer.compress(tar) + packer.flush()
    trailer = struct.pack("<LL", zlib.crc32(tar), len(tar))
    extra = size - 10 - 2 - len(packed) - len(trailer)
    assert 0 <= extra < 65536, (size, extra)
    head = b"\x1f\x8b\x08\x04" + bytes(4) + b"\x00\xff" + struct.pack("<H", extra) + bytes(extra)
    return Layer(Blob(OCI_LAYER, head + packed + trailer), f"sha256:{hashlib.sha256(tar).hexdigest()}")


def encode(value: object) -> bytes:
    """JSON as a builder would write it; the bytes are what counts from here on."""
    return json.dumps(value, indent=1).encode()


def _tar(content: bytes, seed: int) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        member = tarfile.TarInfo(f"usr/share/content-{seed}")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _distinct(blobs: list[Blob]) -> tuple[Blob, ...]:
    return tuple({blob.digest: blob for blob in blobs}.values())
