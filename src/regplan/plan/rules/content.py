"""Rules about what no profile says: Palette's own images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.plan.facts import palette_bytes
from regplan.plan.packs import PROVIDED_LAYER
from regplan.plan.rules.rule import Observation, Rule, listed
from regplan.plan.rules.sources import PACKS
from regplan.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.plan.facts import PlanFacts
    from regplan.plan.prepared import Prepared
    from regplan.plan.rules.rule import Basis

__all__ = ["RULES"]

_KEY: Final = "content.palette_images"
_BUNDLE: Final = "the bundle-definition.yaml that `palette content build --metadata-only` writes"


def _look_palette(_: Rule, basis: Basis) -> Iterator[Observation]:
    facts = basis.facts
    # A site of mere references runs no Palette that could bring its own.
    if facts.site.registry is None or not facts.declarations.profiles:
        return
    yield _see(facts)


def _see(facts: PlanFacts) -> Observation:
    site, bundles, declared = facts.site, facts.declarations.bundles, palette_bytes(facts)
    if bundles:
        return Observation(
            f"Palette's own images are counted as the bundle definition lists them: {listed(bundles)}.",
            where=_KEY,
            verdict=Verdict.PASS,
        )
    if site.palette_images == "unknown":
        counted = "are not counted" if declared is None else f"count with the declared {format_bytes(declared)} alone"
        return Observation(
            f"Which of Palette's own images the registry gets is not stated, and no profile says it: {_own(facts)} {counted}.",
            where=_KEY,
            fix=f"Set `{_KEY}` in the site file, or hand over {_BUNDLE}.",
            verdict=Verdict.INCOMPLETE,
        )
    if site.palette_images == "none" and not site.compliance_images:
        return Observation(
            "The site file says that no images of Palette's own are brought.", where=_KEY, verdict=Verdict.PASS
        )
    if declared is not None:
        return Observation(
            f"Palette's own images count with the {format_bytes(declared)} that the site file declares.",
            where=_KEY,
            verdict=Verdict.PASS,
        )
    return Observation(
        f"The registry gets images of Palette's own, and no public list tells their sizes: {_own(facts)} are not counted.",
        where=_KEY,
        fix=f"Set `{_KEY}_size`, or hand over {_BUNDLE}.",
        verdict=Verdict.INFO,
    )


def _lists_provider(prepared: Prepared) -> bool:
    return any(use.provenance.layer == PROVIDED_LAYER for use in prepared.declarations.uses)


def _own(facts: PlanFacts) -> str:
    """Name what no profile lists; the provider image is where the os layer lists it."""
    site = facts.site
    what = [] if site.palette_images == "none" else ["the agent's images"]
    what += [] if site.palette_images in {"none", "core"} else ["service images"]
    what += ["images of compliance scans"] if site.compliance_images or site.palette_images == "unknown" else []
    listed_provider = facts.prepared.once(_lists_provider)
    if site.deployment == "appliance" and not listed_provider and site.palette_images != "none":
        what.append("the provider image")
    return " and ".join(filter(None, (", ".join(what[:-1]), what[-1])))


RULES: Final = (
    Rule(
        id="content.palette-images",
        title="Palette's own images",
        compares="whether the site file says which of Palette's own images the registry gets, or a bundle definition lists "
        "them; INCOMPLETE until one does, INFO where it is said and their size is not; applies where cluster profiles and "
        "a primary registry are planned",
        source=PACKS,
        verdicts=(Verdict.PASS, Verdict.INCOMPLETE, Verdict.INFO),
        look=_look_palette,
    ),
)
