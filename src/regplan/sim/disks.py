"""What the images of each host take on its drive: compressed content, and snapshots of what is unpacked."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    from regplan.plan.nodes import Chain
    from regplan.sim.placement import Placement

__all__ = ["host_disks"]


def host_disks(
    site: Site, placement: Placement, inventory: Inventory, sizes: Mapping[Digest, UnpackedSize]
) -> dict[str, HostDisk]:
    """Tell what each host's images take on its drive, by its name, in bytes.

    A host keeps the content of what it pulls, each digest once, and unpacks each chain of layers once. Images of
    unknown placement are on `hosts_per_image` hosts, and for the upper bound on every host. What is inside the provider
    image is not pulled, and not counted.
    """
    content, snapshots = Content(inventory), _Snapshots(inventory, sizes, site)

    def reckoned(unknown_on: int) -> Iterator[tuple[str, int, int, str]]:
        pulls = content.pulls(site, placement, unknown_on).hosts
        for pulled, (name, references) in zip(pulls, placement.pulls(unknown_on), strict=True):
            yield (name, pulled.all_bytes, *snapshots.of(name, references))

    usual, most = reckoned(site.assumptions.hosts_per_image), reckoned(len(site.hosts))
    return {
        name: HostDisk(content_bytes, unpacked_bytes, provenance, high_content, high_unpacked)
        for (name, content_bytes, unpacked_bytes, provenance), (_, high_content, high_unpacked, _) in zip(
            usual, most, strict=True
        )
    }


class _Snapshots:
    """The chains behind each reference of an inventory, for one host after the other."""

    def __init__(self, inventory: Inventory, sizes: Mapping[Digest, UnpackedSize], site: Site) -> None:
        self._chains = chains_of(inventory.images())
        self._entries = {entry.reference: entry for entry in inventory.entries}
        self._declared = {image.reference: image.size_bytes for image in inventory.declared}
        self._sizes = sizes
        self._ratio = site.assumptions.unpacked_ratio
        self._platforms = {host.name: Platform.of("linux", host.arch) for host in site.hosts}

    def of(self, host: str, references: Iterable[Reference]) -> tuple[int, str]:
        """Add up what a host unpacks of these references, and tell how that is known."""
        chains: list[Chain] = []
        assumed_bytes = 0
        for reference in references:
            assumed_bytes += self._declared.get(reference, 0)
            entry = self._entries.get(reference)
            for image in pulled_images(entry, self._platforms[host]) if entry is not None else ():
                chains += self._chains[image.digest]
        return snapshot_bytes(chains, self._sizes, self._ratio, assumed_bytes)
