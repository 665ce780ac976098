"""Rules about the registry's storage: the claim, the documented minimum, the disks behind it, and what fills it up."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.model.formula import Formula, Input
from regplan.model.plan import MINIMUM_BYTES
from regplan.plan.facts import unresolved_references
from regplan.plan.releases import lacking_versions
from regplan.plan.rules import disks
from regplan.plan.rules.retention import NO_RETENTION
from regplan.plan.rules.rule import Observation, Rule, Threshold
from regplan.plan.rules.sources import OWN, PRIMARY, SINCE_PRIMARY
from regplan.units import GB, GiB, MiB, format_bytes, format_count, format_least

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.plan import StorageNeed
    from regplan.plan.rules.rule import Basis

__all__ = ["RULES"]

_CLAIM: Final = "`registry.storage`"
_NO_REGISTRY: Final = Observation(
    "The site plans no primary registry, so this rule does not apply.", where="registry", verdict=Verdict.INFO
)
# What a registry need not take more of (distribution specification, "Pushing Manifests"): the most that a manifest or
# config of unknown size can add.
_MOST_UNKNOWN: Final = 4 * MiB


def _look_minimum(rule: Rule, basis: Basis) -> Iterator[Observation]:
    if basis.facts.site.registry is None:
        yield _NO_REGISTRY
        return
    claimed, required = basis.need.claimed_bytes, rule.number()
    binary = required // GB * GiB
    has, note = "", ""
    if claimed is not None:
        has = f"The registry claims {format_bytes(claimed)} ({format_bytes(claimed, binary=True)}). "
        note = ", met" if claimed >= binary else ", not met"
    yield Observation(
        f"{has}The documented minimum is {required // GB} GB; read as {required // GB} GiB it would be "
        f"{format_bytes(binary)}{note}.",
        claimed,
        required,
        where="registry.storage",
        fix=f"Claim at least {required // GB} GB for the registry{_snippet(basis, required)}.",
        absent=_CLAIM,
        formulas=(*_claimed(claimed), _documented(rule, required)),
    )


def _claimed(claimed: int | None) -> tuple[Formula, ...]:
    if claimed is None:
        return ()
    stated = Input("claimed_bytes", claimed, "bytes", "declared", "registry.storage, or the profiles' values")
    return (Formula("measured", "claimed_bytes", (stated,)),)


def _documented(rule: Rule, required: int) -> Formula:
    return Formula("required", "minimum_bytes", (Input("minimum_bytes", required, "bytes", "rule", rule.source),))


def _look_claim(_: Rule, basis: Basis) -> Iterator[Observation]:
    if basis.facts.site.registry is None:
        yield _NO_REGISTRY
        return
    claimed, required = basis.need.claimed_bytes, basis.need.required_bytes
    lower_bound = _why_lower_bound(basis)
    needs = f"The images need {'at least ' if lower_bound else ''}{format_bytes(required)}{lower_bound}"
    has = "" if claimed is None else f"; the registry claims {format_bytes(claimed)}"
    fits = claimed is not None and claimed >= required
    yield Observation(
        f"{needs}{has}.{_with_unresolved(basis.need)}",
        claimed,
        required,
        where="registry.storage",
        fix="Resolve what is unknown, or state its size in `declared_sizes`."
        if fits
        else f"Claim at least {format_least(required)} for the registry{_snippet(basis, required)}.",
        verdict=Verdict.INCOMPLETE if fits and lower_bound else None,
        absent=_CLAIM,
        formulas=(*_claimed(claimed), *_sum(basis.need)),
    )


def _sum(need: StorageNeed) -> tuple[Formula, ...]:
    return tuple(replace(each, key="required") for each in need.formulas if each.key == "required_bytes")


def _with_unresolved(need: StorageNeed) -> str:
    """Tell what the unresolved images may take beside what is known, "" where there is none."""
    more = need.unresolved
    if more is None:
        return ""
    assumed = (
        f" With each unresolved image at a published p50 of {format_bytes(more.p50_bytes)} the need would be "
        f"{format_bytes(more.need_p50_bytes)}, at p90 of {format_bytes(more.p90_bytes)} "
        f"{format_bytes(more.need_p90_bytes)} (assumed)."
    )
    if not more.break_even_bytes:
        return assumed
    average = format_bytes(more.break_even_bytes)
    return f" The claim holds while the unresolved images take at most {average} each on average.{assumed}"


def _snippet(basis: Basis, required: int) -> str:
    """Tell the line that claims so much in the values of the pack that claims, "" where its key is not known."""
    for pack in basis.facts.declarations.settings.wiring.registries:
        if pack.storage_key and pack.is_legacy:
            return f", in {pack.where}: `{pack.storage_key}: {math.ceil(required / GB)}`"
        if pack.storage_key:
            return f", in {pack.where}: `{pack.storage_key}: {math.ceil(required / GiB)}Gi`"
    return ""


def _why_lower_bound(basis: Basis) -> str:
    """Tell why the need is a lower bound that matters, "" where the claim is decided all the same."""
    later = sum(len(each.unresolved) for each in lacking_versions(basis.facts) if each.is_counted)
    unresolved, unknown = len(unresolved_references(basis.facts)) + later, basis.layers.sizes_unknown
    if unresolved:
        return f", with {unresolved} {'image' if unresolved == 1 else 'images'} unresolved"
    slack = (basis.need.claimed_bytes or 0) - basis.need.required_bytes
    if unknown and 0 <= slack < unknown * _MOST_UNKNOWN:
        return f", with {format_count(unknown, 'size')} of manifests or configs unknown"
    return ""


def _look_differs(_: Rule, basis: Basis) -> Iterator[Observation]:
    registry, settings = basis.facts.site.registry, basis.facts.declarations.settings
    if registry is None or registry.storage_bytes is None or settings.storage_bytes is None:
        return
    stated, profiled = registry.storage_bytes, settings.storage_bytes
    if stated == profiled:
        return
    required = max(basis.need.required_bytes, MINIMUM_BYTES)
    fits = profiled >= required or stated < required
    yield Observation(
        f"The site file claims {format_bytes(stated)}, the profiles' values {format_bytes(profiled)}; the cluster gets "
        "what the profiles say.",
        profiled,
        required,
        where="registry.storage",
        fix=f"Write the same size into the site file and the registry pack's values{_snippet(basis, required)}.",
        verdict=Verdict.INFO if fits else Verdict.FAIL,
    )


_ALL: Final = (Verdict.PASS, Verdict.FAIL, Verdict.INCOMPLETE, Verdict.INFO)
RULES: Final = (
    Rule(
        id="storage.minimum",
        title="The documented minimum of persistent storage",
        compares="the registry's claim with the documented minimum; INFO without a primary registry",
        source=PRIMARY,
        verdicts=_ALL,
        look=_look_minimum,
        thresholds=(Threshold(MINIMUM_BYTES),),
        unit="bytes",
        since=SINCE_PRIMARY,
        reading="decimal, GB = 10^9; the message says whether GiB would be met too",
    ),
    Rule(
        id="storage.claim",
        title="The need of these images",
        compares="the registry's claim with the sum of the storage terms; a lower bound that fits is INCOMPLETE, one that "
        "does not is FAIL; INFO without a primary registry",
        source=PRIMARY,
        verdicts=_ALL,
        look=_look_claim,
        unit="bytes",
        since=SINCE_PRIMARY,
    ),
    *disks.RULES,
    NO_RETENTION,
    Rule(
        id="storage.differs",
        title="One claim in the site file and in the profiles",
        compares="the claim in the profiles' values with the need and the documented minimum, where the site file claims "
        "another size: FAIL where only the site file's would do",
        source=OWN,
        verdicts=(Verdict.FAIL, Verdict.INFO),
        look=_look_differs,
        unit="bytes",
    ),
)
