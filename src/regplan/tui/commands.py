"""What can be typed after a colon: the commands as a table, and a line of text in, an order out."""

from __future__ import annotations

import difflib
from types import MappingProxyType
from typing import Final

from regplan.errors import InputError
from regplan.tui.places import PLACES
from regplan.values import dataclass

__all__ = ["COMMANDS", "Command", "Order", "commands_for", "parse"]


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its name, shorter names, what may stand after it, and what it does."""

    name: str
    says: str
    argument: str = ""
    short: tuple[str, ...] = ()
    needs: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """A command that was given, with what stood after it."""

    name: str
    argument: str = ""


# What stands after the name of a place is a filter, but for these.
_TAKEN: Final = MappingProxyType(
    {"start": "", "diff": "[FILE]", "fleet": "[FILE [--defaults FILE] [--map HEADING=KEY] [--sheet NAME]]"}
)

COMMANDS: Final[tuple[Command, ...]] = (
    *(Command(place.mode, place.says, _TAKEN.get(place.mode, "[FILTER]")) for place in PLACES),
    Command("open", "Open a site file.", "[FILE]", ("o",)),
    Command("demo", "Open the site that ships with regplan."),
    Command("reload", "Read and resolve the open site again.", short=("r",)),
    Command("cancel", "Cancel what is running."),
    Command("back", "Where you were before."),
    Command("forward", "On again."),
    Command("filter", "Show only rows that hold these words; !words, -f letters; none: every row.", "[WORDS]", ("f",)),
    Command(
        "sort", "Sort the focused table by a column; again or with desc or asc: the other way.", "COLUMN", needs=True
    ),
    Command("columns", "Choose the focused table's columns; auto: those that have room.", "[COLUMN,...]", ("c",)),
    Command("mark", "Mark every row that is shown, or none.", "all|none", needs=True),
    Command("why", "Why the highlighted line says what it says.", short=("w",)),
    Command("units", "Sizes in GB (10^9) or in GiB (2^30), everywhere.", "[GB|GiB]", ("u",)),
    Command("export", "Write the focused table, or with .svg the screen, to a file.", "[FILE]", ("e",)),
    Command("copy", "Copy the names of the marked rows, else of the highlighted one.", short=("y",)),
    Command("theme", "Change the colours.", "[NAME]", ("t",)),
    Command(
        "set", "Set a key of the open site, as hosts.NAME.cpu 8: a draft, planned at once.", "KEY VALUE", needs=True
    ),
    Command("host", "Add a host, like another one, or take one away: a draft.", "add|remove NAME [LIKE]", needs=True),
    Command("undo", "Take the last edit of the draft back."),
    Command("restore", "Give a key, or all of them, the file's value again.", "[KEY]"),
    Command("draft", "List what the draft has in another way than the file."),
    Command("save", "Save the draft as a site file; comments and order stay.", "[FILE]"),
    Command("keep", "Keep the plan that is shown, under a name, for comparing.", "[NAME]"),
    Command("forget", "Let a plan go that was kept, or all of them.", "[NAME]"),
    Command("compare", "The file, what was kept and the draft side by side, with a site beside them.", "[SITE]"),
    Command("jump", "A letter on each pane: pressing it goes there."),
    Command("help", "Help for the focused pane.", short=("?",)),
    Command("quit", "Leave.", short=("q", "q!", "exit")),
)


def commands_for(modes: frozenset[str]) -> tuple[Command, ...]:
    """List the commands of an app that has screens for these places alone."""
    lacking = {place.mode for place in PLACES} - modes
    return tuple(command for command in COMMANDS if command.name not in lacking)


def parse(line: str, commands: tuple[Command, ...] = COMMANDS) -> Order:
    """Read a line; raises `InputError` that names the nearest command, or what is missing.

    >>> parse(":layers nginx 1.27"), parse("q").name
    (Order(name='layers', argument='nginx 1.27'), 'quit')
    """
    word, _, rest = line.strip().removeprefix(":").strip().partition(" ")
    word, rest = word.casefold(), rest.strip()
    names = {name: command for command in commands for name in (command.name, *command.short)}
    found = names.get(word) or _begun(word, commands)
    if found is None:
        near = difflib.get_close_matches(word, names, 1, 0.5)
        hint = f"did you mean :{names[near[0]].name}?" if near else "ctrl+p lists them all"
        raise InputError(f"there is no command :{word}; {hint}")
    if found.needs and not rest:
        raise InputError(f":{found.name} needs {found.argument}")
    if rest and not found.argument:
        raise InputError(f":{found.name} takes nothing after it")
    return Order(found.name, rest)


def _begun(word: str, commands: tuple[Command, ...]) -> Command | None:
    """Find the one command that begins with a word."""
    found = [command for command in commands if word and command.name.startswith(word)]
    return found[0] if len(found) == 1 else None
