"""What `seed` shows before anything moves: findings and phases; and the option that makes what lacks."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import click

from regplan.cli.output import Column, Table
from regplan.cli.shown import size
from regplan.cli.wishing import add_wish

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["preflight_options", "preflight_tables"]


def preflight_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--create-project` and `--check`; with `--dry-run` nothing is made, and more is asked."""

    @click.option("--create-project", is_flag=True, help="Make the Harbor project where it is not there.")
    @click.option(
        "--check",
        type=click.Choice(["tags", "blobs", "deep"]),
        default="tags",
        help="Look as closely as verify's --level, send again what is harmed or gone, and look once more.",
    )
    @functools.wraps(function)
    def wrapped(*, create_project: bool, check: str, **given: Any) -> Any:  # noqa: ANN401
        looks_only = bool(given.get("dry_run"))
        if check != "tags" and given.get("emit") is not None:
            raise click.UsageError("--check looks at a target now, and --emit job asks it nothing: give one of them")
        add_wish(given, create_project=create_project and not looks_only, look_only=looks_only, check=check)
        return function(**given)

    return wrapped


def preflight_tables(document: Mapping[str, Any]) -> tuple[Table, ...]:
    """Lay out the phases of a site and what was found of the target."""
    phases = tuple({**each, "images": len(each["references"])} for each in document["phases"])
    steps = (
        Column("number", "PHASE", right=True),
        Column("title", "WHAT", keep=True),
        Column("how", "BY"),
        Column("images", "IMAGES", right=True),
        Column("size_bytes", "SIZE", _each, right=True, of_record=True),
        Column("state", "STATE", keep=True),
    )
    findings = (
        Column("rule", "CHECK", keep=True),
        Column("verdict", "VERDICT", keep=True),
        Column("message", "FOUND"),
        Column("fix", "FIX", in_table=False),
    )
    return (
        Table(steps, phases, below=_to_bring),
        Table(findings, tuple(document["findings"]), below=lambda record: (record["fix"],) if record["fix"] else ()),
    )


def _to_bring(phase: Mapping[str, Any]) -> tuple[str, ...]:
    """List what must be on every host, while it may not be there yet."""
    is_open = phase["number"] == 0 and phase["state"] != "done"
    return tuple(phase["references"]) if is_open else ()


def _each(record: Mapping[str, Any]) -> str:
    if not record["size_bytes"]:
        return ""
    return size(record["size_bytes"]) + (f" x {record['hosts']} hosts" if record["hosts"] > 1 else "")
