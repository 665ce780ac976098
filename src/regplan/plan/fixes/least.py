"""The least number that does, found in few trials."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["least"]


def least(holds: Callable[[int], bool], most: int, guesses: Iterable[int] = ()) -> int | None:
    """Tell the least number from 1 to `most` that holds, where every number above one that holds does too.

    `guesses` are tried first: where one is right, two trials tell it. None where not even `most` holds.

    >>> least(lambda number: number >= 42, 100, [42])
    42
    """
    # Nothing up to `low` holds; `high` does, where it is known.
    low, high = 0, most + 1
    for guess in guesses:
        if low < guess < high:
            low, high = _tried(holds, guess, low, high)
            if high == guess and guess - 1 > low:
                low, high = _tried(holds, guess - 1, low, high)
    step = 1
    while high > most and low < most:
        low, high = _tried(holds, min(low + step, most), low, high)
        step *= 2
    while high - low > 1:
        low, high = _tried(holds, (low + high) // 2, low, high)
    return high if high <= most else None


def _tried(holds: Callable[[int], bool], number: int, low: int, high: int) -> tuple[int, int]:
    return (low, number) if holds(number) else (number, high)
