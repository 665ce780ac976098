"""What a plan comes to as values that are ready to be pasted: the claim, retention, collection, quota and content sync.

The keys are those of project-zot/helm-charts (charts/zot/values.yaml), Zot's documentation ("Tag Retention Policies",
"Garbage Collection"), goharbor/harbor-helm (values.yaml), Harbor's API 2.0 (its own answer in goharbor/harbor#17737 for
quotas), and Palette docs, "Deploy Cluster with a Primary Registry".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from regplan.model.formula import Formula, Input
from regplan.model.pasted import PasteValue
from regplan.plan.facts import registry_kind, sync_enabled
from regplan.plan.measured import most_tags
from regplan.plan.releases import assumption, gc_period_hours
from regplan.plan.retention import harbor_collection, harbor_retention, zot_retention
from regplan.plan.terms import share_of
from regplan.units import GiB, format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regplan.model.plan import StorageNeed
    from regplan.model.site import RegistrySpec
    from regplan.plan.facts import PlanFacts

__all__ = ["paste_values"]

_MINUTES: Final = 60
_SIZE_KEYS: Final = {"zot": "pvc.storage", "harbor": "persistence.persistentVolumeClaim.registry.size"}


def paste_values(facts: PlanFacts, need: StorageNeed) -> tuple[PasteValue, ...]:
    """Write what a plan comes to as values ready to be pasted; nothing without a primary registry."""
    registry = facts.site.registry
    if registry is None:
        return ()
    kind = registry_kind(facts)
    of_kind = {"zot": _zot, "harbor": _harbor}.get(kind)
    own = () if of_kind is None else of_kind(facts, registry, need)
    return (_claim(need, kind), *own, _connect(facts, registry))


def _claim(need: StorageNeed, kind: str) -> PasteValue:
    size = _size(need)
    least = f"the need of {format_bytes(need.required_bytes)}"
    if need.pvc_bytes > need.required_bytes:
        least = f"the documented minimum of {format_bytes(need.minimum_bytes)}, which is more than {least}"
    where = "the site file"
    if kind in _SIZE_KEYS:
        where += f"; in the pack's values the same size goes to charts.{kind}.{_SIZE_KEYS[kind]}"
    return PasteValue("pvc", where, "yaml", _yaml({"registry": {"storage": size}}), f"{least}, in whole Gi")


def _size(need: StorageNeed) -> str:
    """Tell what to claim in whole Gi, rounded up."""
    needed = Input("pvc_bytes", need.pvc_bytes, "bytes", "assumed", "the need, or the documented minimum")
    return f"{int(Formula('size', f'ceil(pvc_bytes / {GiB})', (needed,), 'Gi'))}Gi"


def _zot(facts: PlanFacts, registry: RegistrySpec, need: StorageNeed) -> Iterator[PasteValue]:
    pvc = {"create": True, "storage": _size(need), **_class(registry, "storageClassName")}
    yield PasteValue(
        "zot-values",
        _pack(facts, "zot"),
        "yaml",
        _yaml({"charts": {"zot": {"persistence": True, "pvc": pvc}}}),
        "by itself the chart claims 8Gi and keeps nothing; the claim cannot be changed in place once the registry runs",
    )
    delay, interval = assumption(facts.site, "gc_delay_hours").value, gc_period_hours(registry.gc)
    if interval is None:
        interval = assumption(facts.site, "gc_interval_hours").value
    config = {
        "gc": True,
        "gcDelay": _hours(delay),
        "gcInterval": _hours(interval),
        "retention": zot_retention(registry.project, _tags(facts)),
    }
    yield PasteValue(
        "zot-storage",
        "Zot's config.json, merged with what it has; charts.zot.configFiles has that file whole, and replaces the chart's own "
        "(mountConfig: true)",
        "json",
        _json({"storage": config}),
        f"{_kept(facts)}; repositories that no policy names keep every tag",
    )


def _harbor(facts: PlanFacts, registry: RegistrySpec, need: StorageNeed) -> Iterator[PasteValue]:
    claim = {"size": _size(need), **_class(registry, "storageClass")}
    kept = {"enabled": True, "resourcePolicy": "keep", "persistentVolumeClaim": {"registry": claim}}
    yield PasteValue(
        "harbor-values",
        _pack(facts, "harbor"),
        "yaml",
        _yaml({"charts": {"harbor": {"persistence": kept}}}),
        "by itself the chart claims 5Gi for the registry",
    )
    yield PasteValue(
        "harbor-retention",
        f"POST /api/v2.0/retentions, with the number of project {registry.project} as scope.ref",
        "json",
        _json(harbor_retention(_tags(facts))),
        _kept(facts),
    )
    yield PasteValue(
        "harbor-gc",
        "POST /api/v2.0/system/gc/schedule",
        "json",
        _json(harbor_collection()),
        "Harbor frees nothing until its collection is scheduled",
    )
    yield PasteValue(
        "harbor-quota",
        f"PUT /api/v2.0/quotas/ID, the ID being that of GET /api/v2.0/quotas?reference_id=NUMBER of project {registry.project}",
        "json",
        _json({"hard": {"storage": int(_quota(facts, need))}}),
        "what the claim holds without the share kept free: Harbor then refuses a push before the disk is full",
    )


def _quota(facts: PlanFacts, need: StorageNeed) -> Formula:
    claim = Input("pvc_bytes", need.pvc_bytes, "bytes", "assumed", "the need, or the documented minimum")
    inputs = (claim, share_of(facts.site, "filesystem_overhead"), share_of(facts.site, "free_space"))
    return Formula("quota", "floor(pvc_bytes * (1 - filesystem_overhead) * (1 - free_space))", inputs)


def _connect(facts: PlanFacts, registry: RegistrySpec) -> PasteValue:
    projects = {"images": registry.project}
    sync = sync_enabled(facts)
    config = {
        "content": {"sync": {"enable": sync, "projects": projects}},
        "registry": {"inClusterRegistry": {"projects": projects}},
    }
    stays = "missing content is fetched from elsewhere" if sync else "nothing is fetched that no list brings in"
    return PasteValue(
        "registry-connect",
        _pack(facts, "registry-connect"),
        "yaml",
        _yaml({"charts": {"registry-connect": {"config": config}}}),
        f"{stays}, and images lie in project {registry.project}",
    )


def _pack(facts: PlanFacts, name: str) -> str:
    """Tell where a pack's values are: as a profile names it, where one does."""
    wiring = facts.declarations.settings.wiring
    places = [each.where for each in wiring.connects] if name == "registry-connect" else [each.where for each in wiring.registries if each.kind == name and not each.is_legacy]  # fmt: skip
    return f"the values of {places[0]}" if places else f"the values of pack {name}"


