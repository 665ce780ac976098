"""An upgrade over two or more versions as the document that others script against."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.model.plan import Growth
    from regplan.model.upgrade import ImageChange, Upgrade, UpgradeStep

__all__ = ["growth_document", "upgrade_document"]


def growth_document(growth: Growth) -> dict[str, object]:
    """Write what is kept, new and dropped, and the peak; sizes are integers of bytes."""
    return {
        "kept_bytes": growth.kept_bytes,
        "new_bytes": growth.new_bytes,
        "dropped_bytes": growth.dropped_bytes,
        "peak_bytes": growth.peak_bytes,
    }


def upgrade_document(upgrade: Upgrade) -> dict[str, object]:
    """Write what the last version changes against the first, every step between, and what several versions take."""
    return {
        **growth_document(upgrade.whole.growth),
        "sizes_unknown": upgrade.sizes_unknown,
        "images": _changes(upgrade.whole.images),
        "steps": [_step(each) for each in upgrade.steps],
        "kept_versions": [
            {"versions": each.versions, "peak_bytes": each.peak_bytes, "names": list(each.names)}
            for each in upgrade.kept_versions
        ],
    }


def _step(each: UpgradeStep) -> dict[str, object]:
    return {"old": each.old, "new": each.new, **growth_document(each.growth), "images": _changes(each.images)}


def _changes(changes: Iterable[ImageChange]) -> list[dict[str, object]]:
    return [
        {
            "repository": each.repository,
            "platform": str(each.platform),
            "status": each.status,
            "old": list(each.old),
            "new": list(each.new),
            "before_bytes": each.before_bytes,
            "after_bytes": each.after_bytes,
            "new_bytes": each.new_bytes,
            "dropped_bytes": each.dropped_bytes,
        }
        for each in changes
    ]
