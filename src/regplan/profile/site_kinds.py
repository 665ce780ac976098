"""What a key of the site file may hold: how it is read, and how its JSON Schema reads."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import InputError, InvalidQuantity
from regplan.oci.platform import Platform
from regplan.oci.reference import Reference
from regplan.patterns import pattern
from regplan.profile.composer import Map, Quoted, Seq
from regplan.profile.mirrors import parse_mirror, parse_source_host
from regplan.profile.site_paths import is_file_name, is_palette_id
from regplan.profile.tree import describe, flag
from regplan.profile.zones import is_of_system
from regplan.units import parse_bytes, parse_cpu, parse_duration, parse_rate, parse_ratio
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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
    "suggest",
]

# What stands in place of a profile's file and is elsewhere: in Palette, or a chart or a bundle's definition in a registry.
_FETCHED: Final = ("palette:", "oci://", "docker://")

_ADDRESS = pattern(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?")
_VERSION = pattern(r"v?(\d+(?:\.\d+){0,3}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)", re.ASCII)
_RETENTION = pattern(r"keep\s+([1-9][0-9]{0,3})(?:\s+versions?)?")
_GC_WORDS: Final = ("default", "none", "hourly", "daily", "weekly", "monthly")
_GC_EVERY = pattern(r"every\s+(\S.*)")
_PLAIN: Final = ["string", "number"]
_MOST: Final = 10_000
_MOST_YEARS: Final = 100
# What a path may have on most file systems.
_MOST_TEXT: Final = 4_096
_DATE = pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*", re.DOTALL)
# Spreadsheets write a minus sign, and editors a dash.
_NEGATIVE = pattern("[-\u2212\u2013]\\s*[.,]?[0-9].*", re.DOTALL)
_LEAST_NUMBER: Final = "a number must be 0 or more, such as 0.5 or 4"
_LEAST_SHARE: Final = "a share must be 0% or more, such as 15%"
_NUMBER_AND_UNIT = pattern(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]{1,3})")
_SIZE_UNITS: Final = ("kB", "MB", "GB", "TB", "PB", "KiB", "MiB", "GiB", "TiB", "PiB")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: `read` takes a tree and raises `InputError`, `schema` is what JSON Schema says of it."""

    name: str
    read: Callable[[Tree], object] = field(repr=False)
    schema: Mapping[str, Any] = field(repr=False)


def suggest(word: str, known: Sequence[str]) -> str:
    """Tell the most likely word that was meant, as the end of a sentence, or nothing.

    >>> suggest("harbour", ("zot", "harbor"))
    '; did you mean harbor?'
    """
    from difflib import get_close_matches

    lowered = {each.lower(): each for each in known}
    near = get_close_matches(word.lower()[:60], list(lowered), n=1, cutoff=0.6)
    return f"; did you mean {lowered[near[0]]}?" if near else ""


def choice(*values: str, also: Mapping[str, str] | None = None) -> Kind:
    """Make a kind that takes one of a few words; `also` maps other spellings to them."""
    spellings = {value: value for value in values} | dict(also or {})

    def parse(text: str) -> str:
        if text.lower() not in spellings:
            raise InputError(f"{text!r} is none of {', '.join(values)}{suggest(text, tuple(spellings))}")
        return spellings[text.lower()]

    return Kind(" | ".join(values), _scalar(parse), {"enum": list(spellings)})


def _scalar(parse: Callable[[str], object], least: str = "") -> Callable[[Tree], object]:
    """Make what reads one value; where `least` says what is expected at least, a negative one is refused with it."""

    def read(tree: Tree) -> object:
        if not isinstance(tree, str):
            raise InputError(f"one value is expected, and here is {describe(tree)}")
        if not tree.strip():
            raise InputError("a value is expected, and here is an empty text")
        if len(tree) > _MOST_TEXT:
            raise InputError(
                f"a text of {len(tree):,} characters stands here, and no value has more than {_MOST_TEXT:,}"
            )
        if least and _NEGATIVE.fullmatch(tree.strip()):
            raise InvalidQuantity(f"{tree.strip()!r} is negative; {least}")
        return parse(tree.strip())

    return read


def _quantity(parse: Callable[[str], int], least: str) -> Callable[[Tree], object]:
    def positive(text: str) -> int:
        value = parse(text)
        if value <= 0:
            raise InvalidQuantity(f"{text!r} must be more than 0")
        return value

    return _scalar(positive, least)


def _size(text: str) -> int:
    """Read a size, and tell what was meant where only the unit is written otherwise."""
    try:
        return parse_bytes(text)
    except InvalidQuantity as error:
        match = _NUMBER_AND_UNIT.fullmatch(text)
        meant = "" if match is None else next((each for each in _SIZE_UNITS if each.lower() == match[2].lower()), "")
        if match is not None and meant and meant != match[2]:
            raise InvalidQuantity(f"{error}; did you mean {match[1]}{meant}?") from error
        raise


def _whole(least: int) -> Callable[[Tree], object]:
    def parse(text: str) -> int:
        if re.fullmatch(r"[0-9]{1,6}", text) is None or not least <= int(text) <= _MOST:
            raise InputError(f"{text!r} is not a whole number from {least} to {_MOST:,}")
        return int(text)

    return _scalar(parse)


