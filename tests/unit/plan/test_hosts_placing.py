"""Where pods are placed, against brute force over all arrangements of small sets."""

from __future__ import annotations

import dataclasses
import itertools
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regplan.errors import InvalidSite
from regplan.model.profile import Pack, Spread
from regplan.model.site import Assumptions, Host
from regplan.plan.hosts.capacity import CPU, MEMORY, Kept, capacity_for, room_of, usable_of
from regplan.plan.hosts.placing import Terms, place_pods, place_with_headroom
from regplan.units import GiB, MiB
from unit.plan.builders import host
from unit.plan.test_hosts_demand import container, demands, work

# All of a host can be allocated, and nothing stays free.
ALL = Assumptions(
    reserve_cpu_milli=0,
    reserve_cpu=0.0,
    reserve_memory_bytes=0,
    reserve_memory=0.0,
    eviction_memory_bytes=0,
    headroom_cpu=0.0,
    headroom_memory=0.0,
)
NOTHING_OWN = (Pack("edge-nothing", "1", "k8s"),)


def worker(name: str, cpu: int, memory: int = 1_000, **more: Any) -> Host:
    return Host(name, "worker", cpu, memory, **more)


def terms(*workloads: Any, assumptions: Assumptions = ALL, **more: Any) -> Terms:
    return Terms(demands(*workloads, **more), assumptions)


def pods(*sizes: tuple[int, int], count: int = 1, **more: Any) -> list[Any]:
    return [
        work(container("a", cpu, memory), name=f"w{place}", replicas=count, **more)
        for place, (cpu, memory) in enumerate(sizes)
    ]


def names(load: Any) -> list[tuple[str, int]]:
    return [(each.name, count) for each, count in load.placed]


def test_what_can_be_allocated_is_capacity_less_reservation_and_eviction() -> None:
    # 4 CPU less 80m and 1 %; 8 GiB less 320 MiB, 5 % (409.6 MiB) and 100 MiB.
    room = room_of(Host("a", cpu_milli=4_000, memory_bytes=8 * GiB), Assumptions())

    assert room.cpu is not None
    assert room.memory is not None
    assert (room.cpu.value, room.memory.value) == (3_880, int((8192 - 320 - 409.6 - 100) * MiB))
    assert int(room.cpu.formula) == 3_880


def test_a_host_smaller_than_what_it_keeps_has_nothing_to_allocate() -> None:
    room = room_of(Host("a", cpu_milli=50, memory_bytes=MiB), Assumptions())

    assert [each.value for each in room if each is not None] == [0, 0]


@given(needed=st.integers(0, 10**13), fixed=st.integers(0, 10**9), percent=st.integers(0, 99))
def test_the_least_capacity_gives_what_is_needed_and_one_less_does_not(needed: int, fixed: int, percent: int) -> None:
    kept = Kept(fixed, percent / 100)

    def allocatable(capacity: int) -> int:
        return (100 * capacity - percent * capacity) // 100 - fixed

    least = capacity_for(needed, kept)

    assert allocatable(least) >= needed
    assert allocatable(least - 1) < needed


@given(room=st.integers(0, 10**13), percent=st.integers(0, 99), asked=st.integers(0, 10**13))
def test_requests_that_are_usable_leave_the_headroom_free(room: int, percent: int, asked: int) -> None:
    assert (asked <= usable_of(room, percent / 100)) == (asked * 100 <= room * (100 - percent))


def test_a_reservation_of_all_is_refused() -> None:
    with pytest.raises(InvalidSite, match=r"assumptions\.reserve_cpu is 1"):
        room_of(Host("a", cpu_milli=1, memory_bytes=1), dataclasses.replace(Assumptions(), reserve_cpu=1.0))


def test_daemonsets_are_on_every_host_and_the_control_plane_on_its_own() -> None:
    layout = place_pods(
        (host("c", role="control-plane"), host("w", role="worker")),
        terms(
            work(container("a", 10, 1), name="agent", spread=Spread.EVERY_HOST),
            work(container("a", 20, 1), name="kube-apiserver", spread=Spread.CONTROL_PLANE),
            work(container("a", 30, 1), name="shop"),
        ),
    )

    assert [names(load) for load in layout.loads] == [
        [("shop/kube-apiserver", 1), ("shop/agent", 1)],
        [("shop/agent", 1), ("shop/shop", 1)],
    ]
    assert [load.takes_pods for load in layout.loads] == [False, True]


