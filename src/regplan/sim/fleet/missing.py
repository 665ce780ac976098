"""What images that a registry lacks add to each draw of a site's years, and take from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.sim.fleet.lacking import Lacks, WayLacks

__all__ = ["Changes", "Missing"]


@dataclass(frozen=True, slots=True)
class Changes:
    """Bytes more or less in each draw.

    Of the set-up, of an upgrade, of each host in it that joined, of joins by version, of failures by version and kind, and of pods
    that move, which are as expected and not whole.
    """

    set_up: Any
    upgrade: Any
    upgrade_joined: Any
    joins: Any
    failures: Any
    moves: Any


class Missing:
    """A site's groups of images and what they change, as arrays; sites that are alike share them."""

    def __init__(self, lacks: Lacks, ways: dict[int, WayLacks]) -> None:
        """Lay out which images make up each group, and by the place of each topology what it changes."""
        import numpy as np

        self.lacks = lacks
        self._members = np.zeros((lacks.images, len(lacks.groups)), dtype=np.float32)
        for place, group in enumerate(lacks.groups):
            self._members[list(group), place] = 1
        self._sizes = self._members.sum(axis=0)
        self._ways = {place: (way, _rows(way)) for place, way in ways.items()}

    def hits(self, missing: Any) -> Any:  # noqa: ANN401
        """Tell which groups are missing whole in each draw, from which images are (a row for each draw)."""
        import numpy as np

        counts = missing.astype(np.float32) @ self._members
        return (counts == self._sizes).astype(np.float64)

    def changes(self, place: int, hits: Any, missing: Any, moves: Any) -> Changes:  # noqa: ANN401
        """Tell what is changed under the topology at a place: whole bytes, since sums of whole numbers below 2^53 are exact."""
        import numpy as np

        way, rows = self._ways[place]
        told = np.rint(hits @ rows).astype(np.int64)
        kinds, upgrade = len(way.failures[0]), told[:, 1]
        if way.upgrade_share is not None:
            brought = np.rint((way.whole_bytes + upgrade) * way.upgrade_share).astype(np.int64)
            upgrade = brought - round(way.whole_bytes * way.upgrade_share)
        moved = np.zeros(len(missing))
        for chance, weights in way.moves:
            moved += missing @ np.array(weights) * (1 - (1 - chance) ** moves)
        return Changes(told[:, 0], upgrade, told[:, 2], told[:, 3:5].T, told[:, 5:].reshape(-1, 2, kinds), moved)

    def __contains__(self, place: int) -> bool:
        """Tell whether anything changes under the topology at a place."""
        return place in self._ways


def _rows(way: WayLacks) -> Any:  # noqa: ANN401
    import numpy as np

    rows = (way.set_up, way.upgrade, way.upgrade_joined, *way.joins, *way.failures[0], *way.failures[1])
    return np.array(rows, dtype=np.float64).T
