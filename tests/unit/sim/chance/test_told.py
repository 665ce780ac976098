"""Drawn lives as faces show them: whole bytes, seconds and minutes, open ends, and what was drawn from what."""

from __future__ import annotations

import statistics
from dataclasses import replace

import pytest

from regplan.model.chance import Estimate, Spread
from regplan.model.site import Scenario
from regplan.sim.carried.life import Terms
from regplan.sim.chance.counted import Line
from regplan.sim.chance.draws import Chances, Varied
from regplan.sim.chance.many import lives_of
from regplan.sim.chance.summary import NOTHING, Summary
from regplan.sim.chance.told import chance_of, spread_of
from unit.sim.carried.test_year import SIZE
from unit.sim.chance.test_many import SUBJECT

pytest.importorskip("numpy")


def test_what_was_counted_is_told_whole_or_in_parts() -> None:
    values = [*range(1_000, 3_000, 10)]
    whole, parts = known(values), known(values, 1_000)

    assert (whole.mean.value, whole.most) == (round(statistics.fmean(values)), 2_990)
    assert repr(whole.mean.low).isdigit()
    half = 1.97196 * statistics.stdev(values) / len(values) ** 0.5
    assert parts.mean.low == pytest.approx((statistics.fmean(values) - half) / 1_000, rel=1e-6)
    assert parts.p95.value == pytest.approx(2.89, rel=0.006)
    assert spread_of(NOTHING) is None
    assert known([7]).mean == Estimate(7)


def known(values: list[int], parts: int | None = None) -> Spread:
    found = spread_of(Summary.of(values), parts)
    assert found is not None
    return found


def test_lives_are_told_way_by_way_with_what_they_were_drawn_from() -> None:
    scenario = replace(SUBJECT.chances.scenario, price_per_gb=1e6, window=(0, 3600), internet_spread=0.5)
    subject = replace(SUBJECT, chances=replace(SUBJECT.chances, scenario=scenario), line=Line(8_000, 80_000, 1.0))
    drawn = lives_of(subject, 4, 100)
    told = chance_of(drawn, subject, 100, (7, 3, 7))

    assert (told.seed, told.draws, told.most, told.workers, told.window) == (4, 100, 100, (3, 7), (0, 3600))
    assert [each.topology for each in told.ways] == ["direct", "primary", "bundle", "pull-through", "peer-to-peer"]
    direct, primary = told.way("direct"), told.way("primary")
    assert direct is not None
    assert primary is not None
    assert told.way("nothing of the kind") is None
    assert primary.saved_ratio is not None
    ratio = 1 - drawn.way("primary").wan.total / drawn.way("direct").wan.total
    assert primary.saved_ratio.value == pytest.approx(ratio)
    assert primary.saved_ratio.low < ratio < primary.saved_ratio.high  # type: ignore[operator]
    assert direct.cost is not None
    assert direct.cost.mean.value == pytest.approx(drawn.way("direct").wan.mean / 1_000)
    assert direct.boot_nights is not None
    assert direct.boot_nights.most == 1
    assert told.pays.hosts == 1
    assert told.pays.never_ratio == 0
    known = {each.key: (each.value, each.provenance) for each in told.drawn_from}
    assert known["upgrades_per_year"] == ("2", "declared")
    assert known["missing_images"] == ("0", "assumed")
    assert known["internet_spread"] == ("0.5", "declared")


def test_what_nobody_can_tell_is_none() -> None:
    idle = replace(SUBJECT, chances=Chances(Scenario(), 1, internet=Varied()), terms=Terms(1), boot=None)
    told = chance_of(lives_of(idle, 1, 1), idle, 1)
    direct = told.way("direct")

    assert direct is not None
    assert (direct.ready_s, direct.peak_bps, direct.cost, direct.boot_nights) == (None,) * 4
    assert direct.wan_bytes.mean == Estimate(2 * SIZE)
    assert direct.saved_ratio == Estimate(0.0)
