"""Rules about modes that do not go together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.plan.facts import (
    missing_references,
    registry_kind,
    sync_enabled,
    unresolved_references,
    unsure_references,
)
from regplan.plan.rules.rule import Observation, Rule, listed
from regplan.plan.rules.sources import AGENT, PRIMARY, SINCE_PRIMARY, TWO_NODE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.plan.rules.rule import Basis

__all__ = ["RULES"]


def _look_primary(_: Rule, basis: Basis) -> Iterator[Observation]:
    site = basis.facts.site
    demanding = site.management == "local" and site.internet == "none"
    if not demanding or len(site.hosts) == 1 or site.registry is not None:
        yield Observation(
            "A primary registry is planned." if site.registry is not None else "This site does not require one.",
            where="registry",
            verdict=Verdict.PASS,
        )
    elif not site.hosts:
        yield Observation(
            "Whether a primary registry is required depends on the number of hosts.", where="hosts", absent="`hosts`"
        )
    else:
        yield Observation(
            f"A locally managed cluster of {len(site.hosts)} hosts without internet requires a primary registry.",
            where="registry",
            fix="Add a registry pack and Registry Connect to the profile, and `registry:` to the site file.",
            verdict=Verdict.FAIL,
        )


def _look_vertex(_: Rule, basis: Basis) -> Iterator[Observation]:
    site = basis.facts.site
    if site.registry is None:
        return
    kinds = {registry_kind(basis.facts), basis.facts.declarations.settings.kind}
    is_barred = site.edition == "vertex" and "harbor" in kinds
    yield Observation(
        "Harbor is not supported as a primary registry on VerteX."
        if is_barred
        else "The registry's kind is supported on this edition of Palette.",
        where="registry.kind",
        fix="Use Zot.",
        verdict=Verdict.FAIL if is_barred else Verdict.PASS,
    )


def _look_sync(_: Rule, basis: Basis) -> Iterator[Observation]:
    facts = basis.facts
    if facts.site.registry is None:
        return
    stated, profiled = facts.site.registry.sync, facts.declarations.settings.sync
    lost = (*missing_references(facts), *(each.reference for each in unresolved_references(facts)))
    # The cluster runs what the profiles say, whatever the site file says.
    is_off = not sync_enabled(facts) or profiled is False
    is_untold = stated is None and any(each.sync_unknown for each in facts.declarations.settings.wiring.connects)
    differs = f" The site file and the profiles differ (`sync: {str(stated).lower()}` and `{str(profiled).lower()}`)."
    note = differs if None not in {stated, profiled} and stated is not profiled else ""
    if is_off and lost:
        yield Observation(
            f"Content sync is off, and nothing shows that these will be in the registry: {listed(lost)}.{note}",
            where="registry.sync",
            fix="Add them to their packs' `pack.content.images`, make them resolvable, or switch content sync on.",
            verdict=Verdict.FAIL,
        )
        return
    if is_off and (unsure := unsure_references(facts)):
        yield Observation(
            f"Content sync is off, no list has these, and nobody can tell whether anything runs them: {listed(unsure)}.{note}",
            where="registry.sync",
            fix="Add those that run to their packs' `pack.content.images`; `regplan images --patch` writes the lists.",
            verdict=Verdict.INCOMPLETE,
        )
        return
    if not is_off and is_untold and (open_ := lost or unsure_references(facts)):
        yield Observation(
            f"Whether content sync is on cannot be told, and nothing shows that these will be in the registry: {listed(open_)}.",
            where="registry.sync",
            fix="State `registry.sync` in the site file, or give the macro of `content.sync.enable` a value.",
            verdict=Verdict.INCOMPLETE,
        )
        return
    said = "Content sync is off, and every image is listed and known." if is_off else "Content sync is on."
    verdict = Verdict.INFO if note else Verdict.PASS
    yield Observation(
        said + note, where="registry.sync", fix="Write the same into both." if note else "", verdict=verdict
    )


def _look_two_node(_: Rule, basis: Basis) -> Iterator[Observation]:
    site = basis.facts.site
    if site.management == "local" and not site.hosts:
        yield Observation("Whether this is a two-node cluster cannot be told.", where="hosts", absent="`hosts`")
        return
    is_barred = site.management == "local" and len(site.control_plane) == 2
    yield Observation(
        "Two control-plane hosts make a two-node cluster, which only central management can have."
        if is_barred
        else "This is no locally managed two-node cluster.",
        where="management",
        fix="Use one or three control-plane hosts, or central management.",
        verdict=Verdict.FAIL if is_barred else Verdict.PASS,
    )


def _look_always_pull(_: Rule, basis: Basis) -> Iterator[Observation]:
    site = basis.facts.site
    # With a primary registry registry.connect looks at the same.
    if site.registry is not None or (site.deployment, site.management) != ("agent", "local"):
        return
    layers = basis.facts.declarations.settings.wiring.admissions
    on = [layer for layer in layers if layer.always_pulls]
    unknown = [layer for layer in layers if layer.always_pulls is None]
    if on:
        yield Observation(
            "The admission plugin AlwaysPullImages makes every pod ask a registry, and what a content bundle brought is not used.",
            where=" > ".join(filter(None, (on[0].where, on[0].key))),
            fix="Take AlwaysPullImages out of `enable-admission-plugins` of the API server.",
            verdict=Verdict.FAIL,
        )
    elif unknown or not layers:
        yield Observation(
            "Whether the API server has the admission plugin AlwaysPullImages cannot be told from what is here.",
            where=unknown[0].where if unknown else "profiles",
            fix="Hand over the layer k8s with its values.",
            verdict=Verdict.INCOMPLETE,
        )
    else:
        yield Observation("The API server does not always pull images.", where=layers[0].where, verdict=Verdict.PASS)


RULES: Final = (
    Rule(
        id="mode.primary-required",
        title="Sites that require a primary registry",
        compares="whether a locally managed cluster of several hosts without internet plans one",
        source=PRIMARY,
        verdicts=(Verdict.PASS, Verdict.FAIL, Verdict.INCOMPLETE),
        look=_look_primary,
        since=SINCE_PRIMARY,
    ),
    Rule(
        id="mode.vertex-harbor",
        title="Harbor on VerteX",
        compares="the registry's kind, in the site file and in the profiles, with what VerteX supports",
        source=PRIMARY,
        verdicts=(Verdict.PASS, Verdict.FAIL),
        look=_look_vertex,
        since=SINCE_PRIMARY,
    ),
    Rule(
        id="mode.sync-off-missing",
        title="Content sync is off and images are missing",
        compares="whether every image is in a list and resolved where content sync is off, by the site file or by the "
        "profiles; INCOMPLETE where no list has an image of which nobody can tell whether anything runs it, and where one is missing "
        "and whether sync is on cannot be told; INFO where the two differ and nothing is missing",
        source=PRIMARY,
        verdicts=(Verdict.PASS, Verdict.FAIL, Verdict.INCOMPLETE, Verdict.INFO),
        look=_look_sync,
        since=SINCE_PRIMARY,
    ),
    Rule(
        id="mode.two-node-local",
        title="Two-node clusters under local management",
        compares="whether exactly two control-plane hosts are managed locally",
        source=TWO_NODE,
        verdicts=(Verdict.PASS, Verdict.FAIL, Verdict.INCOMPLETE),
        look=_look_two_node,
    ),
    Rule(
        id="mode.always-pull",
        title="AlwaysPullImages under local management in agent mode",
        compares="whether the API server's admission plugins have AlwaysPullImages; applies to local management in agent mode "
        "without a primary registry, since `registry.connect` tells of it with one",
        source=AGENT,
        verdicts=(Verdict.PASS, Verdict.FAIL, Verdict.INCOMPLETE),
        look=_look_always_pull,
    ),
)
