"""Draws of a site's lives as options of a verb: how many, from which seed, and who draws them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

import click

from regplan.cli.progress import progress_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from regplan.cli.options import Common
    from regplan.model.plan import Study
    from regplan.verbs.drawing import DrawsAsked
    from regplan.verbs.options import Options

__all__ = ["drawing_options", "planned_or_drawn", "refuse_draws"]

_MOST: Final = 1_000_000
_NEEDS: Final = "draws nothing by itself: say how many lives with --draws"


def drawing_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options; they arrive as `asked`, None where nothing is to be drawn."""

    @click.option(
        "--draws",
        type=click.IntRange(1, _MOST),
        metavar="N",
        help="Draw the scenario's life at most so many times; fewer where all is known to within 2 %.",
    )
    @click.option(
        "--seed",
        type=click.IntRange(min=0),
        metavar="S",
        help="Draw what this seed drew before. Default: a new one, which is told.",
    )
    @click.option("--workers", type=click.IntRange(1, 256), metavar="N", help="Processes that draw. Default: 1.")
    @click.option("--scheduler", metavar="ADDRESS", help="Draw on a Dask cluster: tcp://HOST:PORT.")
    @functools.wraps(function)
    def wrapped(
        *,
        draws: int | None,
        seed: int | None,
        workers: int | None,
        scheduler: str | None,
        **given: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        if draws is None:
            said = {"--seed": seed, "--workers": workers, "--scheduler": scheduler}
            for name, value in said.items():
                if value is not None:
                    raise click.UsageError(f"{name} {_NEEDS}")
            return function(asked=None, **given)
        from regplan.verbs.drawing import DrawsAsked

        return function(asked=DrawsAsked(draws, seed, workers or 1, scheduler or ""), **given)

    return wrapped


def refuse_draws(asked: DrawsAsked | None) -> None:
    """Refuse draws of a plan that was made elsewhere."""
    if asked is not None:
        raise click.UsageError("--draws draws lives of a site; a plan in a registry or in a file has its own, or none")


def planned_or_drawn(site: str | Path, asked: DrawsAsked | None, options: Options, common_: Common) -> Study:
    """Plan a site, and draw its lives where that is asked for, with progress on a terminal."""
    with progress_line(quiet=common_.quiet) as report:
        if asked is None:
            from regplan.verbs.study import plan_site

            return plan_site(site, options, report)
        from regplan.verbs.drawing import draw_site

        return draw_site(site, asked, options, report)
