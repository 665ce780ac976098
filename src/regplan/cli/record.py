"""`record`: what planning needs of images, kept in a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from regplan.cli.exitcodes import ExitCode
from regplan.cli.options import Common, common, referrers_option, resolving, unpacked_option, verb
from regplan.cli.output import Answer, Column, Table, emit
from regplan.cli.progress import progress_line
from regplan.cli.shown import limit_lines, size, unresolved_table
from regplan.report.words import counted

if TYPE_CHECKING:
    from regplan.verbs.options import Options

__all__ = ["record_command"]


@verb(
    "record",
    "regplan record profile.json -O rec/",
    "regplan record site.yaml -O rec/ && regplan plan site.yaml --recording rec/ --offline",
    "regplan record nginx:1.27 redis:7 --platform linux/amd64 --platform linux/arm64 -O rec/",
)
@click.argument("things", nargs=-1, required=True, metavar="SITE|PROFILE|IMAGE...")
@click.option(
    "-O", "--out", "folder", required=True, metavar="DIR", help="The recording: made, or added to where it is there."
)
@unpacked_option
@common
@referrers_option
@resolving
def record_command(things: tuple[str, ...], folder: str, common: Common, options: Options) -> int:
    """Keep the indexes, manifests and configs of images, and no layers, so that they can be planned with offline.

    Ends with 4 where some images could not be resolved: the others are recorded.
    """
    from regplan.report.recording import record_document
    from regplan.verbs.recording import record_images

    if common.read_only:
        raise click.UsageError("read-only: recording writes; leave --read-only out")
    with progress_line(quiet=common.quiet) as report:
        recorded = record_images(things, folder, options, report)
    document: Any = record_document(recorded)
    columns = (
        Column("reference", "IMAGE"),
        Column("platforms", "PLATFORMS", ", ".join),
        Column("state", "RECORDED"),
        Column("digest", "DIGEST", in_table=False),
        Column("only_facts", "ONLY FACTS", str, in_table=False),
    )
    moved = Table((Column("reference", "MOVED"), Column("was", "WAS"), Column("now", "NOW")), tuple(document["moved"]))
    unknown = Table(
        (Column("reference", "REFERRERS UNKNOWN"), Column("reason", "WHY")), tuple(document["referrers_unknown"])
    )
    tables = (Table(columns, tuple(document["images"])), moved, unresolved_table(document["unresolved"]), unknown)
    emit(Answer(document, tables, (), _foot(document)), common.output)
    return ExitCode.UNRESOLVED if document["unresolved"] or document["referrers_unknown"] else ExitCode.DONE


def _foot(document: dict[str, Any]) -> tuple[str, ...]:
    indexes = "1 index" if document["indexes"] == 1 else f"{document['indexes']} indexes"
    kept = f"{indexes}, {counted(document['manifests'], 'manifest')} and {counted(document['configs'], 'config')}"
    referrers = f", {counted(document['referrers'], 'referrer')} among them" if document["referrers"] else ""
    facts = f", facts of {counted(document['facts'], 'image')}" if document["facts"] else ""
    written = document["written"]
    return (
        f"{document['recording']} keeps {kept} of these ({size(document['bytes'])}){referrers}{facts}",
        f"{counted(written['files'], 'file')} written ({size(written['bytes'])})"
        if written["files"]
        else "nothing has changed",
        *_without_config(document["without_config"]),
        *_unpacked(document["unpacked_layers"]),
        *limit_lines(document["rate_limits"]),
    )


def _without_config(references: list[str]) -> tuple[str, ...]:
    if not references:
        return ()
    images = counted(len(references), "image")
    return (f"without config: {images}; record again from a source that has what is lacking",)


def _unpacked(layers: int) -> tuple[str, ...]:
    return (f"unpacked sizes of {counted(layers, 'layer')} kept",) if layers else ()