def test_without_workers_the_control_plane_takes_pods() -> None:
    layout = place_pods((host("c"),), terms(work(container("a", 30, 1)), packs=NOTHING_OWN))

    assert ("shop/till", 1) in names(layout.loads[0])


def test_the_largest_go_first_and_each_to_the_first_host_with_room() -> None:
    hosts = (worker("a", 100), worker("b", 100))

    layout = place_pods(hosts, terms(*pods((40, 1), (70, 1), (50, 1), (30, 1))))

    assert [names(load) for load in layout.loads] == [
        [("shop/w1", 1), ("shop/w3", 1)],
        [("shop/w2", 1), ("shop/w0", 1)],
    ]
    assert layout.left == ()


def test_headroom_is_kept_while_there_is_room_elsewhere() -> None:
    assumptions = dataclasses.replace(ALL, headroom_cpu=0.2)
    hosts = (worker("a", 100), worker("b", 100))

    kept = place_pods(hosts, terms(*pods((50, 1), (40, 1)), assumptions=assumptions))
    tight = place_pods(hosts, terms(*pods((50, 1), (50, 1), (50, 1)), assumptions=assumptions))

    assert ([load.cpu_milli for load in kept.loads], kept.is_tight) == ([50, 40], False)
    assert ([load.cpu_milli for load in tight.loads], tight.is_tight, tight.left) == ([100, 50], True, ())


def test_pods_that_may_not_share_a_host_do_not() -> None:
    hosts = (worker("a", 100), worker("b", 100))

    layout = place_pods(hosts, terms(*pods((10, 1), count=3, is_spread=True)))

    assert [load.cpu_milli for load in layout.loads] == [10, 10]
    assert [(each.demand.name, each.pods) for each in layout.left] == [("shop/w0", 1)]
    assert not layout.is_tight


def test_a_registry_runs_on_amd64() -> None:
    layout = place_pods((worker("arm", 9_000, GiB, arch="arm64"), worker("amd", 9_000, GiB)), terms(kind="zot"))

    assert [names(load) for load in layout.loads] == [[], [("Zot", 1)]]


def test_labels_keep_pods_off_hosts_and_lead_to_the_control_plane_where_no_worker_may() -> None:
    hosts = (worker("w", 100), Host("c", "control-plane", 100, 1_000, arch="arm64"))
    arm = pods((10, 1), node_selector=(("kubernetes.io/arch", "arm64"),))

    layout = place_pods(
        hosts, terms(*arm, work(container("a", 1, 1), name="kube-apiserver", spread=Spread.CONTROL_PLANE))
    )

    assert ("shop/w0", 1) in names(layout.loads[1])
    assert names(layout.loads[0]) == []


def test_longhorn_asks_for_a_share_of_each_hosts_cpu() -> None:
    given_terms = terms(packs=(*NOTHING_OWN, Pack("csi-longhorn", "1", "csi")))

    layout = place_pods((worker("a", 4_000), worker("b", 8_001)), given_terms)

    assert [load.cpu_milli for load in layout.loads] == [480, 961]


def test_nothing_is_promised_of_a_host_that_does_not_say_what_it_has() -> None:
    layout = place_pods((Host("a", "worker", None, None),), terms(*pods((10, 1))))

    assert [(each.demand.name, each.pods) for each in layout.left] == [("shop/w0", 1)]


def test_a_better_arrangement_is_looked_for_before_pods_are_left_over() -> None:
    # By size: 50/45 and 50/25 fill one host to 70 of memory, and 40/50 and 35/60 need 110 on the other. By memory:
    # 35/60 with 50/25, and 40/50 with 50/45.
    hosts = (worker("a", 100, 100), worker("b", 100, 100))

    layout = place_pods(hosts, terms(*pods((40, 50), (35, 60), (50, 45), (50, 25))))

    assert (layout.left, layout.is_tight) == ((), True)


SIZES = st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), min_size=1, max_size=5)


def fits(sizes: list[tuple[int, int]], rooms: list[tuple[int, int]]) -> bool:
    """Try every arrangement."""
    for places in itertools.product(range(len(rooms)), repeat=len(sizes)):
        sums = [[0, 0] for _ in rooms]
        for place, (cpu, memory) in zip(places, sizes, strict=True):
            sums[place][0] += cpu
            sums[place][1] += memory
        if all(used[0] <= room[0] and used[1] <= room[1] for used, room in zip(sums, rooms, strict=True)):
            return True
    return False


