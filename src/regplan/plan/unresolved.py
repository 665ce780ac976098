"""What the images that nobody could answer for may take: the size that would break the claim, and published sizes."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.model.plan import UnresolvedNeed
from regplan.plan.facts import claimed_bytes, unresolved_references
from regplan.plan.storage import measure, need_of

if TYPE_CHECKING:
    from regplan.plan.facts import PlanFacts

__all__ = ["unresolved_need"]


def unresolved_need(facts: PlanFacts) -> UnresolvedNeed | None:
    """Tell what the storage need would be with the unresolved images at given sizes; None where none is unresolved.

    Each counts like an image whose size the site file declares: nothing of it is shared, and growth, further versions,
    file system and free space come on top. `break_even_bytes` turns `storage_need` round: the largest whole average at
    which everything still fits the claim.
    """
    count = len(unresolved_references(facts))
    if not count:
        return None
    known, claimed, assumptions = measure(facts), claimed_bytes(facts), facts.site.assumptions

    def need(average_bytes: int) -> int:
        more = known.declared_bytes + count * average_bytes
        return need_of(facts, replace(known, declared=known.declared + count, declared_bytes=more)).required_bytes

    # No image takes less of the claim than its own size, so the answer lies in this range; the need only grows in it.
    fitting = None if claimed is None else bisect_right(range(claimed // count + 1), claimed, key=need)
    p50, p90 = assumptions.image_p50_bytes, assumptions.image_p90_bytes
    return UnresolvedNeed(
        count=count,
        break_even_bytes=None if fitting is None else max(fitting - 1, 0),
        p50_bytes=p50,
        p90_bytes=p90,
        need_p50_bytes=need(p50),
        need_p90_bytes=need(p90),
    )
