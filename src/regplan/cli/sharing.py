"""How what a set shares reads in the command line's tables: blobs, packs, families, projects, what dominates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.cli.output import Column, Table
from regplan.cli.shown import size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["GROUPS", "blobs_table", "families_table", "groups_table", "sharing_lines"]

GROUPS: Final = ("image", "pack", "profile")


def blobs_table(document: Mapping[str, Any]) -> Table:
    """List every blob with how many images hold it, what saves most first."""
    columns = (
        Column("digest", "BLOB", keep=True),
        Column("kind", "KIND"),
        Column("size_bytes", "SIZE", size, right=True),
        Column("images", "IMAGES", right=True),
        Column("saved_bytes", "SAVED", size, right=True),
        Column("references", "WHICH", ", ".join),
    )
    return Table(columns, tuple(document["blobs_detail"]), brief=True)


def groups_table(document: Mapping[str, Any], by: str) -> Table:
    """List the packs or the profiles with what each takes and what it alone needs."""
    names: tuple[Column, ...] = (Column("profile", "PROFILE"),)
    if by == "pack":
        names = (Column("profile", "PROFILE"), Column("pack", "PACK"), Column("version", "VERSION"))
    columns = (
        *names,
        Column("references", "REFERENCES", right=True),
        Column("images", "IMAGES", right=True),
        Column("unresolved", "UNRESOLVED", in_table=False),
        Column("referenced_bytes", "REFERENCED", size, right=True),
        Column("unique_bytes", "UNIQUE", size, right=True),
        Column("shared_bytes", "SHARED", size, right=True),
        Column("exclusive_bytes", "FREED", size, right=True),
    )
    return Table(columns, tuple(document[f"{by}s"]))


def families_table(document: Mapping[str, Any]) -> Table:
    """List the base-image families, what sharing saves most first."""
    columns = (
        Column("family", "FAMILY", keep=True),
        Column("parent", "WITHIN"),
        Column("layers", "LAYERS", lambda layers: str(len(layers)), right=True),
        Column("prefix_bytes", "ONCE", size, right=True),
        Column("times_bytes", "ONE BY ONE", size, right=True),
        Column("saved_bytes", "SAVED", size, right=True),
        Column("images", "IMAGES", ", ".join),
    )
    return Table(columns, tuple(document["families"]), brief=True)


def sharing_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Tell projects, what dominates and what aligning bases would free; nothing where there is nothing to tell."""
    from regplan.report.words import counted, exact_bytes

    if len(document["projects"]) > 1:
        told = ", ".join(f"{each['project']} {exact_bytes(each['quota_bytes'])}" for each in document["projects"])
        yield f"{exact_bytes(document['quota_bytes'])} charged as quota: {told}"
    for each in document["dominating"]:
        if each["by"] == "fair_share" and len(document["images"]) > 1:
            made = f"{exact_bytes(each['bytes'])} by fair share"
            yield f"{counted(each['count'], 'image')} {'makes' if each['count'] == 1 else 'make'} {each['percent']} %: {made}"
    for each in document["alignments"]:
        saved = f"{exact_bytes(each['saved_bytes'])} ({each['provenance']})"
        yield f"one base for families {', '.join(each['families'])} would free {saved}: {each['by']} {each['name']}"
