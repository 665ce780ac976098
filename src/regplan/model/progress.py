"""Progress of long work, as values."""

from __future__ import annotations

from collections.abc import Callable

from regplan.values import dataclass

__all__ = ["Progress", "Report"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far long work has come: `done` of `total` in `unit` ("images", "bytes"), and what is being done now."""

    done: int
    total: int
    unit: str
    what: str = ""


Report = Callable[[Progress], None]
