"""Which sums of a plan are lower bounds since images of other versions of its profiles are unresolved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict

if TYPE_CHECKING:
    from regplan.model.plan import Plan

__all__ = ["growth_lows", "later_unresolved"]

_UNRESOLVED: Final = "image.unresolved"
# Where findings about other versions than the present one stand.
_LATER: Final = ("upgrade_to", "upgrade_from")


def later_unresolved(plan: Plan, key: str = "") -> bool:
    """Tell whether images of another version are unresolved: of the one that a key of the site file names, or of any that counts."""
    return any(
        each.rule == _UNRESOLVED and each.verdict is Verdict.INCOMPLETE and each.where.startswith(_LATER)
        for each in plan.findings
        if not key or each.where == key
    )


def growth_lows(plan: Plan) -> tuple[bool, bool]:
    """Tell whether what an upgrade brings is a lower bound, and whether what both versions take together is.

    What is unresolved of the present version may be what the next one brings, which is then no bound at all.
    """
    is_later, is_now = later_unresolved(plan, "upgrade_to"), bool(plan.counts.unresolved)
    return is_later and not is_now, is_later or is_now
