"""What a Zot pack's values say of retention and memory, as the oracle reads them: zot docs, "Tag Retention Policies".

Golden profiles write Zot's config.json as the chart takes it: `configFiles`, which `mountConfig: true` puts in place.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from independent.sites import quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from independent.case import Case

__all__ = ["kept_tags", "memory_limit", "syncs_on_demand", "too_few_tags"]


def _config(case: Case) -> Mapping[str, Any]:
    pack = case.declared.pack("zot")
    if case.kind != "zot" or pack is None or pack.value("charts", "zot", "mountConfig") is not True:
        return {}
    found: Mapping[str, Any] = json.loads(pack.value("charts", "zot", "configFiles", "config.json") or "{}")
    return found


def _each_repository(case: Case) -> dict[str, tuple[int, int | None]]:
    """The tags of this version in each repository at the registry, and how many of them are kept; None is all."""
    storage = _config(case).get("storage") or {}
    policies = (storage.get("retention") or {}).get("policies") or []
    project = str((case.site.registry or {}).get("project", "spectro-images"))
    tags = Counter(entry.repository for entry in case.entries)
    if not policies or storage.get("gc") is False or storage["retention"].get("dryRun"):
        return {}
    return {name: (count, _kept(f"{project}/{name}", policies)) for name, count in tags.items()}


def _kept(repository: str, policies: list[Any]) -> int | None:
    """The first policy whose glob has the repository decides; its groups keep the last pushed tags, each its number."""
    for policy in policies:
        if any(repository.startswith(glob.removesuffix("**")) for glob in policy["repositories"]):
            counts = [group.get("mostRecentlyPushedCount") for group in policy["keepTags"]]
            return None if None in counts else sum(counts)
    return None


def kept_tags(case: Case) -> int | None:
    """The most tags that any repository keeps; None where one keeps all of them."""
    kept = [keeps for _, keeps in _each_repository(case).values()]
    return max((each for each in kept if each is not None), default=None) if kept and None not in kept else None


def too_few_tags(case: Case) -> tuple[int, int] | None:
    """Of a repository that keeps fewer tags than this version has there: how many it keeps, and how many it has."""
    short = [(keeps, has) for has, keeps in _each_repository(case).values() if keeps is not None and keeps < has]
    return short[0] if short else None


def syncs_on_demand(case: Case) -> bool:
    """By the site file's word, else by the configuration."""
    stated = (case.site.registry or {}).get("on_demand")
    if stated is not None:
        return bool(stated)
    sync = (_config(case).get("extensions") or {}).get("sync") or {}
    return any(each.get("onDemand") for each in sync.get("registries") or [])


def memory_limit(case: Case) -> int | None:
    """The memory limit in the pack's values; None where they state none."""
    pack = case.declared.pack("zot")
    stated = None if pack is None else pack.value("charts", "zot", "resources", "limits", "memory")
    return None if stated is None else int(quantity(stated))
