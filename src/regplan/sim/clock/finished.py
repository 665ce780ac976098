"""When what was pulled is there, and what the lines carried: the outcome of a run of the clock."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    # When a rate begins and ends, and the bytes a second.
    Piece = tuple[float, float, float]

__all__ = ["Finished", "HostTimes", "ImageTimes", "LineUse"]


@dataclass(frozen=True, slots=True)
class ImageTimes:
    """When an image's pull began, when its last byte came, and when it was unpacked; None where that never happens."""

    name: str
    begin_s: float
    fetched_s: float | None
    end_s: float | None


@dataclass(frozen=True, slots=True)
class HostTimes:
    """When a host has all its images, None where it never has; `fetched_bytes` is what came over the network."""

    name: str
    ready_s: float | None
    images: tuple[ImageTimes, ...]
    fetched_bytes: int
    requests: int


@dataclass(frozen=True, slots=True)
class LineUse:
    """What a line carried: the content's bytes, the highest rate, and each change of the rate with its time.

    Rates are of the wire, in bits per second.
    """

    name: str
    carried_bytes: int
    peak_bps: float
    rates: tuple[tuple[float, float], ...]

    def busiest_bytes(self, span_s: float) -> float:
        """Tell what the line carries at most in any span of so many seconds, in bytes on the wire."""
        ends = [*(time for time, _ in self.rates[1:]), self.rates[-1][0]] if self.rates else []
        pieces = [(begin, end, bps / 8) for (begin, bps), end in zip(self.rates, ends, strict=True)]
        if not pieces:
            return 0.0
        # The most lies in a span that begins or ends with a piece.
        begins = [each for begin, end, _ in pieces for each in (begin, end - span_s)]
        carried = _running(pieces)
        most = max(begins, key=lambda begin: carried(begin + span_s) - carried(begin))
        # A difference of running sums is less exact than the sum of the span's own pieces.
        return _carried(pieces, most, most + span_s)


@dataclass(frozen=True, slots=True)
class Finished:
    """The hosts in the order given, and every line."""

    hosts: tuple[HostTimes, ...]
    lines: tuple[LineUse, ...]

    @property
    def ready_s(self) -> float | None:
        """When the last host is ready, None where one never is."""
        times = [host.ready_s for host in self.hosts]
        return None if None in times else max((time for time in times if time is not None), default=0.0)


def _running(pieces: Sequence[Piece]) -> Callable[[float], float]:
    """Tell what is carried until a time, by running sums: a run has thousands of pieces, and as many spans."""
    times = [begin for begin, _, _ in pieces]
    sums = [0.0, *accumulate(rate * (end - begin) for begin, end, rate in pieces)]

    def until(time_s: float) -> float:
        place = bisect_right(times, time_s) - 1
        if place < 0:
            return 0.0
        begin, end, rate = pieces[place]
        return sums[place] + rate * (min(time_s, end) - begin)

    return until


def _carried(pieces: Sequence[Piece], since: float, until: float) -> float:
    return sum(rate * max(min(end, until) - max(begin, since), 0.0) for begin, end, rate in pieces)
