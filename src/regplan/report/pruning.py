"""Pruning as a document, and how each kind of registry gives the room back."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.model.pruning import Held, Orphans, PruneItem, PrunePlan, PruneResult, Unneeded
    from regplan.model.verifying import FoundMapping

__all__ = ["collecting", "orphans_document", "prune_document", "unneeded_document"]

_COLLECTING: Final = {
    "zot": (
        "Zot collects by itself: at each `gcInterval` what has been unneeded for longer than `gcDelay` (1 h by default), "
        'while `"gc": true`'
    ),
    "harbor": "Harbor collects when told: Administration > Clean Up > Garbage Collection > GC Now, or its schedule there",
    "tree": "a tree on a disk has no garbage collection: remove the folders that no version names, or seed a new tree",
    "other": (
        "distribution collects by hand: stop it, or make it read-only, and run "
        "`registry garbage-collect --delete-untagged CONFIG.yml`"
    ),
}


def collecting(kind: str) -> str:
    """Tell how the room comes back at a kind of registry (zot, harbor or other): no deletion frees a byte by itself.

    Sources: project-zot/zot, pkg/storage/constants; Harbor's docs, "Garbage Collection"; distribution's docs, the same.
    """
    return _COLLECTING.get(kind, _COLLECTING["other"])


def prune_document(
    outcome: PruneResult | PrunePlan, mapping: FoundMapping | None = None, kind: str = "other"
) -> dict[str, object]:
    """Write what pruning would delete, or has deleted; `freed_bytes` come back once garbage is collected."""
    from regplan.model.pruning import PruneResult

    result = outcome if isinstance(outcome, PruneResult) else None
    plan = outcome.plan if isinstance(outcome, PruneResult) else outcome
    return {
        "schema_version": 1,
        "kind": "prune",
        "dry_run": result is None,
        "target": plan.target,
        "mapping": None if mapping is None else asdict(mapping),
        "keep": list(plan.kept),
        "drop": list(plan.dropped),
        "items": _items(plan.items),
        "freed_bytes": plan.freed_bytes,
        "is_upper_bound": plan.is_upper_bound,
        "held": [_held(each) for each in plan.held],
        "unnamed": unneeded_document(plan.unnamed),
        "troubles": list(plan.troubles),
        "done": {
            "deleted": [_item(item) for item in (result.deleted if result else ())],
            "gone": [_item(item) for item in (result.gone if result else ())],
            "skipped": [_held(each) for each in (result.skipped if result else ())],
            "freed_bytes": result.freed_bytes if result else 0,
        },
        "failed": [_held(each) for each in (result.failed if result else ())],
        "collect": collecting(kind),
    }


def unneeded_document(unneeded: Unneeded) -> dict[str, object]:
    """Write what no version names."""
    return {"items": _items(unneeded.items), "freed_bytes": unneeded.freed_bytes}


def orphans_document(orphans: Orphans, kind: str = "other") -> dict[str, object]:
    """Write what no version names, what it would free, and how the room comes back."""
    return {
        **unneeded_document(orphans.found),
        "is_upper_bound": orphans.is_upper_bound,
        "repositories": list(orphans.repositories),
        "unlisted": list(orphans.unlisted),
        "troubles": list(orphans.troubles),
        "collect": collecting(kind),
    }


def _items(items: Iterable[PruneItem]) -> list[dict[str, object]]:
    return [_item(item) for item in items]


def _item(item: PruneItem) -> dict[str, object]:
    return {
        "repository": item.repository,
        "digest": str(item.digest),
        "tags": list(item.tags),
        "versions": list(item.versions),
        "why": item.why,
        "size_bytes": item.size_bytes,
    }


def _held(held: Held) -> dict[str, object]:
    return {"repository": held.repository, "digest": str(held.digest), "why": held.why}
