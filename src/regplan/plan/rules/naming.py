"""Rules about the names that images get at the registry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.plan.mapping import without_idle
from regplan.plan.names import clashes, known_digests, moved, profile_mapping, target_names
from regplan.plan.rules.rule import Observation, Rule, listed
from regplan.plan.rules.sources import MAPPING, TAGS
from regplan.units import format_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from regplan.model.profile import Declarations
    from regplan.oci.digest import Digest
    from regplan.oci.reference import Reference
    from regplan.plan.mapping import Mapping as Naming
    from regplan.plan.names import Clash
    from regplan.plan.prepared import Prepared
    from regplan.plan.rules.rule import Basis

__all__ = ["RULES", "see_names", "see_profile_rules"]


def see_names(
    references: Iterable[Reference], project: str, mapping: Naming, known: Mapping[Reference, tuple[Digest, ...]]
) -> Iterator[Observation]:
    """Tell of names that several references get, and of references that get none; `known` are digests by reference."""
    every = tuple(references)
    for problem in target_names(every, project, mapping)[1]:
        fix = "Use another mapping (`--mapping`), or a shorter project."
        yield Observation(f"{problem}.", where="images", fix=fix, verdict=Verdict.FAIL)
    for clash in clashes(every, project, mapping, known):
        yield _of(clash)


def see_profile_rules(declarations: Declarations, project: str) -> Iterator[Observation]:
    """Tell of rules in the profiles that would give images other names than the default does."""
    rules = declarations.settings.wiring.rules
    if rules.problems:
        yield Observation(
            f"Rules in the profiles are not understood: {listed(rules.problems)}.",
            where=rules.source,
            fix="Mend them, or write what they should be into a file for --mapping.",
            verdict=Verdict.INFO,
        )
    renaming, references = profile_mapping(declarations.settings), declarations.references()
    idle = moved(references, project, replace(rules, replaced=())) if rules.mapped and not renaming.mapped else ()
    if idle:
        yield Observation(
            f"The profiles have registryMappingRules for {format_count(len(idle), 'image')}; with Registry Connect they say where content "
            "is mirrored, and images keep their names.",
            where=rules.source,
            fix="Write imageReplacementRules into Registry Connect's values, if the names are to be rewritten.",
            verdict=Verdict.INFO,
        )
    others = moved(references, project, renaming)
    if others:
        counts = [(len(renaming.replaced), "imageReplacementRules"), (len(renaming.mapped), "registryMappingRules")]
        kinds = " and ".join(f"{count} {kind}" for count, kind in counts if count)
        yield Observation(
            f"The profiles have {kinds}, which give {format_count(len(others), 'image')} other names than at the source; regplan names "
            f"images by their source's host: {listed([str(each) for each in others])}.",
            where=rules.source,
            fix="Plan, seed and verify with --mapping profile, if the cluster asks for the rewritten names.",
            verdict=Verdict.INFO,
        )


def _of(clash: Clash) -> Observation:
    names = listed([str(reference) for reference in clash.references])
    if clash.verdict is Verdict.INFO:
        how = "are one image" if clash.is_known else "are one image as far as anybody says"
        return Observation(
            f"{len(clash.references)} references get the name {clash.name}, and {how}: {names}.",
            where=clash.name,
            fix="Write one of them everywhere.",
            verdict=Verdict.INFO,
        )
    why = "are different images" if clash.is_known else "nobody here knows whether they are one image"
    return Observation(
        f"{len(clash.references)} references get the name {clash.name}, and {why}: {names}.",
        where=clash.name,
        fix="Use a mapping that keeps the host (`--mapping host`), or write one reference for both.",
        verdict=Verdict.FAIL,
    )


def _look_names(_: Rule, basis: Basis) -> Iterator[Observation]:
    facts, registry = basis.facts, basis.facts.site.registry
    if registry is None:
        return
    yield from facts.prepared.once(_names, registry.project, without_idle(facts.mapping))


def _names(prepared: Prepared, project: str, mapping: Naming) -> tuple[Observation, ...]:
    known = known_digests(prepared.inventory)
    references = dict.fromkeys((*prepared.declarations.references(), *known))
    broken = tuple(see_names(references, project, mapping, known))
    if broken or mapping == "host":
        return broken
    names = len(set(target_names(references, project, mapping)[0].values()))
    told = f"The mapping gives {format_count(len(references), 'reference')} {format_count(names, 'name')}."
    return (Observation(told, where="images", verdict=Verdict.PASS),)


def _look_rules(_: Rule, basis: Basis) -> Iterator[Observation]:
    registry = basis.facts.site.registry
    if registry is not None and basis.facts.mapping == "host":
        yield from basis.prepared.once(_profile_rules, registry.project)


def _profile_rules(prepared: Prepared, project: str) -> tuple[Observation, ...]:
    return tuple(see_profile_rules(prepared.declarations, project))


RULES: Final = (
    Rule(
        id="mapping.collision",
        title="One name at the registry for one image",
        compares="the names that references get at the registry: FAIL where several get one tag and are different images, "
        "or come from different sources and nobody knows, and where a name is none that a registry takes; INFO where they "
        "are one image. PASS is told where another mapping than the default is asked for",
        source=TAGS,
        verdicts=(Verdict.PASS, Verdict.FAIL, Verdict.INFO),
        look=_look_names,
    ),
    Rule(
        id="mapping.profile-rules",
        title="Rules in the profiles that rename images",
        compares="the names that `registryMappingRules` and `imageReplacementRules` in the profiles give with the default "
        "ones; applies unless a mapping is asked for",
        source=MAPPING,
        verdicts=(Verdict.INFO,),
        look=_look_rules,
    ),
)