def _number(text: str) -> float:
    if re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]{1,6})?", text) is None:
        raise InputError(f"{text!r} is not a number such as 0.5 or 4")
    return float(text)


def _years(text: str) -> float:
    years = _number(text)
    if years > _MOST_YEARS:
        raise InputError(f"{text!r} is more than {_MOST_YEARS} years, for which nobody plans")
    return years


def _growth(text: str) -> float:
    share = parse_ratio(text)
    if share > 1 and "%" not in text:
        raise InvalidQuantity(f"{text!r} is not a share; write a percentage such as 15%")
    return share


def _share(text: str) -> float:
    share = _growth(text)
    if share > 1:
        raise InvalidQuantity(f"{text!r} is more than all of it")
    return share


def _spare(text: str) -> float:
    share = _growth(text)
    if share >= 1:
        raise InvalidQuantity(f"{text!r} leaves nothing; it must be below 100%")
    return share


def _boolean(tree: Tree) -> object:
    if isinstance(tree, Quoted):
        raise InputError(f"{str(tree)!r} is a text in quotes; write true or false without them")
    return _plain_boolean(tree)


def _flag(text: str) -> bool:
    told = flag(text)
    if told is None:
        raise InputError(f"{text!r} is neither true nor false")
    return told


def _timezone(text: str) -> str:
    if is_of_system(text):
        return text
    # Loads how Python was built, to learn where else zones may be, which takes as long as reading a site file.
    import zoneinfo

    try:
        zoneinfo.ZoneInfo(text)
    except (KeyError, ValueError, OSError, RecursionError) as error:
        zones = zoneinfo.available_timezones()
        if zones:  # else nothing here knows any zone, and none can be refused
            near = suggest(text, sorted(zones))
            raise InputError(f"{text!r} is not a time zone such as Europe/Berlin{near}") from error
    return text


def _date(text: str) -> str:
    import datetime as dt

    try:
        # ISO 8601 has other forms too, such as 2027-W05-1, which nobody means here.
        return dt.date.fromisoformat(text if _DATE.fullmatch(text) else "").isoformat()
    except ValueError as error:
        raise InputError(f"{text!r} is not a date such as 2027-01-31") from error


def _retention(text: str) -> int | None:
    match = _RETENTION.fullmatch(text.lower())
    if match is None and text.lower() != "none":
        raise InputError(f"{text!r} is not a retention; write none, or keep 2 versions")
    return int(match[1]) if match is not None else None


def _collection(text: str) -> str:
    lowered = text.lower()
    match = _GC_EVERY.fullmatch(lowered)
    if match is not None:
        if parse_duration(match[1]) <= 0:
            raise InputError(f"{text!r} is no schedule: a duration of more than 0 is expected, such as every 6h")
        return f"every {match[1]}"
    if lowered not in _GC_WORDS:
        known = f"{', '.join(_GC_WORDS)} or every 6h"
        raise InputError(f"{text!r} is no schedule; write {known}{suggest(text, _GC_WORDS)}")
    return lowered


def _version(text: str) -> str:
    match = _VERSION.fullmatch(text)
    if _DATE.fullmatch(text):
        raise InputError(f"{text!r} is a date, where a version such as 4.7.2 is expected")
    if match is None:
        raise InputError(f"{text!r} is not a version such as 4.7.2")
    return match[1]


def _arch(text: str) -> str:
    name = Platform.of("linux", text).architecture
    if name not in {"amd64", "arm64"}:
        raise InputError(f"{text!r} is none of amd64, arm64{suggest(text, ('amd64', 'arm64', 'x86_64', 'aarch64'))}")
    return name


def _file(text: str) -> str:
    if is_palette_id(text) or text.startswith(_FETCHED):
        return text
    if not is_file_name(text):
        raise InputError(f"{text!r} is no file; name images and layouts under `images`")
    return text


def _address(text: str) -> str:
    match = _ADDRESS.fullmatch(text)
    if match is None or (match[1] is not None and not 0 < int(match[1]) < 65536):
        shown = text.rpartition("@")[2]
        raise InputError(f"{shown!r} is not an address; write HOST:PORT, such as 10.0.0.5:30003, and nothing else")
    return text.lower()


def _texts(parse: Callable[[str], object]) -> Callable[[Tree], object]:
    """Read one text, or a list of them."""
    one = _scalar(parse)

    def read(tree: Tree) -> tuple[object, ...]:
        return tuple(one(each) for each in (tree if isinstance(tree, Seq) else [tree]))

    return read


def _versions(tree: Tree) -> tuple[object, ...]:
    """Read the profiles of one version, or a list of versions that each have one or a list of them."""
    one = _texts(_file)
    if isinstance(tree, Seq) and any(isinstance(each, Seq) for each in tree):
        return tuple(one(each) for each in tree if not isinstance(each, Seq) or each)
    return (one(tree),) if tree else ()


