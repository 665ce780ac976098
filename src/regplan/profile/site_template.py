"""A commented site file to start from, made of the table of keys."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from regplan.profile.site_keys import keys_of, subsections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.profile.site_keys import Key, Section

__all__ = ["site_template"]

_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[._-][A-Za-z0-9]+)+")
_HEAD: Final = """\
# A site file of regplan: what is there, what is to run on it, and what is assumed.
# Everything but `name` and one of `profiles`, `images` may be left out; lines with # in front show what that means,
# or an example. Sizes: 300GB, 300GiB or 300Gi. Paths are relative to this file. No secrets.
"""
_COLUMN: Final = 38


def site_template(name: str) -> str:
    """Write a commented site file for a site of that name; `parse_site` reads it as it is.

    >>> site_template("store-7").splitlines()[3].split("#")[0].strip()
    'name: store-7'
    """
    lines = [_line(key, "", name if key.path == "name" else "") for key in keys_of("")]
    for section in subsections(""):
        lines += ["", *_section(section, "")]
    return _HEAD + "\n".join(lines) + "\n"


def _section(section: Section, indent: str) -> Iterator[str]:
    """Write a section; one with nothing to show is a comment as a whole."""
    keys, below = keys_of(section.path), subsections(section.path)
    is_shown = any(key.is_shown for key in keys) or bool(below)
    hidden = "" if is_shown else "# "
    yield _commented(f"{indent}{hidden}{section.path.rpartition('.')[2]}:", section.meaning)
    inner = f"{indent}  "
    for place, key in enumerate(keys):
        start = f"{inner}- " if section.is_list and not place else f"{inner}  " if section.is_list else inner
        yield _line(key, start)
    for each in below:
        yield from _section(each, inner)


def _line(key: Key, indent: str, name: str = "") -> str:
    """Write one key: its example where it is shown, else, as a comment, what leaving it out means."""
    value = (_quoted(name) if name else key.example) or key.default
    if key.is_shown:
        return _commented(f"{indent}{key.name}: {value}", _meaning(key))
    return _commented(f"{indent}# {key.name}: {value}", _meaning(key))


def _meaning(key: Key) -> str:
    """Tell what a key means, which words it takes, and what it is where it is left out."""
    words = f"{key.kind.name}; " if "|" in key.kind.name and "|" not in key.meaning else ""
    if key.default:
        return f"{words}{key.meaning} (default: {key.default})"
    return f"{words}{key.meaning}" + (f" (left out: {key.otherwise})" if key.otherwise else "")


def _commented(text: str, comment: str) -> str:
    return f"{text:<{_COLUMN}} # {comment}"


def _quoted(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else json.dumps(name, ensure_ascii=not name.isprintable())
