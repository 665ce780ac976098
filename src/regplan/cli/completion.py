"""`completion`: scripts that complete verbs and options in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from regplan.cli.exitcodes import ExitCode
from regplan.cli.options import verb

__all__ = ["completion_command"]


@verb(
    "completion",
    "source <(regplan completion bash)",
    "regplan completion fish > ~/.config/fish/completions/regplan.fish",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion_command(shell: str) -> int:
    """Print the completion script of a shell."""
    from regplan.cli.app import cli

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(found(cli, {}, "regplan", "_REGPLAN_COMPLETE").source())
    return ExitCode.DONE
