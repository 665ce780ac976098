"""Images made of files: layers as archives, a config and a manifest, written into an image layout.

Source: OCI image specification, layer.md, config.md and manifest.md.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from contextlib import suppress
from typing import TYPE_CHECKING

from regplan.oci.digest import Digest
from regplan.oci.mediatype import OCI_CONFIG, OCI_LAYER, OCI_MANIFEST
from regplan.store.tree import NewBlob
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from regplan.store.tree import LayoutFolder

__all__ = ["MadeLayer", "make_layer", "write_image"]


@dataclass(frozen=True, slots=True)
class MadeLayer:
    """A layer's bytes as they are sent, and the digest of the archive inside (its diff_id)."""

    data: bytes
    diff_id: str


def make_layer(files: Iterable[tuple[str, Path]]) -> MadeLayer:
    """Pack files under the names that they are to have; owners and times are left out, so that equal files give equal bytes.

    A file that cannot be read is left out: it is another user's.
    """
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, path in files:
            with suppress(OSError):
                data = path.read_bytes()
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(data), 0o644
                archive.addfile(entry, io.BytesIO(data))
    raw = packed.getvalue()
    return MadeLayer(gzip.compress(raw, 1, mtime=0), f"sha256:{hashlib.sha256(raw).hexdigest()}")


def write_image(folder: LayoutFolder, layers: Sequence[MadeLayer], tag: str, title: str) -> None:
    """Write an image of these layers, base first, for linux/amd64, and tag it; raises `RegistryError` of a disk that refuses."""
    config = _encode(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Labels": {"org.opencontainers.image.title": title}},
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        }
    )
    for data in (config, *(layer.data for layer in layers)):
        _keep(folder, data)
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": _descriptor(OCI_CONFIG, config),
        "layers": [_descriptor(OCI_LAYER, layer.data) for layer in layers],
    }
    folder.put(tag, OCI_MANIFEST, _encode(manifest))


def _keep(folder: LayoutFolder, data: bytes) -> None:
    digest = Digest.of(data)
    if folder.blob_size(digest) == len(data):
        return
    new = NewBlob(folder, digest)
    try:
        new.write(data)
        new.keep()
    finally:
        new.discard()


def _descriptor(media_type: str, data: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": str(Digest.of(data)), "size": len(data)}


def _encode(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
