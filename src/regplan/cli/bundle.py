"""`bundle inspect`: what a content bundle, or another archive of images, holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from regplan.cli.exitcodes import ExitCode, worst
from regplan.cli.options import Common, common, verb
from regplan.cli.output import Answer, Column, Table, emit
from regplan.cli.progress import progress_line
from regplan.cli.saying import say
from regplan.cli.shown import size, unresolved_table
from regplan.report.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["bundle_command"]


@verb(
    "bundle",
    "regplan bundle inspect core.tar.zst",
    "regplan bundle inspect /opt/spectrocloud/content/core.tar.zst_part00 -o json",
    "regplan bundle inspect docker-archive:saved.tar --verify",
)
@click.argument("action", type=click.Choice(["inspect"]))
@click.argument("file", metavar="FILE")
@click.option("--verify", is_flag=True, help="Read every blob too, and hold it to its digest.")
@common
def bundle_command(action: str, file: str, common: Common, *, verify: bool) -> int:
    """Tell what a content bundle or another archive of images holds, and what in it was not understood.

    FILE is a .tar, .tar.gz or .tar.zst, a part of a split one (NAME_part00), its name before it was split, or a folder
    that holds just one. Ends with 1 where `--verify` found wrong content, with 2 where the file holds no images, and
    with 4 where some of its images are not whole.
    """
    from regplan.report.bundles import bundle_document
    from regplan.verbs.bundles import inspect_bundle

    del action
    with progress_line(quiet=common.quiet) as report:
        found = inspect_bundle(file, verify=verify, report=report)
    document: Any = bundle_document(found)
    columns = (
        Column("reference", "IMAGE"),
        Column("platforms", "PLATFORMS", ", ".join),
        Column("size_bytes", "SIZE", size, right=True),
        Column("layout", "LAYOUT", _folder),
        Column("digest", "DIGEST", keep=True, in_table=False),
    )
    tables = (Table(columns, tuple(document["images"])), unresolved_table(document["unresolved"]))
    emit(Answer(document, tables, _head(document), _foot(document)), common.output)
    if found.why:
        say(f"regplan: {found.why}")
    codes = [
        code
        for code, holds in (
            (ExitCode.INPUT, found.why),
            (ExitCode.FAILED, found.wrong),
            (ExitCode.UNRESOLVED, found.unresolved),
        )
        if holds
    ]
    return worst(codes)


def _head(document: Mapping[str, Any]) -> tuple[str, ...]:
    parts = document["parts"]
    in_parts = f" in {len(parts)} parts" if len(parts) > 1 else ""
    kind = "not compressed" if document["compression"] == "none" else document["compression"]
    sizes = f"{size(document['packed_bytes'])}{in_parts}, {kind}, {size(document['unpacked_bytes'])} unpacked"
    return (
        f"{document['file']}: {sizes}, {counted(document['members'], 'member')}",
        *map(_layout, document["layouts"]),
    )


def _layout(layout: Mapping[str, Any]) -> str:
    return f"layout {_folder(layout['folder'])} (depth {layout['depth']}): {counted(layout['images'], 'image')}"


def _foot(document: Mapping[str, Any]) -> tuple[str, ...]:
    blobs, unreferenced = document["blobs"], document["unreferenced"]
    lines = [f"{counted(blobs['count'], 'blob')}, {size(blobs['bytes'])}"]
    if unreferenced["count"]:
        lines.append(f"needed by no image: {counted(unreferenced['count'], 'blob')}, {size(unreferenced['bytes'])}")
    lines += document["notes"]
    lines += [f"not understood: {name}" for name in document["not_understood"]]
    more = document["not_understood_count"] - len(document["not_understood"])
    lines += [f"not understood: {more} more"] if more else []
    if document["wrong"] == []:
        lines.append("every blob was read, and is what its digest says")
    lines += [f"wrong: {each}" for each in document["wrong"] or ()]
    return tuple(lines)


def _folder(name: str) -> str:
    return name or "(top)"
