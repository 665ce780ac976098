"""Plans that are shown from a registry: where they came from is said beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from regplan.cli.options import Common
    from regplan.verbs.artefacts import PulledPlan
    from regplan.verbs.options import Options

__all__ = ["pulled_plan"]


def pulled_plan(text: str, options: Options, common_: Common) -> PulledPlan:
    """Pull a plan, and say on standard error where it came from, what made it and when."""
    from regplan.verbs.artefacts import pull_plan

    pulled = pull_plan(text, options)
    if not common_.quiet:
        click.echo(f"docker://{pulled.reference}: made by {pulled.made_by}", err=True)
    return pulled
