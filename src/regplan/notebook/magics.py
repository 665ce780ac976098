"""`%regplan` and `%%site`: the command line and site files inside a notebook."""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
import threading
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Final, NoReturn

from regplan.errors import InputError, RegplanError
from regplan.registry.options import ConnectionOptions
from regplan.verbs.options import Options
from regplan.verbs.sites import site_of_text
from regplan.verbs.study import plan_site

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from regplan.model.plan import Study

__all__ = ["CommandFailed", "register_magics", "run_line", "study_of_cell", "unregister_magics"]

# A verdict is an answer, whatever it is; anything else ends the cell as an error does.
_ANSWERS: Final = (0, 1, 4)
_PROGRAM: Final = "regplan: "
_GRACE_S: Final = 5.0
# They need a terminal or never end.
_NOT_HERE: Final = ("tui", "lab")


class CommandFailed(RegplanError):
    """A command line that ended with anything but a verdict; the message is what it said last."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Raise what is wrong instead of ending the kernel."""
        raise InputError(f"{self.prog}: {message}")


def register_magics(ipython: InteractiveShell) -> None:
    """Teach a shell `%regplan` and `%%site`."""

    def regplan(line: str) -> None:
        """Run a line of regplan's command line: `%regplan plan site.yaml`; what it prints stands below the cell."""
        ipython.user_ns["_exit_code"] = run_line(line)

    def site(line: str, cell: str) -> Study:
        """Plan the site file in the cell: `%%site [NAME] [--offline] [--from SOURCE]`; the study is kept as NAME."""
        name, study = study_of_cell(line, cell)
        ipython.user_ns[name] = study
        return study

    manager = ipython.magics_manager
    manager.register_function(regplan, "line")
    manager.register_function(site, "cell")


def unregister_magics(ipython: InteractiveShell) -> None:
    """Make a shell forget `%regplan` and `%%site`."""
    ipython.magics_manager.magics["line"].pop("regplan", None)
    ipython.magics_manager.magics["cell"].pop("site", None)


def run_line(line: str) -> int:
    """Run the command line in a process of its own, without a shell, and tell its exit code.

    Its two streams are the cell's. Raises `CommandFailed` where the code is no verdict (0, 1, 4), and `InputError` for
    what cannot be run in a cell.
    """
    words = _split(line)
    if words[:1] and words[0] in _NOT_HERE:
        raise InputError(f"%regplan {words[0]}: this verb needs a terminal; run it there")
    process = subprocess.Popen(
        [sys.executable, "-m", "regplan", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )
    last = _told(process)
    if process.returncode not in _ANSWERS:
        said = last.removeprefix(_PROGRAM).strip()
        raise CommandFailed(said or f"regplan {line.strip()} ended with exit code {process.returncode}")
    print(last, end="", file=sys.stderr)  # noqa: T201
    return process.returncode


def study_of_cell(line: str, cell: str) -> tuple[str, Study]:
    """Plan the text of a site file, whose paths are relative to the notebook; returns the name to keep it under.

    Raises what `plan_site` raises, and `InputError` for options that are none.
    """
    parser = _Parser("%%site", add_help=False)
    parser.add_argument("name", nargs="?", default="study")
    parser.add_argument("--offline", action="store_true")
    parser.add_argument("--from", dest="sources", action="append", default=[])
    told = parser.parse_args(_split(line))
    if not told.name.isidentifier():
        raise InputError(f"%%site: {told.name!r} is no name for a variable")
    options = Options(sources=tuple(told.sources))
    if told.offline:
        options = replace(options, connection=ConnectionOptions(offline=True))
    return told.name, plan_site(site_of_text(cell, "%%site"), options)


def _split(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError as error:
        raise InputError(f"{line.strip()}: {error}") from None


def _told(process: subprocess.Popen[str]) -> str:
    """Show what a process prints while it runs, and return the last line of its standard error, which is not shown."""
    assert process.stdout is not None and process.stderr is not None  # noqa: S101, PT018  both are pipes
    last: list[str] = []
    listener = threading.Thread(target=_all_but_last, args=(process.stderr, last))
    listener.start()
    try:
        for line in process.stdout:
            print(line, end="")  # noqa: T201
        process.wait()
    except KeyboardInterrupt:
        _end(process)
        raise
    finally:
        listener.join()
        process.stdout.close()
        process.stderr.close()
    return "".join(last)


def _all_but_last(stream: IO[str], last: list[str]) -> None:
    for line in stream:
        if last:
            print(last.pop(), end="", file=sys.stderr)  # noqa: T201
        last.append(line)


def _end(process: subprocess.Popen[str]) -> None:
    """Let an interrupted process end by itself, which the interrupt has reached too, else end it."""
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait()
