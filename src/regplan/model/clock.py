"""When hosts have their images: how they pull, and what the clock tells of it."""

from __future__ import annotations

from dataclasses import fields

from regplan.values import dataclass

__all__ = ["Boot", "Clock", "Course", "PullBar", "Pulling"]


@dataclass(frozen=True, slots=True)
class Pulling:
    """How hosts pull and unpack; each field is a key of the site file's section `pulls`, whose table has meaning and source.

    `measured` is the day on which the two rates of unpacking were measured, "" where they are declared or assumed.
    """

    downloads: int = 3
    downloads_of: str = "node"
    one_image_at_a_time: bool = False
    unpack_bytes_per_s: int = 185_500_000
    image_overhead_s: float = 0.52
    wire_ratio: float = 1.036
    like_hub: bool = True
    registry_tls: bool = True
    first_window_bytes: int = 14_600
    paces: bool = False
    pulls_per_s: float = 0.0
    hub_pulls: int = 0
    inflate_bytes_per_s: int = 0
    layer_overhead_s: float = 0.0
    measured: str = ""

    def changed(self) -> frozenset[str]:
        """Name what is not at its default."""
        return frozenset(each.name for each in fields(self) if getattr(self, each.name) != each.default)


@dataclass(frozen=True, slots=True)
class Boot:
    """When the hosts of a site have unpacked all their images, one way to bring these; times are None where unknown.

    `tier` is 1 for the closed form and 2 for the fluid model of layers. `peak_bps` and `busiest_bytes` (in five minutes)
    are of the internet link. `least_s` is what no order of pulls beats: hosts that are alike and drift apart are ready
    between that and `ready_max_s`. `ratio` is tier 2 over tier 1, and `reason` what makes the difference, "" where it is small.
    """

    name: str
    tier: int
    ready_p50_s: float | None = None
    ready_p95_s: float | None = None
    ready_max_s: float | None = None
    peak_bps: float | None = None
    busiest_bytes: int | None = None
    requests: int | None = None
    least_s: float | None = None
    ratio: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """The ways to bring images to a site by the clock, and how its hosts were taken to pull."""

    boots: tuple[Boot, ...]
    pulling: Pulling = Pulling()


@dataclass(frozen=True, slots=True)
class PullBar:
    """One host's pull of one image: when it began, when its last byte came, and when it was unpacked; None where never.

    `source` is internet, registry, cache or peers. Where the registry is seeded, that is a bar too: its host is registry, its
    image "", and its source seeding.
    """

    host: str
    image: str
    source: str
    begin_s: float
    fetched_s: float | None
    end_s: float | None


@dataclass(frozen=True, slots=True)
class Course:
    """The first bootstrap by the clock, one way to bring images: what runs before a registry, its seeding, then the rest."""

    name: str
    bars: tuple[PullBar, ...]

    @property
    def ends_s(self) -> float:
        """When the last pull ends that ever does."""
        return max((bar.end_s for bar in self.bars if bar.end_s is not None), default=0.0)
