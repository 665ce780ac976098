"""`doctor`: what is installed, seen and usable on this machine, and what a host is that is to be a registry."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from regplan.cli.exitcodes import ExitCode, worst
from regplan.cli.options import Common, common, resolving, verb
from regplan.cli.output import Answer, Column, Table, emit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.verbs.doctor import Check
    from regplan.verbs.options import Options

__all__ = ["doctor_command"]

_MARKS = {"ok": "✓ ok", "absent": "- absent", "soon": "! soon", "problem": "✗ problem"}


@verb(
    "doctor",
    "regplan doctor",
    "regplan doctor 10.0.0.5:30003 docker.io",
    "regplan doctor 10.0.0.5:30003 --ca-cert=10.0.0.5:30003=ca.crt -o json",
)
@click.argument("hosts", nargs=-1, metavar="[HOST:PORT]...")
@common
@resolving
def doctor_command(hosts: tuple[str, ...], common: Common, options: Options) -> int:
    """Tell what is installed, which auth files are seen, and whether the terminal, the cache and optional tools serve.

    Of a HOST: its certificates, whether they are trusted and what mends it, what kind of registry answers, which login is
    used and accepted, and what is left of its pulls. No login goes over a connection that is not trusted. Ends with 1
    where something does not serve, and with 3 where a host cannot be reached.
    """
    named = next((host for host in options.connection.by_host if host != "*"), None)
    if not hosts and named is not None:
        # `--plain-http HOST:PORT` takes the host for its own.
        raise click.UsageError(
            f"an option is told of {named}, and no host to look at: write regplan doctor {named} ..."
        )
    return _tell_hosts(hosts, common, options) if hosts else _tell_machine(common, options)


def _tell_machine(common_: Common, options: Options) -> int:
    from regplan.verbs.doctor import State, examine

    checks = examine(options)
    columns = (
        Column("name", "WHAT"),
        Column("state", "STATE", lambda value: _MARKS[str(value)]),
        Column("found", "FOUND"),
        Column("fix", "FIX"),
    )
    records = tuple(_record(check) for check in checks)
    emit(Answer({"kind": "doctor", "checks": list(records)}, (Table(columns, records),)), common_.output)
    return ExitCode.FAILED if any(check.state is State.PROBLEM for check in checks) else ExitCode.DONE


def _tell_hosts(hosts: tuple[str, ...], common_: Common, options: Options) -> int:
    from regplan.verbs.doctor import State
    from regplan.verbs.hosts import checks_of, examine_hosts, mends_of

    columns = (
        Column("name", "WHAT", keep=True),
        Column("state", "STATE", lambda value: _MARKS[str(value)], keep=True),
        Column("found", "FOUND"),
        Column("fix", "FIX", in_table=False),
    )
    documents, tables, foot, codes = [], [], [], []
    for found in examine_hosts(hosts, options):
        checks, mends = checks_of(found), mends_of(found)
        records = tuple({"host": found.host, **_record(check)} for check in checks)
        documents.append({**asdict(found), "checks": list(records), "mends": list(mends)})
        tables.append(Table(columns, records, title=found.host, below=_fix))
        foot += (
            ["", f"To mend {found.host}, one of these:" if len(mends) > 1 else f"To mend {found.host}:", *mends]
            if mends
            else []
        )
        codes += [ExitCode.FAILED] if any(check.state is State.PROBLEM for check in checks) else []
        codes += [ExitCode.UNUSABLE] if found.problem else []
    document: dict[str, Any] = {"kind": "doctor", "hosts": documents}
    every = Table((Column("host", "HOST"), *columns), tuple(record for table in tables for record in table.records))
    shown = tuple(tables) if common_.output in {"table", "md"} else (every,)
    emit(Answer(document, shown, (), tuple(foot[1:])), common_.output)
    return worst(codes)


def _record(check: Check) -> dict[str, Any]:
    return {**asdict(check), "state": str(check.state)}


def _fix(record: Mapping[str, Any]) -> tuple[str, ...]:
    return (record["fix"],) if record["fix"] else ()
