"""What `verify` tells beside what is missing and wrong: how to mend it, and on demand drift and orphans."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Final

from regplan.cli.output import Column, Table
from regplan.cli.shown import size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from regplan.verbs.verifying import Verification

__all__ = ["beside_document", "beside_lines", "beside_tables", "mending"]


def mending(things: Sequence[str], targets: Sequence[str], checked: Verification, versions: str = "current") -> str:
    """Write the command that brings what is missing or wrong; "" where all is well.

    Tags alone are mended by any seeding; what is behind them takes one that looks as closely as this did. `versions`
    are those that were asked for.
    """
    result, mapping = checked.result, checked.mapping
    if result.complete and not result.damage:
        return ""
    words = ["regplan", "seed", *things]
    for target in targets:
        words += ["--to", target]
    if versions != "current":
        # Where the next version is whole, what is damaged is of the current one, which is looked at beside it.
        words += ["--for", "both" if result.complete else versions]
    if mapping is not None and mapping.name != "host":
        words += ["--mapping", mapping.name]
    if result.level != "tags":
        words += ["--check", result.level]
    return shlex.join(words)


def beside_document(checked: Verification) -> dict[str, object]:
    """Write drift and orphans as JSON; null where they were not asked for."""
    from regplan.report.pruning import orphans_document
    from regplan.report.verifying import drift_document

    return {
        "drift": None if checked.drift is None else drift_document(checked.drift),
        "orphans": None if checked.orphans is None else orphans_document(checked.orphans, checked.kind),
    }


def beside_tables(document: Mapping[str, Any]) -> tuple[Table, ...]:
    """Lay out the tags that have moved, and what no version names."""
    tables = []
    if (drift := document["drift"]) is not None and (drift["moved"] or drift["unknown"]):
        unknown = tuple({"reference": each["reference"], "seeded": "", "now": "?"} for each in drift["unknown"])
        tables.append(Table(_DRIFT, (*drift["moved"], *unknown)))
    if (orphans := document["orphans"]) is not None and orphans["items"]:
        tables.append(Table(_ORPHANS, tuple(orphans["items"])))
    return tuple(tables)


def beside_lines(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Say in words how to mend what is wrong, and what was looked for on demand."""
    return (*_mend_lines(document), *_drift_lines(document["drift"]), *_orphan_lines(document["orphans"]))


def _mend_lines(document: Mapping[str, Any]) -> Iterator[str]:
    if document["mend"] is not None:
        yield f"mend it: {document['mend']}   (with this call's options of connection and sources)"


def _drift_lines(drift: Mapping[str, Any] | None) -> Iterator[str]:
    if drift is None:
        return
    if not drift["looked"]:
        yield f"drift: {drift['why_not']}"
        return
    yield f"drift: {len(drift['moved'])} of {drift['asked']} tags have moved at their source since they were seeded"
    for each in drift["unknown"]:
        yield f"drift: {each['reference']} is not known: {each['reason']}"


def _orphan_lines(orphans: Mapping[str, Any] | None) -> Iterator[str]:
    if orphans is None:
        return
    count, bound = len(orphans["items"]), "at most " if orphans["is_upper_bound"] else ""
    where = f"in {len(orphans['repositories'])} repositories"
    if not count:
        yield f"orphans: every manifest that can be listed {where} is named by a version"
    else:
        yield (
            f"orphans: {count} manifests {where} are named by no version; {bound}{size(orphans['freed_bytes'])} come back "
            f"once they are deleted and collected: {orphans['collect']}"
        )
    for each in (*orphans["unlisted"], *orphans["troubles"]):
        yield f"orphans: {each}"


def _short(digest: str | None) -> str:
    return "is gone" if digest is None else digest[:19]


_DRIFT: Final = (
    Column("reference", "MOVED AT THE SOURCE"),
    Column("seeded", "SEEDED", _short),
    Column("now", "NOW", _short),
)
_ORPHANS: Final = (
    Column("repository", "NAMED BY NO VERSION"),
    Column("tags", "TAGS", ", ".join),
    Column("size_bytes", "SIZE", size, right=True),
    Column("digest", "DIGEST", in_table=False),
)
