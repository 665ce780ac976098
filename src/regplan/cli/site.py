"""`init` and `schema`: what a site file looks like."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from regplan.cli.exitcodes import ExitCode
from regplan.cli.options import Common, common, connecting, verb
from regplan.cli.saying import say

if TYPE_CHECKING:
    from regplan.verbs.options import Options

__all__ = ["init_command", "schema_command"]


@verb(
    "init",
    "regplan init site.yaml",
    "regplan init > site.yaml",
    "regplan init --fleet sites.xlsx",
    "regplan init --rollout rollout.yaml",
    "regplan init store-0421.yaml --from-palette --cluster store-0421",
)
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--fleet",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.{xlsx,csv}",
    help="Write a table of many sites to start from.",
)
@click.option(
    "--rollout",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.yaml",
    help="Write a file that says how many sites get their images, for `fleet --rollout`.",
)
@click.option("--from-palette", is_flag=True, help="Fill in the Edge hosts of a Palette project.")
@click.option("--cluster", metavar="NAME|ID", help="With --from-palette: this cluster's hosts, roles and profiles.")
@common
@connecting
def init_command(file: Path | None, common: Common, options: Options, **asked: Any) -> int:  # noqa: ANN401  its own options
    """Write a commented site file to start from. A file that is there is never overwritten.

    With --from-palette the hosts come from a live Palette, which is only read.
    """
    from regplan.store.files import write_atomic

    cluster, from_palette = asked["cluster"], asked["from_palette"]
    for name, write in (("fleet", _fleet), ("rollout", _rollout)):
        if asked[name] is not None:
            other = asked["rollout" if name == "fleet" else "fleet"]
            if file is not None or from_palette or cluster is not None or other is not None:
                raise click.UsageError(f"--{name} writes one file, and nothing beside it")
            return write(asked[name], common)
    if not from_palette and (cluster is not None or (options.palette is not None and options.palette.url is not None)):
        raise click.UsageError("--cluster and --palette go with --from-palette")
    if file is not None and common.read_only:
        raise click.UsageError("read-only: init writes a file")
    if file is not None and file.exists():
        raise click.UsageError(f"{file} is there already; name another file")
    text = _site_text(file, cluster, options, from_palette=from_palette)
    if file is None:
        click.echo(text, nl=False)
        return ExitCode.DONE
    write_atomic(file, text.encode())
    left = "check registry, content and links" if from_palette else "fill in profiles and hosts"
    say(f"{file} written: {left}, then run: regplan plan {file}")
    return ExitCode.DONE


def _fleet(file: Path, common_: Common) -> int:
    from regplan.verbs.fleet_output import write_fleet_template

    if common_.read_only:
        raise click.UsageError("read-only: init writes a file")
    write_fleet_template(file)
    say(f"{file} written: a row for each site, then run: regplan fleet {file}")
    return ExitCode.DONE


def _rollout(file: Path, common_: Common) -> int:
    from datetime import date, timedelta

    from regplan.profile.rollout_template import rollout_template
    from regplan.store.files import write_atomic

    if common_.read_only:
        raise click.UsageError("read-only: init writes a file")
    if file.exists():
        raise click.UsageError(f"{file} is there already; name another file")
    # Tomorrow is over nowhere; whoever keeps the day wants to begin soon.
    write_atomic(file, rollout_template(date.today() + timedelta(days=1)).encode())  # noqa: DTZ011  any zone's day will do
    say(f"{file} written: set start and uplink, then run: regplan fleet SITES --rollout {file}")
    return ExitCode.DONE


def _site_text(file: Path | None, cluster: str | None, options: Options, *, from_palette: bool) -> str:
    name = file.stem if file else ""
    if not from_palette:
        from regplan.profile.site_template import site_template

        return site_template(name or "store-1")
    from regplan.verbs.palette_site import site_from_palette

    return site_from_palette(options, name, cluster)


@verb(
    "schema",
    "regplan schema site > site.schema.json",
    "regplan schema plan",
)
@click.argument("which", type=click.Choice(["site", "plan", "seed", "rollout"]), default="site")
@common
def schema_command(which: str, common: Common) -> int:
    """Print the JSON Schema (2020-12) of the site file, the plan, the seed or the rollout document."""
    del common
    from regplan.profile.site_schema import site_schema
    from regplan.report.schema import plan_schema, rollout_schema, seed_schema

    schema = {"site": site_schema, "plan": plan_schema, "seed": seed_schema, "rollout": rollout_schema}[which]()
    click.echo(json.dumps(schema, indent=2))
    return ExitCode.DONE
