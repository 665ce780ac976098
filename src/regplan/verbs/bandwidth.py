"""What a planned site's links carry and when, for whoever shows it beside the plan: nothing is read or resolved anew."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.errors import InputError
from regplan.model.bandwidth import Bandwidth, NightsNeeded
from regplan.model.site import Scenario
from regplan.plan.prepared import Prepared
from regplan.sim.carried.life import cache_kind
from regplan.sim.chance.counted import nights_of
from regplan.sim.chance.of_site import line_of
from regplan.sim.clock.course import boot_course
from regplan.sim.clock.site_pulls import site_pulls
from regplan.sim.placement import place
from regplan.verbs.clocking import clock_study
from regplan.verbs.inputs import Inputs
from regplan.verbs.living import life_in
from regplan.verbs.naming import read_mapping
from regplan.verbs.replanning import Ready, facts_of

if TYPE_CHECKING:
    from regplan.model.image import Inventory
    from regplan.model.life import Life
    from regplan.model.plan import Study
    from regplan.model.site import Site
    from regplan.plan.facts import PlanFacts
    from regplan.verbs.drafting import Base

__all__ = ["nights_needed", "reckon_bandwidth"]


def reckon_bandwidth(study: Study, base: Base | None = None) -> Bandwidth:
    """Reckon what a site's links carry, and when its hosts are ready.

    `base` keeps what the plan, or the draft, was made from; without it nothing is known of the version that the site upgrades
    to, nor of measured sizes of unpacked layers.
    """
    site, ready = _kept(study, base) or (study.plan.site, _ready(study))
    wire = study.plan.wire
    if not site.hosts or wire is None:
        return Bandwidth()
    facts, _ = facts_of(site, ready.prepared, ready.mapping, study.plan.generated_at)
    life = _life(site, ready, facts)
    clock = clock_study(replace(study, life=life), sizes=ready.prepared.unpacked)
    if clock is None or life is None:
        return Bandwidth(life, clock)
    known = [boot.name for boot in clock.boots if boot.tier > 1 and boot.ready_max_s is not None]
    pulls = site_pulls(site, place(site, study.declarations, study.inventory), study.inventory, ready.prepared.unpacked)
    cache = cache_kind(life.cache)
    return Bandwidth(life, clock, tuple(boot_course(site, pulls, wire.content_bytes, name, cache) for name in known))


def nights_needed(
    life: Life, site: Site, window: tuple[int, int], rate_bps: int | None = None
) -> tuple[NightsNeeded, ...]:
    """Tell how many daily windows each event takes that carries anything over the internet, by topology.

    `window` is the first second of the day in which the link may be filled and the first in which it may not; `rate_bps` what
    may be taken of it then, None for all.
    """
    line, scenario = line_of(site), Scenario(window=window, window_bps=rate_bps)
    found: dict[str, list[tuple[str, int, int | None]]] = {}
    for each in life.events:
        nights = nights_of(each.wan_bytes, scenario, line)
        found.setdefault(each.event, []).append((each.topology, each.wan_bytes, nights))
    return tuple(NightsNeeded(event, tuple(ways)) for event, ways in found.items() if any(size for _, size, _ in ways))


def _life(site: Site, ready: Ready, facts: PlanFacts) -> Life | None:
    """Tell the site's life; where the site file that a scenario's mistake stands in is gone, without its scenario."""
    try:
        return life_in(site, ready, facts)
    except InputError as error:
        life = life_in(replace(site, scenario=None), ready, facts)
        return None if life is None else replace(life, why=error.message)


def _kept(study: Study, base: Base | None) -> tuple[Site, Ready] | None:
    """Tell the site of a study and what it was resolved to, where a base keeps that; the site's path is the file's own."""
    if base is None:
        return None
    named = _named(study.inventory)
    found = (ready for ready in reversed(tuple(base.known.values())) if _named(ready.prepared.inventory) == named)
    ready = next(found, None)
    return None if ready is None else (replace(study.plan.site, file=base.file), ready)


def _named(inventory: Inventory) -> list[tuple[str, str]]:
    return [(str(entry.reference), str(entry.digest)) for entry in inventory.entries]


def _ready(study: Study) -> Ready:
    mapping = read_mapping("host", study.declarations)
    return Ready((Inputs(study.declarations),), Prepared(study.declarations, study.inventory), mapping)
