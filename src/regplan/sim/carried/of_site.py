"""A site's hosts and images as tier 0 has them, for one version of its profiles or several."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.model.site import Host
from regplan.oci.platform import Platform
from regplan.plan.sharing import known_sizes
from regplan.sim.carried.state import CarriedImage, Library, Version
from regplan.sim.placement import place
from regplan.sim.pulls import knows_all, pulled_images
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from regplan.model.image import Image, Inventory, ResolvedReference
    from regplan.model.profile import Declarations
    from regplan.model.site import Site
    from regplan.oci.reference import Reference
    from regplan.sim.carried.state import Key
    from regplan.sim.placement import Placement

__all__ = ["JOINING", "Release", "SiteImages"]

# The host that joins, as it is called among the others.
JOINING = "a host that joins"


@dataclass(frozen=True, slots=True)
class Release:
    """One version of a site's profiles: what they declare, and their images."""

    declarations: Declarations
    inventory: Inventory


class SiteImages:
    """The images of every version of a site's profiles under names, with the hosts that run them.

    An image is named by its reference, and by its platform too where the site has several.
    """

    def __init__(self, site: Site, releases: Sequence[Release]) -> None:
        """Take what stands behind each reference apart, for each platform of the site."""
        self._site = site
        # A new host is a worker, as ordinary ones are added.
        arch = (site.workers[0] if site.workers else Host("")).arch
        self._grown = replace(site, hosts=(*site.hosts, Host(JOINING, role="worker", arch=arch)))
        self._platforms = {host.name: Platform.of("linux", host.arch) for host in self._grown.hosts}
        self._releases = releases
        self._versions: dict[tuple[int, int], Version] = {}
        images: dict[str, CarriedImage] = {}
        known = known_sizes(*(each.inventory for each in releases))
        sizes: dict[Key, int] = {digest: size or 0 for digest, size in known.items()}
        for each in releases:
            sizes |= {image.reference: image.size_bytes for image in each.inventory.declared}
            images |= self._carried(each.inventory)
        self.library = Library(images, sizes)
        self._placements = [place(self._grown, each.declarations, each.inventory) for each in releases]
        self._usual = [place(site, each.declarations, each.inventory) for each in releases]

    @property
    def versions(self) -> int:
        """How many versions there are."""
        return len(self._releases)

    @property
    def unknown(self) -> int:
        """How many images of the first version run nobody knows where."""
        return len(self._usual[0].unknown)

    def version(self, number: int, unknown_on: int) -> Version:
        """Tell what a version asks of the site, its images of unknown placement being on so many hosts."""
        if (number, unknown_on) not in self._versions:
            self._versions[number, unknown_on] = self._version(number, unknown_on)
        return self._versions[number, unknown_on]

    def _version(self, number: int, unknown_on: int) -> Version:
        placement = self._usual[number]
        runs = tuple((name, self._names(name, pulled)) for name, pulled in placement.pulls(unknown_on))
        content = tuple(
            name
            for reference in self._references(number)
            if reference not in placement.provided
            for name in self._all_names(reference)
        )
        return Version(runs, content, self._early(placement))

    def joining(self, number: int, unknown_on: int) -> frozenset[str]:
        """Name the images that a further worker runs in a version, as workloads are then placed."""
        pulls = dict(self._placements[number].pulls(unknown_on))
        return self._names(JOINING, pulls[JOINING])

    def movable(self, number: int) -> tuple[str, ...]:
        """Name the images that may come to a host which does not run them: all but those that every host runs."""
        usual = self._usual[number]
        everywhere = [pulled for _, pulled in usual.pulls(0)]
        fixed = everywhere[0].intersection(*everywhere[1:]) if everywhere else frozenset[object]()
        platform = self._platforms[JOINING]
        names = (
            self._name(reference, platform)
            for reference in self._references(number)
            if reference not in fixed and reference not in usual.provided
        )
        return tuple(name for name in names if name in self.library.images)

    def always(self, number: int) -> frozenset[str]:
        """Name the images that are asked for at every start: by their pull policy, or since the API server sets it for all."""
        told = self._releases[number].declarations
        if any(each.always_pulls for each in told.settings.wiring.admissions):
            return frozenset(self.library.images)
        asked = (
            each.image
            for workload in told.workloads
            for each in workload.containers
            if each.image is not None and each.always_pulls
        )
        return frozenset(name for reference in asked for name in self._all_names(reference))

    def _references(self, number: int) -> list[Reference]:
        inventory = self._releases[number].inventory
        return [
            *(entry.reference for entry in inventory.entries),
            *(image.reference for image in inventory.declared),
        ]

    def _early(self, placement: Placement) -> frozenset[str]:
        return frozenset(name for reference in placement.pre_registry for name in self._all_names(reference))

    def _names(self, host: str, references: frozenset[Reference]) -> frozenset[str]:
        names = (self._name(reference, self._platforms[host]) for reference in references)
        return frozenset(name for name in names if name in self.library.images)

    def _name(self, reference: Reference, platform: Platform | None) -> str:
        several = len(set(self._platforms.values())) > 1
        return f"{reference} ({platform or 'other platforms'})" if several or platform is None else str(reference)

    def _all_names(self, reference: Reference) -> Iterator[str]:
        names = (self._name(reference, each) for each in (*dict.fromkeys(self._platforms.values()), None))
        return (name for name in names if name in self.library.images)

    def _carried(self, inventory: Inventory) -> Mapping[str, CarriedImage]:
        images: dict[str, CarriedImage] = {}
        platforms = tuple(dict.fromkeys(self._platforms.values()))
        for each in inventory.declared:
            for platform in platforms:
                # What else its reference names, nobody told.
                images[self._name(each.reference, platform)] = CarriedImage(frozenset({each.reference}), None)
        for entry in inventory.entries:
            behind = frozenset(blob.digest for blob in entry.content())
            left = behind
            for platform in platforms:
                chosen = pulled_images(entry, platform)
                if chosen:
                    blobs = _pieces(entry, chosen)
                    others = behind - blobs if knows_all(entry) else None
                    is_pinned = entry.reference.digest is not None
                    images[self._name(entry.reference, platform)] = CarriedImage(blobs, others, is_pinned)
                    left -= blobs
            if left:
                images[self._name(entry.reference, None)] = CarriedImage(left)
        return images


def _pieces(entry: ResolvedReference, chosen: Sequence[Image]) -> frozenset[Key]:
    indexes = (index.digest for index in entry.indexes)
    return frozenset([*indexes, *(blob.digest for image in chosen for blob in image.content())])
