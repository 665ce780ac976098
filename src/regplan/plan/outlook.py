"""Growth and runway: when the registry passes the share of its claim from which one should act, and when it is full."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.formula import Formula, Input
from regplan.model.outlook import Outlook, outlook_inputs, used_formula
from regplan.plan.releases import assumption, is_collected, whole
from regplan.plan.storage import measured_of
from regplan.plan.terms import share_of

if TYPE_CHECKING:
    from regplan.model.plan import StorageNeed, VersionsNeed
    from regplan.plan.facts import PlanFacts

__all__ = ["MONTHS", "outlook_of"]

# Ten years; what lasts longer need not be planned now.
MONTHS: Final = 120
# What grows beyond an exabyte needs no further look.
_MOST_BYTES: Final = 10**18
# What is there whatever the images do; `uploads` and the like are there while something is seeded, at any time.
_CONSTANT: Final = ("palette_images", "charts_packs", "uploads", "abandoned", "on_demand", "metadata")
_SET: Final = ("live", "other_platforms", "provider_image", "declared")
_BEFORE: Final = "upgrade_from"


def outlook_of(facts: PlanFacts, need: StorageNeed) -> Outlook | None:
    """Tell how the registry fills up over ten years; None where nothing is claimed.

    Every release begun adds a version to those of before that lie there already. Where something deletes and its garbage is
    collected, no more of them stay than are kept, and what waits for its collection is there all the time; where it deletes
    and nothing collects, what is deleted stays, and so does everything where nothing deletes.
    """
    versions = need.versions
    if need.claimed_bytes is None or versions is None:
        return None
    freed = versions.deletes and is_collected(facts)
    older = _older(facts, versions, freed=freed)
    constant = sum(need.bytes_of(key) for key in _CONSTANT) + (need.bytes_of("garbage") if freed else 0)
    usable, warn = _lines(facts, need.claimed_bytes)
    plain = Outlook(
        usable_bytes=int(usable),
        warn_bytes=int(warn),
        used_bytes=(),
        warn_month=None,
        full_month=None,
        constant_bytes=constant,
        older_bytes=sum(older),
        set_bytes=sum(need.bytes_of(key) for key in _SET),
        growth_per_year=whole(facts.site.assumptions.growth_per_year),
        releases_per_year=whole(versions.releases_per_year),
        version_bytes=versions.next_bytes,
        most_versions=versions.count - 1 - len(older) if freed else None,
        formulas=(usable, warn),
    )
    return _filled(plain)


def _older(facts: PlanFacts, versions: VersionsNeed, *, freed: bool) -> list[int]:
    """Tell what each version of before adds that lies there now: all that are given, or as many as are kept."""
    found = [each.new_bytes for each in measured_of(facts).versions if each.key.startswith(_BEFORE)]
    return found[: versions.count - 1] if freed else found


def _lines(facts: PlanFacts, claimed: int) -> tuple[Formula, Formula]:
    offered = Input("claimed_bytes", claimed, "bytes", "declared", "registry.storage, or the profiles' values")
    inputs = (offered, share_of(facts.site, "filesystem_overhead"))
    usable = Formula("usable_bytes", "floor(claimed_bytes * (1 - filesystem_overhead))", inputs)
    left = Input("usable_bytes", int(usable), "bytes", "assumed", "what the file system leaves of the claim")
    warn = Formula("warn_bytes", "floor(usable_bytes * warn_share)", (left, assumption(facts.site, "warn_share")))
    return usable, warn


def _filled(plain: Outlook) -> Outlook:
    used: list[int] = []
    for size in used_formula(outlook_inputs(plain), 0).over("month", range(MONTHS + 1)):
        used.append(int(size))
        if used[-1] > _MOST_BYTES:
            break

    def first(limit: int) -> int | None:
        return next((month for month, size_bytes in enumerate(used) if size_bytes > limit), None)

    return replace(
        plain, used_bytes=tuple(used), warn_month=first(plain.warn_bytes), full_month=first(plain.usable_bytes)
    )
