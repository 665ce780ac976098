"""Archives of images, good and hostile, put together by hand: members in any order, compressed in any way."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
import tarfile
from typing import TYPE_CHECKING, Any, Final, Literal

from support.archives import tar_of
from support.content import encode
from support.delivery import write_layout

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from support.content import Image, Tree

__all__ = [
    "WIDE_WINDOW",
    "Compression",
    "Order",
    "layout_files",
    "ordered",
    "packed",
    "pax_tar",
    "saved_files",
    "saved_tar",
]

Compression = Literal["none", "gzip", "zstd"]
Order = Literal["first", "middle", "last"]
# A zstd frame of nothing whose header asks for a window of 2 GiB.
WIDE_WINDOW: Final = b"\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00"


def packed(data: bytes, compression: Compression) -> bytes:
    """The bytes compressed, zstd with the checksum that its tool writes."""
    if compression == "gzip":
        return gzip.compress(data, mtime=0)
    if compression == "zstd":
        return zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1})
    return data


def layout_files(folder: Path, trees: Mapping[str, Tree], top: str = "") -> dict[str, bytes]:
    """The files of an image layout of these images, below `top`; `folder` is where they are written on the way."""
    write_layout(folder, trees)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {f"{top}{path.relative_to(folder).as_posix()}": path.read_bytes() for path in files}


def ordered(files: Mapping[str, bytes], order: Order) -> dict[str, bytes]:
    """The same files with the layouts' own, index.json and oci-layout, before, amid or behind the blobs."""
    own = {name: data for name, data in files.items() if "/blobs/" not in f"/{name}"}
    blobs = [(name, data) for name, data in files.items() if name not in own]
    cut = {"first": 0, "middle": len(blobs) // 2, "last": len(blobs)}[order]
    return dict([*blobs[:cut], *own.items(), *blobs[cut:]])


def pax_tar(files: Mapping[str, bytes]) -> bytes:
    """A tar archive with a pax header before each member."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.pax_headers = len(data), 1.5, {"comment": "x" * 600}
            archive.addfile(member, io.BytesIO(data))
    return raw.getvalue()


def saved_files(images: Sequence[tuple[Image, Sequence[str]]]) -> tuple[dict[str, bytes], list[tuple[str, bytes, str]]]:
    """What `docker save` wrote before version 25: files, and symbolic links for layers that images share.

    Every image has its config's bytes and its layers uncompressed, in folders of their own; manifest.json comes last.
    """
    files: dict[str, bytes] = {}
    links: list[tuple[str, bytes, str]] = []
    listed: list[dict[str, Any]] = []
    held: dict[str, str] = {}
    for image, tags in images:
        config = f"{hashlib.sha256(image.config.data).hexdigest()}.json"
        files[config] = image.config.data
        layers = []
        for number, layer in enumerate(image.layers):
            chain = hashlib.sha256(f"{config} {number}".encode()).hexdigest()
            files[f"{chain}/VERSION"] = b"1.0"
            files[f"{chain}/json"] = encode({"id": chain})
            layers.append(f"{chain}/layer.tar")
            if layer.diff_id in held:
                links.append((layers[-1], tarfile.SYMTYPE, f"../{held[layer.diff_id]}"))
            else:
                held[layer.diff_id] = layers[-1]
                files[layers[-1]] = gzip.decompress(layer.blob.data)
        listed.append({"Config": config, "RepoTags": list(tags) or None, "Layers": layers})
    return files | {"manifest.json": json.dumps(listed).encode(), "repositories": b"{}"}, links


def saved_tar(images: Sequence[tuple[Image, Sequence[str]]]) -> bytes:
    """The same as a tar archive."""
    return tar_of(*saved_files(images))
