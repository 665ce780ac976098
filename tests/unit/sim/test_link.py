from __future__ import annotations

import pytest

from regplan.sim.link import finish_times, percentile


def test_one_transfer_runs_at_the_slower_of_link_and_cap() -> None:
    # CF1 without overhead and unpacking: S / min(NIC, C).
    assert finish_times([1000], 8000) == (1.0,)
    assert finish_times([1000], 8000, 4000) == (2.0,)
    assert finish_times([1000], 8000, 80_000) == (1.0,)


def test_identical_transfers_on_one_link_take_n_times_as_long() -> None:
    # CF2: T = N S / C.
    for count in (1, 2, 7, 40):
        assert finish_times([5000] * count, 1_000_000) == pytest.approx([count * 5000 * 8 / 1_000_000] * count)


def _events(sizes: list[int], link: float, cap: float) -> list[float]:
    """Processor sharing, event by event: everybody moves at one rate until the next one ends."""
    left = dict(enumerate(map(float, sizes)))
    ends, now = [0.0] * len(sizes), 0.0
    while left:
        rate = min(link / len(left), cap) / 8
        step = min(left.values()) / rate
        now += step
        left = {place: size - step * rate for place, size in left.items()}
        for place in [place for place, size in left.items() if size <= 1e-6]:
            ends[place] = now
            del left[place]
    return ends


@pytest.mark.parametrize(
    ("sizes", "cap"),
    [
        ([3000, 1000, 2000], 10**9),
        ([3000, 1000, 2000], 4000),
        ([5, 5, 5, 1], 10**9),
        ([0, 100, 0], 10**9),
        ([10_000, 10, 999, 5000, 5000, 123], 2500),
    ],
)
def test_unequal_transfers_end_when_an_event_by_event_reckoning_says(sizes: list[int], cap: int) -> None:
    # CF4: the closed form of processor sharing.
    assert finish_times(sizes, 8000, cap) == pytest.approx(_events(sizes, 8000, cap))


def test_the_last_transfer_ends_when_the_link_has_carried_everything() -> None:
    assert max(finish_times([1, 20, 300], 8)) == pytest.approx(321)


def test_nothing_to_transfer_takes_no_time() -> None:
    assert finish_times([], 8000) == ()
    assert finish_times([0], 8000) == (0.0,)


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(number) for number in range(1, 101)]

    assert [percentile(values, share) for share in (0.5, 0.95, 1.0)] == [50.0, 95.0, 100.0]
    assert percentile([7.0], 0.5) == percentile([7.0], 0.95) == 7.0
    assert percentile([2.0, 1.0], 0.0) == 1.0
