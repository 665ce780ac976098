"""What a TCP connection loses before it fills its share of a line."""

from __future__ import annotations

__all__ = ["slow_start"]


def slow_start(
    size_bytes: float, rate: float, rtt_s: float, window_bytes: float, *, paces: bool = False
) -> tuple[float, float]:
    """Tell how long a transfer stands still while its window grows, in seconds, and the window at its end.

    A connection sends its window and waits for the answer a round trip later; each answered window doubles it, until a
    round trip no longer suffices to send it at `rate` bytes a second. Where nothing limits the rate, it stands still for
    all round trips. Only the pauses are told, so that whoever shares the line may use it meanwhile. A sender that `paces`
    spreads each window but the first over the round trip, the last one too (BBR); another one sends it at once (cubic, Reno).

    >>> slow_start(1_000_000, 12_500_000, 0.05, 14_600)  # 6 windows of 100 Mbit/s, which carry 919,800 bytes
    (0.226416, 934400)

    Source: RFC 6928 for the first window, RFC 5681 for the doubling.
    """
    paused_s, left, window = 0.0, size_bytes, window_bytes
    while left > window and rtt_s * rate > window:
        paused_s += rtt_s - window / rate
        left -= window
        window *= 2
    if paces and paused_s and rtt_s * rate > window:
        paused_s += (rtt_s - window / rate) * left / window
    return round(paused_s, 12), window
