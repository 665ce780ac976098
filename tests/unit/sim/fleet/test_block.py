"""Blocks of sites come to the same bits in any order and after they were written down, and tell what numpy says of all values."""

from __future__ import annotations

import json
import os
import pickle
import random
import subprocess
import sys
from dataclasses import replace
from functools import cache, reduce
from math import ceil
from operator import add
from typing import TYPE_CHECKING

import pytest

from regplan.errors import InputError
from regplan.model.site import Scenario
from regplan.sim.carried.life import Terms
from regplan.sim.chance.closed import Boot
from regplan.sim.chance.draws import Varied
from regplan.sim.fleet.block import BlockYears, run_block, together
from regplan.sim.fleet.document import FORMAT, read_years, stamp_of, written_years
from regplan.sim.fleet.events import drawn_events
from regplan.sim.fleet.exact import cut, products, totals
from regplan.sim.fleet.prices import prices_of
from regplan.sim.fleet.ready import last_ready_ms
from regplan.sim.fleet.subject import Block, Spec, Subject
from regplan.sim.fleet.tables import Tables
from regplan.sim.fleet.years import years_of
from regplan.sim.pulls import HostPulls, Pulls
from unit.sim.carried.test_year import two_hosts

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.sim.carried.topology import CacheKind

np = pytest.importorskip("numpy")

SCENARIO = Scenario(node_adds=1, reimages_per_node_year=2, upgrades_per_year=1, reschedules_per_year=3)
PULLS = Pulls((HostPulls("a", 1_015, 15), HostPulls("b", 1_015, 15)), 1_015)
SPEC = Spec(5, 400)


@cache
def blocks() -> tuple[Block, ...]:
    prices = prices_of(two_hosts(), Terms(2), SCENARIO)
    sites = [
        Subject(
            line, f"store-{line}", 1.0, 2 + line % 3, 1.0, 3.0, prices, _boot(line), _line(line), Varied(spread=0.4)
        )
        for line in range(2, 12)
    ]
    return tuple(Block(number, tuple(sites[4 * number : 4 * number + 4])) for number in range(3))


def _boot(line: int) -> Boot | None:
    return None if line % 5 == 0 else Boot(PULLS, 8_000 * line, 80_000)


def _line(line: int) -> int | None:
    return None if line % 5 == 0 else 8_300 * line


@cache
def parts() -> tuple[BlockYears, ...]:
    return tuple(run_block(block, SPEC) for block in blocks())


def test_blocks_in_any_order_and_nesting_come_to_the_same_bit_for_bit() -> None:
    one, two, three = parts()

    assert three + (one + two) == one + two + three == (two + one) + three
    whole = run_block(Block(0, tuple(each for block in blocks() for each in block.subjects)), SPEC)
    assert together([three, one, two], SPEC) == replace(together([whole], SPEC), blocks=3)
    assert run_block(pickle.loads(pickle.dumps(blocks()[1])), SPEC) == two  # noqa: S301
    assert pickle.loads(pickle.dumps(two + one)) == one + two  # noqa: S301
    with pytest.raises(ValueError, match="a block counts once"):
        one + one


def test_what_is_told_of_a_site_is_what_numpy_says_of_all_its_years() -> None:
    subject = blocks()[1].subjects[0]
    wan = years_of([drawn_events(subject, SPEC)], Tables(subject.prices)).wan.astype(float)
    told = together(parts()[1:2], SPEC).sites[0]
    direct, primary = wan[0], wan[1]
    saved = direct - primary

    assert (told.line, told.name) == (subject.line, subject.name)
    assert told.way("direct").wan_mean.value == pytest.approx(direct.mean(), rel=1e-12)
    way = told.way("primary")
    half = 1.9659 * saved.std(ddof=1) / 20  # Student's t for 399 degrees of freedom
    assert way.saved_mean.value == pytest.approx(saved.mean(), rel=1e-12)
    assert (way.saved_mean.low, way.saved_mean.high) == pytest.approx(
        (saved.mean() - half, saved.mean() + half), rel=1e-4
    )
    assert way.saved_p95.value == np.sort(saved)[379]
    assert way.saved_p05.value == np.sort(saved)[19]
    assert (way.wan_most, way.wan_p95.value) == (primary.max(), np.sort(primary)[379])
    ratio = primary.mean() / direct.mean()
    assert way.saved_ratio is not None
    assert way.saved_ratio.value == pytest.approx(1 - ratio, rel=1e-12)
    spread = (primary - ratio * direct).std(ddof=1) / direct.mean() / 20
    ends = (1 - ratio - 1.9659 * spread, 1 - ratio + 1.9659 * spread)
    assert (way.saved_ratio.low, way.saved_ratio.high) == pytest.approx(ends, rel=1e-4)
    # Paired: narrower than what each varies by.
    assert half < 1.9659 * np.hypot(direct.std(), primary.std()) / 20


