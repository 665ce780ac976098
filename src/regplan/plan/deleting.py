"""What deletes old versions, and how many it keeps: what the site file says, else the retention in a registry pack's values.

Zot's retention is a part of its configuration, which its pack's values hold. Harbor's is made by its API, project by
project, and stands in no values: of Harbor the site file's word is all there is.
"""

from __future__ import annotations

from collections import Counter
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from regplan.plan.facts import registry_kind
from regplan.plan.mapping import without_idle
from regplan.plan.projects import target_repositories
from regplan.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.wiring import RegistryPack, TagPolicy
    from regplan.plan.facts import PlanFacts
    from regplan.plan.mapping import Mapping as Naming
    from regplan.plan.prepared import Prepared

__all__ = ["Kept", "Policies", "is_stated", "kept_versions", "policies_in", "policies_of"]

_STATED = "registry.retention"


class Kept(NamedTuple):
    """How many versions are kept, None where nothing deletes or nobody can tell; `source` is who says it, in `words`."""

    versions: int | None
    source: str
    words: str


class Policies(NamedTuple):
    """What the policies in a pack's values come to for a site's repositories.

    `keeps` is the most tags that any repository keeps, None where one keeps all, and `why` then tells that. `short` are the
    repositories of which fewer tags are kept than this version alone has, each with both numbers.
    """

    where: str
    keeps: int | None
    why: str
    short: tuple[tuple[str, int, int], ...] = ()


def kept_versions(facts: PlanFacts) -> Kept:
    """Tell how many versions whatever deletes leaves: by the site file's word, else by the profiles' values."""
    registry = facts.site.registry
    if registry is None:
        return Kept(None, "", "")
    if is_stated(facts):
        kept = registry.keep_versions
        return Kept(kept, _STATED, f"{_STATED} keeps {kept}" if kept is not None else "")
    told = policies_of(facts)
    if told is None or told.keeps is None:
        return Kept(None, "", "")
    # A repository with one tag for each version keeps as many versions as tags.
    return Kept(told.keeps, told.where, f"{told.where} keeps {told.keeps} tags of a repository")


def is_stated(facts: PlanFacts) -> bool:
    """Tell whether the site file says what deletes."""
    registry = facts.site.registry
    return registry is not None and (registry.keep_versions is not None or _STATED not in facts.site.defaulted)


def policies_of(facts: PlanFacts) -> Policies | None:
    """Tell what the retention in the profiles' values does to this site's repositories; None where there is none."""
    registry = facts.site.registry
    if registry is None:
        return None
    return facts.prepared.once(policies_in, registry_kind(facts), registry.project, without_idle(facts.mapping))


def policies_in(prepared: Prepared, kind: str, project: str, mapping: Naming) -> Policies | None:
    """Tell the same of profiles and images, at a registry of a kind, a project and a mapping."""
    packs = prepared.declarations.settings.wiring.registries
    pack = next((each for each in packs if each.kind == kind and each.retention is not None), None)
    if pack is None or pack.retention is None:
        return None
    where, told = _where(pack), pack.retention
    if told.why_not:
        return Policies(where, None, told.why_not)
    tags = Counter(target_repositories(prepared.inventory, project, mapping).values())
    chosen = {name: _chosen(name, told.policies) for name in tags}
    open_ = next((name for name, policy in chosen.items() if policy is None), None)
    if open_ is not None or not chosen:
        return Policies(where, None, f"no policy names {open_ or project}, so that it keeps every tag")
    policies = {name: policy for name, policy in chosen.items() if policy is not None}
    whole = next((policy for policy in policies.values() if policy.keeps is None), None)
    keeps = {name: policy.keeps for name, policy in policies.items() if policy.keeps is not None}
    short = tuple((name, most, tags[name]) for name, most in keeps.items() if most < tags[name])
    return Policies(where, None if whole else max(keeps.values()), whole.why if whole else "", short)


def _where(pack: RegistryPack) -> str:
    return " > ".join(filter(None, (pack.where, pack.retention.key if pack.retention else "")))


def _chosen(repository: str, policies: Sequence[TagPolicy]) -> TagPolicy | None:
    """Choose the first policy of which a glob matches, as Zot does."""
    return next((each for each in policies if any(_matches(glob, repository) for glob in each.repositories)), None)


def _matches(glob: str, repository: str) -> bool:
    """Tell whether a glob matches a whole name: `**` is any number of its parts, `*` and `?` stay within one."""
    parts = repository.split("/")
    reached = {0}
    for wanted in glob.split("/"):
        if wanted == "**":
            reached = set(range(min(reached), len(parts) + 1)) if reached else reached
        else:
            reached = {at + 1 for at in reached if at < len(parts) and fnmatchcase(parts[at], wanted)}
    return len(parts) in reached
