"""A commented site file to start from, made of the table of keys."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from regplan.patterns import pattern
from regplan.profile.site_keys import keys_of, subsections

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from regplan.profile.site_key import Key, Section

__all__ = ["quoted", "site_template"]

_PLAIN_NAME = pattern(r"[A-Za-z][A-Za-z0-9]*(?:[._-][A-Za-z0-9]+)+")
_HEAD: Final = """\
# A site file of regplan: what is there, what is to run on it, and what is assumed.
# Everything but `name` and one of `profiles`, `images` may be left out; lines with # in front show what that means,
# or an example. Sizes: 300GB, 300GiB or 300Gi. Paths are relative to this file. No secrets.
"""
_COLUMN: Final = 38
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


def site_template(name: str, told: Mapping[str, str] = _NOTHING, hosts: Sequence[Mapping[str, str]] = ()) -> str:
    """Write a commented site file for a site of that name; `parse_site` reads it as it is.

    `told` maps paths of keys to what is known of them, as YAML; `hosts` are the known hosts by their keys' names, where
    "" stands for what is not known of a host.

    >>> site_template("store-7").splitlines()[3].split("#")[0].strip()
    'name: store-7'
    """
    known = {**told, "name": quoted(name)}
    lines = [_line(key, "", known) for key in keys_of("")]
    for section in subsections(""):
        lines += ["", *(_hosts(section, hosts) if section.path == "hosts" and hosts else _section(section, "", known))]
    return _HEAD + "\n".join(lines) + "\n"


def _hosts(section: Section, hosts: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """Write the hosts that are known; only the first tells what each key means."""
    yield _commented(f"{section.path}:", section.meaning)
    for number, host in enumerate(hosts):
        for place, key in enumerate(each for each in keys_of(section.path) if each.name in host):
            start, value = "  - " if not place else "    ", host[key.name]
            line = f"{start}{key.name}: {value}" if value else f"{start}# {key.name}: {key.example or key.default}"
            yield line if number and value else _commented(line, _meaning(key) if value else "Palette does not tell")


def _section(section: Section, indent: str, told: Mapping[str, str]) -> Iterator[str]:
    """Write a section; one with nothing to show is a comment as a whole."""
    keys, below = keys_of(section.path), subsections(section.path)
    is_shown = any(key.is_shown or key.path in told for key in keys) or bool(below)
    hidden = "" if is_shown else "# "
    yield _commented(f"{indent}{hidden}{section.path.rpartition('.')[2]}:", section.meaning)
    inner = f"{indent}  "
    for place, key in enumerate(keys):
        start = f"{inner}- " if section.is_list and not place else f"{inner}  " if section.is_list else inner
        yield _line(key, start, told)
    for each in below:
        yield from _section(each, inner, told)


def _line(key: Key, indent: str, told: Mapping[str, str]) -> str:
    """Write one key: what is known, else its example where it is shown, else, as a comment, what leaving it out means."""
    value = told.get(key.path) or key.example or key.default
    if key.is_shown or key.path in told:
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


def quoted(name: str) -> str:
    """Write a name as YAML reads it back: plain where nothing in it could be taken for something else.

    >>> quoted("store-7"), quoted("yes")
    ('store-7', '"yes"')
    """
    return name if _PLAIN_NAME.fullmatch(name) else json.dumps(name, ensure_ascii=not name.isprintable())
