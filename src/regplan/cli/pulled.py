"""Plans that are shown from a registry: where they came from is said beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from regplan.cli.progress import progress_line
from regplan.cli.saying import say
from regplan.verbs.arguments import names_artefact

if TYPE_CHECKING:
    from regplan.cli.options import Common
    from regplan.model.plan import Study
    from regplan.verbs.artefacts import PulledPlan
    from regplan.verbs.options import Options

__all__ = ["planned", "pulled_plan"]


def pulled_plan(text: str, options: Options, common_: Common) -> PulledPlan:
    """Pull a plan, and say on standard error where it came from, what made it and when."""
    from regplan.verbs.artefacts import pull_plan

    pulled = pull_plan(text, options)
    if not common_.quiet:
        say(f"docker://{pulled.reference}: made by {pulled.made_by}")
    return pulled


def planned(site: str, mapping: str, options: Options, common_: Common) -> Study | PulledPlan:
    """Plan a site, or pull a plan; raises where `--mapping` is said of a plan that was made with its own."""
    if names_artefact(site):
        if mapping != "host":
            raise click.UsageError("--mapping names images of a site; a plan in a registry was made with its own")
        return pulled_plan(site, options, common_)
    from regplan.verbs.study import plan_site

    with progress_line(quiet=common_.quiet) as report:
        return plan_site(site, replace(options, mapping=mapping), report)
