"""What a site's links carry and when, side by side, and how many nights that takes, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.clock import Clock, Course
    from regplan.model.life import Life

__all__ = ["Bandwidth", "NightsNeeded"]


@dataclass(frozen=True, slots=True)
class Bandwidth:
    """What events and the scenario carry, when hosts are ready, and the course of each way that is followed layer by layer.

    `life` and `clock` are None for a site without hosts.
    """

    life: Life | None = None
    clock: Clock | None = None
    courses: tuple[Course, ...] = ()

    def course(self, way: str) -> Course | None:
        """Give the course of a way, None where it is not followed."""
        return next((each for each in self.courses if each.name == way), None)


@dataclass(frozen=True, slots=True)
class NightsNeeded:
    """How many windows an event takes, by topology: what goes over the internet, and the windows, None where no rate is known."""

    event: str
    ways: tuple[tuple[str, int, int | None], ...]
