"""The numbers of a seeding's plan, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.cli.output import Column, Table
from regplan.cli.shown import size

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["counts_of", "plan_table"]

# What is said of each number before the run, and after it where that is no longer so.
_WORDS: Final = {
    "manifests": ("manifests to put", "manifests"),
    "tags": ("further tags", ""),
    "blobs": ("unique blobs", ""),
    "pairs": ("(repository, blob) pairs", ""),
    "blob_bytes": ("bytes of blobs, each once", ""),
    "unique_bytes": ("the same with manifests", ""),
    "naive_bytes": ("bytes that an image by image copy sends", ""),
    "there_manifests": ("manifests there already", "manifests that were there already"),
    "there_blobs": ("blobs there already", "blobs that were there already"),
    "there_bytes": ("bytes there already", "bytes that were there already"),
    "left_bytes": ("bytes left to send", "bytes that were left to send"),
    "left_most_bytes": ("bytes left to send, at most", "bytes that were left to send, at most"),
    "requests_min": ("requests at minimum", "requests at minimum, for what was left"),
    "requests_probe": ("requests to find out what is there", "requests to find out what was there"),
}  # fmt: skip


def counts_of(document: Mapping[str, Any]) -> dict[str, int]:
    """Gather the numbers of a seed document's plan; what is there only where it is known to be, or everything was asked for."""
    there = document["there"]
    left = "left_most_bytes" if document["left_is_upper_bound"] else "left_bytes"
    counts = {**document["plan"], left: document["left_bytes"]}
    if there["complete"] or there["manifests"] or there["blobs"]:
        names = {"there_manifests": "manifests", "there_blobs": "blobs", "there_bytes": "blob_bytes"}
        counts |= {name: there[key] for name, key in names.items()}
    return counts


def plan_table(plan: Mapping[str, int], *, is_run: bool) -> Table:
    """Lay out the numbers of a plan in words that are true: before it is run, or after."""
    records = tuple(
        {"what": (is_run and then) or now, "key": key, "value": plan[key]}
        for key, (now, then) in _WORDS.items()
        if key in plan
    )
    heading = "WHAT WAS PLANNED" if is_run else "PLAN"
    return Table((Column("what", heading), Column("value", "", _count, right=True, of_record=True)), records)


def _count(record: Mapping[str, Any]) -> str:
    return size(record["value"]) if str(record["key"]).endswith("_bytes") else str(record["value"])
