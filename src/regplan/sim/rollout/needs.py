"""What a site needs over the uplink: the bytes of an event as tier 0 has them, and the pulls of Docker Hub that it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.sim.carried.carry import carry
from regplan.sim.carried.events import Bootstrap, Upgrade
from regplan.sim.carried.life import Course, topologies_of

if TYPE_CHECKING:
    from regplan.sim.carried.life import Terms
    from regplan.sim.carried.of_site import SiteImages
    from regplan.sim.carried.state import Version

__all__ = ["needed_of"]

# As normalised references begin that are Docker Hub's.
_HUB: Final = "docker.io/"
# Whoever pulls for all hosts: the registry, the cache, the first of the peers.
_FOR_ALL: Final = ""


def needed_of(images: SiteImages, terms: Terms, event: str, way: str) -> tuple[int, int]:
    """Tell the internet bytes of a bootstrap, or of the upgrade to the site's next version, and its pulls of Docker Hub.

    A pull is a manifest that is fetched: once for each image that a registry, a cache or a host gets over the internet and
    had not before. Images of unknown placement are on `terms.hosts_per_image` hosts.
    """
    course, topology = Course(images, terms.hosts_per_image), topologies_of(terms)[way]
    state, carried = carry(course.begin(), Bootstrap(), topology)
    if event == "bootstrap":
        fetched = _at_first(course.first, way)
    else:
        version = images.version(1, terms.hosts_per_image)
        _, carried = carry(state, Upgrade(version), topology)
        fetched = _then(course.first, version, way)
    return carried.wan_bytes, sum(name.startswith(_HUB) for _, name in fetched)


def _at_first(version: Version, way: str) -> set[tuple[str, str]]:
    """Tell who fetches which image over the internet when a site is set up."""
    every, early = _pairs(version), {(host, name) for host, name in _pairs(version) if name in version.early}
    match way:
        case "direct":
            return every
        case "bundle":
            return set()
        case "primary":
            return early | {(_FOR_ALL, name) for name in version.content}
        case _:
            return early | {(_FOR_ALL, name) for _, name in every - early}


def _then(before: Version, version: Version, way: str) -> set[tuple[str, str]]:
    """Tell the same of an upgrade: the cluster is up, and whatever pulls for all hosts pulls for them early images too."""
    new = _pairs(version) - _pairs(before)
    match way:
        case "direct":
            return new
        case "bundle":
            return set()
        case "primary":
            return {(_FOR_ALL, name) for name in set(version.content) - set(before.content)}
        case _:
            return {(_FOR_ALL, name) for _, name in new}


def _pairs(version: Version) -> set[tuple[str, str]]:
    return {(host, name) for host, runs in version.runs for name in runs}
