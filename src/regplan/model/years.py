"""What drawn years come to, site by site and all sites together."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.chance import Estimate

__all__ = ["FleetWay", "FleetYears", "SiteWay", "SiteYears"]


@dataclass(frozen=True, slots=True)
class SiteWay:
    """What a site's drawn years came to under one topology, in bytes and milliseconds.

    `saved` is paired: direct pulls of the same year less these. `saved_ratio` is None where direct pulls carry nothing.
    `ready_*` are when the last host is ready at the set-up, None where no link tells.
    """

    topology: str
    wan_mean: Estimate
    wan_p95: Estimate
    wan_most: int
    saved_mean: Estimate
    saved_p05: Estimate
    saved_p95: Estimate
    saved_ratio: Estimate | None
    ready_p50_ms: Estimate | None = None
    ready_p95_ms: Estimate | None = None
    ready_most_ms: int | None = None


@dataclass(frozen=True, slots=True)
class SiteYears:
    """One site's drawn years under every topology; `line` is where it stands in the file, `years` how many a draw has.

    `is_low` is whether images of it are unresolved, of the present version or of the next, so that all bytes are lower bounds.
    """

    line: int
    name: str
    years: float
    ways: tuple[SiteWay, ...]
    is_low: bool = False

    def way(self, topology: str) -> SiteWay:
        """Tell one topology's."""
        return next(way for way in self.ways if way.topology == topology)


@dataclass(frozen=True, slots=True)
class FleetWay:
    """What all sites came to together, draw by draw, under one topology, in bytes.

    `release` is what passes head office where every site takes one release at the same time; None where none was drawn. `ready_*`
    are of all draws of all sites: when a site's last host is ready at the set-up, None where no site names a link.
    """

    topology: str
    wan_mean: Estimate
    wan_p95: Estimate
    wan_most: int
    saved_mean: Estimate
    saved_p05: Estimate
    saved_p95: Estimate
    saved_ratio: Estimate | None
    release_mean: Estimate | None = None
    release_p95: Estimate | None = None
    release_most: int | None = None
    ready_p50_ms: Estimate | None = None
    ready_p95_ms: Estimate | None = None
    ready_most_ms: int | None = None


@dataclass(frozen=True, slots=True)
class FleetYears:
    """The drawn years of a fleet; `seed` and `draws` draw the same ones again.

    `peak_bps` is the rate at head office while all sites pull at once, each as fast as its own link lets it, at the 95th
    percentile of the draws; None where no site names its link. `workers` are the processes that drew, `found` how many
    blocks were there from an earlier run.
    """

    seed: int
    draws: int
    sites: tuple[SiteYears, ...]
    ways: tuple[FleetWay, ...]
    peak_mean_bps: Estimate | None = None
    peak_p95_bps: Estimate | None = None
    blocks: int = 0
    found: int = field(default=0, compare=False)
    workers: tuple[int, ...] = field(default=(), compare=False)
