"""Growth and runway: when the registry passes 80 % of what its claim holds, and when it is full."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from regplan.model.formula import exact
from regplan.model.outlook import Outlook
from regplan.plan.releases import is_collected

if TYPE_CHECKING:
    from regplan.model.plan import StorageNeed
    from regplan.plan.facts import PlanFacts

__all__ = ["MONTHS", "USED", "outlook_of", "used_in"]

# Ten years; what lasts longer need not be planned now.
MONTHS: Final = 120
_WARN: Final = Fraction(8, 10)
_MONTHS_PER_YEAR: Final = 12
# What is there whatever the images do; `uploads` and the like are there while something is seeded, at any time.
_CONSTANT: Final = frozenset({"palette_images", "charts_packs", "uploads", "abandoned", "on_demand", "metadata"})
_SET: Final = frozenset({"live", "other_platforms", "provider_image", "declared"})
# How a month is reckoned; `most_versions` is left out where nothing deletes.
USED: Final = "constant_bytes + ceil(set_bytes * (1 + growth_per_year) ** (month / 12)) + {versions} * version_bytes"


def outlook_of(facts: PlanFacts, need: StorageNeed) -> Outlook | None:
    """Tell how the registry fills up over ten years; None where nothing is claimed.

    Every release adds a version. Where something deletes and collects, no more of them stay than are kept; where it
    deletes and nothing collects, what is deleted stays as garbage, and so does everything where nothing deletes. Raises
    `ArithmeticError` for growth beyond any number, which the storage need has refused before.
    """
    versions = need.versions
    if need.claimed_bytes is None or versions is None:
        return None
    collected = versions.deletes and is_collected(facts)
    plain = Outlook(
        usable_bytes=0,
        warn_bytes=0,
        used_bytes=(),
        warn_month=None,
        full_month=None,
        constant_bytes=sum(term.size_bytes for term in need.terms if term.key in _CONSTANT),
        set_bytes=sum(term.size_bytes for term in need.terms if term.key in _SET),
        growth_per_year=facts.site.assumptions.growth_per_year,
        releases_per_year=versions.releases_per_year,
        version_bytes=versions.next_bytes,
        most_versions=versions.count - 1 if collected else None,
    )
    usable = math.floor(need.claimed_bytes * (1 - exact(facts.site.assumptions.filesystem_overhead)))
    warn = math.floor(usable * _WARN)
    used = tuple(used_in(plain, month) for month in range(MONTHS + 1))
    return _with_lines(plain, used, usable, warn)


def used_in(outlook: Outlook, month: int) -> int:
    """Tell what lies in the registry at the end of a month, in bytes, as `USED` says."""
    released = math.floor(exact(outlook.releases_per_year) * month / _MONTHS_PER_YEAR)
    versions = released if outlook.most_versions is None else min(released, outlook.most_versions)
    return outlook.constant_bytes + _grown(outlook, month) + versions * outlook.version_bytes


def _grown(outlook: Outlook, month: int) -> int:
    if not outlook.growth_per_year:
        return outlook.set_bytes
    rate = 1 + exact(outlook.growth_per_year)
    years, rest = divmod(month, _MONTHS_PER_YEAR)
    # Whole years are exact; a month between two is as near as a float comes.
    between = exact(float(rate) ** (rest / _MONTHS_PER_YEAR)) if rest else 1
    return math.ceil(outlook.set_bytes * rate**years * between)


def _with_lines(plain: Outlook, used: tuple[int, ...], usable: int, warn: int) -> Outlook:
    def first(limit: int) -> int | None:
        return next((month for month, size_bytes in enumerate(used) if size_bytes > limit), None)

    return replace(
        plain, used_bytes=used, usable_bytes=usable, warn_bytes=warn, warn_month=first(warn), full_month=first(usable)
    )