@pytest.mark.property
@given(sizes=SIZES, rooms=st.lists(st.tuples(st.integers(1, 150), st.integers(1, 150)), min_size=1, max_size=3))
@settings(max_examples=150, deadline=None)
def test_what_is_placed_is_an_arrangement_and_one_host_is_never_called_too_small(
    sizes: list[tuple[int, int]], rooms: list[tuple[int, int]]
) -> None:
    hosts = tuple(worker(f"h{place}", *room) for place, room in enumerate(rooms))

    layout = place_pods(hosts, terms(*pods(*sizes)))

    placed = sorted(name for load in layout.loads for name, count in names(load) for _ in range(count))
    left = sorted(each.demand.name for each in layout.left)
    assert sorted([*placed, *left]) == sorted(f"shop/w{place}" for place in range(len(sizes)))
    assert all(
        load.cpu_milli <= room[0] and load.memory_bytes <= room[1]
        for load, room in zip(layout.loads, rooms, strict=True)
    )
    if not left:
        assert fits(sizes, rooms)
    if len(rooms) == 1:
        assert (not left) == fits(sizes, rooms)


@pytest.mark.property
@given(sizes=SIZES, rooms=st.lists(st.tuples(st.integers(50, 150), st.integers(50, 150)), min_size=1, max_size=3))
@settings(max_examples=100, deadline=None)
def test_the_quick_answer_about_headroom_is_that_of_the_whole_arrangement(
    sizes: list[tuple[int, int]], rooms: list[tuple[int, int]]
) -> None:
    hosts = tuple(worker(f"h{place}", *room) for place, room in enumerate(rooms))
    given_terms = terms(*pods(*sizes), assumptions=dataclasses.replace(ALL, headroom_cpu=0.15, headroom_memory=0.2))

    whole, quick = place_pods(hosts, given_terms), place_with_headroom(hosts, given_terms)

    assert (quick is not None) == (not whole.is_tight and not whole.left)


def test_resources_are_told_apart() -> None:
    load = place_pods((worker("a", 100, 50),), terms(*pods((10, 7)))).loads[0]

    assert (load.asked(CPU), load.asked(MEMORY), load.stated(CPU), load.stated(MEMORY)) == (10, 7, 10, 7)


KINDS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 5), st.booleans()), min_size=1, max_size=12
)


def one_by_one(kinds: list[tuple[int, int, int, bool]], rooms: list[tuple[int, int]]) -> list[dict[str, int]]:
    """Give each pod alone to the first host with room, the largest first; what is on each host, and at last what is not."""
    free, found = [list(room) for room in rooms], [dict[str, int]() for _ in range(len(rooms) + 1)]
    sized = [
        (Fraction(max(2 * cpu, memory), 1), f"shop/w{place}", place) for place, (cpu, memory, *_) in enumerate(kinds)
    ]
    for _, name, place in sorted(sized, key=lambda each: (-each[0], each[1])):
        cpu, memory, count, is_spread = kinds[place]
        for _ in range(count):
            fits = (
                at
                for at, (cpu_free, memory_free) in enumerate(free)
                if cpu_free >= cpu and memory_free >= memory and not (is_spread and name in found[at])
            )
            at = next(fits, len(rooms))
            found[at][name] = found[at].get(name, 0) + 1
            if at < len(rooms):
                free[at] = [free[at][0] - cpu, free[at][1] - memory]
    return found


@pytest.mark.property
@given(kinds=KINDS, rooms=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_pods_that_are_placed_many_at_once_are_where_each_would_be_alone(
    kinds: list[tuple[int, int, int, bool]], rooms: list[tuple[int, int]]
) -> None:
    # A CPU of 4,000 and a memory of 8 GB are one size.
    workloads = [
        work(container("a", cpu * 4_000, memory * 4 * 10**9), name=f"w{place}", replicas=count, is_spread=is_spread)
        for place, (cpu, memory, count, is_spread) in enumerate(kinds)
    ]
    hosts = tuple(worker(f"h{place}", cpu * 4_000, memory * 4 * 10**9) for place, (cpu, memory) in enumerate(rooms))
    expected = one_by_one(kinds, rooms)

    layout = place_pods(hosts, terms(*workloads))

    loads = [dict(names(load)) for load in layout.loads]
    left = {each.demand.name: each.pods for each in layout.left}
    # Where pods are left over, other orders are tried, and one with fewer rows left is taken.
    if len(left) >= len(expected[-1]):
        assert [*loads, left] == expected
