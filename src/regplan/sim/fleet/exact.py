"""Exact sums of whole numbers and of their products, row by row, whatever their size.

Numbers are cut into pieces so short that no sum of products of pieces leaves 64 bits, which is what processors add up fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Pieces", "cut", "products", "totals"]

# One less than what 64 bits with a sign hold: the least number of a piece is one further from 0 than the largest.
_EXACT_BITS: Final = 62


@dataclass(frozen=True, slots=True)
class Pieces:
    """Arrays of pieces of so many bits each, the lowest first; the last one has the sign."""

    bits: int
    each: tuple[Any, ...]


def cut(rows: Any) -> Pieces:  # noqa: ANN401
    """Cut 64-bit whole numbers into pieces; the last axis is what is added up."""
    bits = (_EXACT_BITS - (rows.shape[-1] - 1).bit_length()) // 2
    most = max(-int(rows.min()), int(rows.max()))
    higher = (most.bit_length() - 1) // bits if most else 0
    if not higher:
        return Pieces(bits, (rows,))
    lower = ((rows >> bits * place if place else rows) & (1 << bits) - 1 for place in range(higher))
    return Pieces(bits, (*lower, rows >> bits * higher))


def totals(rows: Pieces) -> list[int]:
    """Add up each row: whole numbers of any size, in the order of the rows.

    >>> import numpy as np
    >>> totals(cut(np.array([[2**62] * 4, [1, 2, -3, 0]])))
    [18446744073709551616, 0]
    """
    return _whole((each.sum(axis=-1), rows.bits * place) for place, each in enumerate(rows.each))


def products(first: Pieces, second: Pieces) -> list[int]:
    """Add up the products of each two numbers of two rows; of as many rows as those have, or one that stands for all.

    >>> import numpy as np
    >>> products(cut(np.array([[2**62, 3]])), cut(np.array([[4, -5]])))
    [18446744073709551601]
    """
    import numpy as np

    return _whole(
        (np.einsum("...d,...d->...", one, other), first.bits * (place + beside))
        for place, one in enumerate(first.each)
        for beside, other in enumerate(second.each)
    )


def _whole(parts: Iterable[tuple[Any, int]]) -> list[int]:
    """Add up parts of numbers, each that many bits up."""
    found: list[int] = sum(part.astype(object) << up for part, up in parts).ravel().tolist()
    return found
