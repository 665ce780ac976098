"""The first line of a table of sites: which column is which key of the site file."""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from regplan.errors import InvalidSite
from regplan.profile.site_keys import KEYS, SECTIONS
from regplan.units import format_count
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from regplan.profile.site_key import Key

__all__ = ["OWN", "Column", "Group", "read_columns", "split_map"]

# What regplan appends to a table; where such a table is handed in again, these are written anew.
OWN: Final = "regplan."
_FREE: Final = {"var": "variables", "variables": "variables", "system": "system", "mirrors": "mirrors"}
_GROUP = re.compile(r"hosts(?:\[(?P<number>[0-9]{1,3})\]|\.(?P<word>[A-Za-z0-9][A-Za-z0-9_-]*))?\.(?P<key>[a-z_]+)")
_ROLES: Final = ("control-plane", "worker")
_TOP_WORDS: Final = frozenset(path.partition(".")[0] for path in (key.path for key in KEYS)) | _FREE.keys()
# Headings may be written large or small; a key of its own stands with its letters.
_BY_PATH: Final = {key.path.lower(): key for key in KEYS}
_HOST_KEYS: Final = {key.name: key for key in KEYS if key.section == "hosts"}
# Mappings of names that a cell cannot hold; each name has a column of its own.
_NO_CELL: Final = frozenset({"variables", "system", "mirrors"})


@dataclass(frozen=True, slots=True)
class Group:
    """A group of alike hosts, as columns name it: `hosts.cpu`, `hosts[2].cpu` or `hosts.worker.cpu`.

    `name` is what its hosts are called where no column says it, `role` their role, "" where the word tells none.
    """

    label: str
    name: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column that is read: its place from 0, its heading, and the key that its cells give.

    `section` is "variables", "system" or "mirrors" where `name` is a name of the user's own; `group` is the host group
    of a host's key. `key` is None for those of the user's own.
    """

    place: int
    heading: str
    path: str
    key: Key | None = None
    section: str = ""
    name: str = ""
    group: Group | None = None


def split_map(texts: Iterable[str]) -> dict[str, str]:
    """Read what `--map` takes, HEADING=KEY: headings to keys.

    >>> split_map(["Store No=name"])
    {'Store No': 'name'}

    Raises `InvalidSite`.
    """
    found: dict[str, str] = {}
    for text in texts:
        heading, equals, key = text.rpartition("=")
        if not equals or not heading.strip() or not key.strip():
            raise InvalidSite(f"map of columns {text!r}: write HEADING=KEY, such as 'Store No=name'")
        if _folded(heading) in map(_folded, found):
            raise InvalidSite(f"map of columns {text!r}: the heading {heading.strip()} is mapped twice")
        found[heading.strip()] = key.strip()
    return found


def read_columns(
    headings: Sequence[str], mapping: Mapping[str, str], file: str, given: Iterable[str] = ()
) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """Tell what each column gives, and the headings of those that are not read.

    A heading that is no key is a column of the user's own, unless it looks like a key that is misspelt. `given` are the
    keys that defaults give to every row. Raises `InvalidSite` with every problem.
    """
    problems = [
        f"map of columns: there is no column {heading!r}{_near(heading, headings)}"
        for heading in mapping
        if _folded(heading) not in map(_folded, headings)
    ]
    renamed = {_folded(heading): key for heading, key in mapping.items()}
    columns: dict[str, Column] = {}
    ignored: list[str] = []
    for place, heading in enumerate(headings):
        wanted = renamed.get(_folded(heading), heading).strip()
        column = _column(wanted)
        if column is None:
            problem = _misspelt(wanted) if _folded(heading) in renamed or _looks_like_key(wanted) else ""
            if problem:
                problems.append(f"column {heading.strip() or place + 1}: {problem}")
            elif heading.strip() and not wanted.lower().startswith(OWN):
                ignored.append(heading.strip())
        elif column.path in columns:
            problems.append(f"column {heading.strip()}: {columns[column.path].heading} gives {column.path} already")
        else:
            columns[column.path] = replace(column, place=place, heading=heading.strip())
    problems += _lacking({*columns, *given})
    if problems:
        raise InvalidSite(f"{file}: line 1: {format_count(len(problems), 'problem')} with the columns:", problems)
    return tuple(columns.values()), tuple(ignored)


def _column(text: str) -> Column | None:
    """Tell what a key names, None where it is none; letters may be large or small."""
    first, dot, rest = text.partition(".")
    if first.lower() in _FREE and dot and rest.strip():
        section = _FREE[first.lower()]
        return Column(0, "", f"{section}.{rest.strip()}", section=section, name=rest.strip())
    path = text.lower()
    match = _GROUP.fullmatch(path)
    if match is not None and match["key"] in _HOST_KEYS:
        group = _group(match["number"], match["word"])
        if group is None:
            return None
        return Column(0, "", f"{group.label}.{match['key']}", key=_HOST_KEYS[match["key"]], group=group)
    key = _BY_PATH.get(path)
    if key is None or key.section == "hosts" or path in _NO_CELL:
        return None
    return Column(0, "", key.path, key=key)


def _group(number: str | None, word: str | None) -> Group | None:
    if word is not None:
        # `hosts.name.cpu` would be a group whose name is a key.
        role = word if word in _ROLES else ""
        return None if word in _HOST_KEYS else Group(f"hosts.{word}", word, role)
    place = int(number or 1)
    return (
        Group("hosts" if place == 1 else f"hosts[{place}]", "node" if place == 1 else f"node{place}") if place else None
    )


def _lacking(paths: set[str]) -> Iterator[str]:
    if "name" not in paths:
        yield "no column gives `name`; call the one that does so, or map it: --map 'Store No=name' (`renamed` in Python)"
    if not paths & {"profiles", "images"}:
        yield "no column gives `profiles` or `images`; add one, or a file of defaults for all sites (--defaults FILE.yaml)"


def _looks_like_key(text: str) -> bool:
    """Tell whether a heading was meant to be a key: its first word is one's, or all of it is close to one."""
    folded = text.lower()
    if "." in folded and re.split(r"[.\[]", folded)[0] in _TOP_WORDS:
        return True
    return bool(get_close_matches(folded, _BY_PATH, n=1, cutoff=0.85))


def _misspelt(text: str) -> str:
    if text.lower() in _NO_CELL:
        return f"write a column for each name, such as {text.lower()}.NAME"
    return f"{text!r} is no key of the site file{_near(text, [*(key.path for key in KEYS), *(s.path for s in SECTIONS if s.path)])}"


def _near(text: str, known: Iterable[str]) -> str:
    folded = {each.strip().lower(): each.strip() for each in known if each.strip()}
    close = get_close_matches(text.strip().lower(), folded, n=1, cutoff=0.6)
    return f"; did you mean {folded[close[0]]}?" if close else ""


def _folded(heading: str) -> str:
    return " ".join(heading.split()).lower()
