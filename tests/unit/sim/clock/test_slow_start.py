from __future__ import annotations

import pytest

from regplan.sim.clock.slow_start import slow_start

RATE = 12_500_000  # 100 Mbit/s
FIRST = 14_600


@pytest.mark.parametrize(
    ("rtt_s", "size_bytes", "pause_s"),
    [(0.05, 1_000_000, 0.23), (0.05, 100_000_000, 0.23), (0.3, 1_000_000, 1.75), (0.3, 10_000_000, 2.1)],
)
def test_large_transfers_lose_what_windows_that_double_leave_unused(
    rtt_s: float, size_bytes: int, pause_s: float
) -> None:
    found, _ = slow_start(size_bytes, RATE, rtt_s, FIRST)

    assert found == pytest.approx(pause_s, rel=0.02)


def test_what_fits_into_the_first_window_loses_nothing() -> None:
    assert slow_start(FIRST, RATE, 0.6, FIRST) == (0, FIRST)


def test_a_window_that_fills_the_line_loses_nothing() -> None:
    assert slow_start(10**9, RATE, 0.05, 700_000) == (0, 700_000)
    assert slow_start(10**9, RATE, 0.0, FIRST) == (0, FIRST)


def test_without_any_limit_each_window_waits_for_its_answer() -> None:
    # 1, 3, 7 windows are sent in one, two, three rounds; the fourth holds what is left.
    pause_s, window = slow_start(8 * FIRST, float("inf"), 0.1, FIRST)

    assert pause_s == pytest.approx(0.3)
    assert window == 8 * FIRST


@pytest.mark.parametrize(
    ("rtt_s", "size_bytes", "pause_s"),
    [(0.05, 100_000, 0.14), (0.05, 1_000_000, 0.23), (0.3, 100_000, 0.88), (0.3, 1_000_000, 1.75)],
)
def test_a_sender_that_paces_spreads_its_last_window_too(rtt_s: float, size_bytes: int, pause_s: float) -> None:
    found, _ = slow_start(size_bytes, RATE, rtt_s, FIRST, paces=True)

    assert found == pytest.approx(pause_s, rel=0.02)


@pytest.mark.parametrize(
    ("size_bytes", "total_s"), [(30_000, 0.627), (100_000, 0.926), (400_000, 1.6), (1_000_000, 2.138)]
)
def test_real_connections_over_300_ms_take_as_long(size_bytes: int, total_s: float) -> None:
    """cubic over a link of 100 Mbit/s: `benchmarks/slow_start.py`, from the request to the last byte."""
    rate = RATE / 1.036
    pause_s, _ = slow_start(size_bytes, rate, 0.3, FIRST)

    assert 0.3 + pause_s + size_bytes / rate == pytest.approx(total_s, rel=0.06)
