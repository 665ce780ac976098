"""`lab` and `kernel`: regplan in JupyterLab."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from regplan.cli.exitcodes import ExitCode
from regplan.cli.options import Common, common, verb
from regplan.cli.output import Answer, emit

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["kernel_command", "lab_command"]


@verb(
    "lab",
    "regplan lab",
    "regplan lab my-notebooks --port 8890 --no-browser",
)
@click.argument("folder", required=False, metavar="[FOLDER]")
@click.option("--port", type=click.IntRange(0, 65535), metavar="PORT", help="Default: 8888, or the next free one.")
@click.option("--no-browser", is_flag=True, help="Open no browser; the address is printed.")
@common
def lab_command(folder: str | None, common: Common, *, port: int | None, no_browser: bool) -> int:
    """Open JupyterLab on a copy of the notebooks that ship with regplan.

    Without FOLDER the copy is a new folder here (regplan-notebooks); in FOLDER a notebook that is there is kept. JupyterLab
    listens on this machine alone, and asks no other for news, updates or extensions.
    """
    from regplan.notebook.lab import copy_notebooks, need_lab, start_lab

    if common.read_only:
        raise click.UsageError("read-only: lab writes a copy of the notebooks")
    need_lab()
    copied = copy_notebooks(folder)
    if not common.quiet:
        click.echo(f"notebooks in {copied}", err=True)
    start_lab(copied, port, browser=not no_browser)
    return ExitCode.DONE


@verb(
    "kernel",
    "regplan kernel install --user",
    "regplan kernel install --sys-prefix",
)
@click.argument("action", type=click.Choice(["install"]))
@click.option("--user", "where", flag_value="user", help="For this user: every JupyterLab of theirs has the card.")
@click.option("--sys-prefix", "where", flag_value="prefix", help="In this Python environment (a wheel has it already).")
@common
def kernel_command(common: Common, action: str, where: str | None) -> int:
    """Install the Jupyter kernel "regplan (site sizing)", which JupyterLab's launcher then shows.

    The wheel brings it along for a JupyterLab in the same environment, and `regplan lab` has it in any case: this is for a
    JupyterLab elsewhere, and for a checkout.
    """
    from regplan.notebook.lab import install_kernel

    del action
    if common.read_only:
        raise click.UsageError("read-only: kernel writes into Jupyter's folders")
    if where is None:
        raise click.UsageError("say where: --user or --sys-prefix")
    _say(install_kernel(user=where == "user"), common)
    return ExitCode.DONE


def _say(folder: Path, common_: Common) -> None:
    emit(Answer({"kind": "kernel", "name": folder.name, "folder": str(folder)}, (), (str(folder),)), common_.output)
    if not common_.quiet:
        click.echo("the kernel is installed; its card is called: regplan (site sizing)", err=True)
