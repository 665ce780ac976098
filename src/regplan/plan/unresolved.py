"""What the images that nobody could answer for may take: the size that would break the claim, and published sizes."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Final

from regplan.model.formula import Formula, Input
from regplan.model.plan import UnresolvedNeed
from regplan.plan.facts import claimed_bytes, unresolved_references
from regplan.plan.releases import assumption
from regplan.plan.storage import measured_of, need_of, required_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.plan import StorageNeed
    from regplan.plan.facts import PlanFacts
    from regplan.plan.measured import Measured

__all__ = ["unresolved_need"]

# More than all terms together can round up.
_MOST_ROUNDED: Final = 16


def unresolved_need(facts: PlanFacts) -> UnresolvedNeed | None:
    """Tell what the storage need would be with the unresolved images at given sizes; None where none is unresolved.

    Each counts like an image whose size the site file declares: nothing of it is shared, and growth, further versions,
    file system and free space come on top. `break_even_bytes` turns `storage_need` round: the largest whole average at
    which everything still fits the claim.
    """
    count = len(unresolved_references(facts))
    if not count:
        return None
    claimed, assumptions = claimed_bytes(facts), facts.site.assumptions
    known = measured_of(facts)

    def with_each(average_bytes: int) -> Measured:
        more = known.declared_bytes + count * average_bytes
        return replace(known, declared=known.declared + count, declared_bytes=more)

    @cache
    def need(average_bytes: int) -> int:
        return required_of(facts, with_each(average_bytes))

    # No image takes less of the claim than its own size.
    most = 0 if claimed is None else claimed // count
    fits = None if claimed is None else _largest_that_fits(need, claimed, most)
    p50, p90 = assumptions.image_p50_bytes, assumptions.image_p90_bytes
    told = tuple(
        _formula(facts, need_of(facts, with_each(average)), name, count)
        for name, average in (("p50", p50), ("p90", p90))
    )
    return UnresolvedNeed(
        count=count,
        break_even_bytes=fits,
        p50_bytes=p50,
        p90_bytes=p90,
        need_p50_bytes=int(told[0]),
        need_p90_bytes=int(told[1]),
        formulas=told if claimed is None or fits is None else (*told, _break_even(need, claimed, fits, most + 1)),
    )


def _break_even(need: Callable[[int], int], claimed: int, fits: int, beyond: int) -> Formula:
    """Tell the largest average as where a straight line meets the claim, less what whole bytes of terms make of it."""
    least, most = need(0), need(beyond)
    line = "(claimed_bytes - need_without_bytes) * beyond_bytes / (need_beyond_bytes - need_without_bytes)"
    inputs = (
        Input("claimed_bytes", claimed, "bytes", "declared", "registry.storage, or the profiles' values"),
        Input(
            "need_without_bytes",
            least,
            "bytes",
            "assumed",
            "the need without the unresolved images, storage.required_bytes",
        ),
        Input(
            "beyond_bytes",
            beyond,
            "bytes",
            "rule",
            "an average that cannot fit: the claim divided by the images, and one",
        ),
        Input("need_beyond_bytes", most, "bytes", "assumed", "the need with each unresolved image at beyond_bytes"),
    )
    exactly = int(Formula("line", f"max(floor({line}), 0)", inputs))
    rounded = Input("rounded_bytes", exactly - fits, "bytes", "measured", "terms are whole bytes, and round up")
    return Formula("break_even_bytes", f"max(floor({line}), 0) - rounded_bytes", (*inputs, rounded))


def _formula(facts: PlanFacts, need: StorageNeed, name: str, count: int) -> Formula:
    """Add up the terms of a need in which `count` images are declared that nobody answered for, telling those apart."""
    declared = measured_of(facts).declared_bytes
    average = assumption(facts.site, f"image_{name}_bytes")
    known = (Input("declared", declared, "bytes", "declared", "declared_sizes"),) if declared else ()
    unresolved = Input("unresolved", count, "images", "measured", "images that nobody answered for")
    images = " + ".join([*(each.name for each in known), f"unresolved * {average.name}"])
    others = [term for term in need.terms if term.key != "declared"]
    # What is a share of the images is another number here than in the need as it is known.
    rest = tuple(
        Input(
            f"{term.key}_at_{name}" if term.provenance == "assumed" else term.key,
            term.size_bytes,
            "bytes",
            term.provenance,
            term.source,
        )
        for term in others
    )
    expression = " + ".join([images, *(each.name for each in rest)])
    return Formula(f"need_{name}_bytes", expression, (*known, unresolved, average, *rest))


def _largest_that_fits(need: Callable[[int], int], claimed: int, most: int) -> int:
    """Find the largest average up to `most` at which the need, which only grows in it, fits; 0 where not even 0 does."""
    least, beyond = need(0), need(most + 1)
    if least >= claimed:
        return 0
    # But for rounding the need is a straight line, so that the answer lies next to where the line meets the claim.
    guess = (claimed - least) * (most + 1) // (beyond - least)
    near = range(max(guess - _MOST_ROUNDED, 0), min(guess + _MOST_ROUNDED, most + 1))
    fitting = near if need(near.start) <= claimed < need(near.stop) else range(most + 1)
    return fitting.start + bisect_right(fitting, claimed, key=need) - 1
