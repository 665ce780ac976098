"""A site's life on its links, from what was read and resolved: events, outages, and its scenario."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.errors import InvalidSite
from regplan.model.site import Scenario
from regplan.plan.facts import claimed_bytes, registry_kind, sync_enabled
from regplan.plan.releases import is_set
from regplan.sim.carried.life import Terms, cache_kind, life_of
from regplan.sim.carried.of_site import Release, SiteImages
from regplan.verbs.sites import at_its_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.life import Life
    from regplan.model.site import Site
    from regplan.plan.facts import PlanFacts
    from regplan.verbs.replanning import Ready

__all__ = ["life_in", "releases_of", "terms_of", "unresolved_later"]


def life_in(site: Site, ready: Ready, facts: PlanFacts) -> Life | None:
    """Tell what every event of a site carries under every topology, and what its scenario is expected to; None without hosts.

    Where the scenario cannot be followed, `why` says so.
    """
    if not site.hosts:
        return None
    releases, terms = releases_of(ready), terms_of(site, facts)
    images = SiteImages(site, releases)
    life = replace(life_of(images, terms), upgrade_unresolved=unresolved_later(releases))
    if site.scenario is None:
        return life
    # Most plans have no scenario, and this is the larger part.
    from regplan.sim.carried.year import expected_of

    delta = site.assumptions.version_delta if is_set(site, "version_delta") else None
    try:
        return replace(life, expected=expected_of(images, terms, site.scenario, delta))
    except InvalidSite as error:
        return replace(life, why=str(at_its_key(site, error)))


def releases_of(ready: Ready) -> list[Release]:
    """List the versions that a site names, this one first."""
    found = [Release(ready.prepared.declarations, ready.prepared.inventory)]
    newer = ready.inputs[1] if len(ready.inputs) > 1 else None
    if newer is not None and ready.prepared.upgrade is not None:
        found.append(Release(newer.declarations, ready.prepared.upgrade))
    return found


def unresolved_later(releases: Sequence[Release]) -> tuple[str, ...]:
    """Name the images of the versions after the first that nobody could tell: what upgrades carry is then a lower bound."""
    return tuple(each.reference for release in releases[1:] for each in release.inventory.unresolved)


def terms_of(site: Site, facts: PlanFacts) -> Terms:
    """Tell what of a site its life hangs on besides its images; a site without a scenario has what one says that is left out."""
    told = site.scenario or Scenario()
    return Terms(
        hosts=len(site.hosts),
        cache=cache_kind(told.cache or registry_kind(facts)),
        fallback=told.fallback or ("agent" if sync_enabled(facts) else "none"),
        hosts_per_image=site.assumptions.hosts_per_image,
        has_internet=site.internet != "none",
        room_bytes=claimed_bytes(facts),
        asking=told.asking,
        peer_extra=told.peer_extra,
    )
