"""`palette`: what a live Palette holds, so that it can be named elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from regplan.cli.exitcodes import ExitCode
from regplan.cli.options import Common, common, connecting, verb
from regplan.cli.output import Answer, Column, Table, emit
from regplan.cli.shown import amount, size

if TYPE_CHECKING:
    from regplan.verbs.options import Options

__all__ = ["palette_command"]


@verb(
    "palette",
    "regplan palette profiles --palette https://palette.corp --palette-project 65c90aa2f1e4d83b7a0c1d2e",
    "regplan palette hosts --cluster store-0421 -o json",
)
@click.argument("what", type=click.Choice(["profiles", "hosts"]))
@click.option("--cluster", metavar="NAME|ID", help="With hosts: those of this cluster.")
@common
@connecting
def palette_command(what: str, cluster: str | None, common: Common, options: Options) -> int:
    """List the cluster profiles or the Edge hosts of a Palette project.

    Palette is only read. The API key comes from the environment or from standard input, never from an argument.
    """
    if what == "hosts":
        return _hosts(cluster, common, options)
    if cluster is not None:
        raise click.UsageError("--cluster goes with `regplan palette hosts`")
    return _profiles(common, options)


def _profiles(common_: Common, options: Options) -> int:
    from regplan.verbs.palette_site import list_palette_profiles

    records = tuple(
        {
            "name": each.name,
            "version": version,
            "type": each.type,
            "uid": uid,
            "scope": each.scope,
            "project": each.project,
            "published": each.is_published,
        }
        for each in list_palette_profiles(options)
        for version, uid in each.versions or ((each.version, each.uid),)
    )
    columns = (
        Column("name", "NAME", keep=True),
        Column("version", "VERSION", keep=True),
        Column("type", "TYPE"),
        Column("uid", "UID", keep=True),
        Column("scope", "SCOPE"),
        Column("project", "PROJECT"),
    )
    table = Table(columns, records, empty="no cluster profiles here")
    emit(Answer({"kind": "palette-profiles", "profiles": list(records)}, (table,)), common_.output)
    return ExitCode.DONE


def _hosts(cluster: str | None, common_: Common, options: Options) -> int:
    from regplan.verbs.palette_site import list_palette_hosts

    records = tuple(
        {
            "name": each.name,
            "uid": each.uid,
            "arch": each.arch,
            "cpu_milli": None if each.cpu_cores is None else each.cpu_cores * 1000,
            "memory_bytes": each.memory_bytes,
            "storage_bytes": each.storage_bytes,
            "disks": [{"size_bytes": disk.size_bytes, "vendor": disk.vendor} for disk in each.disks],
            "cluster": each.cluster,
            "state": each.state,
            "agent_version": each.agent_version,
        }
        for each in list_palette_hosts(options, cluster)
    )
    columns = (
        Column("name", "NAME", keep=True),
        Column("uid", "UID"),
        Column("arch", "ARCH"),
        Column("cpu_milli", "CPU", lambda value: amount(value, "milli"), right=True),
        Column("memory_bytes", "MEMORY", size, right=True),
        Column("storage_bytes", "STORAGE", size, right=True),
        Column("state", "STATE"),
        Column("cluster", "CLUSTER"),
    )
    table = Table(columns, records, empty="no Edge hosts here")
    emit(Answer({"kind": "palette-hosts", "hosts": list(records)}, (table,)), common_.output)
    return ExitCode.DONE
