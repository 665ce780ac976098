"""How what a set shares reads in the command line's tables: blobs, packs, families, projects, what dominates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.cli.output import Column, Table
from regplan.cli.shown import size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["GROUPS", "blobs_table", "families_table", "groups_table", "sharing_lines"]

GROUPS: Final = ("image", "pack", "profile")
# How many families a line names, and how many digits of a digest a narrow terminal shows.
_MOST_FAMILIES: Final = 3
_SHORT_DIGITS: Final = 12


def blobs_table(document: Mapping[str, Any]) -> Table:
    """List every blob with how many images hold it, what saves most first."""
    columns = (
        Column("digest", "BLOB", keep=True, short=_short_digest),
        Column("kind", "KIND"),
        Column("size_bytes", "SIZE", size, right=True),
        Column("images", "IMAGES", right=True),
        Column("saved_bytes", "SAVED", size, right=True),
        Column("references", "WHICH", ", ".join, short=_first_of),
    )
    return Table(columns, tuple(document["blobs_detail"]))


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
        Column("images", "IMAGES", ", ".join, short=_first_of),
    )
    return Table(columns, tuple(document["families"]))


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
        yield f"one base for {_families(each['families'])} would free {saved}: {each['by']} {each['name']}"


def _families(families: Sequence[str]) -> str:
    named, more = families[:_MOST_FAMILIES], len(families) - _MOST_FAMILIES
    return f"families {', '.join(named)}{f' and {more} more' if more > 0 else ''}"


def _short_digest(digest: str) -> str:
    """Write a digest as short as it is told apart by people, as docker does.

    >>> _short_digest("sha256:4f4fb700ef54461cfa02571ae0db9a0dc1e0cdb5577484a6d75e68dc38e8acc1")
    'sha256:4f4fb700ef54'
    """
    return digest[: digest.index(":") + 1 + _SHORT_DIGITS]


def _first_of(names: Sequence[str]) -> str:
    """Name the first, and how many more there are.

    >>> _first_of(["a:1", "b:2", "c:3"]), _first_of(["a:1"])
    ('a:1 +2', 'a:1')
    """
    return f"{names[0]} +{len(names) - 1}" if len(names) > 1 else "".join(names)
