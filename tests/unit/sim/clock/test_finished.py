"""What a line carries at most in a span, by running sums, against adding up every span by itself."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.sim.clock.finished import LineUse


def line(*rates: tuple[float, float]) -> LineUse:
    return LineUse("internet", 0, 0.0, rates)


def test_the_busiest_span_is_found_wherever_it_lies() -> None:
    # 8 bits a second for 10 s, nothing for 10 s, 16 for 5 s, then nothing.
    use = line((0.0, 8.0), (10.0, 0.0), (20.0, 16.0), (25.0, 0.0))

    assert [use.busiest_bytes(span_s) for span_s in (1, 5, 10, 20, 100)] == [2.0, 10.0, 10.0, 15.0, 20.0]
    assert line().busiest_bytes(5) == 0.0
    assert line((3.0, 8.0)).busiest_bytes(5) == 0.0


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(0, 9)), min_size=1, max_size=12),
    st.integers(1, 120),
)
def test_no_span_of_whole_seconds_carries_more_and_one_carries_as_much(
    steps: list[tuple[int, int]], span_s: int
) -> None:
    """All times are whole, so that some span that begins at a whole second carries most."""
    begin = 0
    rates: list[tuple[float, float]] = []
    for lasts, bps in steps:
        rates.append((float(begin), 8.0 * bps))
        begin += lasts
    rates.append((float(begin), 0.0))
    by_second = [0] * (begin + 2 * span_s)
    for (since_s, rate_bps), (until_s, _) in pairwise(rates):
        for second in range(int(since_s), int(until_s)):
            by_second[second + span_s] = int(rate_bps / 8)

    most = max(sum(by_second[first : first + span_s]) for first in range(begin + span_s))

    assert line(*rates).busiest_bytes(span_s) == pytest.approx(most)
