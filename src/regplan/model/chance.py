"""What many drawn lives of a site come to, as every face shows it: means and percentiles, each with between what it is."""

from __future__ import annotations

from regplan.values import dataclass

__all__ = ["Chance", "ChanceWay", "DrawnFrom", "Estimate", "PaysFrom", "Spread"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number as drawn, and between what it is with a confidence of 95 %; None is an end that so few draws tell nothing about."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """How what was drawn is spread: its mean, half and 95 % of all below it, and the largest that was drawn."""

    mean: Estimate
    p50: Estimate
    p95: Estimate
    most: float


@dataclass(frozen=True, slots=True)
class ChanceWay:
    """What all lives came to under one topology; None is what nobody can tell, such as a cost without prices.

    `host_ready_s` is of each host of each life, `ready_s` of the last host of each. `blocked_minutes` are of all hosts of a
    life together. `boot_nights` and `upgrade_nights` are the scenario's windows that the bootstrap and the largest upgrade of a
    life take. `saved_ratio` is the ratio of the means.
    """

    topology: str
    wan_bytes: Spread
    wan_month_bytes: tuple[Spread, ...]
    saved_bytes: Spread
    saved_ratio: Estimate | None
    blocked_minutes: Spread
    visits: Spread
    peak_bps: Spread | None = None
    host_ready_s: Spread | None = None
    ready_s: Spread | None = None
    cost: Spread | None = None
    boot_nights: Spread | None = None
    upgrade_nights: Spread | None = None


@dataclass(frozen=True, slots=True)
class PaysFrom:
    """From how many hosts on a registry seeded over the internet carries less.

    `hosts` is by the means of all lives, None where it never does; `drawn` how it is spread over the lives in which it does,
    `never_ratio` the share of those in which it does not.
    """

    hosts: int | None
    drawn: Spread | None
    never_ratio: float


@dataclass(frozen=True, slots=True)
class DrawnFrom:
    """One value that lives are drawn from: the site file's key, by which law, and whether the site file says it."""

    key: str
    value: str
    law: str
    provenance: str


@dataclass(frozen=True, slots=True)
class Chance:
    """A site's life, drawn many times: `seed` draws the same again, up to `most` lives, and fewer where they are `enough`.

    `workers` are the processes that drew, which is all that another number of them changes. `window` is the scenario's, as
    seconds of the day, `window_bps` what may be taken in it.
    """

    seed: int
    draws: int
    most: int
    is_enough: bool
    years: float
    ways: tuple[ChanceWay, ...]
    pays: PaysFrom
    drawn_from: tuple[DrawnFrom, ...] = ()
    window: tuple[int, int] | None = None
    window_bps: int | None = None
    workers: tuple[int, ...] = ()

    def way(self, topology: str) -> ChanceWay | None:
        """Tell one topology's, None where there is none of this name."""
        return next((each for each in self.ways if each.topology == topology), None)
