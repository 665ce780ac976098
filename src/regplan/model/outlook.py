"""How a registry fills up, month by month."""

from __future__ import annotations

from regplan.values import dataclass

__all__ = ["Outlook"]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What lies in the registry at the end of each month from now, in bytes: `used_bytes[0]` is now.

    `usable_bytes` is what the file system leaves of the claim, `warn_bytes` 80 % of that. `warn_month` and `full_month` are
    the first months beyond each, None where that is not within `used_bytes`. The others are what months are reckoned from:
    what does not grow, the set that grows, what one version adds, and how many versions beside the live one ever stay
    (None where nothing deletes).
    """

    usable_bytes: int
    warn_bytes: int
    used_bytes: tuple[int, ...]
    warn_month: int | None
    full_month: int | None
    constant_bytes: int
    set_bytes: int
    growth_per_year: float
    releases_per_year: float
    version_bytes: int
    most_versions: int | None
