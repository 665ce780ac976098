"""`prune`: what no kept version needs, shown first, then deleted when it is agreed to."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from regplan.cli.exitcodes import ExitCode, worst
from regplan.cli.options import Common, common, resolving, verb
from regplan.cli.output import Answer, Column, Table, emit
from regplan.cli.progress import progress_line
from regplan.cli.saying import say
from regplan.cli.shown import size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regplan.model.pruning import PrunePlan
    from regplan.verbs.options import Options
    from regplan.verbs.pruning import Pruning

__all__ = ["prune_command"]

_WHY = {
    "version": "only dropped versions need it",
    "child": "of an index that goes",
    "signature": "refers to what goes",
    "unnamed": "no version names it",
}


@verb(
    "prune",
    "regplan prune site.yaml --keep 2 --dry-run",
    "regplan prune site.yaml --at docker://10.0.0.5:30003/spectro-images --keep 2 --yes",
)
@click.argument("site", metavar="SITE")
@click.option(
    "--at", "targets", multiple=True, metavar="TARGET", help="docker://HOST:PORT/PROJECT; default: the site's."
)
@click.option(
    "--keep",
    type=int,
    required=True,
    metavar="N",
    help="Keep the first N versions of: profiles, upgrade_to, upgrade_from (newest first).",
)
@click.option("--unnamed", is_flag=True, help="Also what no version names, in repositories that some version names.")
@click.option(
    "--mapping",
    default="auto",
    metavar="auto|host|plain|last|profile|FILE",
    help="Names at the registry; auto asks for a few images under each.",
)
@click.option("--dry-run", is_flag=True, help="Show what would go and stop.")
@click.option("--yes", is_flag=True, help="Agree to it beforehand.")
@common
@resolving
def prune_command(  # noqa: PLR0913, PLR0917
    site: str, targets: tuple[str, ...], keep: int, mapping: str, common: Common, options: Options,
    *, unnamed: bool, dry_run: bool, yes: bool,
) -> int:  # fmt: skip
    """Delete from a registry the manifests that no kept version needs; their bytes are shown first.

    Repositories that no version names are never touched, and what somebody has begun to need meanwhile stays. The room
    comes back when the registry collects its garbage. Ends with 5 where only a part could be deleted.
    """
    from regplan.verbs.pruning import PruneWishes, prune_site
    from regplan.verbs.seeding import seed_job

    job = seed_job((site,), targets, mapping)
    if common.read_only and not dry_run:
        raise click.UsageError("read-only: pruning deletes; look with --dry-run")
    agree = _never if dry_run else _asked if not yes else _told if not common.quiet else _always
    if agree is _asked and (sys.stdin is None or not sys.stdin.isatty()):
        raise click.UsageError("pruning deletes: look with --dry-run, then agree with --yes")
    with progress_line(quiet=common.quiet or agree is _asked) as report:
        pruning = prune_site(job, PruneWishes(keep, unnamed), options, agree=agree, report=report)
    return _say(pruning, common, dry_run=dry_run)


def _say(pruning: Pruning, common_: Common, *, dry_run: bool) -> int:
    from regplan.report.pruning import prune_document

    document: Any = prune_document(pruning.result or pruning.plan, pruning.mapping, pruning.kind)
    emit(Answer(document, _tables(document), _head(document), _foot(document, dry_run=dry_run)), common_.output)
    done = document["done"]
    if not document["failed"]:
        return ExitCode.DONE
    return worst([ExitCode.PARTLY if done["deleted"] else ExitCode.UNUSABLE])


def _tables(document: Mapping[str, Any]) -> tuple[Table, ...]:
    items = (
        Column("repository", "REPOSITORY"),
        Column("tags", "TAGS", _joined),
        Column("versions", "NEEDED BY", _joined),
        Column("why", "WHY", lambda why: _WHY.get(why, "")),
        Column("size_bytes", "SIZE", size, right=True),
        Column("digest", "DIGEST", in_table=False),
    )
    held = (Column("repository", "REPOSITORY"), Column("why", "WHY IT STAYS"), Column("digest", "DIGEST"))
    stays = (*document["held"], *document["done"]["skipped"])
    tables = (
        Table(items, tuple(document["items"]), empty="Nothing is there that only dropped versions need."),
        Table(held, stays, title="Stays all the same") if stays else None,
        Table(held, tuple(document["failed"]), title="Failed") if document["failed"] else None,
    )
    return tuple(table for table in tables if table is not None)


def _joined(names: Sequence[str]) -> str:
    return ", ".join(names)


def _head(document: Mapping[str, Any]) -> tuple[str, ...]:
    mapping = document["mapping"]
    probed = "" if mapping["is_told"] else f", {mapping['hits']} of {mapping['probes']} images found under it"
    kept, dropped = ", ".join(document["keep"]), ", ".join(document["drop"]) or "none"
    return (f"{document['target']} (names: {mapping['name']}{probed})", f"kept: {kept}; dropped: {dropped}")


def _foot(document: Mapping[str, Any], *, dry_run: bool) -> tuple[str, ...]:
    bound = "at most " if document["is_upper_bound"] else ""
    count, freed, done = len(document["items"]), size(document["freed_bytes"]), document["done"]
    lines = [f"{count} manifests, {bound}{freed} once garbage is collected"] if count else []
    if document["is_upper_bound"]:
        lines.append("not all of the registry could be looked at: others may need some of these bytes")
    if unnamed := document["unnamed"]["items"]:
        told = f"{len(unnamed)} more manifests in these repositories are named by no version"
        lines.append(f"{told}: --unnamed deletes them too, {bound}{size(document['unnamed']['freed_bytes'])}")
    if document["dry_run"]:
        lines.append("nothing was deleted (--dry-run)" if dry_run else "nothing was deleted")
    else:
        lines.append(
            f"{len(done['deleted'])} deleted, {len(done['gone'])} were gone, {len(done['skipped'])} are needed by now"
        )
        lines.append(
            f"{bound}{size(done['freed_bytes'])} come back only with garbage collection: {document['collect']}"
        )
    return tuple(lines)


def _always(_: PrunePlan) -> bool:
    return True


def _never(_: PrunePlan) -> bool:
    return False


def _told(plan: PrunePlan) -> bool:
    """Show what goes before anything goes, although it was agreed to."""
    bound = "at most " if plan.is_upper_bound else ""
    say(f"{plan.target}: {len(plan.items)} manifests, {bound}{size(plan.freed_bytes)}")
    return True


def _asked(plan: PrunePlan) -> bool:
    for item in plan.items:
        named = f"{item.repository}:{', '.join(item.tags)}" if item.tags else f"{item.repository}@{item.digest}"
        say(f"  {named}  {_WHY[item.why]}  {size(item.size_bytes)}")
    return _told(plan) and click.confirm("Delete now?", err=True)