def test_all_sites_together_are_added_up_draw_by_draw() -> None:
    found = together(parts(), SPEC)
    subjects = [each for block in blocks() for each in block.subjects]
    drawn = [drawn_events(each, SPEC) for each in subjects]
    years = [years_of([events], Tables(each.prices)) for each, events in zip(subjects, drawn, strict=True)]
    wan, release = (sum(getattr(each, key) for each in years) for key in ("wan", "release"))
    lines = sum(each.line_bps * events.internet for each, events in zip(subjects, drawn, strict=True) if each.boot)

    assert [each.name for each in found.sites] == [each.name for each in subjects]
    assert found.ways[0].wan_most == wan[0].max()
    assert found.ways[1].saved_mean.value == pytest.approx((wan[0] - wan[1]).mean(), rel=1e-12)
    assert [each.release_most for each in found.ways[:2]] == [release[0].max(), release[1].max()]
    assert release[0].max() > release[1].max() > 0
    assert found.ways[2].release_most is None  # a bundle brings it
    assert found.peak_p95_bps is not None
    assert found.peak_p95_bps.value == pytest.approx(np.sort(lines)[379], abs=10)


def test_when_sites_are_ready_is_told_of_all_draws_of_all_sites_by_what_numpy_sorts() -> None:
    found = together(parts(), SPEC)
    subjects = [each for block in blocks() for each in block.subjects]
    boots = [(each.boot, drawn_events(each, SPEC)) for each in subjects if each.boot is not None]
    for place, way in enumerate(found.ways):
        every = [
            np.broadcast_to(last_ready_ms([(boot, events.internet, events.unpacking)])[0][way.topology], SPEC.draws)
            for boot, events in boots
        ]
        pooled = np.sort(np.concatenate(every))
        assert way.ready_most_ms == pooled[-1]
        for told, share in ((way.ready_p50_ms, 0.5), (way.ready_p95_ms, 0.95)):
            assert told is not None
            rank = ceil(len(pooled) * share)
            assert told.value == pytest.approx(pooled[rank - 1], rel=0.006, abs=1)
            assert told.low is not None
            assert told.high is not None
            assert told.low <= told.value <= told.high
        site = found.sites[0].ways[place]
        assert (site.ready_most_ms, site.ready_p95_ms and site.ready_p95_ms.value) == (
            every[0].max(), np.sort(every[0])[379],
        )  # fmt: skip
    # By bundle nothing varies, so that sites have one time each.
    assert found.ways[2].ready_most_ms is not None
    lineless = together([run_block(Block(0, (replace(subjects[0], boot=None),)), SPEC)], SPEC)
    assert (lineless.ways[0].ready_p50_ms, lineless.ways[0].ready_most_ms) == (None, None)


def test_one_draw_tells_no_interval_and_a_site_without_lines_no_time() -> None:
    alone, few = (together([run_block(blocks()[0], Spec(5, draws))], Spec(5, draws)).sites for draws in (1, 3))

    assert (alone[0].way("direct").wan_mean.low, alone[0].way("direct").wan_mean.high) != (None, None)
    assert few[0].way("direct").wan_p95.high is None
    assert alone[3].way("direct").ready_p95_ms is None
    assert alone[0].way("direct").ready_p95_ms is not None


def test_what_was_written_is_read_back_bit_for_bit_and_says_whose_it_is() -> None:
    stamp = stamp_of(blocks()[1], SPEC)
    text = written_years(parts()[1], stamp, 4_711)

    assert read_years(text, "block-1.json", stamp) == parts()[1]
    assert json.loads(text)["worker"] == 4_711
    assert reduce(add, [parts()[0], read_years(text, "block-1.json", stamp), parts()[2]]) == reduce(add, parts())
    assert stamp == stamp_of(pickle.loads(pickle.dumps(blocks()[1])), SPEC)  # noqa: S301


def _changed(**keys: object) -> Callable[[str], str]:
    return lambda text: json.dumps({**json.loads(text), **keys})


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda text: text[: len(text) // 2], "is damaged"),
        (lambda _: "", "is damaged"),
        (lambda _: "[]", "holds no drawn years of a fleet"),
        (_changed(kind="plan"), "holds no drawn years of a fleet"),
        (_changed(schema_version=FORMAT + 1), f"is of version {FORMAT + 1}, and {FORMAT} is expected"),
        (_changed(seed=6), "is of seed 6"),
        (_changed(draws=5), "is of draws 5"),
        (_changed(block=2), "is of block 2"),
        (_changed(inputs_digest="sha256:0"), "is of other sites or other numbers of theirs"),
        (_changed(years={}), "is damaged: its content is not what its digest says"),
    ],
    ids=("half", "empty", "list", "kind", "version", "seed", "draws", "block", "sites", "years"),
)
def test_a_file_that_is_damaged_or_of_something_else_is_told_by_its_name(harm: Callable[[str], str], told: str) -> None:
    stamp = stamp_of(blocks()[1], SPEC)
    text = harm(written_years(parts()[1], stamp, 1))

    with pytest.raises(InputError, match=rf"^folder/block-1\.json: {told}"):
        read_years(text, "folder/block-1.json", stamp)


