"""What each host of a site pulls, layer by layer, from the images that are placed on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.oci.platform import Platform
from regplan.sim.clock.pulling import HostPulls, ImagePull, LayerPull
from regplan.sim.pulls import knows_all, pulled_images
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from regplan.model.image import DeclaredImage, Image, Inventory, ResolvedReference
    from regplan.model.site import Site
    from regplan.oci.compression import UnpackedSize
    from regplan.oci.digest import Digest
    from regplan.oci.reference import Reference
    from regplan.sim.placement import Placement

__all__ = ["HUB", "INTERNET", "SitePulls", "site_pulls"]

INTERNET: Final = "internet"
HUB: Final = "hub"
_HUB_HOST: Final = "docker.io"


@dataclass(frozen=True, slots=True)
class SitePulls:
    """By host, all that it pulls, and what of that runs before a registry lives; each image has its source on the internet."""

    all: tuple[HostPulls, ...]
    early: tuple[HostPulls, ...]

    @property
    def layers(self) -> int:
        """Count the layers of all hosts."""
        return sum(len(image.layers) for host in self.all for image in host.images)


def site_pulls(
    site: Site, placement: Placement, inventory: Inventory, sizes: Mapping[Digest, UnpackedSize]
) -> SitePulls:
    """List what each host pulls, in the inventory's order, what runs before a registry first.

    An image that two references name comes once. Images of unknown placement are on `hosts_per_image` hosts. A layer of
    unknown size is 0 bytes; what nobody measured unpacks to `unpacked_ratio` times its size.
    """
    platforms = {host.name: Platform.of("linux", host.arch) for host in site.hosts}
    made = {platform: _images(inventory, platform, _Unpacking(sizes, site)) for platform in set(platforms.values())}
    found, early = [], []
    for name, references in placement.pulls(site.assumptions.hosts_per_image):
        images = made[platforms[name]]
        first = _distinct(images, placement.pre_registry)
        early.append(HostPulls(name, tuple(first.values())))
        found.append(HostPulls(name, tuple((first | _distinct(images, references)).values())))
    return SitePulls(tuple(found), tuple(early))


class _Unpacking:
    """What layers unpack to."""

    def __init__(self, sizes: Mapping[Digest, UnpackedSize], site: Site) -> None:
        self._sizes, self._ratio = sizes, site.assumptions.unpacked_ratio

    def bytes_of(self, digest: Digest, size_bytes: int) -> int:
        known = self._sizes.get(digest)
        measured = None if known is None else known.size_bytes
        return round(self._ratio * size_bytes) if measured is None else measured

    def declared(self, size_bytes: int) -> int:
        return round(self._ratio * size_bytes)


def _images(
    inventory: Inventory, platform: Platform, unpacking: _Unpacking
) -> dict[Reference, tuple[tuple[str, ImagePull], ...]]:
    """Map each reference to the images behind it that a host of a platform pulls, by what tells them apart."""
    entries = {entry.reference: _of_entry(entry, platform, unpacking) for entry in inventory.entries}
    return entries | {image.reference: (_of_declared(image, unpacking),) for image in inventory.declared}


def _of_entry(entry: ResolvedReference, platform: Platform, unpacking: _Unpacking) -> tuple[tuple[str, ImagePull], ...]:
    index_bytes = sum(index.size for index in entry.indexes)
    images = pulled_images(entry, platform)
    # A cache that takes images whole copies every platform; those that nobody told are left out of its bytes too.
    behind = {blob.digest: blob.size or 0 for blob in entry.content()} if knows_all(entry) else {}
    is_pinned = entry.reference.digest is not None
    return tuple(
        (
            str(image.digest),
            replace(
                _pull(entry.reference, image, index_bytes, unpacking),
                copied_bytes=sum(behind.values()),
                is_pinned=is_pinned,
            ),
        )
        for image in images
    )


def _pull(reference: Reference, image: Image, index_bytes: int, unpacking: _Unpacking) -> ImagePull:
    layers = tuple(
        LayerPull(str(layer.digest), layer.size or 0, unpacking.bytes_of(layer.digest, layer.size or 0))
        for layer in image.kept_layers
    )
    config_bytes = 0 if image.config is None else image.config.size or 0
    return ImagePull(str(reference), layers, config_bytes, image.manifest_size or 0, index_bytes, _source(reference))


def _of_declared(image: DeclaredImage, unpacking: _Unpacking) -> tuple[str, ImagePull]:
    layer = LayerPull(str(image.reference), image.size_bytes, unpacking.declared(image.size_bytes))
    return str(image.reference), ImagePull(str(image.reference), (layer,), source=_source(image.reference))


def _source(reference: Reference) -> str:
    return HUB if str(reference).startswith(f"{_HUB_HOST}/") else INTERNET


def _distinct(
    images: Mapping[Reference, tuple[tuple[str, ImagePull], ...]], references: Iterable[Reference]
) -> dict[str, ImagePull]:
    chosen = frozenset(references)
    return {key: pull for reference, pulls in images.items() if reference in chosen for key, pull in pulls}
