"""What the tables list beside the plan's own values: the blobs of an image, and the lines of the internet link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.oci.mediatype import is_foreign
from regplan.plan.sharing import known_sizes
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.image import Image, Inventory
    from regplan.model.wire import Wire
    from regplan.oci.digest import Digest

__all__ = ["BlobRow", "Sharing", "WireRow", "blob_rows", "wire_rows"]


@dataclass(frozen=True, slots=True)
class BlobRow:
    """One blob of an image: its place and kind, its size where it is known, and the other images that hold it."""

    place: int
    kind: str
    digest: Digest
    size_bytes: int | None
    others: tuple[str, ...]
    counts: bool = True


@dataclass(frozen=True, slots=True)
class WireRow:
    """One line of the first bootstrap on the internet link; `key` is its path in the plan document."""

    key: str
    label: str
    size_bytes: int
    boot_s: float | None
    ratio: float | None


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who holds what: images by digest, the images and the size of every blob, and the names that images go by."""

    images: Mapping[Digest, Image]
    holders: Mapping[Digest, tuple[Digest, ...]]
    names: Mapping[Digest, tuple[str, ...]]
    sizes: Mapping[Digest, int | None]

    @classmethod
    def of(cls, inventory: Inventory) -> Sharing:
        """Gather it from an inventory."""
        names: dict[Digest, list[str]] = {}
        for entry in inventory.entries:
            for image in entry.images:
                platform = f" ({image.platform})" if len(entry.images) > 1 else ""
                names.setdefault(image.digest, []).append(f"{entry.reference}{platform}")
        named = {digest: tuple(texts) for digest, texts in names.items()}
        images = {image.digest: image for image in inventory.images()}
        return cls(images, inventory.holders(), named, known_sizes(inventory))

    def others(self, blob: Digest, image: Digest) -> tuple[str, ...]:
        """Name the other images that hold `blob`, each by the first of its references."""
        return tuple(self.names[holder][0] for holder in self.holders.get(blob, ()) if holder != image)


def blob_rows(image: Image, sharing: Sharing) -> tuple[BlobRow, ...]:
    """List an image's blobs: manifest, config, layers base first, and foreign layers, which count nowhere."""
    config = image.config.digest if image.config is not None else None
    layers = {layer.digest: number for number, layer in enumerate(image.kept_layers, 1)}
    rows: list[BlobRow] = []
    for blob in image.content():
        number = layers.get(blob.digest)
        kind = "config" if blob.digest == config else "manifest" if number is None else f"layer {number}"
        others = sharing.others(blob.digest, image.digest)
        rows.append(BlobRow(len(rows), kind, blob.digest, sharing.sizes[blob.digest], others))
    for layer in image.layers:
        if is_foreign(layer.media_type) and all(row.digest != layer.digest for row in rows):
            rows.append(BlobRow(len(rows), "foreign", layer.digest, layer.size, (), counts=False))
    return tuple(rows)


def wire_rows(wire: Wire) -> tuple[WireRow, ...]:
    """List what the internet link carries at first bootstrap, without and with the registry, and what that saves."""
    rows = [
        WireRow("wire.direct_bytes", "without", wire.direct_bytes, wire.direct_boot_s, None),
        WireRow("wire.primary_bytes", "with", wire.primary_bytes, wire.primary_boot_s, None),
        WireRow("wire.saved_bytes", "saved", wire.saved_bytes, None, wire.saved_ratio),
    ]
    if wire.saved_low_bytes != wire.saved_high_bytes:
        rows.append(WireRow("wire.saved_low_bytes", "saved min", wire.saved_low_bytes, None, None))
        rows.append(WireRow("wire.saved_high_bytes", "saved max", wire.saved_high_bytes, None, None))
    return tuple(rows)
