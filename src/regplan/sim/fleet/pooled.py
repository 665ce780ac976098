"""Values of many sites put together in the bins of a `Summary`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.sim.chance.summary import Summary, bin_edges, bin_of

if TYPE_CHECKING:
    from regplan.sim.fleet.told import Ranked

__all__ = ["Pooled"]


class Pooled:
    """Values of many sites, none of them negative."""

    def __init__(self) -> None:
        """Begin with none."""
        import numpy as np

        self._edges = np.asarray(bin_edges())
        # How many values are below each edge: of rows that have values on both sides of it, and of those that have none above.
        self._below = np.zeros(len(self._edges) + 1, dtype=np.int64)
        self._wholly = np.zeros_like(self._below)
        self._parts: list[tuple[Summary, int, int]] = []

    def add(self, drawn: Ranked, row: int) -> None:
        """Add one row."""
        values, least, most = drawn.ordered[row], drawn.least[row], drawn.most[row]
        first, last = bin_of(least), bin_of(most)
        # Of values in order, those below an edge stand before it.
        if first < last:
            self._below[first:last] += values.searchsorted(self._edges[first:last])
        self._wholly[last] += drawn.draws
        self._parts.append((drawn.sums[row], least, most))

    def summary(self) -> Summary:
        """Tell what all of them come to."""
        import numpy as np

        counts = np.diff(self._below + self._wholly.cumsum(), prepend=0)
        places = np.flatnonzero(counts)
        sums = [each for each, _, _ in self._parts]
        return Summary(
            sum(each.count for each in sums),
            sum(each.total for each in sums),
            sum(each.squares for each in sums),
            min((least for _, least, _ in self._parts), default=None),
            max((most for _, _, most in self._parts), default=None),
            tuple(zip(places.tolist(), counts[places].tolist(), strict=True)),
        )
