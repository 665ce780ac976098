"""What a rollout file says, and what came of it for a table of sites, as values."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.fleet import FleetProblem
    from regplan.model.rollout import Rollout, RolloutRules
    from regplan.model.windows import Windows

__all__ = ["RolloutFile", "RolloutGroup", "RolloutStudy", "WaveWish"]


@dataclass(frozen=True, slots=True)
class WaveWish:
    """A wave as the file has it: so many sites (`count`), those whose names match a pattern of `sites`, or the rest.

    Where waves come from a column, `name` is what stands in it.
    """

    name: str
    wait_days: int = 1
    count: int | None = None
    sites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RolloutGroup:
    """Sites whose names match a pattern, and what holds for them: their windows, and how they get images; "" as for all."""

    sites: tuple[str, ...]
    windows: tuple[str, ...] = ()
    way: str = ""


@dataclass(frozen=True, slots=True)
class RolloutFile:
    """A rollout file: `rules` without waves, which depend on the sites.

    `event` is bootstrap or upgrade, `way` how sites get images: direct, primary, bundle, pull-through or peer-to-peer.
    `order` is listed, smallest or largest. `wave_column` is the column that names each site's wave, "" for none.
    """

    rules: RolloutRules
    event: str = "bootstrap"
    way: str = "primary"
    order: str = "listed"
    wave_column: str = ""
    default_wait_days: int = 1
    waves: tuple[WaveWish, ...] = ()
    windows: tuple[str, ...] = ("00:00-24:00",)
    groups: tuple[RolloutGroup, ...] = ()
    defaulted: tuple[str, ...] = ()
    file: str = ""

    def hours_of(self, name: str, zone: str) -> Windows:
        """Tell the windows of a site, by the clock of its place."""
        from regplan.model.windows import Windows

        own = (each.windows for each in self.groups if each.windows and _matches(name, each.sites))
        return Windows.parse(next(own, self.windows), zone)

    def way_of(self, name: str) -> str:
        """Tell how a site gets its images."""
        own = (each.way for each in self.groups if each.way and _matches(name, each.sites))
        return next(own, self.way)


@dataclass(frozen=True, slots=True)
class RolloutStudy:
    """A rollout of a table of sites, the rows that are no part of it, and what was taken for granted."""

    file: RolloutFile
    rollout: Rollout
    problems: tuple[FleetProblem, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def lower_bounds(self) -> tuple[str, ...]:
        """The sites of which images could not be resolved, so that they need more than is told."""
        return tuple(site.need.name for site in self.rollout.sites if site.need.is_lower_bound)

    def __repr__(self) -> str:
        """Tell the counts, which is what one wants to see in a notebook or a failing test."""
        return f"<RolloutStudy {self.rollout!r}, {len(self.problems)} problems>"


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    from fnmatch import fnmatchcase

    return any(fnmatchcase(name, pattern) for pattern in patterns)
