"""What a planned site's links carry, reckoned from what the plan was made from, and nights by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from regplan.model.life import CarriedEvent, Life
from regplan.model.site import Link, Site
from regplan.units import GB
from regplan.verbs.bandwidth import nights_needed, reckon_bandwidth
from regplan.verbs.demo import demo_options, demo_site
from regplan.verbs.drafting import open_base
from regplan.verbs.sites import read_site
from regplan.verbs.study import study_site


@pytest.mark.slow
@pytest.mark.anyio
async def test_what_is_reckoned_afterwards_is_what_a_plan_with_its_life_tells() -> None:
    study, base = await open_base(demo_site(), demo_options())
    whole = await study_site(read_site(demo_site()), replace(demo_options(), life=True))
    assert whole.life is not None

    found = reckon_bandwidth(study, base)

    assert (found.life, found.clock) == (whole.life, whole.clock)
    assert found.clock is not None
    assert [course.ends_s for course in found.courses] == [boot.ready_max_s for boot in found.clock.boots]
    changed = replace(study.plan.site, internet_link=Link(40_000_000))
    faster = reckon_bandwidth(replace(study, plan=replace(study.plan, site=changed)), base).clock
    assert faster is not None
    assert (faster.boots[0].ready_max_s or 0) < (found.clock.boots[0].ready_max_s or 0)
    alone = reckon_bandwidth(study).life
    assert alone is not None
    assert {each.event for each in alone.events} == {each.event for each in whole.life.events} - {
        "upgrade",
        "upgrade-full",
    }


def test_nights_are_bytes_on_the_wire_over_what_a_window_holds_rounded_up() -> None:
    def event(name: str, topology: str, wan_bytes: int) -> CarriedEvent:
        return CarriedEvent(name, topology, wan_bytes, 0, 0, wan_bytes, wan_bytes)

    events = (event("bootstrap", "direct", 90 * GB), event("bootstrap", "bundle", 0), event("reboot", "direct", 0))
    site, life = Site("store", internet_link=Link(20_000_000)), Life(3, "zot", "none", events, (), None)
    night = (22 * 3600, 5 * 3600)

    (whole,) = nights_needed(life, site, night)
    (half,) = nights_needed(life, site, night, 10_000_000)
    (more,) = nights_needed(life, site, night, 90_000_000)
    (unknown,) = nights_needed(life, replace(site, internet_link=None), night)

    # 90 GB are 745.92 Gbit on the wire (1.036); 7 h at 20 Mbit/s carry 504 Gbit, at 10 Mbit/s 252 Gbit.
    assert whole.ways == (("direct", 90 * GB, 2), ("bundle", 0, 0))
    assert half.ways[0] == ("direct", 90 * GB, 3)
    assert more == whole
    assert unknown.ways[0] == ("direct", 90 * GB, None)