def _class(registry: RegistrySpec, key: str) -> dict[str, object]:
    return {key: registry.storage_class} if registry.storage_class else {}


def _keep(facts: PlanFacts) -> int:
    registry = facts.site.registry
    stated = None if registry is None else registry.keep_versions
    return facts.site.assumptions.versions_kept if stated is None else stated


def _tags(facts: PlanFacts) -> int:
    return _keep(facts) * facts.prepared.once(most_tags)


def _kept(facts: PlanFacts) -> str:
    tags, keep = facts.prepared.once(most_tags), _keep(facts)
    return f"{keep} versions are kept, each with up to {tags} tag{'' if tags == 1 else 's'} in one repository"


def _hours(hours: float) -> str:
    """Write hours as Go's durations have them.

    >>> _hours(6), _hours(1.5)
    ('6h', '90m')
    """
    return f"{hours:g}h" if hours == int(hours) else f"{round(hours * _MINUTES)}m"


def _yaml(tree: Mapping[str, object], depth: int = 0) -> str:
    """Write nested mappings of texts, numbers and truth values as YAML."""
    lines = []
    for key, value in tree.items():
        if isinstance(value, dict):
            lines.append(f"{'  ' * depth}{key}:\n{_yaml(value, depth + 1)}")
        else:
            lines.append(f"{'  ' * depth}{key}: {_scalar(value)}\n")
    return "".join(lines)


def _scalar(value: object) -> str:
    """Write a value as JSON does, which YAML reads too but for characters that it takes only escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in text)


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, indent=2) + "\n"
