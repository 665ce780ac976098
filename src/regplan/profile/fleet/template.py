"""A table of sites to start from, made of the site file's table of keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from regplan.profile.site_keys import KEYS
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.profile.site_key import Key

__all__ = ["EXPLAINED_HEAD", "FleetTemplate", "fleet_template"]

_EXAMPLES: Final = {
    "name": "store-0421",
    "profiles": "infra.json, retail.yaml",
    "hosts.count": "3",
    "hosts.worker.count": "2",
    "links.internet.rate": "20Mbit/s",
    "links.lan.rate": "1Gbit/s",
    "declared_sizes": "sizes.csv",
}
# What a fleet's rows nearly always say, beside what the template of a site shows.
_MORE: Final = (
    "versions.palette",
    "versions.agent",
    "registry.retention",
    "links.internet.rate",
    "links.lan.rate",
)
_WORKERS: Final = ("count", "cpu", "memory", "storage")
_NO_CELL: Final = {
    "variables": ("variables", "var.NAME", "0421"),
    "system": ("system", "system.NAME", "store-0421"),
    "mirrors": ("mirrors", "mirrors.HOST", "mirror.corp/hub"),
}
_SEVERAL: Final = "{}; several with commas between"
_TAKES: Final = {
    "one file or a list": _SEVERAL.format("a file"),
    "one text or a list": _SEVERAL.format("a text"),
    "HOST:PORT or a list": _SEVERAL.format("HOST:PORT"),
    "rate or a list": "a rate; several with a comma and a space between",
    "NAME: value": "text, in a column for each name",
    "SOURCE-HOST: HOST[/PREFIX] or a list": "HOST[/PREFIX], in a column for each source host",
    "REFERENCE: size": "a CSV file with the columns reference,size",
}
_WORD = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class FleetTemplate:
    """Headings with one example row, the words that columns allow by their place, and an explanation of every column.

    A row of `explained` is column, meaning, what it takes, what leaving it out means, and an example.
    """

    headings: tuple[str, ...]
    example: tuple[str, ...]
    allowed: tuple[tuple[int, tuple[str, ...]], ...]
    explained: tuple[tuple[str, ...], ...]


EXPLAINED_HEAD: Final = ("column", "meaning", "takes", "left out", "example")


def fleet_template() -> FleetTemplate:
    """Make the template: what most fleets need as columns, and every key that can be one explained."""
    by_path = {key.path: key for key in KEYS}
    shown = [key for key in KEYS if (key.is_shown or key.path in _MORE)]
    columns = [(key.path, key) for key in shown if key.section != "hosts"]
    hosts = [(f"hosts.{name}", by_path[f"hosts.{name}"]) for name in (*_WORKERS, "arch")]
    hosts += [(f"hosts.worker.{name}", by_path[f"hosts.{name}"]) for name in _WORKERS]
    place = next(place for place, (path, _) in enumerate(columns) if path.startswith("links."))
    columns[place:place] = hosts
    return FleetTemplate(
        headings=tuple(heading for heading, _ in columns),
        example=tuple(_EXAMPLES.get(heading) or key.example or key.default for heading, key in columns),
        allowed=tuple((place, words) for place, (_, key) in enumerate(columns) if (words := _words(key))),
        explained=tuple(_explained()),
    )


def _explained() -> Iterator[tuple[str, ...]]:
    for key in KEYS:
        _, column, example = _NO_CELL.get(
            key.path, ("", key.path, _EXAMPLES.get(key.path) or key.example or key.default)
        )
        takes, left_out = _TAKES.get(key.kind.name, key.kind.name), key.default or key.otherwise
        if key.is_required:
            left_out = {"": "needed", "hosts": "node, or the group's word"}.get(key.section, "no such link")
        yield column, key.meaning, takes, left_out, example.strip("[]")
        if key.path == "hosts.count":
            yield (
                "hosts.worker.KEY, hosts[2].KEY",
                "a further group of hosts, by a word or a number; a word that is a role is theirs, and a count of 0 is none",
                "as hosts.KEY",
                "one group",
                "hosts.worker.cpu",
            )


def _words(key: Key) -> tuple[str, ...]:
    """List the words of a key that takes one of a few."""
    words = tuple(word.strip() for word in key.kind.name.split("|"))
    return words if len(words) > 1 and all(map(_WORD.fullmatch, words)) else ()
