"""The command group: verbs loaded when they are called, one sentence for every error, and the exit code."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from regplan.cli.exitcodes import ExitCode
from regplan.cli.output import soften
from regplan.cli.saying import say
from regplan.errors import RegplanError
from regplan.patterns import pattern
from regplan.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LazyGroup", "cli", "main"]

# verb -> (module that holds it, what the list of verbs says of it); a module is imported when its verb is called.
_VERBS: Final = {
    "demo": ("regplan.cli.plan", "The main job on the data that ships, no network."),
    "init": ("regplan.cli.site", "Write a commented site file to start from."),
    "images": ("regplan.cli.images", "List the images that profiles need, with provenance."),
    "layers": ("regplan.cli.images", "Deduplicated sizes: SIZE, SHARED and UNIQUE of each image, and totals."),
    "diff": ("regplan.cli.diff", "What an upgrade keeps, adds and drops."),
    "plan": ("regplan.cli.plan", "The verdict on a site, with every finding."),
    "explain": ("regplan.cli.explain", "Why a number is what it is: formula, inputs, source."),
    "fleet": ("regplan.cli.fleet", "Many sites of a table: a verdict each, worst first, hardware and totals."),
    "compare": ("regplan.cli.compare", "Scenarios side by side, with what each changes of the first."),
    "simulate": ("regplan.cli.simulate", "Bytes and time on the internet link, with and without the registry."),
    "gate": ("regplan.cli.gate", "Hold a plan against a policy, for pipelines."),
    "palette": ("regplan.cli.palette", "List what a live Palette holds: profiles, Edge hosts."),
    "seed": ("regplan.cli.seed", "Copy what is missing into a registry or onto a disk."),
    "verify": ("regplan.cli.verify", "Hold what stands at a target against what should."),
    "prune": ("regplan.cli.prune", "Delete from a registry what no kept version needs."),
    "record": ("regplan.cli.record", "Keep manifests and configs, for planning offline."),
    "bundle": ("regplan.cli.bundle", "Tell what a content bundle or another archive of images holds."),
    "serve": ("regplan.cli.serve", "Serve a folder or an archive of images as an OCI registry."),
    "report": ("regplan.cli.report", "Write a planning report as HTML, PDF, XLSX, Markdown or JSON."),
    "probe": ("regplan.cli.probe", "Measure a link and how fast this machine unpacks."),
    "tui": ("regplan.cli.screen", "Open the terminal app."),
    "lab": ("regplan.cli.lab", "Open JupyterLab on a copy of the notebooks."),
    "kernel": ("regplan.cli.lab", "Install the Jupyter kernel for a JupyterLab elsewhere."),
    "doctor": ("regplan.cli.doctor", "Tell what is installed, seen and usable."),
    "schema": (
        "regplan.cli.site",
        "Print the JSON Schema of the site file, the plan, the seed or the rollout document.",
    ),
    "cache": ("regplan.cli.cache", "Show or empty the cache of manifests and tags."),
    "completion": ("regplan.cli.completion", "Print the completion script of a shell."),
}
# These may stand without a value, which then holds for all hosts; click would take the next argument for it.
_VALUES: Final = {
    "--plain-http": pattern(r"(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|\[[0-9A-Fa-f:]+\]):[0-9]{2,5}"),
    "--tls-verify": pattern(r"(?:[^=\s]+=)?(?:true|false)"),
}
_BARE: Final = {"--plain-http": "--plain-http=*", "--tls-verify": "--tls-verify=true"}


class LazyGroup(click.Group):
    """A group whose verbs are imported when they are called, so that `--help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the verbs, in the order in which a new user meets them."""
        del ctx
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one verb."""
        del ctx
        known = _VERBS.get(cmd_name)
        return None if known is None else getattr(importlib.import_module(known[0]), f"{cmd_name}_command")

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb, and suggest one where it is misspelt."""
        name = args[0]
        if name not in _VERBS and not name.startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(name, _VERBS, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else "; regplan --help lists the verbs"
            raise click.UsageError(f"no verb {name!r}{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs without importing any."""
        del ctx
        with formatter.section("Verbs"):
            formatter.write_dl([(name, says) for name, (_, says) in _VERBS.items()])


def _say_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001  click's own form
    """Tell the version and end."""
    if not wanted or context.resilient_parsing:
        return
    click.echo(f"regplan, version {VERSION}")
    context.exit()


_HELP: Final = """Examples:

\b
  regplan demo                     the main job on the data that ships, no network
  regplan init site.yaml           a site file to start from
  regplan plan site.yaml           the verdict
  regplan layers profile.json      what the images take together
  regplan seed profile.json --to docker://10.0.0.5:30003/spectro-images --dry-run

Tell whether a Palette Edge site's primary registry will hold and serve every image that its cluster profiles need,
what it saves on the internet link, and then seed it and prove it.
"""


@click.group(
    cls=LazyGroup, help=_HELP, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_say_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Hold the group together; its help is `_HELP`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; every error is one sentence on stderr, and the contract's exit code is returned."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    soften(sys.stdout)
    try:
        answer: Any = cli.main(_joined(given), "regplan", standalone_mode=False)
        sys.stdout.flush()
    except BaseException as error:
        code = _explain(error)
        if code is None:
            raise
        return code
    return answer if isinstance(answer, int) else ExitCode.DONE


def _explain(error: BaseException) -> int | None:
    """Say an error in one sentence and tell its exit code; None for what is not ours to catch."""
    code: int | None
    match error:
        case click.ClickException():
            _say_refused(error)
            code = ExitCode.INPUT
        case click.exceptions.Abort() | KeyboardInterrupt():
            say("regplan: interrupted")
            # Where a text was executed when the interrupt came, as dataclasses do, Python would end with the signal
            # although we have dealt with it; the next text that is executed makes it forget.
            exec("")  # noqa: S102
            code = ExitCode.INTERRUPTED
        case RegplanError():
            say(f"regplan: {error}")
            code = error.exit_code
        case BrokenPipeError() | SystemExit():
            # The reader (head, less) has seen enough, which click tells by ending the process; what Python flushes at exit must not complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = ExitCode.DONE
        case OSError():
            say(f"regplan: {error.filename or 'standard output'}: {error.strerror or error}")
            code = ExitCode.INPUT
        case Exception():
            import logging

            logging.getLogger("regplan").debug("internal error", exc_info=error)
            say(f"regplan: internal error: {type(error).__name__}: {error} (this is a bug; -v shows where)")
            code = ExitCode.BUG
        case _:
            code = None
    return code


def _say_refused(error: click.ClickException) -> None:
    """Say what is wrong with a command line as every other error is said; where click found it, after how the verb is called."""
    message = error.format_message()
    # Of click's own refusals this one alone has no class of its own.
    if type(error) is not click.UsageError or message.startswith("Got unexpected extra argument"):
        message = " ".join(f"{message[:1].lower()}{message[1:]}".split())  # click lists choices one a line
        context = error.ctx if isinstance(error, click.UsageError) else None
        if context is not None:
            say(f"{context.get_usage()}\n{context.command_path} --help tells what it takes")
    say(f"regplan: {message}")


def _joined(arguments: Sequence[str]) -> list[str]:
    """Give an option that may stand bare its value, where the next word can be nothing else.

    >>> _joined(["layers", "--plain-http", "nginx:1", "--tls-verify", "false"])
    ['layers', '--plain-http=*', 'nginx:1', '--tls-verify=false']
    """
    joined: list[str] = []
    words = iter(arguments)
    for word in words:
        value = next(words, None) if word in _BARE else None
        if value is not None and _VALUES[word].fullmatch(value):
            joined.append(f"{word}={value}")
            continue
        joined.append(_BARE.get(word, word))
        if value is not None:
            joined += _joined([value, *words])
    return joined
