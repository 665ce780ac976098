"""`init` and `schema`: what a site file looks like."""

from __future__ import annotations

import json
from pathlib import Path

import click

from regplan.cli.exitcodes import ExitCode
from regplan.cli.options import Common, common, verb

__all__ = ["init_command", "schema_command"]


@verb(
    "init",
    "regplan init site.yaml",
    "regplan init > site.yaml",
)
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@common
def init_command(file: Path | None, common: Common) -> int:
    """Write a commented site file to start from. A file that is there is never overwritten."""
    from regplan.profile.site import site_template
    from regplan.store.files import write_atomic

    text = site_template(file.stem if file else "store-1")
    if file is None:
        click.echo(text, nl=False)
        return ExitCode.DONE
    if common.read_only:
        raise click.UsageError("read-only: init writes a file")
    if file.exists():
        raise click.UsageError(f"{file} is there already; name another file")
    write_atomic(file, text.encode())
    click.echo(f"{file} written: fill in profiles and hosts, then run: regplan plan {file}", err=True)
    return ExitCode.DONE


@verb(
    "schema",
    "regplan schema site > site.schema.json",
    "regplan schema plan",
)
@click.argument("which", type=click.Choice(["site", "plan", "seed"]), default="site")
@common
def schema_command(which: str, common: Common) -> int:
    """Print the JSON Schema (2020-12) of the site file, the plan document or the seed document."""
    del common
    from regplan.profile.site import site_schema
    from regplan.report.document import plan_schema, seed_schema

    schema = {"site": site_schema, "plan": plan_schema, "seed": seed_schema}[which]()
    click.echo(json.dumps(schema, indent=2))
    return ExitCode.DONE
