"""`tui`: the terminal app over the same verbs."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import click

from regplan.cli.options import Common, common, resolving, rules_option, verb
from regplan.errors import MissingExtra

if TYPE_CHECKING:
    from regplan.model.plan import Study
    from regplan.model.progress import Report
    from regplan.verbs.drafting import Base
    from regplan.verbs.options import Options

__all__ = ["open_screen", "tui_command"]


@verb(
    "tui",
    "regplan tui",
    "regplan tui site.yaml",
)
@click.argument("site", required=False, metavar="[SITE]")
@rules_option
@common
@resolving
def tui_command(site: str | None, common: Common, options: Options) -> int:
    """Open the terminal app, with a site or with its start screen."""
    return open_screen(site, options, common)


def open_screen(site: str | None, options: Options, common_: Common) -> int:
    """Run the app to its end and tell its exit code; raises `MissingExtra` where textual is absent."""
    if importlib.util.find_spec("textual") is None:
        raise MissingExtra("the terminal app", "tui")
    from regplan.tui.app import run_tui
    from regplan.tui.services import Services, open_at
    from regplan.tui.session import Flags

    async def load(target: str, report: Report) -> Study | tuple[Study, Base]:
        return await open_at(target, options, report)

    flags = Flags(options.connection.offline, common_.read_only)
    return run_tui(load, site, flags, Services(options))
