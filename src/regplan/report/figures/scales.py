"""From numbers to places in a drawing: ends, ticks that are round, and how they are written."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.report.figures.chart import Axis

__all__ = ["Scale", "scale_of", "ticks"]

_MOST_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Scale:
    """A stretch of numbers from `low` to `high` laid onto one of points from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Tell the place of a value, which is held inside the stretch."""
        part = (value - self.low) / (self.high - self.low)
        return self.start + (self.end - self.start) * min(max(part, 0.0), 1.0)


def scale_of(axis: Axis, values: Sequence[float], start: float, end: float) -> Scale:
    """Lay an axis onto points: its own ends, or all `values` with 0 and some room beyond them."""
    found = [value for value in values if math.isfinite(value)] or [0.0]
    low = min(0.0, *found) if axis.low is None else axis.low
    high = max(0.0, *found) if axis.high is None else axis.high
    if high <= low:
        high = low + 1.0
    room = (high - low) * 0.06
    return Scale(
        low - (room if axis.low is None and low < 0 else 0), high + (room if axis.high is None else 0), start, end
    )


def ticks(scale: Scale, about: int = 6) -> tuple[tuple[float, str], ...]:
    """Tell round numbers of a scale and how each is written, about as many as asked for.

    >>> ticks(Scale(0, 10, 0, 1), 5)
    ((0.0, '0'), (2.0, '2'), (4.0, '4'), (6.0, '6'), (8.0, '8'), (10.0, '10'))
    """
    span = scale.high - scale.low
    rough = span / max(about, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.ceil(scale.low / step - 1e-9), math.floor(scale.high / step + 1e-9)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    form = f",.{digits}f" if digits <= _MOST_DIGITS else "g"
    return tuple((place * step, f"{place * step:{form}}") for place in range(first, last + 1))
