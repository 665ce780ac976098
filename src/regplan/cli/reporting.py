"""The report of a seeding as an option of `seed`."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import click

from regplan.cli.fronting import front_options
from regplan.cli.wishing import add_wish

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.report.front import Front

__all__ = ["report_option"]


def report_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--report`, and what its cover has and does not tell; all of it arrives in `wishes`."""

    @front_options
    @click.option(
        "--report",
        "reports",
        multiple=True,
        metavar="FILE.{html,pdf,xlsx,docx,md,json}",
        help="Write what was done there, however it ends; repeatable.",
    )
    @functools.wraps(function)
    def wrapped(*, reports: tuple[str, ...], front: Front, redact: tuple[str, ...], **given: Any) -> Any:  # noqa: ANN401
        if reports and given["common"].read_only:
            raise click.UsageError("read-only: --report writes a file; -o json writes to standard output")
        if not reports and (front != type(front)() or redact):
            raise click.UsageError(
                "--customer, --project, --author, --revision, --logo and --redact go with --report FILE"
            )
        add_wish(given, reports=reports, front=front, redact=redact)
        return function(**given)

    return wrapped
