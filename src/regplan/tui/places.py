"""Where one can be in the app: the twelve places and the keys that lead there, and the trail of those that were visited."""

from __future__ import annotations

from typing import Final

from regplan.values import dataclass

__all__ = ["PLACES", "Place", "Trail"]

_LONGEST: Final = 50


@dataclass(frozen=True, slots=True)
class Place:
    """One screen that a key leads to; `mode` is its name, also for commands."""

    mode: str
    key: str
    title: str
    says: str


# The keys are promises: a screen that comes later takes the one that stands here for it, and none moves.
PLACES: Final[tuple[Place, ...]] = (
    Place("start", "0", "Start", "What can be opened."),
    Place("verdict", "1", "Verdict", "Whether the site fits, and why."),
    Place("layers", "2", "Layers", "What images cost, and who shares what."),
    Place("sharing", "3", "Sharing", "Which packs share bytes with which."),
    Place("capacity", "4", "Capacity", "From what is declared to the PVC, and how long it lasts."),
    Place("bandwidth", "5", "Bandwidth", "What events carry over the links, and how long that takes."),
    Place("diff", "6", "Diff", "What an upgrade adds, keeps and drops."),
    Place("registry", "7", "Registry", "What a running registry holds, lacks and need not hold."),
    Place("seed", "8", "Seed", "The seeding: its plan, its progress, its proof."),
    Place("fleet", "9", "Fleet", "Many sites, worst first."),
    Place("images", "i", "Images", "Profiles, packs and the images that they name."),
    Place("hosts", "h", "Hosts", "Processors, memory and disk, host by host."),
)


@dataclass(frozen=True, slots=True)
class Trail:
    """The places that were visited, in order, and at which of them one is.

    >>> trail = Trail().visit("verdict").visit("layers")
    >>> trail.back().here, trail.back().back().back().here, trail.back().forward().here
    ('verdict', 'start', 'layers')
    """

    visited: tuple[str, ...] = ("start",)
    at: int = 0

    @property
    def here(self) -> str:
        """The place one is at."""
        return self.visited[self.at]

    def visit(self, mode: str) -> Trail:
        """Go to a place; what lay ahead is forgotten, and so is what was visited very long ago."""
        if mode == self.here:
            return self
        visited = (*self.visited[: self.at + 1], mode)[-_LONGEST:]
        return Trail(visited, len(visited) - 1)

    def back(self) -> Trail:
        """Go one place back, if there is one."""
        return Trail(self.visited, max(self.at - 1, 0))

    def forward(self) -> Trail:
        """Go one place on again, if there is one."""
        return Trail(self.visited, min(self.at + 1, len(self.visited) - 1))
