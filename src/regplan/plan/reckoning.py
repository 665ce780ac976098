"""What the terms of the storage need share: sums of a site's images, and how many versions of them lie there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.formula import Formula, Input
from regplan.plan.releases import assumption, is_collected, releases_of
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.site import Site
    from regplan.plan.facts import PlanFacts
    from regplan.plan.measured import Measured, MeasuredVersion
    from regplan.plan.releases import Releases

__all__ = ["Reckoning", "reckoning_of"]


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What terms are made of; `count` is how many versions lie there at once, `beside` are those that digests tell of.

    `assumed` is the number of those that no digests tell of, `dropped` of those that are deleted within the years and never
    freed, None where what is deleted is freed. `delta` are the inputs of a version that is taken for a share of the set.
    `counts` are the formulas that gave these numbers.
    """

    facts: PlanFacts
    measured: Measured
    releases: Releases
    count: int
    beside: tuple[MeasuredVersion, ...]
    assumed: Input
    dropped: Input | None
    delta: tuple[Input, Input]
    counts: tuple[Formula, ...]

    @property
    def site(self) -> Site:
        """The site that is planned about."""
        return self.facts.site

    @property
    def set(self) -> Input:
        """What the images take in one version, as an input."""
        return self.delta[1]


def reckoning_of(facts: PlanFacts, measured: Measured) -> Reckoning:
    """Tell what the terms of a site are made of."""
    releases = releases_of(facts)
    count = int(releases.versions)
    beside = measured.versions[: max(count - 1, 0)]
    versions = Input("versions", count, "versions", "assumed", releases.why)
    given = Input(
        "measured_versions", len(beside), "versions", "measured", "versions beside the live one that are given"
    )
    assumed = Formula("assumed_versions", "max(versions - 1, 0) - measured_versions", (versions, given), "versions")
    dropped = None
    if releases.deletes and not is_collected(facts):
        expression = "max(ceil(releases_per_year * years) - (versions - 1), 0)"
        inputs = (releases.per_year, releases.years, versions)
        dropped = Formula("dropped_versions", expression, inputs, "versions")
    known = "declared" if measured.declared else "measured"
    images = Input("set", measured.set_bytes, "bytes", known, "all images of this version")
    return Reckoning(
        facts,
        measured,
        releases,
        count,
        beside,
        assumed=_input(assumed, "versions beside this one that no digests tell of"),
        dropped=None if dropped is None else _input(dropped, "versions that are deleted and never freed"),
        delta=(assumption(facts.site, "version_delta"), images),
        counts=(releases.versions, assumed, *([] if dropped is None else [dropped])),
    )


def _input(formula: Formula, source: str) -> Input:
    return Input(formula.key, int(formula), formula.unit, "assumed", source)