def _pairs(parse_key: Callable[[str], str], read_value: Callable[[Tree], object]) -> Callable[[Tree], object]:
    def read(tree: Tree) -> tuple[tuple[str, object], ...]:
        if not isinstance(tree, Map):
            raise InputError(f"a mapping is expected, and here is {describe(tree)}")
        found = []
        for key, value in tree.items():
            try:
                found.append((parse_key(key), read_value(value)))
            except InputError as error:
                raise InputError(f"at {key}: {error}") from error
        return tuple(found)

    return read


def _variable(tree: Tree) -> str:
    if isinstance(tree, (Map, Seq)):
        raise InputError(f"one value is expected, and here is {describe(tree)}")
    return tree or ""


def _sizes(tree: Tree) -> object:
    """Read sizes by reference, or the name of the CSV file that holds them."""
    if isinstance(tree, str):
        from regplan.profile.declared import is_sizes_file

        if not is_sizes_file(tree):
            raise InputError(f"{tree!r} is neither a mapping of references to sizes nor a file that ends in .csv")
        return tree.strip()
    return _read_sizes(tree)


_SIZE_SCHEMA: Final = {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*([kKMGTPE]?B|[KMGTPE]iB?|[kMGTPE])\s*$"}
_TEXTS_SCHEMA: Final = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_read_size: Final = _quantity(_size, "a size must be more than 0, such as 300GB")
_read_cpu: Final = _quantity(parse_cpu, "processors are more than 0, such as 8 or 500m")
_read_sizes: Final = _pairs(lambda text: str(Reference.parse(text)), _read_size)
_plain_boolean: Final = _scalar(_flag)

TEXT: Final = Kind("text", _scalar(str), {"type": _PLAIN})
FILES: Final = Kind("one file or a list", _texts(_file), _TEXTS_SCHEMA)
VERSIONS: Final = Kind(
    "one file, a list, or a list of lists",
    _versions,
    {"anyOf": [{"type": "string"}, {"type": "array", "items": _TEXTS_SCHEMA}]},
)
TEXTS: Final = Kind("one text or a list", _texts(str), _TEXTS_SCHEMA)
SIZE: Final = Kind("size", _read_size, _SIZE_SCHEMA)
CPU: Final = Kind("processors", _read_cpu, {"type": ["integer", "number", "string"]})
RATE: Final = Kind("rate", _quantity(parse_rate, "a rate must be more than 0, such as 20Mbit/s"), {"type": "string"})
DURATION: Final = Kind(
    "duration", _scalar(parse_duration, "a duration must be 0 or more, such as 2h"), {"type": "string"}
)
GROWTH: Final = Kind("percentage", _scalar(_growth, _LEAST_SHARE), {"type": _PLAIN})
SHARE: Final = Kind("percentage up to 100%", _scalar(_share, _LEAST_SHARE), {"type": _PLAIN})
SPARE: Final = Kind("percentage below 100%", _scalar(_spare, _LEAST_SHARE), {"type": _PLAIN})
FACTOR: Final = Kind("factor", _scalar(parse_ratio, _LEAST_SHARE), {"type": _PLAIN})
COUNT: Final = Kind("whole number from 1", _whole(1), {"type": "integer", "minimum": 1})
NATURAL: Final = Kind("whole number", _whole(0), {"type": "integer", "minimum": 0})
NUMBER: Final = Kind("number", _scalar(_number, _LEAST_NUMBER), {"type": "number", "minimum": 0})
YEARS: Final = Kind(
    "number of years", _scalar(_years, _LEAST_NUMBER), {"type": "number", "minimum": 0, "maximum": _MOST_YEARS}
)
BOOLEAN: Final = Kind("true | false", _boolean, {"type": "boolean"})
VERSION: Final = Kind("version", _scalar(_version), {"type": _PLAIN})
TIMEZONE: Final = Kind("time zone", _scalar(_timezone), {"type": "string"})
DATE: Final = Kind("date", _scalar(_date), {"type": "string", "format": "date"})
COLLECTION: Final = Kind(
    "default | none | hourly | daily | weekly | monthly | every DURATION", _scalar(_collection), {"type": "string"}
)
RETENTION: Final = Kind("none | keep N versions", _scalar(_retention), {"type": "string"})
ARCH: Final = Kind("amd64 | arm64", _scalar(_arch), {"enum": ["amd64", "arm64", "x86_64", "aarch64"]})
ADDRESSES: Final = Kind("HOST:PORT or a list", _texts(_address), _TEXTS_SCHEMA)
VARIABLES: Final = Kind(
    "NAME: value",
    _pairs(str, _variable),
    {"type": "object", "additionalProperties": {"type": [*_PLAIN, "boolean", "null"]}},
)
MIRRORS: Final = Kind(
    "SOURCE-HOST: HOST[/PREFIX] or a list",
    _pairs(parse_source_host, _texts(parse_mirror)),
    {"type": "object", "additionalProperties": _TEXTS_SCHEMA},
)
SIZES: Final = Kind(
    "REFERENCE: size",
    _sizes,
    {
        "anyOf": [
            {"type": "object", "additionalProperties": _SIZE_SCHEMA},
            {"type": "string", "pattern": r"\.[cC][sS][vV]$"},
        ]
    },
)
