"""A site beside its next version, or beside whatever else it may go to: image by image, and over the wire."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.errors import InputError
from regplan.loops import aside
from regplan.model.site import Scenario
from regplan.model.upgrade import SiteUpgrade, UpgradeWay
from regplan.plan.upgrades import compare_versions
from regplan.report.portable import portable, site_files
from regplan.sim.chance.counted import nights_of
from regplan.sim.chance.of_site import line_of
from regplan.units import transfer_seconds
from regplan.verbs.among import site_at
from regplan.verbs.living import life_in
from regplan.verbs.options import Options
from regplan.verbs.replanning import Ready, facts_of
from regplan.verbs.sites import with_options
from regplan.verbs.sources import open_sources
from regplan.verbs.study import prepare_site
from regplan.verbs.versions import parts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.life import CarriedEvent
    from regplan.model.profile import ClusterProfile
    from regplan.model.progress import Report
    from regplan.model.site import Site

__all__ = ["compare_next"]


async def compare_next(
    site: Site, other: str = "", options: Options | None = None, report: Report | None = None
) -> SiteUpgrade:
    """Hold what a site names beside its `upgrade_to`, or beside `other`: a profile, an image or a site file.

    Several with commas between are one version. Cancelling it cancels every request. Raises `InputError` for what cannot
    be read and where there is nothing to compare with, and `RegistryError` where a host is unusable.
    """
    given = options or Options()
    told = with_options(site, given)
    ready = await _ready(told, other, given, report)
    if ready.prepared.upgrade is None or ready.inputs[1] is None:
        raise InputError("the site file names no next version: write its profiles under upgrade_to, or name a file")
    return await aside(_compared, told, ready, other)


async def _ready(site: Site, other: str, options: Options, report: Report | None) -> Ready:
    """Read and resolve both sides; another site file is read with its own variables, sources and hosts."""
    if not other:
        return await prepare_site(_towards(site, site.inputs.upgrade_to), options, open_sources, report)
    theirs = await aside(site_at, other)
    if theirs is None:
        return await prepare_site(_towards(site, tuple(parts_of(other))), options, open_sources, report)
    ours = await prepare_site(_towards(site, ()), options, open_sources, report)
    found = await prepare_site(_towards(with_options(theirs, options), ()), options, open_sources, report)
    prepared = replace(ours.prepared, upgrade=found.prepared.inventory)
    return Ready((ours.inputs[0], found.inputs[0]), prepared, ours.mapping)


def _towards(site: Site, profiles: tuple[str, ...]) -> Site:
    return replace(site, inputs=replace(site.inputs, upgrade_to=profiles, upgrade_from=()))


def _compared(site: Site, ready: Ready, other: str) -> SiteUpgrade:
    now, newer = ready.prepared.inventory, ready.prepared.upgrade
    before, after = (each.declarations.profiles if each is not None else () for each in ready.inputs[:2])
    if newer is None:
        raise InputError("there is nothing to compare with")
    upgrade = compare_versions([(_named(before, site.name), now), (_named(after, other or site.name), newer)])
    life = life_in(site, ready, facts_of(site, ready.prepared, ready.mapping, "")[0])
    events = [] if life is None else [event for event in life.events if event.event == "upgrade"]
    unresolved = tuple(dict.fromkeys((*now.unresolved, *newer.unresolved)))
    window = None if site.scenario is None else site.scenario.window
    names = site_files(site, ready.prepared.declarations)
    return portable(SiteUpgrade(upgrade, tuple(_way(site, each) for each in events), unresolved, other, window), names)


def _named(profiles: Sequence[ClusterProfile], otherwise: str) -> str:
    """Tell a version by its profiles, or by what named it where it is none: a list or images."""
    return ", ".join(f"{each.name} {each.version}".strip() for each in profiles) or otherwise


def _way(site: Site, event: CarriedEvent) -> UpgradeWay:
    link = site.internet_link
    return UpgradeWay(
        event.topology,
        event.wan_bytes,
        event.wan_low_bytes,
        event.wan_high_bytes,
        event.lan_bytes,
        event.media_bytes,
        None if link is None else transfer_seconds(event.wan_bytes, link.rate_bps),
        nights_of(event.wan_bytes, site.scenario or Scenario(), line_of(site)),
    )
