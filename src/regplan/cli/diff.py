"""`diff`: two or more versions in, bytes kept, new and dropped out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from regplan.cli.choosing import referrer_lines
from regplan.cli.exitcodes import ExitCode
from regplan.cli.options import Common, common, referrers_option, resolving, verb
from regplan.cli.output import Answer, Column, Table, emit
from regplan.cli.progress import progress_line
from regplan.cli.shown import last_seen_lines, limit_lines, size, unknown_lines, unresolved_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.verbs.options import Options

__all__ = ["diff_command"]

_TWO: Final = 2
_CHANGES: Final = (
    Column("status", "CHANGE"),
    Column("repository", "REPOSITORY"),
    Column("platform", "PLATFORM", in_table=False),
    Column("tags", "TAGS"),
    Column("before_bytes", "BEFORE", size, right=True),
    Column("after_bytes", "AFTER", size, right=True),
    Column("new_bytes", "NEW", size, right=True),
    Column("dropped_bytes", "DROPPED", size, right=True),
)
_STEPS: Final = (
    Column("old", "FROM"),
    Column("new", "TO"),
    Column("kept_bytes", "KEPT", size, right=True),
    Column("new_bytes", "NEW", size, right=True),
    Column("dropped_bytes", "DROPPED", size, right=True),
    Column("peak_bytes", "PEAK", size, right=True),
)


@verb(
    "diff",
    "regplan diff retail-1.0.0.yaml retail-1.1.0.yaml",
    "regplan diff infra-1.json,apps-1.yaml infra-1.json,apps-2.yaml infra-2.json,apps-3.yaml",
    "regplan diff nginx:1.26 nginx:1.27 -o json",
)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.argument("newer", nargs=-1, metavar="[NEWER]...")
@common
@referrers_option
@resolving
def diff_command(old: str, new: str, newer: tuple[str, ...], common: Common, options: Options) -> int:
    """Tell which bytes an upgrade keeps, which are new, which are dropped, and the peak while both are kept.

    Each version is a profile, an image or a site file, or several of them with commas between. With more than two, the
    sums go from the first to the last; each step stands beside them, and what the last versions take together while
    several are kept.
    """
    from regplan.report.choosing import diff_referrers
    from regplan.report.document import diff_document, last_seen_document, rate_limits_document, unresolved_documents
    from regplan.verbs.versions import compare_versions

    with progress_line(quiet=common.quiet) as report:
        upgrade, inventories = compare_versions((old, new, *newer), options, report)
    unresolved = unresolved_documents(each for inventory in inventories for each in inventory.unresolved)
    seen = last_seen_document(sorted(time for inventory in inventories for time in inventory.last_seen()))
    # The last was resolved last, and what it was told is newest.
    limits = {each.host: each for inventory in inventories for each in inventory.rate_limits}
    document: Any = {
        **diff_document(upgrade),
        "unresolved": unresolved,
        "last_seen": seen,
        "rate_limits": rate_limits_document(tuple(limits.values())),
    }
    # As with two: of the first and of the last.
    document["referrers"] = diff_referrers(inventories[0], inventories[-1])
    referring = [each for each in (document["referrers"] or {}).values() if each is not None]
    told = [
        f"{when}: {line}"
        for when, each in zip(("old", "new"), referring, strict=False)
        for line in referrer_lines(each)
    ]
    foot = (
        *_kept_lines(document),
        *unknown_lines(document["sizes_unknown"]),
        *last_seen_lines(seen),
        *limit_lines(document["rate_limits"]),
        *told,
    )
    emit(Answer(document, (*_tables(document), unresolved_table(unresolved)), (), foot), common.output)
    return ExitCode.UNRESOLVED if unresolved or any(each["unknown"] for each in referring) else ExitCode.DONE


def _tables(document: Mapping[str, Any]) -> tuple[Table, ...]:
    from regplan.report.words import exact_bytes

    columns = (Column("what", "WHAT"), Column("size_bytes", "BYTES", exact_bytes, right=True))
    sums = tuple({"what": what, "size_bytes": document[f"{what}_bytes"]} for what in ("kept", "new", "dropped", "peak"))
    steps = tuple(document["steps"]) if len(document["steps"]) > 1 else ()
    changes = tuple({**each, "tags": _tags(each)} for each in document["images"] if each["status"] != "same")
    return Table(columns, sums), Table(_STEPS, steps), Table(_CHANGES, changes)


def _tags(change: Mapping[str, Any]) -> str:
    old, new = (
        ", ".join(reference.removeprefix(change["repository"]).lstrip(":") for reference in change[side])
        for side in ("old", "new")
    )
    return " -> ".join(filter(None, (old, new))) if old != new else old


def _kept_lines(document: Mapping[str, Any]) -> tuple[str, ...]:
    from regplan.report.words import exact_bytes

    kept = document["kept_versions"]
    if len(kept) <= _TWO:
        return ()
    told = (f"{each['versions']}: {exact_bytes(each['peak_bytes'])}" for each in kept)
    return (f"at most, with so many versions kept: {', '.join(told)}",)
