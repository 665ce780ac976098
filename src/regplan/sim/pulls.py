"""Bytes that each host pulls: unions of digests, without a clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.image import KeptIndex
from regplan.oci.platform import Platform
from regplan.plan.sharing import known_sizes
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.image import Image, Inventory, ResolvedReference
    from regplan.model.site import Site
    from regplan.oci.digest import Digest
    from regplan.oci.reference import Reference
    from regplan.sim.placement import Placement

    # A declared image has a size and no digests: its reference stands for its content.
    Key = Digest | Reference

__all__ = ["Content", "HostPulls", "Pulls", "Range", "knows_all", "pulled_images"]

# Sets of references whose bytes are kept, for a fleet whose hosts are all different.
_MOST_KEPT: Final = 1_000


@dataclass(frozen=True, slots=True)
class HostPulls:
    """The compressed bytes that one host pulls, and those of them that it pulls before a registry lives.

    `images` counts the references behind them.
    """

    name: str
    all_bytes: int
    early_bytes: int
    images: int = 0

    @property
    def served_bytes(self) -> int:
        """What the registry can serve."""
        return self.all_bytes - self.early_bytes


@dataclass(frozen=True, slots=True)
class Pulls:
    """The pulls of every host, and `content_bytes`, which the registry is seeded with: each of `content_images` once."""

    hosts: tuple[HostPulls, ...]
    content_bytes: int
    content_images: int = 0

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


@dataclass(frozen=True, slots=True)
class Range:
    """A site's pulls with the images of unknown placement on `hosts_per_image` hosts, on one, and on every host.

    `unknown` counts those images.
    """

    usual: Pulls
    on_one: Pulls
    on_all: Pulls
    unknown: int = 0


class Content:
    """What is behind each reference of an inventory, so that the bytes of any set of them add up quickly.

    An unknown size counts 0; an image whose size the site file declares shares nothing. What was added up is kept: the
    hosts of a site, and of a fleet, pull a few sets over and over.
    """

    def __init__(self, inventory: Inventory) -> None:
        """Number every digest once, since sets of numbers are much cheaper than sets of digests."""
        sizes: dict[Key, int] = {digest: size or 0 for digest, size in known_sizes(inventory).items()}
        sizes |= {image.reference: image.size_bytes for image in inventory.declared}
        self._inventory = inventory
        self._numbers: Mapping[Key, int] = {key: number for number, key in enumerate(sizes)}
        self._sizes = tuple(sizes.values())
        self._behind: dict[Platform | None, Mapping[Reference, frozenset[int]]] = {}
        self._totals: dict[tuple[frozenset[Reference], Platform | None], int] = {}

    def range(self, site: Site, placement: Placement) -> Range:
        """Add up every host's pulls three times: as they are assumed, and at the least and the most."""
        usual, on_one, on_all = (
            self.pulls(site, placement, count) for count in (site.assumptions.hosts_per_image, 1, len(site.hosts))
        )
        return Range(usual, on_one, on_all, len(placement.unknown))

    def pulls(self, site: Site, placement: Placement, unknown_on: int) -> Pulls:
        """Add up every host's pulls in bytes, the images of unknown placement being on the first `unknown_on`.

        A host pulls what is there for its platform, manifests and kept indexes included, each digest once. The registry
        is seeded with every platform that the inventory has.
        """
        platforms = {host.name: Platform.of("linux", host.arch) for host in site.hosts}
        early = {each: self._total(placement.pre_registry, each) for each in set(platforms.values())}
        hosts = tuple(
            HostPulls(name, self._total(references, platforms[name]), early[platforms[name]], len(references))
            for name, references in placement.pulls(unknown_on)
        )
        content = frozenset(self._of(None).keys() - placement.provided)
        return Pulls(hosts, self._total(content, None), len(content))

    def _total(self, references: frozenset[Reference], platform: Platform | None) -> int:
        known = self._totals.get((references, platform))
        if known is None:
            behind = self._of(platform)
            numbers: set[int] = set().union(*(behind[reference] for reference in references))
            known = sum(self._sizes[number] for number in numbers)
            if len(self._totals) >= _MOST_KEPT:
                self._totals.clear()
            self._totals[references, platform] = known
        return known

    def _of(self, platform: Platform | None) -> Mapping[Reference, frozenset[int]]:
        """Map each reference to what a host of `platform` pulls of it, or to all of it."""
        if platform not in self._behind:
            declared = (image.reference for image in self._inventory.declared)
            self._behind[platform] = {
                **{reference: frozenset({self._numbers[reference]}) for reference in declared},
                **{entry.reference: self._numbered(entry, platform) for entry in self._inventory.entries},
            }
        return self._behind[platform]

    def _numbered(self, entry: ResolvedReference, platform: Platform | None) -> frozenset[int]:
        images = pulled_images(entry, platform)
        indexes = [index.digest for index in entry.indexes] if images else []
        digests = (blob.digest for image in images for blob in image.content())
        return frozenset(self._numbers[digest] for digest in (*indexes, *digests))


def pulled_images(entry: ResolvedReference, platform: Platform | None) -> tuple[Image, ...]:
    """List what a host of `platform` pulls of a reference; None is for all of it."""
    chosen = platform and platform.choose(image.platform for image in entry.images)
    # An image that says nothing of its platform is pulled by whoever asks.
    only = entry.images[0] if len(entry.images) == 1 and not entry.images[0].platform.is_known else None
    return tuple(image for image in entry.images if platform is None or image.platform == chosen or image is only)


def knows_all(entry: ResolvedReference) -> bool:
    """Tell whether all that stands behind a reference is known: its index is kept, or it names one image and nothing else."""
    if entry.indexes:
        known = {image.digest for image in entry.images} | {index.digest for index in entry.indexes}
        return all(child in known for index in entry.indexes for child in index.children)
    has_index = any(isinstance(each, KeptIndex) for each in entry.passed)
    # A recording of facts alone does not say whether a tag names an index.
    return not has_index and entry.images[0].raw is not None
