"""The options of a seeding's journal."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import click

from regplan.cli.saying import say
from regplan.cli.wishing import add_wish

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["journal_options"]


def journal_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--journal` and `--no-journal`, which arrive among `wishes`; stands above `wishing`."""

    @click.option(
        "--journal",
        "journal_path",
        metavar="FILE",
        help="What the target has confirmed, for a run that goes on. Default: one for each site in the state folder.",
    )
    @click.option("--no-journal", is_flag=True, help="Neither read nor write a journal: every tag is asked for.")
    @functools.wraps(function)
    def wrapped(**given: Any) -> Any:  # noqa: ANN401  click hands over what the verb declares
        from regplan.verbs.wishes import JournalWish

        path, is_off = given.pop("journal_path"), given.pop("no_journal")
        if path is not None and is_off:
            raise click.UsageError("--journal and --no-journal contradict each other: give one of them")
        common = given["common"]
        add_wish(
            given,
            journal=JournalWish(
                path or "",
                off=is_off,
                only_read=given["dry_run"] or common.read_only,
            ),
            tell=(lambda _: None) if common.quiet else _tell,
        )
        return function(**given)

    return wrapped


def _tell(sentence: str) -> None:
    say(sentence)
