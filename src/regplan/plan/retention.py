"""What makes a registry delete old versions: policies ready to be pasted, for Zot and for Harbor."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["harbor_collection", "harbor_retention", "zot_retention"]


def zot_retention(project: str, tags: int) -> Mapping[str, object]:
    """Write the part `retention` of Zot's `storage` that keeps so many of the last pushed tags of every repository.

    Repositories that no policy names keep everything (Zot's documentation, "Tag Retention Policies").
    """
    policy = {
        "repositories": [f"{project}/**"],
        "deleteReferrers": False,
        "deleteUntagged": True,
        "keepTags": [{"patterns": [".*"], "mostRecentlyPushedCount": tags}],
    }
    return {"dryRun": False, "delay": "24h", "policies": [policy]}


def harbor_retention(tags: int) -> Mapping[str, object]:
    """Write the body of Harbor's `POST /api/v2.0/retentions`; `scope.ref` is the number of the project, here 1.

    Every night at two, so many of the last pushed artifacts of every repository are kept.
    """
    rule = {
        "disabled": False,
        "action": "retain",
        "template": "latestPushedK",
        "params": {"latestPushedK": tags},
        "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "**"}],
        "scope_selectors": {"repository": [{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}]},
    }
    trigger = {"kind": "Schedule", "settings": {"cron": "0 0 2 * * *"}}
    return {"algorithm": "or", "rules": [rule], "trigger": trigger, "scope": {"level": "project", "ref": 1}}


def harbor_collection() -> Mapping[str, object]:
    """Write the body of Harbor's `POST /api/v2.0/system/gc/schedule`: every night at three, after the retention."""
    return {"schedule": {"type": "Custom", "cron": "0 0 3 * * *"}, "parameters": {"delete_untagged": True}}
