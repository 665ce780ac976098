"""`verify`: what stands at a target, held against what must."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from regplan.cli.exitcodes import ExitCode, worst
from regplan.cli.options import Common, common, mapping_option, resolving, verb
from regplan.cli.output import Answer, Column, Table, emit
from regplan.cli.progress import progress_line
from regplan.cli.targets import only_target

if TYPE_CHECKING:
    from regplan.verbs.options import Options

__all__ = ["verify_command"]


@verb(
    "verify",
    "regplan verify profile.json --at docker://10.0.0.5:30003/spectro-images",
    "regplan verify profile.json --at oci:/media/usb/images --level deep",
)
@click.argument("things", nargs=-1, required=True, metavar="SITE|PROFILE|IMAGE...")
@click.option(
    "--at",
    "targets",
    multiple=True,
    metavar="TARGET",
    help="docker://HOST:PORT/PROJECT or oci:DIR; default: the site's.",
)
@click.option("--level", type=click.Choice(["tags", "blobs", "deep"]), default="tags", help="How deep to look.")
@mapping_option
@common
@resolving
def verify_command(  # noqa: PLR0913, PLR0917
    things: tuple[str, ...], targets: tuple[str, ...], level: str, mapping: str, common: Common, options: Options
) -> int:
    """Hold what stands at a target against what should.

    Ends with 1 where anything is missing or wrong.
    """
    from regplan.report.document import verify_document
    from regplan.verbs.seeding import seed_job
    from regplan.verbs.verifying import verify_images

    job = seed_job(things, only_target(targets, "--at"), mapping)
    with progress_line(quiet=common.quiet) as report:
        checked = verify_images(job, level, options, report)
    document: Any = {**verify_document(checked.result), "unresolved": list(checked.unresolved)}
    records = tuple(
        {"state": state, "what": what}
        for state in ("missing", "wrong", "equivalent", "unpinned", "unresolved")
        for what in document[state]
    )
    head = f"{job.target}: {checked.result.checked} checked, " + (
        "complete" if checked.result.complete else f"{len(document['missing'])} missing, {len(document['wrong'])} wrong"
    )
    table = Table((Column("state", "STATE"), Column("what", "IMAGE")), records)
    emit(Answer(document, (table,), (head,)), common.output)
    lower_bound = checked.result.unpinned or checked.unresolved
    return worst(
        ([] if checked.result.complete else [ExitCode.FAILED]) + ([ExitCode.UNRESOLVED] if lower_bound else [])
    )
