"""The sites that an app opened last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.finding import Verdict

__all__ = ["Recent", "RecentSite"]


@dataclass(frozen=True, slots=True)
class RecentSite:
    """A site that was opened: what opens it again, and what its plan said at `opened_at` (RFC 3339); sizes in bytes."""

    target: str
    name: str
    verdict: Verdict
    required_bytes: int
    claimed_bytes: int | None
    opened_at: str


@dataclass(frozen=True, slots=True)
class Recent:
    """The sites opened last, newest first, what is wrong with the file ("" where nothing is), and the cache's content.

    `cached` counts the manifests and configs that are kept, `newest_s` is when the newest was, as Unix time in seconds.
    """

    sites: tuple[RecentSite, ...] = ()
    problem: str = ""
    cached: int = 0
    newest_s: float | None = None
