"""`cache`: the manifests, configs and tags that are kept between runs."""

from __future__ import annotations

from pathlib import Path

import click

from regplan.cli.exitcodes import ExitCode
from regplan.cli.options import Common, common, verb
from regplan.cli.output import Answer, Column, Table, emit
from regplan.cli.shown import size

__all__ = ["cache_command"]


@verb(
    "cache",
    "regplan cache info",
    "regplan cache clear",
)
@click.argument("action", type=click.Choice(["info", "clear"]))
@click.option("--cache-dir", type=click.Path(file_okay=False, path_type=Path), help="Default: the user's cache folder.")
@common
def cache_command(action: str, cache_dir: Path | None, common: Common) -> int:
    """Show or empty the cache: manifests and configs, and what tags named when they were last seen.

    It holds no layers and no credentials. The journals of seedings, which lie in the user's state folder, go with it; with
    --cache-dir they are left alone.
    """
    from regplan.store.cache import DigestCache
    from regplan.store.journals import clear_journals, count_journals
    from regplan.store.tags import TagMemory
    from regplan.verbs.journaling import default_journal_folder
    from regplan.verbs.options import default_cache_folder

    if action == "clear" and common.read_only:
        raise click.UsageError("read-only: clearing the cache deletes files")
    folder = cache_dir or default_cache_folder()
    cache, memory = DigestCache(folder), TagMemory(folder)
    before, tags = cache.info(), memory.info()
    journals = None if cache_dir is not None else count_journals(default_journal_folder())
    if action == "clear":
        cache.clear()
        memory.clear()
        if journals is not None:
            clear_journals(journals.folder)
    record = {
        "folder": str(folder),
        "entries": before.entries,
        "size_bytes": before.size_bytes,
        "tags": tags.entries,
        "tags_size_bytes": tags.size_bytes,
        "journals": None if journals is None else journals.entries,
        "journals_size_bytes": None if journals is None else journals.size_bytes,
        "journals_folder": None if journals is None else str(journals.folder),
    }
    columns: tuple[Column, ...] = (
        Column("folder", "FOLDER"),
        Column("entries", "ENTRIES", right=True),
        Column("size_bytes", "SIZE", size, right=True),
        Column("tags", "TAGS", right=True),
        Column("tags_size_bytes", "SIZE OF TAGS", size, right=True),
    )
    if journals is not None:
        columns += (
            Column("journals", "JOURNALS", right=True),
            Column("journals_size_bytes", "SIZE OF JOURNALS", size, right=True),
        )
    foot = ("cleared",) if action == "clear" else ()
    emit(Answer({"kind": "cache", "action": action, **record}, (Table(columns, (record,)),), (), foot), common.output)
    return ExitCode.DONE