def test_a_single_digit_that_was_changed_is_noticed() -> None:
    stamp = stamp_of(blocks()[1], SPEC)
    text = written_years(parts()[1], stamp, 1)
    digits = [place for place, letter in enumerate(text) if letter.isdigit() and place > text.index('"years":')]

    for place in random.Random(2).sample(digits, 40):
        other = "7" if text[place] != "7" else "8"
        with pytest.raises(InputError, match=r"^b\.json: is damaged"):
            read_years(text[:place] + other + text[place + 1 :], "b.json", stamp)


def test_any_other_number_of_a_site_is_another_stamp() -> None:
    block = blocks()[0]
    first, *rest = block.subjects
    others = [
        replace(first, name="other"),
        replace(first, failures_per_year=2.5),
        replace(first, internet=Varied(spread=0.41)),
        replace(first, prices=prices_of(two_hosts(), Terms(2), replace(SCENARIO, node_adds=2))),
        replace(first, boot=Boot(PULLS, 1, 1)),
        replace(first, boot=Boot(PULLS, 1, 1, cache="zot")),
        replace(first, is_low=True),
    ]

    stamps = {stamp_of(Block(0, (each, *rest)), SPEC).inputs_digest for each in (first, *others)}
    assert len(stamps) == len(others) + 1


def test_the_stamp_of_a_site_whose_registry_lacks_images_is_the_same_in_every_run() -> None:
    told = """
from regplan.model.site import Scenario
from regplan.sim.carried.life import Terms
from regplan.sim.fleet.document import stamp_of
from regplan.sim.fleet.prices import prices_of
from regplan.sim.fleet.subject import Block, Spec, Subject
from unit.sim.carried.test_life import demo_images
scenario = Scenario(reimages_per_node_year=1, reschedules_per_year=12, upgrades_per_year=1, missing=0.1)
prices = prices_of(demo_images("site.yaml"), Terms(3, fallback="agent"), scenario)
print(stamp_of(Block(0, (Subject(2, "store", 1, 1, 1, 12, prices),)), Spec(1, 1)).inputs_digest)
"""
    runs = [
        subprocess.run(
            [sys.executable, "-c", told],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0].startswith("sha256:")
    assert runs[0] == runs[1]


@pytest.mark.parametrize("count", [1, 2, 9_000])
@pytest.mark.parametrize("scale", [0, 10, 10**9, 2**46, 10**15, 2**62])
def test_sums_and_products_are_exact_whatever_the_size_and_number(scale: int, count: int) -> None:
    rng = random.Random(scale)
    rows = [[rng.choice([-scale, scale, rng.randint(-scale, scale)]) for _ in range(count)] for _ in range(4)]

    stacks = np.array(rows, dtype=np.int64).reshape(2, 2, count)
    assert totals(cut(stacks)) == [sum(row) for row in rows]
    assert products(cut(stacks), cut(stacks)) == [sum(a * a for a in row) for row in rows]
    beside_first = products(cut(stacks), cut(stacks[:, :1]))
    assert beside_first == [
        sum(a * b for a, b in zip(row, first, strict=True))
        for row, first in zip(rows, (rows[0], rows[0], rows[2], rows[2]), strict=True)
    ]


def test_a_fleet_that_carries_more_than_64_bits_can_add_up_has_its_mean() -> None:
    direct = tuple(range(10**16, 10**16 + 8_000))
    none = ((0,) * len(direct),) * 5
    block = replace(parts()[0], wan=(direct, *none[1:]), release=none, lines_bps=())

    assert sum(direct) > 2**63
    assert together([block], Spec(5, len(direct))).ways[0].wan_mean.value == sum(direct) / len(direct)


@pytest.mark.parametrize("draws", [1, 7, 400, 6_000])
def test_sites_that_are_drawn_beside_each_other_come_to_what_each_comes_to_alone(draws: int) -> None:
    spec = Spec(9, draws)
    lacking = replace(SCENARIO, missing=0.3, registry_outages_per_year=90, registry_outage_s=86_400)
    told: list[tuple[CacheKind, Scenario]] = [
        ("zot", SCENARIO), ("harbor", replace(SCENARIO, node_adds=3)), ("zot", lacking),
    ]  # fmt: skip
    kinds = [prices_of(two_hosts(), Terms(2, cache=cache, fallback="agent"), scenario) for cache, scenario in told]
    rng = random.Random(draws)
    sites = [
        replace(
            blocks()[line % 3].subjects[line % 2],
            line=line,
            name=f"site-{line}",
            prices=rng.choice(kinds),
            boot=_boot(line),
            line_bps=_line(line),
            internet=rng.choice([Varied(), Varied((0.5, 2.0), 0.3)]),
        )
        for line in range(1, 20)
    ]

    found = run_block(Block(0, tuple(sites)), spec)
    alone = [run_block(Block(number, (each,)), spec) for number, each in enumerate(sites)]
    assert together([found], spec).sites == tuple(together([each], spec).sites[0] for each in alone)
    assert replace(reduce(add, alone), blocks=(0,), sites=found.sites) == found
