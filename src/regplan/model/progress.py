"""Progress of long work, as values."""

from __future__ import annotations

from collections.abc import Callable

from regplan.values import dataclass

__all__ = ["Progress", "Report"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far long work has come: `done` of `total` in `unit` ("images", "bytes"), and what is being done now.

    `moving` are beside `done` on their way, and none any more where the attempt that sends them fails.
    """

    done: int
    total: int
    unit: str
    what: str = ""
    moving: int = 0


Report = Callable[[Progress], None]
