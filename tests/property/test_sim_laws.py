"""Laws of placement, internet bytes and transfer times."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.model.image import Inventory
from regplan.model.profile import Declarations, Spread
from regplan.model.site import Assumptions, Link, Site
from regplan.plan.sharing import measure_layers
from regplan.sim.carried.carry import carry
from regplan.sim.carried.events import Bootstrap
from regplan.sim.carried.of_site import Release, SiteImages
from regplan.sim.carried.state import State
from regplan.sim.carried.topology import Direct, Primary
from regplan.sim.link import finish_times, percentile
from regplan.sim.placement import place
from regplan.sim.pulls import Content
from regplan.sim.simulate import simulate
from regplan.sim.wire import bootstrap_wire
from unit.plan.builders import declarations, host, site, use, workload
from unit.plan.sets import entries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from hypothesis.strategies import DrawFn

    from regplan.model.wire import Wire

pytestmark = pytest.mark.property

PACKS = [("shop", "addon"), ("cni", "cni"), ("zot", "addon"), ("registry-connect", "addon"), ("byoi", "os")]
Case = tuple[Site, Declarations, Inventory]


@st.composite
def cases(draw: DrawFn, archs: Sequence[str] = ("amd64", "arm64")) -> Case:
    """Draw a site, what it runs, and its images."""
    chosen = {entry.reference: entry for entry in draw(entries())}
    uses, works = [], []
    for reference in chosen:
        pack, layer = draw(st.sampled_from(PACKS))
        uses.append(use(str(reference), pack=pack, layer=layer))
        works += [
            workload(str(reference), spread, draw(st.none() | st.integers(0, 4)), pack=pack, layer=layer)
            for spread in draw(st.lists(st.sampled_from(list(Spread)), max_size=2))
        ]
    roles = draw(st.lists(st.sampled_from(["control-plane", "worker"]), max_size=4))
    machines = tuple(
        host(f"node-{number}", role=role, arch=draw(st.sampled_from(archs))) for number, role in enumerate(roles)
    )
    assumed = dataclasses.replace(Assumptions(), hosts_per_image=draw(st.integers(1, 5)))
    links = {"internet_link": Link(20_000_000), "lan_link": Link(1_000_000_000)}
    return (
        site(hosts=machines, assumptions=assumed, **links),
        declarations(*uses, workloads=tuple(works)),
        Inventory(tuple(chosen.values())),
    )


def wire(case: Case) -> Wire:
    given_site, declared, images = case
    return bootstrap_wire(given_site, place(given_site, declared, images), images)


@given(cases())
def test_the_saving_lies_in_its_range(case: Case) -> None:
    found = wire(case)

    assert found.saved_low_bytes <= found.saved_bytes <= found.saved_high_bytes
    assert found.saved_bytes == found.direct_bytes - found.primary_bytes


@given(cases(), st.integers(0, 5))
def test_images_of_unknown_placement_save_more_on_more_hosts(case: Case, count: int) -> None:
    given_site, declared, images = case
    placement = place(given_site, declared, images)
    fewer, more = (Content(images).pulls(given_site, placement, each) for each in (count, count + 1))

    assert fewer.direct_bytes <= more.direct_bytes
    assert fewer.primary_bytes == more.primary_bytes


@given(cases(archs=["amd64"]), st.sampled_from(["worker", "control-plane"]))
def test_one_more_host_of_the_same_architecture_never_lowers_what_is_pulled(case: Case, role: str) -> None:
    given_site, declared, images = case
    grown = dataclasses.replace(given_site, hosts=(*given_site.hosts, host("more", role=role)))

    before, after = wire(case), wire((grown, declared, images))

    assert before.direct_bytes <= after.direct_bytes
    assert before.primary_bytes <= after.primary_bytes


@given(cases())
def test_the_registry_takes_what_the_images_take_once(case: Case) -> None:
    given_site, declared, images = case
    placement = place(given_site, declared, images)
    pulled = tuple(entry for entry in images.entries if entry.reference not in placement.provided)
    pulls = Content(images).pulls(given_site, placement, 0)

    assert pulls.content_bytes == measure_layers(Inventory(pulled)).unique_bytes
    for each in pulls.hosts:
        assert 0 <= each.early_bytes <= each.all_bytes <= pulls.content_bytes


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_mentions_does_not_matter(case: Case, random: Random) -> None:
    given_site, declared, images = case
    uses, works, chosen = list(declared.uses), list(declared.workloads), list(images.entries)
    for each in (uses, works, chosen):
        random.shuffle(each)
    shuffled = (given_site, declarations(*uses, workloads=tuple(works)), Inventory(tuple(chosen)))

    assert wire(shuffled) == wire(case)


@given(cases())
def test_no_scenario_is_ready_before_its_links_have_carried_its_bytes(case: Case) -> None:
    given_site, declared, images = case
    direct, primary, bundle = simulate(given_site, place(given_site, declared, images), images).scenarios

    for each, lower in (
        (direct, direct.wan_bytes * 8 / 20e6),
        (primary, 0.0 if primary.lan_bytes == 0 else primary.wan_bytes * 8 / 20e6 + primary.lan_bytes * 8 / 1e9),
        (bundle, bundle.lan_bytes * 8 / 1e9),
    ):
        if given_site.hosts:
            assert each.boot_max_s is not None
            assert each.boot_max_s == pytest.approx(lower) or each.boot_max_s > lower
            assert each.boot_p50_s is not None
            assert each.boot_p95_s is not None
            assert each.boot_p50_s <= each.boot_p95_s <= each.boot_max_s


sizes = st.lists(st.integers(0, 10**12), min_size=1, max_size=20)
rates = st.integers(1000, 10**11)


@given(sizes, rates, st.none() | rates)
def test_transfers_end_no_sooner_than_alone_and_the_last_no_later_than_in_a_row(
    chosen: list[int], link_bps: int, cap_bps: int | None
) -> None:
    ends = finish_times(chosen, link_bps, cap_bps)
    fastest = link_bps if cap_bps is None else min(link_bps, cap_bps)

    for size, end in zip(chosen, ends, strict=True):
        assert end >= size * 8 / fastest * (1 - 1e-9)
    assert max(ends) >= sum(chosen) * 8 / link_bps * (1 - 1e-9)
    assert max(ends) <= sum(chosen) * 8 / fastest * (1 + 1e-9)


@given(sizes, rates, st.randoms(use_true_random=False))
def test_a_transfer_ends_by_its_size_and_not_by_its_place(chosen: list[int], link_bps: int, random: Random) -> None:
    by_size = dict(zip(chosen, finish_times(chosen, link_bps), strict=True))
    shuffled = list(chosen)
    random.shuffle(shuffled)

    for size, end in zip(shuffled, finish_times(shuffled, link_bps), strict=True):
        assert end == pytest.approx(by_size[size])


@given(sizes, rates, rates)
def test_a_faster_cap_never_ends_later(chosen: list[int], link_bps: int, cap_bps: int) -> None:
    slow, fast = finish_times(chosen, link_bps, cap_bps), finish_times(chosen, link_bps, cap_bps * 2)

    assert all(after <= before for before, after in zip(slow, fast, strict=True))


@given(st.lists(st.floats(0, 1e9), min_size=1), st.floats(0, 1))
def test_a_percentile_is_not_exceeded_by_the_share_that_it_names(values: list[float], share: float) -> None:
    found = percentile(values, share)

    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9


@given(cases(), st.integers(0, 5))
def test_the_bootstrap_of_sets_is_the_one_that_the_plan_adds_up(case: Case, unknown_on: int) -> None:
    given_site, declared, images = case
    pulls = Content(images).pulls(given_site, place(given_site, declared, images), unknown_on)
    drawn = SiteImages(given_site, [Release(declared, images)])
    begin = State.of(drawn.library, drawn.version(0, unknown_on))

    direct, primary, bundle = (carry(begin, Bootstrap(), each)[1] for each in (Direct(), Primary(), Primary("bundle")))

    assert direct.wan_bytes == pulls.direct_bytes
    assert dict(direct.delivered) == {each.name: each.all_bytes for each in pulls.hosts if each.all_bytes}
    assert (primary.wan_bytes, primary.lan_bytes) == (pulls.primary_bytes, pulls.direct_bytes - pulls.early_bytes)
    assert (bundle.lan_bytes, bundle.media_bytes) == (pulls.direct_bytes, pulls.content_bytes)
