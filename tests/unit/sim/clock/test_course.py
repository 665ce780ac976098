"""The course of a bootstrap: the same times as the clock tells, host by host and image by image."""

from __future__ import annotations

import pytest

from regplan.sim.clock.booting import boot_clock
from regplan.sim.clock.course import boot_course
from unit.sim.clock.drawn import MB
from unit.sim.clock.test_booting import linked, pulls


def test_a_seeded_registry_is_seeded_after_what_runs_before_it_and_serves_what_is_left() -> None:
    course = boot_course(linked(), pulls(4 * MB, 6 * MB, early=2 * MB), 12 * MB, "primary")

    # 2 x 2 MB over 1 MB/s, then 12 MB to seed, then 2 x 10 MB over 10 MB/s.
    early = [(bar.host, bar.image, bar.source, bar.begin_s) for bar in course.bars[:2]]
    seeding, rest = course.bars[2], course.bars[3:]
    assert early == [("node-1", "cni", "internet", 0.0), ("node-2", "cni", "internet", 0.0)]
    assert [bar.end_s for bar in course.bars[:2]] == pytest.approx([4, 4])
    assert (seeding.host, seeding.image, seeding.source) == ("registry", "", "seeding")
    assert (seeding.begin_s, seeding.end_s) == pytest.approx((4, 16))
    assert [(bar.host, bar.image) for bar in rest] == [
        (host, image) for host in ("node-1", "node-2") for image in ("app-0", "app-1")
    ]
    assert {bar.source for bar in rest} == {"registry"}
    assert all(bar.begin_s == pytest.approx(16) for bar in rest)
    assert course.ends_s == pytest.approx(18)


@pytest.mark.parametrize("way", ["direct", "primary", "bundle", "pull-through", "peer-to-peer"])
@pytest.mark.parametrize("cache", ["distribution", "zot"])
def test_a_course_ends_when_the_clock_says_that_the_last_host_is_ready(way: str, cache: str) -> None:
    site, given = linked(internet_s=0.06), pulls(4 * MB, 6 * MB, early=2 * MB, count=3)
    clock = boot_clock(site, given, 12 * MB, 2, cache)

    course = boot_course(site, given, 12 * MB, way, cache)

    assert course.ends_s == next(boot.ready_max_s for boot in clock.boots if boot.name == way)
    assert all(bar.fetched_s is not None and bar.begin_s <= bar.fetched_s <= (bar.end_s or 0) for bar in course.bars)
