"""Tier 0: every cell of events and topologies against an independent ledger, and what holds of all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from independent.carried import Ledger
from regplan.sim.carried.carry import carry, carry_all
from regplan.sim.carried.events import (
    Bootstrap,
    ImageGC,
    NodeAdd,
    Reboot,
    RegistryOutage,
    Reimage,
    Reschedule,
    Upgrade,
    WanOutage,
)
from regplan.sim.carried.topology import Direct, PeerToPeer, Primary, PullThrough
from unit.sim.carried.drawn import NAMES, next_of, sites, state_of, topologies, topology_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.sim.carried.events import Event
    from regplan.sim.carried.state import Carried

pytestmark = pytest.mark.property

some_images = st.lists(st.sampled_from(NAMES), max_size=3, unique=True)
# What happens to the first host of a site, or to all of it.
kinds = st.lists(st.sampled_from(["join", "wipe", "move", "upgrade", "sweep", "reboot"]), max_size=4)


def paid(carried: Carried) -> tuple[int, int, int]:
    return carried.wan_bytes, carried.lan_bytes, carried.media_bytes


def known(site: Mapping[str, Any], images: list[str]) -> list[str]:
    """Leave those that the registry was seeded with at first: no registry serves what it never got."""
    return [image for image in images if image in site["content"]]


def happen(site: dict[str, Any], kind: str, images: list[str], number: int) -> Event:
    first = next(iter(site["hosts"]))
    images = known(site, images)
    match kind:
        case "join":
            return NodeAdd(f"new-{number}", frozenset(images))
        case "wipe":
            return Reimage(first)
        case "move":
            return Reschedule(first, frozenset(images))
        case "upgrade":
            return Upgrade(next_of(site))
        case "sweep":
            return ImageGC(first)
    return Reboot(first)


def happened(ledger: Ledger, kind: str, images: list[str], number: int) -> tuple[int, int, int]:
    first = next(iter(ledger.site["hosts"]))
    images = known(ledger.first_site, images)
    match kind:
        case "join":
            return ledger.join(f"new-{number}", images)
        case "wipe":
            return ledger.wipe(first)
        case "move":
            return ledger.move(first, images)
        case "upgrade":
            paid_for = ledger.upgrade()
            ledger.site = {**ledger.site, "content": ledger.site["next"]["content"]}
            return paid_for
        case "sweep":
            return ledger.sweep(first)
    return (0, 0, 0)


@given(sites(), topologies, kinds, some_images)
def test_every_event_carries_what_the_table_says(
    site: dict[str, Any], told: tuple[Any, ...], events: list[str], images: list[str]
) -> None:
    ledger, topology = Ledger(site, told), topology_of(told)
    state, carried = carry(state_of(site), Bootstrap(), topology)

    assert paid(carried) == ledger.bootstrap()
    for number, kind in enumerate(events):
        state, carried = carry(state, happen(site, kind, images, number), topology)
        assert paid(carried) == happened(ledger, kind, images, number), kind


@given(sites(), topologies, kinds, some_images)
def test_what_hosts_get_is_what_they_lacked(
    site: dict[str, Any], told: tuple[Any, ...], events: list[str], images: list[str]
) -> None:
    topology, state = topology_of(told), state_of(site)
    for number, event in enumerate(["bootstrap", *events]):
        first = Bootstrap() if event == "bootstrap" else happen(site, event, images, number)
        before, (state, carried) = state, carry(state, first, topology)
        assert not any(state.lacking(host) for host in state.hosts)
        held = before.hosts if event not in {"wipe", "sweep"} else {}
        for host, size in carried.delivered:
            gained = state.hosts[host].blobs - (held[host].blobs if host in held else frozenset())
            assert size == sum(site["sizes"][piece] for piece in gained)
        if isinstance(topology, Direct):
            assert carried.wan_bytes == carried.delivered_bytes
        if isinstance(topology, Primary):
            assert carried.wan_bytes + carried.media_bytes + carried.lan_bytes - carried.seeded_bytes == (
                carried.delivered_bytes
            )


@given(sites())
def test_a_seeded_site_never_pulls_more_than_a_direct_one_but_for_what_no_host_runs(site: dict[str, Any]) -> None:
    state = state_of(site)
    _, direct = carry(state, Bootstrap(), Direct())
    _, primary = carry(state, Bootstrap(), Primary())
    pieces = state.library.blobs(site["content"])
    served = frozenset[object]()
    for images in site["hosts"].values():
        served |= state.library.blobs(images) - state.library.blobs(set(images) & set(site["early"]))

    assert primary.wan_bytes - direct.wan_bytes <= state.library.size(pieces - served)


@given(sites(), topologies, st.randoms(use_true_random=False))
def test_the_order_of_hosts_does_not_matter(site: dict[str, Any], told: tuple[Any, ...], random: Any) -> None:
    names = list(site["hosts"])
    random.shuffle(names)
    shuffled = {**site, "hosts": {name: site["hosts"][name] for name in names}}
    topology = topology_of(told)
    events: list[Event] = [Bootstrap(), Upgrade(next_of(site))]

    assert carry_all(state_of(shuffled), events, topology)[1] == carry_all(state_of(site), events, topology)[1]


@given(sites(), topologies, kinds, some_images)
def test_an_outage_delays_and_nothing_is_lost(
    site: dict[str, Any], told: tuple[Any, ...], events: list[str], images: list[str]
) -> None:
    topology = topology_of(told)
    state, _ = carry(state_of(site), Bootstrap(), topology)
    happening = tuple(happen(site, kind, images, number) for number, kind in enumerate(events))

    _, calm = carry_all(state, happening, topology)
    for outage in (WanOutage(happening), RegistryOutage(happening)):
        after, cut = carry(state, outage, topology)
        assert not any(after.lacking(host) for host in after.hosts)
        # What a host lost again before it was back was never pulled.
        assert cut.delivered_bytes <= calm.delivered_bytes
        if len(happening) == 1:
            assert cut.delivered == calm.delivered


@given(sites(), topologies)
def test_a_layer_that_grows_by_a_byte_shows_wherever_it_is_carried(site: dict[str, Any], told: tuple[Any, ...]) -> None:
    topology = topology_of(told)
    if isinstance(topology, PeerToPeer):
        # A share of one byte may round to nothing.
        topology = replace(topology, extra=0.0)
    piece = f"manifest of {NAMES[0]}"
    grown = {**site, "sizes": {**site["sizes"], piece: site["sizes"][piece] + 1}}
    before, after = (carry(state_of(each), Bootstrap(), topology)[1] for each in (site, grown))
    pulled = sum(NAMES[0] in images for images in site["hosts"].values())

    assert after.delivered_bytes - before.delivered_bytes == pulled
    moved = sum(paid(after)) - sum(paid(before))
    assert (moved > 0) == (pulled > 0 or (isinstance(topology, Primary) and NAMES[0] in site["content"]))


@given(sites(), st.sampled_from(["distribution", "harbor"]), st.integers(1, 5))
def test_more_hosts_that_ask_at_once_never_cost_a_cache_less(site: dict[str, Any], kind: Any, asking: int) -> None:
    fewer, more = (carry(state_of(site), Bootstrap(), PullThrough(kind, each))[1] for each in (asking, asking + 1))

    assert fewer.wan_bytes <= more.wan_bytes
    assert fewer.lan_bytes == more.lan_bytes
