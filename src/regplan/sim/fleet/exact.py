"""Exact sums of whole numbers, and of products of each two rows of them, by the floating numbers that processors multiply fastest.

Numbers are cut into pieces so short that no sum of products of pieces is above 2^53. Such sums are whole numbers that a floating number
holds, so that no order in which they are added up rounds.
"""

from __future__ import annotations

from typing import Any, Final

__all__ = ["summed"]

_EXACT_BITS: Final = 53


def summed(rows: Any) -> tuple[Any, Any]:  # noqa: ANN401
    """Add up each row of stacks of rows (stack, row, draw), and the products of each two rows of a stack.

    Totals are lists by stack and row, products by stack, row and row, of whole numbers of any size. Rows are 64-bit whole numbers.

    >>> import numpy as np
    >>> summed(np.array([[[2**40, 1], [3, -5]]]))
    ([[1099511627777, -2]], [[[1208925819614629174706177, 3298534883323], [3298534883323, 34]]])
    """
    import numpy as np

    stacks, count, draws = rows.shape
    bits = (_EXACT_BITS - (draws - 1).bit_length()) // 2
    most = max(-int(rows.min()), int(rows.max()))
    parts = range(max(1, -(-most.bit_length() // bits)))
    # The last piece keeps the sign; all others are what is left of whole multiples.
    pieces = np.empty((stacks, len(parts), count, draws))
    for part in parts[:-1]:
        pieces[:, part] = rows >> bits * part & (1 << bits) - 1
    pieces[:, -1] = rows >> bits * parts[-1]
    each = pieces.reshape(stacks, len(parts) * count, draws)
    products = _whole(each @ each.swapaxes(1, 2)).reshape(stacks, len(parts), count, len(parts), count)
    totals = _whole(pieces.sum(axis=-1))
    return (
        sum(totals[:, part] << bits * part for part in parts).tolist(),
        sum(products[:, one, :, other] << bits * (one + other) for one in parts for other in parts).tolist(),
    )


def _whole(numbers: Any) -> Any:  # noqa: ANN401
    """Tell whole floating numbers as whole numbers of any size."""
    import numpy as np

    return numbers.astype(np.int64).astype(object)
