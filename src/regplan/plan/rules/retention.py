"""The rule that something deletes old versions and frees their room, with the policy that does as its fix."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.plan.deleting import is_stated, kept_versions, policies_of
from regplan.plan.facts import registry_kind
from regplan.plan.measured import most_tags
from regplan.plan.releases import is_collected
from regplan.plan.retention import harbor_collection, harbor_retention, zot_retention
from regplan.plan.rules.rule import Observation, Rule
from regplan.plan.rules.sources import OWN
from regplan.units import format_bytes, format_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regplan.model.site import RegistrySpec
    from regplan.plan.deleting import Policies
    from regplan.plan.rules.rule import Basis

__all__ = ["NO_RETENTION"]

_FREES: Final = {
    "harbor": "Harbor frees nothing until its garbage collection is scheduled",
    "zot": "nothing collects Zot's garbage while `gc` is none",
}


def _look(_: Rule, basis: Basis) -> Iterator[Observation]:
    registry = basis.facts.site.registry
    if registry is None:
        return
    yield from _too_few(policies_of(basis.facts))
    kept = kept_versions(basis.facts)
    if kept.versions is None:
        yield Observation(
            f"{_nothing(basis)}, so the registry grows with every one; {_headroom(basis)}.",
            where="registry.retention",
            fix=_policy(basis, registry, basis.facts.site.assumptions.versions_kept),
            verdict=Verdict.INFO,
        )
    elif not is_collected(basis.facts):
        frees = _FREES.get(registry_kind(basis.facts), "the registry frees nothing until its garbage is collected")
        yield Observation(
            f"Retention removes old tags, but {frees}: what the site deletes over the years counts as garbage, "
            f"{format_bytes(basis.need.bytes_of('garbage'))}.",
            where="registry.gc",
            fix=_schedule(basis),
            verdict=Verdict.INFO,
        )
    else:
        by = "" if is_stated(basis.facts) else f", as {kept.source} says"
        told = f"Retention keeps {format_count(kept.versions, 'version')}{by}, and garbage is collected."
        yield Observation(told, where="registry.retention", verdict=Verdict.PASS)


def _nothing(basis: Basis) -> str:
    """Tell that nothing deletes, and why the retention in the profiles' values, where there is one, does not either."""
    told = policies_of(basis.facts)
    if told is None or is_stated(basis.facts):
        return "Nothing deletes old versions"
    return f"Nothing is known to delete old versions ({told.where}: {told.why})"


def _too_few(told: Policies | None) -> Iterator[Observation]:
    """Tell of repositories of which this version alone has more tags than are kept: what is needed is deleted."""
    if told is None or not told.short:
        return
    name, keeps, has = told.short[0]
    others = f", and of {len(told.short) - 1} others too few" if len(told.short) > 1 else ""
    yield Observation(
        f"{told.where} keeps {format_count(keeps, 'tag')} of {name}, of which this version has {has}{others}: what the site needs "
        "is deleted.",
        keeps,
        has,
        where="registry.retention",
        fix=f"Keep at least {max(each[2] for each in told.short)} tags of every repository for each version that is kept.",
        verdict=Verdict.FAIL,
        unit="tags",
    )


def _headroom(basis: Basis) -> str:
    versions = basis.need.versions
    if versions is None:
        return "how many lie there at once is not known"
    each = versions.next_bytes
    about = format_bytes(each) + ("" if versions.is_measured else " (assumed)")
    told = f"{versions.releases_per_year:g} a year over {format_count(versions.years, 'year')} and the one of now"
    need = f"the need counts {format_count(versions.count, 'version')}, {told}, and each further one adds about {about}"
    claimed = basis.need.claimed_bytes
    if claimed is None or each == 0 or claimed < basis.need.required_bytes:
        return need
    return f"{need}: the claim has room for about {(claimed - basis.need.required_bytes) // each} more"


def _policy(basis: Basis, registry: RegistrySpec, keep: int) -> str:
    """Tell what to write where, so that something deletes old versions, and what to state in the site file then."""
    tags = keep * basis.prepared.once(most_tags)
    state = f"state `registry.retention: keep {keep} versions` in the site file"
    match registry_kind(basis.facts):
        case "zot":
            policy = _json({"retention": zot_retention(registry.project, tags)})
            return f"Write into `storage` of Zot's config.json {policy}, and {state}."
        case "harbor":
            policy = _json(harbor_retention(tags))
            return (
                f"Give project {registry.project} a tag retention (POST /api/v2.0/retentions, with the project's own number "
                f"as scope.ref) {policy}, schedule garbage collection (POST /api/v2.0/system/gc/schedule) "
                f"{_json(harbor_collection())}, and {state}, with `registry.gc: daily`."
            )
        case _:
            return (
                f"Delete the tags of versions before the last {keep}, run the registry's garbage collection on a "
                f"schedule, and {state}, with the schedule as `registry.gc`."
            )


def _schedule(basis: Basis) -> str:
    match registry_kind(basis.facts):
        case "zot":
            return 'Write `"gc": true` into `storage` of Zot\'s config.json, and remove `registry.gc: none`.'
        case "harbor":
            body = _json(harbor_collection())
            return (
                "Schedule Harbor's garbage collection (POST /api/v2.0/system/gc/schedule) "
                f"{body}, and state `registry.gc: daily` in the site file."
            )
        case _:
            return "Run the registry's garbage collection on a schedule, and state it in `registry.gc`, such as weekly."


def _json(value: Mapping[str, object]) -> str:
    return f"`{json.dumps(value, separators=(',', ':'))}`"


NO_RETENTION: Final = Rule(
    id="storage.no-retention",
    title="Old versions are deleted",
    compares="whether anything deletes old versions, by the site file's word or else by the retention in a Zot pack's values, and "
    "whether the registry then frees their room; INFO where not, since the need counts every release of the scenario's years, or "
    "all that is deleted and not freed; FAIL where those values keep fewer tags of a repository than this version has",
    source=OWN,
    verdicts=(Verdict.PASS, Verdict.FAIL, Verdict.INFO),
    look=_look,
)
