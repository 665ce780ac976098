"""What the images of each host take on its drive: compressed content, and snapshots of what is unpacked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.plan import HostDisk
from regplan.oci.platform import Platform
from regplan.plan.nodes import chains_of, snapshot_bytes
from regplan.sim.pulls import Content, pulled_images

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from regplan.model.image import Inventory
    from regplan.model.site import Site
    from regplan.oci.compression import UnpackedSize
    from regplan.oci.digest import Digest
    from regplan.oci.reference import Reference
    from regplan.plan.nodes import Chain, UnpackedContent
    from regplan.sim.placement import Placement

__all__ = ["Snapshots", "disks_of", "host_disks"]

_MOST_KEPT: Final = 1_000


def host_disks(
    site: Site, placement: Placement, inventory: Inventory, sizes: Mapping[Digest, UnpackedSize]
) -> dict[str, HostDisk]:
    """Tell what each host's images take on its drive, by its name, in bytes.

    A host keeps the content of what it pulls, each digest once, and unpacks each chain of layers once. Images of
    unknown placement are on `hosts_per_image` hosts, and for the upper bound on every host. What is inside the provider
    image is not pulled, and not counted.
    """
    return disks_of(site, placement, Content(inventory), Snapshots(inventory, sizes))


def disks_of(site: Site, placement: Placement, content: Content, snapshots: Snapshots) -> dict[str, HostDisk]:
    """Tell the same of an inventory whose digests and chains are numbered already."""
    platforms = {host.name: Platform.of("linux", host.arch) for host in site.hosts}
    ratio = site.assumptions.unpacked_ratio

    def reckoned(unknown_on: int) -> Iterator[tuple[str, int, UnpackedContent]]:
        pulls = content.pulls(site, placement, unknown_on).hosts
        for pulled, (name, references) in zip(pulls, placement.pulls(unknown_on), strict=True):
            yield name, pulled.all_bytes, snapshots.of(references, platforms[name], ratio)

    usual, most = reckoned(site.assumptions.hosts_per_image), reckoned(len(site.hosts))
    return {
        name: HostDisk(
            content,
            unpacked.size_bytes,
            unpacked.provenance,
            high_content,
            high.size_bytes,
            unpacked.measured_bytes,
            unpacked.compressed_bytes,
            high.measured_bytes,
            high.compressed_bytes,
        )
        for (name, content, unpacked), (_, high_content, high) in zip(usual, most, strict=True)
    }


class Snapshots:
    """The chains behind each reference of an inventory, for one host after the other; what was added up is kept."""

    def __init__(self, inventory: Inventory, sizes: Mapping[Digest, UnpackedSize]) -> None:
        """Find every image's chains once."""
        self._chains = chains_of(inventory.images())
        self._entries = {entry.reference: entry for entry in inventory.entries}
        self._declared = {image.reference: image.size_bytes for image in inventory.declared}
        self._sizes = sizes
        self._kept: dict[tuple[frozenset[Reference], Platform, float], UnpackedContent] = {}

    def of(self, references: frozenset[Reference], platform: Platform, ratio: float) -> UnpackedContent:
        """Add up what a host of `platform` unpacks of these references, and tell how that is known."""
        key = references, platform, ratio
        if key not in self._kept:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = self._unpacked(references, platform, ratio)
        return self._kept[key]

    def _unpacked(self, references: Iterable[Reference], platform: Platform, ratio: float) -> UnpackedContent:
        chains: list[Chain] = []
        assumed_bytes = 0
        for reference in references:
            assumed_bytes += self._declared.get(reference, 0)
            entry = self._entries.get(reference)
            for image in pulled_images(entry, platform) if entry is not None else ():
                chains += self._chains[image.digest]
        return snapshot_bytes(chains, self._sizes, ratio, assumed_bytes)
