"""The kinds of values that keys of the site file may hold: what reads each, and how its JSON Schema reads."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import InputError
from regplan.profile import site_readers as readers
from regplan.profile.meant import suggest
from regplan.profile.mirrors import parse_mirror, parse_source_host
from regplan.units import parse_duration, parse_rate, parse_ratio
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from regplan.profile.composer import Tree

__all__ = [
    "ADDRESSES",
    "ARCH",
    "BOOLEAN",
    "COLLECTION",
    "COUNT",
    "CPU",
    "DATE",
    "DURATION",
    "FACTOR",
    "FILES",
    "GROWTH",
    "MIRRORS",
    "NATURAL",
    "NUMBER",
    "RATE",
    "RETENTION",
    "SHARE",
    "SIZE",
    "SIZES",
    "SPARE",
    "TEXT",
    "TEXTS",
    "TIMEZONE",
    "VARIABLES",
    "VERSION",
    "VERSIONS",
    "YEARS",
    "Kind",
    "choice",
]

_PLAIN: Final = ["string", "number"]
_SIZE_SCHEMA: Final = {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*([kKMGTPE]?B|[KMGTPE]iB?|[kMGTPE])\s*$"}
_TEXTS_SCHEMA: Final = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: `read` takes a tree and raises `InputError`, `schema` is what JSON Schema says of it."""

    name: str
    read: Callable[[Tree], object] = field(repr=False)
    schema: Mapping[str, Any] = field(repr=False)


def choice(*values: str, also: Mapping[str, str] | None = None) -> Kind:
    """Make a kind that takes one of a few words; `also` maps other spellings to them."""
    spellings = {value: value for value in values} | dict(also or {})

    def parse(text: str) -> str:
        if text.lower() not in spellings:
            raise InputError(f"{text!r} is none of {', '.join(values)}{suggest(text, tuple(spellings))}")
        return spellings[text.lower()]

    return Kind(" | ".join(values), readers.scalar(parse), {"enum": list(spellings)})


TEXT: Final = Kind("text", readers.scalar(str), {"type": _PLAIN})
FILES: Final = Kind("one file or a list", readers.texts(readers.file_name), _TEXTS_SCHEMA)
VERSIONS: Final = Kind(
    "one file, a list, or a list of lists",
    readers.versions,
    {"anyOf": [{"type": "string"}, {"type": "array", "items": _TEXTS_SCHEMA}]},
)
TEXTS: Final = Kind("one text or a list", readers.texts(str), _TEXTS_SCHEMA)
SIZE: Final = Kind("size", readers.read_size, _SIZE_SCHEMA)
CPU: Final = Kind("processors", readers.read_cpu, {"type": ["integer", "number", "string"]})
RATE: Final = Kind(
    "rate", readers.quantity(parse_rate, "a rate must be more than 0, such as 20Mbit/s"), {"type": "string"}
)
DURATION: Final = Kind(
    "duration", readers.scalar(parse_duration, "a duration must be 0 or more, such as 2h"), {"type": "string"}
)
GROWTH: Final = Kind("percentage", readers.scalar(readers.growth, readers.LEAST_SHARE), {"type": _PLAIN})
SHARE: Final = Kind("percentage up to 100%", readers.scalar(readers.share, readers.LEAST_SHARE), {"type": _PLAIN})
SPARE: Final = Kind("percentage below 100%", readers.scalar(readers.spare, readers.LEAST_SHARE), {"type": _PLAIN})
FACTOR: Final = Kind("factor", readers.scalar(parse_ratio, readers.LEAST_SHARE), {"type": _PLAIN})
COUNT: Final = Kind("whole number from 1", readers.whole(1), {"type": "integer", "minimum": 1})
NATURAL: Final = Kind("whole number", readers.whole(0), {"type": "integer", "minimum": 0})
NUMBER: Final = Kind("number", readers.scalar(readers.number, readers.LEAST_NUMBER), {"type": "number", "minimum": 0})
YEARS: Final = Kind(
    "number of years",
    readers.scalar(readers.years, readers.LEAST_NUMBER),
    {"type": "number", "minimum": 0, "maximum": readers.MOST_YEARS},
)
BOOLEAN: Final = Kind("true | false", readers.boolean, {"type": "boolean"})
VERSION: Final = Kind("version", readers.scalar(readers.version), {"type": _PLAIN})
TIMEZONE: Final = Kind("time zone", readers.scalar(readers.timezone), {"type": "string"})
DATE: Final = Kind("date", readers.scalar(readers.date), {"type": "string", "format": "date"})
COLLECTION: Final = Kind(
    "default | none | hourly | daily | weekly | monthly | every DURATION",
    readers.scalar(readers.collection),
    {"type": "string"},
)
RETENTION: Final = Kind("none | keep N versions", readers.scalar(readers.retention), {"type": "string"})
ARCH: Final = Kind("amd64 | arm64", readers.scalar(readers.arch), {"enum": ["amd64", "arm64", "x86_64", "aarch64"]})
ADDRESSES: Final = Kind("HOST:PORT or a list", readers.texts(readers.address), _TEXTS_SCHEMA)
VARIABLES: Final = Kind(
    "NAME: value",
    readers.pairs(str, readers.variable),
    {"type": "object", "additionalProperties": {"type": [*_PLAIN, "boolean", "null"]}},
)
MIRRORS: Final = Kind(
    "SOURCE-HOST: HOST[/PREFIX] or a list",
    readers.pairs(parse_source_host, readers.texts(parse_mirror)),
    {"type": "object", "additionalProperties": _TEXTS_SCHEMA},
)
SIZES: Final = Kind(
    "REFERENCE: size",
    readers.sizes,
    {
        "anyOf": [
            {"type": "object", "additionalProperties": _SIZE_SCHEMA},
            {"type": "string", "pattern": r"\.[cC][sS][vV]$"},
        ]
    },
)
