"""What a seeding may take, as options of `seed`: a rate, hours, pulls, and how slow a stream may be."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import click

from regplan.cli.wishing import add_wish

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["limit_options"]


def limit_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the limits; they arrive in `wishes`."""

    @click.option("--max-rate", metavar="RATE", help="Send at most that, all streams together: 15Mbit/s.")
    @click.option(
        "--window",
        "windows",
        multiple=True,
        metavar="HH:MM-HH:MM",
        help="Send only then, by the site's clock: 22:00-05:00.",
    )
    @click.option(
        "--max-pulls",
        type=click.IntRange(min=1),
        metavar="N",
        help="Pulls of Docker Hub in one of its windows; wait instead of failing.",
    )
    @click.option(
        "--min-rate", default="8kbit/s", show_default=True, metavar="RATE", help="A stream below has stalled."
    )
    @click.option(
        "--stall-after", default="60s", show_default=True, metavar="TIME", help="How long a stream may be below that."
    )
    @functools.wraps(function)
    def wrapped(
        *,
        max_rate: str | None,
        windows: tuple[str, ...],
        max_pulls: int | None,
        min_rate: str,
        stall_after: str,
        **given: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        from regplan.model.run import SeedLimits
        from regplan.units import parse_duration, parse_rate

        limits = SeedLimits(
            max_bps=None if max_rate is None else parse_rate(max_rate),
            windows=windows,
            most_pulls=max_pulls,
            min_bps=parse_rate(min_rate),
            patience_s=parse_duration(stall_after),
        )
        add_wish(given, limits=limits)
        return function(**given)

    return wrapped
