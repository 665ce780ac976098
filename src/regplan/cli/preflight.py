"""What `seed` shows before anything moves: findings and phases; and the option that makes what lacks."""

from __future__ import annotations

import functools
import textwrap
from typing import TYPE_CHECKING, Any, Final

import click

from regplan.cli.output import Column, Table, terminal_width
from regplan.cli.shown import size
from regplan.cli.wishing import add_wish
from regplan.report.words import marked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["preflight_options", "preflight_tables"]

# Columns that the phases take when nothing of them is cut.
_WIDE: Final = 104
# What a finding's own line holds at most; what it lists beyond stands below.
_MOST_CHARACTERS: Final = 200


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


def preflight_tables(document: Mapping[str, Any], form: str = "table") -> tuple[Table, ...]:
    """Lay out the phases of a site and what was found of the target; as a table in lines that can be read at any width."""
    width = terminal_width()
    is_narrow = form == "table" and width is not None and width < _WIDE
    phases = tuple({**each, "images": len(each["references"])} for each in document["phases"])
    steps = (
        Column("number", "PHASE", right=True),
        Column("title", "WHAT", keep=True),
        Column("how", "BY", in_table=not is_narrow),
        Column("images", "IMAGES", _some, right=True, in_table=not is_narrow),
        Column("size_bytes", "SIZE", _each, right=True, of_record=True, in_table=not is_narrow),
        Column("state", "STATE", keep=True),
    )
    findings = (
        Column("rule", "CHECK", keep=True),
        Column("verdict", "VERDICT", marked, keep=True),
        Column("message", "FOUND", _head if form == "table" else str, in_table=not is_narrow),
        Column("fix", "FIX", in_table=False),
    )
    told = _whole if is_narrow else _rest
    return (
        Table(steps, phases, below=(lambda phase: (*_brought(phase), *_to_bring(phase))) if is_narrow else _to_bring),
        Table(findings, tuple(document["findings"]), below=told),
    )


def _head(message: str) -> str:
    """Write a message up to what it lists, where the list is too long for a line."""
    return message if len(message) <= _MOST_CHARACTERS else message.partition(": ")[0]


def _rest(finding: Mapping[str, Any]) -> tuple[str, ...]:
    """Tell below a finding what its line leaves out, in lines that break no name, and what to do."""
    message = str(finding["message"])
    left = message.removeprefix(_head(message)).removeprefix(": ")
    lines = textwrap.wrap(left, _WIDE - 4, break_long_words=False, break_on_hyphens=False)
    return (*lines, *_fix(finding))


def _whole(finding: Mapping[str, Any]) -> tuple[str, ...]:
    return (str(finding["message"]), *_fix(finding))


def _fix(finding: Mapping[str, Any]) -> tuple[str, ...]:
    return (finding["fix"],) if finding["fix"] else ()


def _brought(phase: Mapping[str, Any]) -> tuple[str, ...]:
    """Tell in a line what a narrow terminal has no columns for."""
    sized = _each(phase)
    counted = f"{phase['images']} images, {sized}: " if sized else ""
    return (f"{counted}{phase['how']}",)


def _some(count: int) -> str:
    return str(count) if count else ""


def _to_bring(phase: Mapping[str, Any]) -> tuple[str, ...]:
    """List what must be on every host, while it may not be there yet."""
    is_open = phase["number"] == 0 and phase["state"] != "done"
    return tuple(phase["references"]) if is_open else ()


def _each(record: Mapping[str, Any]) -> str:
    if not record["size_bytes"]:
        return ""
    return size(record["size_bytes"]) + (f" x {record['hosts']} hosts" if record["hosts"] > 1 else "")
