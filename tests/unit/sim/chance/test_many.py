"""Many lives come to the same whoever draws them in whatever order, and the more the closer."""

from __future__ import annotations

import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import pytest

from regplan.errors import InvalidSite
from regplan.model.site import Scenario
from regplan.sim.carried.life import Terms
from regplan.sim.chance.closed import Boot
from regplan.sim.chance.draws import LIVES, Chances, Varied
from regplan.sim.chance.intervals import mean_interval, ratio_interval
from regplan.sim.chance.many import Drawn, Subject, lives_of, run_block
from regplan.sim.pulls import HostPulls, Pulls
from unit.sim.carried.test_year import two_hosts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

pytest.importorskip("numpy")

SCENARIO = Scenario(reimages_per_node_year=1, upgrades_per_year=2, internet_outages_per_year=3)
PULLS = Pulls((HostPulls("a", 1_015, 0), HostPulls("b", 1_015, 0)), 1_015)
CHANCES = Chances(SCENARIO, 2, internet=Varied(spread=0.5))
SUBJECT = Subject(two_hosts(), Terms(2), CHANCES, boot=Boot(PULLS, 8_000, 80_000))


def out_of_order(run: Callable[[int], Drawn], blocks: Sequence[int]) -> Iterator[Drawn]:
    mixed = list(blocks)
    random.Random(1).shuffle(mixed)
    return map(run, mixed)


def test_blocks_done_in_any_order_come_to_the_same_bit_for_bit() -> None:
    parts = [run_block(SUBJECT, 4, block) for block in range(5)]
    mixed = [parts[place] for place in (3, 0, 4, 2, 1)]

    assert reduce(add, mixed) == reduce(add, parts) == parts[0] + (parts[1] + parts[2]) + (parts[3] + parts[4])
    assert lives_of(SUBJECT, 4, 150, out_of_order) == lives_of(SUBJECT, 4, 150)


def test_two_processes_come_to_the_same_as_one() -> None:
    with ProcessPoolExecutor(2) as pool:
        assert lives_of(SUBJECT, 4, 100, pool.map) == lives_of(SUBJECT, 4, 100)


def test_a_block_counts_once_and_seeds_are_not_mixed() -> None:
    part = run_block(SUBJECT, 4, 0)

    for other in (part, run_block(SUBJECT, 5, 1)):
        with pytest.raises(ValueError, match="cannot be added"):
            part + other


def test_draws_end_at_the_most_or_when_two_per_cent_are_known() -> None:
    # Forty failures of each host a year vary by a ninth.
    steady = Subject(SUBJECT.images, Terms(2), Chances(Scenario(reimages_per_node_year=40), 2))
    few, many = lives_of(SUBJECT, 4, 60), lives_of(steady, 4, 10_000)
    direct = many.way("direct")

    # As many as were asked for, the first ones of those that more would have been.
    assert (few.blocks, few.count) == ((0, 1), 60)
    assert few == run_block(SUBJECT, 4, 0) + run_block(SUBJECT, 4, 1, 60)
    assert lives_of(SUBJECT, 4, 1).count == 1
    assert not few.is_enough()
    assert 2 < len(many.blocks) < 10_000 / LIVES
    # It is asked after 2, 4, 8 blocks and so on, and not when some worker happens to be done.
    assert len(many.blocks).bit_count() == 1
    assert mean_interval(direct.wan).is_enough(0.02)
    assert all(ratio_interval(way.beside).half <= 0.02 for _, way in many.ways)


def test_savings_are_those_of_each_life_and_closer_than_the_bytes_by_themselves() -> None:
    found = reduce(add, (run_block(SUBJECT, 4, block) for block in range(4)))
    primary, direct = found.way("primary"), found.way("direct")

    assert primary.saved.total == direct.wan.total - primary.wan.total
    assert sum(month.total for month in primary.months) == primary.wan.total
    apart = mean_interval(direct.wan).half + mean_interval(primary.wan).half
    assert mean_interval(primary.saved).half < 0.8 * apart
    assert direct.saved.total == 0
    # Each host of each of 200 lives: 2030 bytes at 1000 bytes a second, more or less.
    ready = dict(found.ready)
    assert (ready["direct"].hosts_ms.count, ready["direct"].last_ms.count) == (400, 200)
    assert ready["direct"].last_ms.percentile(0.5) == pytest.approx(2_030, rel=0.15)
    assert ready["primary"].last_ms.mean < ready["direct"].last_ms.mean


def test_a_site_that_pulls_nothing_is_known_at_once() -> None:
    idle = Subject(SUBJECT.images, Terms(2), Chances(Scenario(), 2))

    assert lives_of(idle, 4, 10_000).blocks == (0, 1)


def test_upgrades_of_which_nobody_told_what_they_bring_and_no_time_at_all_are_refused() -> None:
    unknown = replace(SUBJECT, images=two_hosts(upgrade=False))
    timeless = replace(SUBJECT, chances=Chances(Scenario(years=0), 2))

    with pytest.raises(InvalidSite, match="2 upgrades in 1 year, and the site names no version"):
        lives_of(unknown, 4, 100)
    with pytest.raises(InvalidSite, match=r"scenario\.years"):
        lives_of(timeless, 4, 100)
    assert lives_of(replace(unknown, delta=0.1), 4, 100).blocks == (0, 1)
