"""What a verb says, in a file: the same as on standard output, in the form that the file's ending names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from regplan.cli.output import rendered
from regplan.cli.saying import say
from regplan.errors import InputError
from regplan.store.files import user_path, write_atomic

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.cli.options import Common
    from regplan.cli.output import Answer

__all__ = ["check_answer_file", "out_option", "write_answer"]

_FORMS: Final = {".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".md": "md"}


def out_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option that names a file."""
    return click.option(
        "-O",
        "--out",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE.{csv,json,jsonl,md}",
        help="Write it into a file too; the ending tells the form.",
    )(command)


def check_answer_file(out: Path | None, site: str, common_: Common) -> None:
    """Refuse a file that cannot be written, before the work is done; raises `InputError`, or `UsageError` where nothing may be."""
    if out is None:
        return
    target = user_path(out)
    if common_.read_only:
        raise click.UsageError("read-only: -O writes a file; -o csv writes to standard output")
    if target.suffix.lower() not in _FORMS:
        raise InputError(f"{out}: is written as {', '.join(_FORMS)}; `regplan report` writes HTML")
    if not target.parent.is_dir():
        raise InputError(f"{out}: there is no folder {target.parent}")
    if target.exists() and user_path(site).exists() and target.samefile(user_path(site)):
        raise InputError(f"{out}: is the site's own file; name another, and it stays as it is")


def write_answer(answer: Callable[[str], Answer], out: Path | None, common_: Common) -> None:
    """Write the answer in the file's form, whole or not at all, and say so; nothing where no file was named."""
    if out is None:
        return
    target = user_path(out)
    form = _FORMS[target.suffix.lower()]
    write_atomic(target, rendered(answer(form), form).encode())
    if not common_.quiet:
        say(f"{out} written")
