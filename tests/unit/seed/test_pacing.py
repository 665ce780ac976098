"""How many steps go at once: more where all goes well, half where the target asks for patience, no more where requests queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from regplan.oci.digest import Digest
from regplan.seed.lanes import Widths
from regplan.seed.pacing import Pacing
from regplan.seed.steps import CopyBlob, PutManifest

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL: Final = PutManifest(0, "1")
LARGE: Final = CopyBlob(Digest("sha256", "a" * 64), "p/a", "p/a", "h/a")
MANY_BYTES: Final = 10_000_000
QUICK_S: Final = 0.05


def small(pacing: Pacing, times: int, taken_s: float = QUICK_S, throttled: int = 0) -> None:
    for _ in range(times):
        pacing.landed(SMALL, 0, taken_s, throttled)


def large(pacing: Pacing, times: int, taken_s: float = 1.0, throttled: int = 0) -> None:
    for _ in range(times):
        pacing.landed(LARGE, MANY_BYTES, taken_s, throttled)


def widths(pacing: Pacing) -> tuple[int, int]:
    return pacing.widths.large, pacing.widths.small


def test_it_begins_in_the_middle_and_never_above_what_is_allowed() -> None:
    assert widths(Pacing(Widths())) == (2, 16)
    assert widths(Pacing(Widths(large=1, small=4))) == (1, 4)


def test_the_small_lane_grows_by_one_after_as_many_good_steps_as_it_is_wide_up_to_its_most() -> None:
    pacing = Pacing(Widths())
    small(pacing, 15)
    assert widths(pacing) == (2, 16)
    small(pacing, 1)
    assert widths(pacing) == (2, 17)
    small(pacing, 17)
    assert widths(pacing) == (2, 18)
    small(pacing, sum(range(18, 32)))
    assert widths(pacing) == (2, 32)
    small(pacing, 500)
    assert widths(pacing) == (2, 32)


@pytest.mark.parametrize("taken_s", [0.1, 100.0])
def test_the_large_lane_grows_to_its_most_whatever_its_streams_bring(taken_s: float) -> None:
    pacing = Pacing(Widths())
    large(pacing, 1)
    assert widths(pacing) == (2, 16)
    large(pacing, 1)
    assert widths(pacing) == (3, 16)
    large(pacing, 3, taken_s)
    assert widths(pacing) == (4, 16)
    large(pacing, 40, taken_s)
    assert widths(pacing) == (4, 16)


def test_an_answer_that_asks_for_patience_halves_both_lanes_and_the_steps_that_were_under_way_do_so_no_more() -> None:
    pacing = Pacing(Widths())
    small(pacing, 16 + 17 + 18 + 19)
    large(pacing, 2)
    assert widths(pacing) == (3, 20)

    small(pacing, 1, throttled=1)
    assert widths(pacing) == (1, 10)
    # 20 were under way: their complaints are of the same trouble.
    for throttled in range(2, 12):
        small(pacing, 1, throttled=throttled)
    assert widths(pacing) == (1, 10)


def test_after_as_many_good_steps_as_were_under_way_the_next_complaint_halves_again_down_to_the_least() -> None:
    pacing = Pacing(Widths())
    seen = []
    for throttled in range(1, 7):
        small(pacing, 1, throttled=throttled)
        seen.append(pacing.widths.small)
        # What was under way has ended after these; what they made it grow by is taken back, to see the halves alone.
        for _ in range(40):
            pacing.landed(SMALL, 0, QUICK_S, throttled)
        assert pacing.widths.small > seen[-1]
        pacing.widths = Widths(pacing.widths.large, seen[-1])

    assert seen == [8, 4, 2, 2, 2, 2]
    assert pacing.widths.large == 1


@pytest.mark.parametrize("landed", [small, large])
def test_where_every_step_is_told_to_wait_the_lanes_are_halved_again_for_each_width_of_steps(
    landed: Callable[..., None],
) -> None:
    pacing = Pacing(Widths())
    seen = []
    for throttled in range(1, 1 + 16 + 8 + 4 + 1):
        landed(pacing, 1, throttled=throttled)
        seen.append(pacing.widths.small)

    # One complaint each of 16 steps that were under way is of the first trouble, of the 8 after them of the second.
    assert seen == [8] * 16 + [4] * 8 + [2] * 5
    assert pacing.widths.large == 1


def test_a_count_of_complaints_that_does_not_grow_is_no_complaint() -> None:
    pacing = Pacing(Widths())
    small(pacing, 1, throttled=5)
    assert widths(pacing) == (1, 8)
    small(pacing, 8, throttled=5)
    assert widths(pacing) == (1, 9)


def test_the_small_lane_stops_growing_where_steps_take_many_times_as_long_as_the_quickest_and_shrinks_to_where_it_began() -> (
    None
):
    pacing = Pacing(Widths())
    small(pacing, 16 + 17)
    assert widths(pacing) == (2, 18)

    small(pacing, 18 * 3, taken_s=QUICK_S * 7)
    grown = pacing.widths.small
    assert grown < 18
    small(pacing, 200, taken_s=QUICK_S * 7)
    assert widths(pacing) == (2, 16)


def test_steps_that_take_a_few_times_as_long_as_the_quickest_do_not_queue() -> None:
    pacing = Pacing(Widths())
    small(pacing, 1)
    small(pacing, 15 + 17, taken_s=QUICK_S * 5)
    assert widths(pacing) == (2, 18)


def test_times_below_a_hundredth_of_a_second_tell_nothing_of_queueing() -> None:
    pacing = Pacing(Widths())
    small(pacing, 1, taken_s=0.000_1)
    small(pacing, 15, taken_s=0.05)
    assert widths(pacing) == (2, 17)


def rate(pacing: Pacing) -> float | None:
    return pacing.rate_bps


def test_the_rate_is_what_one_stream_brought_times_their_number_in_the_middle_of_the_last_ones() -> None:
    pacing = Pacing(Widths(large=2, small=16))
    assert rate(pacing) is None
    small(pacing, 3)
    assert rate(pacing) is None

    large(pacing, 1, taken_s=2.0)
    assert rate(pacing) == MANY_BYTES * 8 / 2 * 2
    large(pacing, 1, taken_s=1.0)
    large(pacing, 1, taken_s=4.0)
    assert rate(pacing) == MANY_BYTES * 8 / 2 * 2
    large(pacing, 40, taken_s=8.0)
    assert rate(pacing) == MANY_BYTES * 8 / 8 * 2


def test_a_blob_that_was_there_already_counts_as_a_small_step() -> None:
    pacing = Pacing(Widths())
    for _ in range(16):
        pacing.landed(LARGE, 0, QUICK_S, 0)
    assert widths(pacing) == (2, 17)
    assert rate(pacing) is None
