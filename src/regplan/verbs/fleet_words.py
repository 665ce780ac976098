"""A fleet named in one line, as an app takes it, and a site of it named so that it can be opened alone."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError, InvalidSite
from regplan.model.site import Site
from regplan.verbs.demo import demo_fleet
from regplan.verbs.fleet import FleetAsked
from regplan.verbs.fleet_table import open_sites

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["fleet_of_words", "row_target", "site_of_row"]

_BEGINS: Final = "fleet:"
_DEMO: Final = "demo"  # which has no ending, as every table of sites has
_OPTIONS: Final = ("--defaults", "--map", "--sheet")


def fleet_of_words(words: str) -> tuple[str, FleetAsked]:
    """Read a file's name, or demo for the table that ships, and after it the options of `regplan fleet` that say how it is read.

    >>> file, asked = fleet_of_words("stores.csv --map 'Store No=name' --defaults common.yaml")
    >>> file, asked.renamed, asked.defaults
    ('stores.csv', ('Store No=name',), 'common.yaml')

    Raises `InputError`.
    """
    try:
        # A path of Windows has backslashes, which escape nothing here.
        lexer = shlex.shlex(words, posix=True, punctuation_chars=False)
        lexer.whitespace_split, lexer.escape, lexer.commenters = True, "", ""
        parts = list(lexer)
    except ValueError as error:
        raise InputError(f"{words}: a quotation mark is not closed") from error
    files: list[str] = []
    told: dict[str, list[str]] = {option: [] for option in _OPTIONS}
    rest: Iterator[str] = iter(parts)
    for part in rest:
        name, equals, value = part.partition("=")
        if not part.startswith("--"):
            files.append(part)
        elif name not in told:
            raise InputError(f"{name}: a fleet is read with {', '.join(_OPTIONS)}")
        else:
            told[name].append(value if equals else next(rest, ""))
    if len(files) != 1 or not all(all(values) for values in told.values()):
        raise InputError("name one file of sites; --defaults, --map and --sheet have something after them")
    last = {option: values[-1] if values else "" for option, values in told.items()}
    file = str(demo_fleet()) if files[0] == _DEMO else files[0]
    return file, FleetAsked(tuple(told["--map"]), last["--defaults"], last["--sheet"])


def row_target(words: str, line: int) -> str:
    """Name the site in a line of a fleet, as `site_of_row` reads it.

    >>> row_target("stores.csv --sheet sites", 12)
    'fleet:12:stores.csv --sheet sites'
    """
    return f"{_BEGINS}{line}:{words}"


def site_of_row(target: str) -> Site | None:
    """Read the site that `row_target` names, None where a target is of another kind; raises `InputError`."""
    line, colon, words = target.removeprefix(_BEGINS).partition(":")
    if not target.startswith(_BEGINS) or not colon or not line.isdecimal():
        return None
    file, asked = fleet_of_words(words)
    found = open_sites(file, asked.renamed, asked.defaults, asked.sheet).at(int(line))
    if isinstance(found, Site):
        return found
    told = "; ".join(f"{each.column}: {each.problem}".removeprefix(": ") for each in found or ())
    raise InvalidSite(f"{file}: line {line}: {told or 'no site stands there any more'}")
