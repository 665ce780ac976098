from __future__ import annotations

from dataclasses import replace

import pytest

from regplan.seed.lanes import SMALL_BYTES, Lanes, Widths
from regplan.seed.steps import PutManifest

STEPS = [PutManifest(number, "1") for number in range(20)]


def test_each_lane_has_its_own_room() -> None:
    lanes = Lanes(Widths(large=2, small=3))
    for number, step in enumerate(STEPS):
        lanes.push(step, SMALL_BYTES + 1 if number < 10 else SMALL_BYTES)

    taken = lanes.take()

    assert {step.place for step in taken if step.place < 10} == {0, 1}  # type: ignore[union-attr]
    assert {step.place for step in taken if step.place >= 10} == {10, 11, 12}  # type: ignore[union-attr]
    assert lanes.flying == 5
    assert lanes.take() == []


def test_what_has_landed_makes_room_in_its_own_lane() -> None:
    lanes = Lanes(Widths(large=1, small=1))
    for step, size in zip(STEPS, [SMALL_BYTES + 1, 0, SMALL_BYTES + 1, 0], strict=False):
        lanes.push(step, size)
    lanes.take()

    lanes.landed(STEPS[1])

    assert lanes.take() == [STEPS[3]]


def test_large_steps_go_by_size_and_small_ones_in_order_unless_they_finish_something() -> None:
    lanes = Lanes(Widths(large=9, small=9))
    for step, size in zip(STEPS, [SMALL_BYTES + 1, SMALL_BYTES + 3, SMALL_BYTES + 2, 5, 9], strict=False):
        lanes.push(step, size)
    lanes.push(STEPS[5], soon=True)

    assert lanes.take() == [STEPS[1], STEPS[2], STEPS[0], STEPS[5], STEPS[3], STEPS[4]]


def test_the_smallest_large_blob_that_tells_the_rate_goes_alone_before_the_others_where_it_is_not_known() -> None:
    lanes = Lanes(Widths(large=9, small=9), gauges=True)
    sizes = [900 * 2**20, 9 * 2**20, 5 * 2**20, 3 * 2**20, 10]
    for step, size in zip(STEPS, sizes, strict=False):
        lanes.push(step, size)

    assert lanes.take() == [STEPS[2], STEPS[4]]
    assert lanes.take() == []
    lanes.landed(STEPS[2])
    assert lanes.take() == [STEPS[0], STEPS[1], STEPS[3]]


def test_where_no_blob_tells_the_rate_well_the_largest_of_those_that_tell_less_goes_before_what_may_be_cut() -> None:
    lanes = Lanes(Widths(large=9, small=9), gauges=True)
    sizes = [900 * 2**20, 33 * 2**20, 3 * 2**20, 2 * 2**20, 2**19]
    for step, size in zip(STEPS, sizes, strict=False):
        lanes.push(step, size)

    assert lanes.take() == [STEPS[2]]
    assert lanes.take() == []
    lanes.landed(STEPS[2])
    assert lanes.take() == [STEPS[0], STEPS[1], STEPS[3], STEPS[4]]


@pytest.mark.parametrize("sizes", [[900 * 2**20, 800 * 2**20, 2**19], [2**20, 2**19], [5 * 2**20]])
def test_without_a_blob_that_tells_the_rate_soon_the_largest_go_first(sizes: list[int]) -> None:
    lanes = Lanes(Widths(large=9, small=9), gauges=True)
    for step, size in zip(STEPS, sizes, strict=False):
        lanes.push(step, size)

    assert lanes.take() == STEPS[: len(sizes)]


def test_what_is_read_forward_goes_one_by_one_in_the_source_s_order_whatever_its_size() -> None:
    lanes = Lanes(Widths(large=9, small=9))
    for step, place in zip(STEPS, [300, 100, 200], strict=False):
        lanes.push(step, SMALL_BYTES * 2, offset=place)
    lanes.push(STEPS[3], SMALL_BYTES * 9)

    assert lanes.take() == [STEPS[1], STEPS[3]]
    assert lanes.take() == []
    lanes.landed(STEPS[1])
    assert lanes.take() == [STEPS[2]]


def test_what_must_be_sent_again_waits_for_a_second_round() -> None:
    lanes = Lanes(Widths())
    lanes.push(replace(STEPS[0], attempt=1), 1, offset=0)
    lanes.push(STEPS[1], 1, offset=500)
    lanes.push(STEPS[2], 1, offset=0)

    taken = []
    while step := lanes.take():
        taken += step
        lanes.landed(step[0])
    assert taken == [STEPS[2], STEPS[1], replace(STEPS[0], attempt=1)]
