"""The options for what a report has on its cover, and for what it does not tell."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["front_options"]


def front_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options; they arrive as `front`, and as `redact`, which names what is replaced."""

    @click.option("--customer", default="", metavar="NAME", help="On the cover: whom the report is for.")
    @click.option("--project", default="", metavar="NAME", help="On the cover: what it belongs to.")
    @click.option("--author", default="", metavar="NAME", help="On the cover: who made it.")
    @click.option("--revision", default="", metavar="TEXT", help="On the cover: which revision it is.")
    @click.option("--logo", metavar="FILE.{png,jpg}", help="On the cover; it lies within the report.")
    @click.option(
        "--redact",
        metavar="WHAT,...",
        help="Replace hosts, addresses, registries, everywhere, by names such as host-1.",
    )
    @functools.wraps(function)
    def wrapped(*, logo: str | None, redact: str | None, **given: Any) -> Any:  # noqa: ANN401
        from regplan.report.front import Front
        from regplan.report.redacting import read_redactions
        from regplan.verbs.reports import front_of

        names = {key: given.pop(key).strip() for key in ("customer", "project", "author", "revision")}
        what = () if redact is None else read_redactions(redact)
        return function(front=front_of(Front(**names), logo), redact=what, **given)

    return wrapped
