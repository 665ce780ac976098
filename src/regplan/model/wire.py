"""What the internet link carries, with and without the primary registry."""

from __future__ import annotations

from regplan.showing import shown
from regplan.values import dataclass

__all__ = ["SimulatedScenario", "Simulation", "Wire"]


@dataclass(frozen=True, slots=True)
class Wire:
    """The first bootstrap in internet bytes; `saved_ratio` is None where direct is 0.

    `saved_low_bytes` and `saved_high_bytes` put the images of unknown placement on one host and on all hosts.
    Times are None where the site names no internet link. `host_bytes` are what each host pulls, and `early_bytes` those of
    them that it pulls before a registry lives; `host_images` counts the references behind the former. `content_bytes` is
    what the registry is seeded with, every image once. `direct_low_bytes` and `direct_high_bytes` are `direct_bytes` under the
    bounds. What nobody told is 0 or empty.
    """

    direct_bytes: int
    primary_bytes: int
    saved_low_bytes: int
    saved_high_bytes: int
    direct_boot_s: float | None
    primary_boot_s: float | None
    images_of_unknown_placement: int = 0
    host_bytes: tuple[tuple[str, int], ...] = ()
    early_bytes: tuple[tuple[str, int], ...] = ()
    host_images: tuple[tuple[str, int], ...] = ()
    content_bytes: int = 0
    content_images: int = 0
    direct_low_bytes: int = 0
    direct_high_bytes: int = 0

    @property
    def saved_bytes(self) -> int:
        """What the registry saves; negative where it costs more than it saves."""
        return self.direct_bytes - self.primary_bytes

    @property
    def saved_ratio(self) -> float | None:
        """The saved share of what goes over the link without a registry."""
        return self.saved_bytes / self.direct_bytes if self.direct_bytes else None


@dataclass(frozen=True, slots=True)
class SimulatedScenario:
    """One way to bring images to a site: `name` is direct, primary or bundle; `boot_s` are p50, p95 and max."""

    name: str
    wan_bytes: int
    lan_bytes: int
    media_bytes: int
    boot_p50_s: float | None
    boot_p95_s: float | None
    boot_max_s: float | None


@dataclass(frozen=True, slots=True)
class Simulation:
    """The scenarios of one site's first bootstrap side by side, and what the registry saves."""

    site: str
    scenarios: tuple[SimulatedScenario, ...]
    wire: Wire

    _repr_mimebundle_ = shown
