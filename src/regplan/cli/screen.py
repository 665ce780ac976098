"""`tui`: the terminal app over the same verbs."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING, Any

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
    "regplan tui site.yaml --serve --listen 127.0.0.1:0",
)
@click.argument("site", required=False, metavar="[SITE]")
@click.option("--serve", is_flag=True, help="Show the app in a browser: prints the address to open, until Ctrl-C.")
@click.option(
    "--listen",
    default="127.0.0.1:8000",
    metavar="HOST:PORT",
    show_default=True,
    help="With --serve; port 0: a free one.",
)
@click.option("--insecure-listen", is_flag=True, help="Listen where others can reach it, in the clear.")
@rules_option
@common
@resolving
def tui_command(site: str | None, common: Common, options: Options, **serving: Any) -> int:  # noqa: ANN401  click's own
    """Open the terminal app, with a site or with its start screen.

    With --serve it is shown in a browser instead: the page asks no other host for anything, each visitor has an app of their
    own, and nobody comes in without the key in the address. It needs the extra `serve`.
    """
    if serving.pop("serve"):
        return _serve(common, **serving)
    return open_screen(site, options, common)


def _serve(common_: Common, listen: str, *, insecure_listen: bool) -> int:
    from regplan.cli.exitcodes import ExitCode
    from regplan.tui.served import ServedApp, check_listen
    from regplan.tui.serving import serve_tui

    arguments = sys.argv[1:]
    if "--password-stdin" in arguments:
        raise click.UsageError(
            "--serve: each visitor has a process of their own, and none has this one's standard input"
        )

    def started(app: ServedApp) -> None:
        click.echo(app.page)
        # Whoever started this in the background reads the address from a pipe.
        sys.stdout.flush()
        if not common_.quiet:
            click.echo("regplan: press Ctrl-C to stop", err=True)

    serve_tui(check_listen(listen, insecure=insecure_listen), arguments, started)
    return ExitCode.DONE


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
