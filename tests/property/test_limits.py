"""Laws of the limits: what a cap lets through whatever is asked of it, and that a clock's windows are what it shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.model.windows import Windows
from regplan.seed.limits import REQUEST_BYTES, RateLimiter

pytestmark = pytest.mark.property

MINUTE_S = 60.0
BERLIN = ZoneInfo("Europe/Berlin")
# Nights before, in and after those in which clocks are put in 2026.
DAYS = [datetime(2026, month, day, tzinfo=UTC) for month, days in ((3, (27, 28, 29)), (7, (1,)), (10, (23, 24, 25))) for day in days]  # fmt: skip


@given(
    max_bps=st.sampled_from([256_000, 15_000_000, 30_000_000]),
    streams=st.integers(1, 8),
    late_s=st.lists(st.floats(0, 0.2), min_size=1, max_size=30),
    share=st.floats(0.4, 1),
    idle_s=st.floats(0, 30),
)
def test_over_any_minute_a_cap_is_kept_and_nearly_all_of_it_used(
    max_bps: int, streams: int, late_s: list[float], share: float, idle_s: float
) -> None:
    limiter = RateLimiter(max_bps)
    sent = _send(limiter, streams, late_s, max(1, int(limiter.piece_bytes * share)), idle_s)
    times = [at for at, _ in sent]
    sums = [0, *accumulate(size for _, size in sent)]
    first = 0
    for last, at in enumerate(times):
        while times[first] <= at - MINUTE_S:
            first += 1
        assert (sums[last + 1] - sums[first]) * 8 <= max_bps * MINUTE_S

    minutes = [sum(size for at, size in sent if begin < at <= begin + MINUTE_S) for begin in (1.0, 40.0)]
    assert all(size * 8 >= 0.97 * max_bps * MINUTE_S for size in minutes if idle_s == 0)


@given(sizes=st.lists(st.integers(0, 10**6), min_size=1, max_size=200), gaps=st.lists(st.floats(0, 3), min_size=1))
def test_a_bucket_never_exceeds_cap_times_time_and_one_burst(sizes: list[int], gaps: list[float]) -> None:
    limiter, now_s, sent = RateLimiter(8_000_000), 0.0, 0
    for number, size in enumerate(sizes):
        now_s += gaps[number % len(gaps)]
        wait_s = limiter.reserve(size, now_s)
        now_s, sent = now_s + wait_s, sent + size
        assert sent <= 1_000_000 * now_s + 250_000 + 1


@given(
    day=st.sampled_from(DAYS),
    minute=st.integers(0, 36 * 60),
    spans=st.lists(st.tuples(st.integers(0, 95), st.integers(0, 95)).filter(lambda span: span[0] != span[1]), min_size=1, max_size=3),
)  # fmt: skip
def test_windows_open_and_close_when_the_clock_on_the_wall_says_so(
    day: datetime, minute: int, spans: list[tuple[int, int]]
) -> None:
    windows = Windows.parse([f"{_quarter(start)}-{_quarter(end)}" for start, end in spans], "Europe/Berlin")
    now = day + timedelta(minutes=minute)
    is_open = _shown(now, spans)
    changes = [place for place in range(3 * 24 * 60) if _shown(now + timedelta(minutes=place), spans) != is_open]

    assert windows.is_open(now.timestamp()) == is_open
    told = windows.closes_in_s(now.timestamp()) if is_open else windows.opens_in_s(now.timestamp())
    assert told == (changes[0] * 60 if changes else float("inf"))


def _send(
    limiter: RateLimiter, streams: int, late_s: list[float], piece: int, idle_s: float
) -> list[tuple[float, int]]:
    """Send for a good while in several streams, each waking late, with a pause of all in between."""
    clock = [(0.0, number) for number in range(streams)]
    sent: list[tuple[float, int]] = []
    wakes = 0
    while clock[0][0] < 1.7 * MINUTE_S:
        now_s, stream = heappop(clock)
        if 40 < now_s < 40 + idle_s:
            heappush(clock, (40 + idle_s, stream))
            continue
        size = piece + (REQUEST_BYTES if wakes % 50 == 0 else 0)
        wait_s = limiter.reserve(size, now_s)
        wakes += 1
        leaves_s = now_s + wait_s + (late_s[wakes % len(late_s)] if wait_s else 0.0)
        sent.append((leaves_s, size))
        heappush(clock, (leaves_s, stream))
    return sorted(sent)


def _quarter(number: int) -> str:
    return f"{number // 4:02}:{number % 4 * 15:02}"


def _shown(moment: datetime, spans: list[tuple[int, int]]) -> bool:
    """Look at the clock: whether a quarter of an hour that it shows is in a span."""
    shown = moment.astimezone(BERLIN)
    quarter = shown.hour * 4 + shown.minute // 15
    return any(start <= quarter < end if start < end else quarter >= start or quarter < end for start, end in spans)
