"""Each event under each topology, on numbers that a reader can follow: two apps on one base, three hosts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from regplan.errors import InputError
from regplan.sim.carried.carry import carry, carry_all
from regplan.sim.carried.events import (
    Bootstrap,
    DiskFull,
    ImageGC,
    NodeAdd,
    Reboot,
    RegistryOutage,
    Reimage,
    Reschedule,
    Upgrade,
    WanOutage,
)
from regplan.sim.carried.state import Carried, CarriedImage, Library, State, Version
from regplan.sim.carried.topology import AgentFallback, Direct, HostsToml, PeerToPeer, Primary, PullThrough

if TYPE_CHECKING:
    from regplan.sim.carried.events import Event
    from regplan.sim.carried.topology import CacheKind, Topology

SIZES = {
    "base": 1_000,
    "cni": 50,
    "web": 300,
    "till": 70,
    "web-arm": 310,
    "base-arm": 1_100,
    "till-2": 80,
    "huge": 9_000,
}
LIBRARY = Library(
    {
        "cni": CarriedImage(frozenset({"cni"})),
        "web": CarriedImage(frozenset({"base", "web"}), frozenset({"base-arm", "web-arm"})),
        "till": CarriedImage(frozenset({"base", "till"}), None),
        "till:2": CarriedImage(frozenset({"base", "till-2"})),
        "huge": CarriedImage(frozenset({"huge"})),
    },
    SIZES,
)
EVERYWHERE = frozenset({"cni"})
VERSION = Version(
    (
        ("node-1", EVERYWHERE | {"web", "till"}),
        ("node-2", EVERYWHERE | {"web"}),
        ("node-3", EVERYWHERE),
    ),
    ("cni", "web", "till"),
    early=EVERYWHERE,
)
NEXT = replace(
    VERSION,
    runs=(("node-1", EVERYWHERE | {"web", "till:2"}), ("node-2", EVERYWHERE | {"web"}), ("node-3", EVERYWHERE)),
    content=("cni", "web", "till:2"),
)
EMPTY = State.of(LIBRARY, VERSION)


def bytes_of(carried: Carried) -> tuple[int, int, int]:
    return carried.wan_bytes, carried.lan_bytes, carried.media_bytes


def up(topology: Topology) -> State:
    return carry(EMPTY, Bootstrap(), topology)[0]


@pytest.mark.parametrize(
    ("topology", "expected"),
    [
        (Direct(), (1_420 + 1_350 + 50, 0, 0)),
        (Primary(), (1_420 + 3 * 50, 1_370 + 1_300, 0)),
        (Primary("bundle"), (0, 1_420 + 1_350 + 50, 1_420)),
        # Two hosts ask for base and web at once, one for till.
        (PullThrough("distribution"), (150 + 2 * 1_300 + 70, 1_370 + 1_300, 0)),
        (PullThrough("distribution", asking=1), (150 + 1_370, 1_370 + 1_300, 0)),
        (PullThrough("harbor"), (150 + 3 * 1_300 + 2 * 70, 1_370 + 1_300, 0)),
        (PullThrough("zot"), (150 + (1_300 + 1_410) + 1_070, 1_370 + 1_300, 0)),
        (PeerToPeer(), (150 + 1_370, 1_300, 0)),
        (PeerToPeer(extra=0.5), (150 + 2_055, 1_300, 0)),
        (PeerToPeer(asking=2), (150 + 2 * 1_300 + 70, 0, 0)),
    ],
    ids=str,
)
def test_a_bootstrap(topology: Topology, expected: tuple[int, int, int]) -> None:
    state, carried = carry(EMPTY, Bootstrap(), topology)

    assert bytes_of(carried) == expected
    assert carried.delivered == (("node-1", 1_420), ("node-2", 1_350), ("node-3", 50))
    assert not any(state.lacking(host) for host in state.hosts)
    assert not carried.blocked


@pytest.mark.parametrize("asking", [1, 2, 5])
def test_one_cold_image_is_fetched_by_every_kind_of_cache_as_often_as_its_source_says(asking: int) -> None:
    runs = tuple((f"node-{number}", frozenset({"web"})) for number in range(asking))
    state, size = State.of(LIBRARY, Version(runs, ("web",))), 1_300

    def fetched(topology: Topology) -> int:
        return carry(state, Bootstrap(), topology)[1].wan_bytes

    assert fetched(PullThrough("distribution")) == asking * size
    assert fetched(PullThrough("harbor")) == (asking + 1) * size
    assert fetched(PullThrough("distribution-2")) == (asking + 1) * size
    assert fetched(PullThrough("zot")) == size + 1_410
    assert fetched(Primary()) == size
    assert fetched(PeerToPeer()) == size


def test_a_cache_that_copies_whole_indexes_says_whose_other_platforms_nobody_told() -> None:
    _, carried = carry(EMPTY, Bootstrap(), PullThrough("zot"))

    assert carried.unknown == ("till",)
    assert carry(EMPTY, Bootstrap(), PullThrough("harbor"))[1].unknown == ()


# Named by their places: a set is written in another order by each worker, and pytest-xdist refuses names that differ.
@pytest.mark.parametrize(
    ("event", "topology", "expected"),
    [
        (NodeAdd("node-4", frozenset({"cni", "web"})), Direct(), (1_350, 0, 0)),
        (NodeAdd("node-4", frozenset({"cni", "web"})), Primary(), (0, 1_350, 0)),
        (NodeAdd("node-4", frozenset({"cni", "web"})), PeerToPeer(), (0, 1_350, 0)),
        # The cache never got what ran before it.
        (NodeAdd("node-4", frozenset({"cni", "web"})), PullThrough("distribution"), (50, 1_350, 0)),
        (NodeAdd("node-4", frozenset({"cni", "web"})), PullThrough("harbor"), (100, 1_350, 0)),
        (Reboot("node-1"), Direct(), (0, 0, 0)),
        (Reboot("node-1"), Primary(), (0, 0, 0)),
        (Reimage("node-2"), Direct(), (1_350, 0, 0)),
        (Reimage("node-2"), Primary("bundle"), (0, 1_350, 0)),
        (Reimage("node-1"), PeerToPeer(), (70, 1_350, 0)),
        (Upgrade(NEXT), Direct(), (80, 0, 0)),
        (Upgrade(NEXT), Primary(), (80, 80, 0)),
        (Upgrade(NEXT), Primary("bundle"), (0, 80, 80)),
        (Upgrade(NEXT), PullThrough("harbor"), (160, 80, 0)),
        (Upgrade(NEXT), PullThrough("zot"), (1_080, 80, 0)),
        (Reschedule("node-2", frozenset({"till"})), Direct(), (70, 0, 0)),
        (Reschedule("node-2", frozenset({"till"})), Primary(), (0, 70, 0)),
        (Reschedule("node-3", frozenset({"web"})), PullThrough(), (0, 1_300, 0)),
        (ImageGC("node-1"), Direct(), (0, 0, 0)),
    ],
)
def test_an_event_of_a_site_that_is_up(event: Event, topology: Topology, expected: tuple[int, int, int]) -> None:
    assert bytes_of(carry(up(topology), event, topology)[1]) == expected


@pytest.mark.parametrize(("topology", "again"), [(Direct(), (70, 0, 0)), (Primary(), (0, 70, 0))], ids=str)
def test_what_a_host_swept_away_is_pulled_again_when_it_is_wanted_again(
    topology: Topology, again: tuple[int, int, int]
) -> None:
    state, _ = carry_all(up(topology), [Upgrade(NEXT), ImageGC("node-1")], topology)

    assert "till" not in state.hosts["node-1"].blobs
    assert bytes_of(carry(state, Upgrade(VERSION), topology)[1]) == again


@pytest.mark.parametrize(
    ("topology", "blocked"),
    [
        (Direct(), ["cni", "web"]),
        (Primary(), []),
        (Primary("bundle"), []),
        (PullThrough("harbor"), ["cni"]),
        (PeerToPeer(), []),
    ],
    ids=str,
)
def test_a_host_that_is_set_up_anew_while_the_internet_is_away(topology: Topology, blocked: list[str]) -> None:
    state, carried = carry(up(topology), WanOutage((Reimage("node-2"),)), topology)

    assert [name for _, name in carried.blocked] == blocked
    # What waited is pulled when the link is back.
    assert not state.lacking("node-2")
    assert carried.delivered == (("node-2", 1_350),)


@pytest.mark.parametrize(
    ("topology", "blocked", "expected"),
    [
        (Direct(), 0, (1_350, 0, 0)),
        (PeerToPeer(), 0, (0, 1_350, 0)),
        (Primary(), 2, (0, 1_350, 0)),
        (Primary(fallback=AgentFallback()), 0, (1_350, 0, 0)),
        (Primary("bundle", HostsToml()), 0, (1_350, 0, 0)),
        (PullThrough(), 2, (50, 1_350, 0)),
        (PullThrough(fallback=HostsToml()), 0, (1_350, 0, 0)),
    ],
    ids=str,
)
def test_a_host_that_is_set_up_anew_while_the_registry_is_away(
    topology: Topology, blocked: int, expected: tuple[int, int, int]
) -> None:
    _, carried = carry(up(topology), RegistryOutage((Reimage("node-2"),)), topology)

    assert (len(carried.blocked), bytes_of(carried)) == (blocked, expected)


def test_without_internet_there_is_no_way_past_a_registry_and_nothing_is_pulled_directly() -> None:
    state = replace(EMPTY, has_internet=False)
    bundle = Primary("bundle", AgentFallback(), leaves_out=frozenset({"till"}))

    assert carry(state, Bootstrap(), bundle)[1].blocked == (("node-1", "till"),)
    assert carry(state, Bootstrap(), Direct())[1].wan_bytes == 0
    assert len(carry(state, Bootstrap(), Direct())[1].blocked) == 6


def test_a_seeding_that_the_internet_cuts_off_is_made_up_for() -> None:
    state, cut = carry(up(Primary()), WanOutage((Upgrade(NEXT),)), Primary())

    assert cut.blocked == (("node-1", "till:2"),)
    assert bytes_of(cut) == (80, 80, 0)
    assert "till:2" in state.served


@pytest.mark.parametrize(
    ("fallback", "vain"),
    # A HEAD and a GET for each of what is missing: here of till, whose base came with web.
    [(AgentFallback(5.0), 1), (HostsToml(), 2)],
)
def test_what_a_registry_lacks_is_pulled_past_it(fallback: AgentFallback | HostsToml, vain: int) -> None:
    filled = Primary(fallback=fallback, leaves_out=frozenset({"till"}))
    _, carried = carry(EMPTY, Bootstrap(), filled)

    assert carried.fallback == (("node-1", "till"),)
    assert bytes_of(carried) == (150 + 1_350 + 70, 1_300 + 1_300, 0)
    assert carried.vain_requests == vain


@pytest.mark.parametrize(("index", "layers"), [(True, 5), (False, 9), (False, 1)])
def test_a_missing_image_costs_as_many_requests_in_vain_as_containerd_makes(index: bool, layers: int) -> None:
    pieces = ["manifest", "config", *(f"layer-{number}" for number in range(layers)), *(["index"] if index else [])]
    library = Library({"app": CarriedImage(frozenset(pieces))}, dict.fromkeys(pieces, 10))
    state = State.of(library, Version((("node-1", frozenset({"app"})),), ("app",)))
    topology = Primary(fallback=HostsToml(), leaves_out=frozenset({"app"}))

    _, carried = carry(state, Bootstrap(), topology)

    assert carried.vain_requests == layers + (4 if index else 3)
    assert carried.wan_requests == carried.vain_requests


def test_a_full_disk_ends_a_seeding_and_what_did_not_fit_is_missing() -> None:
    more = replace(NEXT, content=("cni", "huge", "web", "till:2"))
    state, _ = carry(up(Primary()), DiskFull(1_500), Primary())
    state, carried = carry(state, Upgrade(more), Primary())

    assert carried.refused == ("huge",)
    assert bytes_of(carried) == (80, 80, 0)
    assert carry(state, NodeAdd("node-4", frozenset({"huge"})), Primary())[1].blocked == (("node-4", "huge"),)


def test_a_full_cache_gives_up_the_last_images_and_fetches_them_again_and_again() -> None:
    cache = PullThrough("distribution", asking=1)
    state, _ = carry(up(cache), DiskFull(1_300), cache)

    assert state.registry == {"base", "web"}
    for _ in range(2):
        state, carried = carry(state, Reimage("node-1"), cache)
        assert bytes_of(carried) == (50 + 70, 1_420, 0)


@pytest.mark.parametrize(
    ("topology", "during", "expected"),
    [
        (Direct(), "", (1, 0, 0)),
        (Direct(), "wan", (0, 0, 1)),
        (Primary(), "", (0, 1, 0)),
        (Primary(), "wan", (0, 1, 0)),
        (Primary(), "registry", (0, 0, 1)),
        (Primary(fallback=AgentFallback()), "registry", (1, 0, 0)),
        (PeerToPeer(), "wan", (0, 0, 1)),
        (PullThrough("harbor"), "", (1, 1, 0)),
        (PullThrough("harbor"), "wan", (0, 1, 0)),
    ],
    ids=str,
)
def test_images_that_are_always_asked_for_cost_a_head_each_at_a_reboot(
    topology: Topology, during: str, expected: tuple[int, int, int]
) -> None:
    event = Reboot("node-1", frozenset({"web", "of another host"}))
    outages: dict[str, Event] = {"wan": WanOutage((event,)), "registry": RegistryOutage((event,))}
    happens = outages.get(during, event)
    _, carried = carry(up(topology), happens, topology)

    assert (carried.wan_requests, carried.lan_requests, len(carried.blocked)) == expected
    assert bytes_of(carried) == (0, 0, 0)


@pytest.mark.parametrize("kind", ["distribution", "harbor", "zot"])
def test_a_cache_asks_its_source_what_each_tag_means_that_a_host_pulls_and_nothing_of_a_digest(kind: CacheKind) -> None:
    images = {
        "tag": CarriedImage(frozenset({"of a tag"})),
        "digest": CarriedImage(frozenset({"of a digest"}), is_pinned=True),
    }
    library = Library(images, {"of a tag": 10, "of a digest": 10})
    runs = tuple((name, frozenset(images)) for name in ("node-1", "node-2"))
    state, first = carry(State.of(library, Version(runs)), Bootstrap(), PullThrough(kind))
    _, again = carry(state, Reimage("node-1"), PullThrough(kind))

    # Two hosts ask for the tag; what is cold is fetched for each of them, by Harbor once more, by Zot once with a request for the index.
    fetched = {"distribution": 2 * 2, "harbor": 2 * 3, "zot": 2 * (1 + 1)}[kind]
    assert (first.wan_requests, again.wan_requests) == (2 + fetched, 1)


def test_a_host_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match="no such host is there: node-9; there are node-1"):
        carry(up(Direct()), Reimage("node-9"), Direct())
    with pytest.raises(InputError, match="joins that is there already: node-1"):
        carry(up(Direct()), NodeAdd("node-1", frozenset()), Direct())


def test_carried_adds_up() -> None:
    first = Carried(1, 2, 3, 4, (("a", 1),), (("a", "x"),), wan_requests=2, unknown=("u",))
    second = Carried(10, 20, 30, 40, (("a", 5), ("b", 6)), (("a", "x"),), wan_requests=3, refused=("r",))

    total = first + second

    assert (total.wan_bytes, total.lan_bytes, total.media_bytes, total.seeded_bytes) == (11, 22, 33, 44)
    assert total.delivered == (("a", 6), ("b", 6))
    assert total.blocked == (("a", "x"),)
    assert (total.wan_requests, total.unknown, total.refused) == (5, ("u",), ("r",))
    assert total.delivered_bytes == 12
