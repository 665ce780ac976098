"""Bytes that each host pulls: unions of digests, without a clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from regplan.oci.platform import Platform
from regplan.plan.sharing import known_sizes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from regplan.model.image import Inventory
    from regplan.model.site import Site
    from regplan.oci.digest import Digest
    from regplan.oci.reference import Reference
    from regplan.sim.placement import Placement

    # A declared image has a size and no digests: its reference stands for its content.
    Key = Digest | Reference

__all__ = ["HostPulls", "Pulls", "add_up_pulls"]


@dataclass(frozen=True, slots=True)
class HostPulls:
    """The compressed bytes that one host pulls, and those of them that it pulls before a registry lives."""

    name: str
    all_bytes: int
    early_bytes: int

    @property
    def served_bytes(self) -> int:
        """What the registry can serve."""
        return self.all_bytes - self.early_bytes


@dataclass(frozen=True, slots=True)
class Pulls:
    """The pulls of every host, and `content_bytes`, which the registry is seeded with: every image once."""

    hosts: tuple[HostPulls, ...]
    content_bytes: int

    @property
    def direct_bytes(self) -> int:
        """What goes over the internet link without a registry."""
        return sum(host.all_bytes for host in self.hosts)

    @property
    def early_bytes(self) -> int:
        """What goes over the internet link whether or not there is a registry."""
        return sum(host.early_bytes for host in self.hosts)

    @property
    def primary_bytes(self) -> int:
        """What goes over the internet link with a registry."""
        return self.content_bytes + self.early_bytes


def add_up_pulls(site: Site, placement: Placement, inventory: Inventory, unknown_on: int) -> Pulls:
    """Add up every host's pulls in bytes, the images of unknown placement being on the first `unknown_on`.

    A host pulls what is there for its platform, manifests and kept indexes included, each digest once; an unknown size
    counts 0. The registry is seeded with every platform that the inventory has.
    """
    sizes = _sizes(inventory)
    platforms = {host.name: Platform.of("linux", host.arch) for host in site.hosts}
    pulled = {platform: _content(inventory, platform) for platform in platforms.values()}

    def total(references: Iterable[Reference], content: Mapping[Reference, frozenset[Key]]) -> int:
        keys: set[Key] = set().union(*(content[reference] for reference in references))
        return sum(sizes[key] for key in keys)

    whole = _content(inventory, None)
    hosts = []
    for name, references in placement.pulls(unknown_on):
        content = pulled[platforms[name]]
        early = references & placement.pre_registry
        hosts.append(HostPulls(name, total(references, content), total(early, content)))
    return Pulls(tuple(hosts), total(whole.keys() - placement.provided, whole))


def _sizes(inventory: Inventory) -> dict[Key, int]:
    sizes: dict[Key, int] = {digest: size or 0 for digest, size in known_sizes(inventory).items()}
    return sizes | {image.reference: image.size_bytes for image in inventory.declared}


def _content(inventory: Inventory, platform: Platform | None) -> dict[Reference, frozenset[Key]]:
    """Map each reference to what a host of `platform` pulls of it, or to all of it."""
    content: dict[Reference, frozenset[Key]] = {
        each.reference: frozenset({each.reference}) for each in inventory.declared
    }
    for entry in inventory.entries:
        images = [image for image in entry.images if platform is None or image.platform.serves(platform)]
        keys: set[Key] = {blob.digest for image in images for blob in image.content()}
        if images:
            keys.update(index.digest for index in entry.indexes)
        content[entry.reference] = frozenset(keys)
    return content
