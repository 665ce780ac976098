"""The rule about what refers to images: signatures, attestations and SBOMs that are to be stored beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.plan.rules.rule import Observation, Rule, listed
from regplan.plan.rules.sources import REFERRERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.plan.rules.rule import Basis

__all__ = ["RULES"]


def _look_referrers(_: Rule, basis: Basis) -> Iterator[Observation]:
    report, total = basis.layers.referrers, len(basis.facts.inventory.entries)
    if report is None:
        return
    if report.unknown:
        names = listed([f"{each.reference} ({each.reason})" for each in report.unknown])
        yield Observation(
            f"What refers to {len(report.unknown)} of {total} images is not known, so that every sum is a lower bound: "
            f"{names}.",
            total - len(report.unknown),
            total,
            where="images",
            fix="Name a source that can be asked, or record the images again with --with-referrers.",
            verdict=Verdict.INCOMPLETE,
        )
    else:
        yield Observation(
            f"{report.count} signatures, attestations or SBOMs refer to the images and are counted.",
            total,
            total,
            where="images",
        )


RULES: Final = (
    Rule(
        id="image.referrers",
        title="What refers to the images is known",
        compares="the count of images of which a source told all that refers to them with all, where --with-referrers asks "
        "for it",
        source=REFERRERS,
        verdicts=(Verdict.PASS, Verdict.INCOMPLETE),
        look=_look_referrers,
        unit="images",
    ),
)
