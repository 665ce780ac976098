"""How values of the site file are read: from a tree to a number, a word or a list, or one sentence on what is wrong."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError, InvalidQuantity
from regplan.oci.platform import Platform
from regplan.oci.reference import Reference
from regplan.patterns import pattern
from regplan.profile.composer import Map, Quoted, Seq
from regplan.profile.meant import suggest
from regplan.profile.site_paths import is_file_name, is_palette_id
from regplan.profile.tree import describe, flag
from regplan.profile.zones import is_of_system
from regplan.units import parse_bytes, parse_cpu, parse_duration, parse_ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.profile.composer import Tree

__all__ = [
    "LEAST_NUMBER",
    "LEAST_SHARE",
    "MOST_YEARS",
    "address",
    "arch",
    "boolean",
    "collection",
    "date",
    "file_name",
    "growth",
    "number",
    "pairs",
    "quantity",
    "read_cpu",
    "read_size",
    "retention",
    "scalar",
    "share",
    "size",
    "sizes",
    "spare",
    "texts",
    "timezone",
    "variable",
    "version",
    "versions",
    "whole",
    "years",
]

# What stands in place of a profile's file and is elsewhere: in Palette, or a chart or a bundle's definition in a registry.
_FETCHED: Final = ("palette:", "oci://", "docker://")

_ADDRESS = pattern(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?")
_VERSION = pattern(r"v?(\d+(?:\.\d+){0,3}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)", re.ASCII)
_RETENTION = pattern(r"keep\s+([1-9][0-9]{0,3})(?:\s+versions?)?")
_GC_WORDS: Final = ("default", "none", "hourly", "daily", "weekly", "monthly")
_GC_EVERY = pattern(r"every\s+(\S.*)")
_MOST: Final = 10_000
MOST_YEARS: Final = 100
# What a path may have on most file systems.
_MOST_TEXT: Final = 4_096
_REMEMBERED: Final = 256
_DATE = pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*", re.DOTALL)
# Spreadsheets write a minus sign, and editors a dash.
_NEGATIVE = pattern("[-\u2212\u2013]\\s*[.,]?[0-9].*", re.DOTALL)
LEAST_NUMBER: Final = "a number must be 0 or more, such as 0.5 or 4"
LEAST_SHARE: Final = "a share must be 0% or more, such as 15%"
_NUMBER_AND_UNIT = pattern(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]{1,3})")
_SIZE_UNITS: Final = ("kB", "MB", "GB", "TB", "PB", "KiB", "MiB", "GiB", "TiB", "PiB")


def scalar(parse: Callable[[str], object], least: str = "") -> Callable[[Tree], object]:
    """Make what reads one value; where `least` says what is expected at least, a negative one is refused with it."""
    # The rows of a fleet say the same in most of their cells.
    remembered = lru_cache(_REMEMBERED)(parse)

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
        return remembered(tree.strip())

    return read


def quantity(parse: Callable[[str], int], least: str) -> Callable[[Tree], object]:
    """Make what reads one quantity of more than 0."""

    def positive(text: str) -> int:
        value = parse(text)
        if value <= 0:
            raise InvalidQuantity(f"{text!r} must be more than 0")
        return value

    return scalar(positive, least)


def size(text: str) -> int:
    """Read a size, and tell what was meant where only the unit is written otherwise."""
    try:
        return parse_bytes(text)
    except InvalidQuantity as error:
        match = _NUMBER_AND_UNIT.fullmatch(text)
        meant = "" if match is None else next((each for each in _SIZE_UNITS if each.lower() == match[2].lower()), "")
        if match is not None and meant and meant != match[2]:
            raise InvalidQuantity(f"{error}; did you mean {match[1]}{meant}?") from error
        raise


def whole(least: int) -> Callable[[Tree], object]:
    """Make what reads one whole number from `least` on."""

    def parse(text: str) -> int:
        if re.fullmatch(r"[0-9]{1,6}", text) is None or not least <= int(text) <= _MOST:
            raise InputError(f"{text!r} is not a whole number from {least} to {_MOST:,}")
        return int(text)

    return scalar(parse)


def number(text: str) -> float:
    """Read a decimal number."""
    if re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]{1,6})?", text) is None:
        raise InputError(f"{text!r} is not a number such as 0.5 or 4")
    return float(text)


def years(text: str) -> float:
    """Read a number of years."""
    told = number(text)
    if told > MOST_YEARS:
        raise InputError(f"{text!r} is more than {MOST_YEARS} years, for which nobody plans")
    return told


def growth(text: str) -> float:
    """Read a share that may be more than all of it, as a percentage."""
    told = parse_ratio(text)
    if told > 1 and "%" not in text:
        raise InvalidQuantity(f"{text!r} is not a share; write a percentage such as 15%")
    return told


def share(text: str) -> float:
    """Read a share of all of it at most."""
    told = growth(text)
    if told > 1:
        raise InvalidQuantity(f"{text!r} is more than all of it")
    return told


def spare(text: str) -> float:
    """Read a share of less than all of it."""
    told = growth(text)
    if told >= 1:
        raise InvalidQuantity(f"{text!r} leaves nothing; it must be below 100%")
    return told


def boolean(tree: Tree) -> object:
    """Read true or false, which no quotes are around."""
    if isinstance(tree, Quoted):
        raise InputError(f"{str(tree)!r} is a text in quotes; write true or false without them")
    return _plain_boolean(tree)


def _flag(text: str) -> bool:
    told = flag(text)
    if told is None:
        raise InputError(f"{text!r} is neither true nor false")
    return told


def timezone(text: str) -> str:
    """Read the name of a time zone; any is taken where nothing here knows one."""
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


def date(text: str) -> str:
    """Read a date, YYYY-MM-DD."""
    import datetime as dt

    try:
        # ISO 8601 has other forms too, such as 2027-W05-1, which nobody means here.
        return dt.date.fromisoformat(text if _DATE.fullmatch(text) else "").isoformat()
    except ValueError as error:
        raise InputError(f"{text!r} is not a date such as 2027-01-31") from error


def retention(text: str) -> int | None:
    """Read how many versions are kept, None for all."""
    match = _RETENTION.fullmatch(text.lower())
    if match is None and text.lower() != "none":
        raise InputError(f"{text!r} is not a retention; write none, or keep 2 versions")
    return int(match[1]) if match is not None else None


def collection(text: str) -> str:
    """Read how often garbage is collected."""
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


def version(text: str) -> str:
    """Read a version, without its v."""
    match = _VERSION.fullmatch(text)
    if _DATE.fullmatch(text):
        raise InputError(f"{text!r} is a date, where a version such as 4.7.2 is expected")
    if match is None:
        raise InputError(f"{text!r} is not a version such as 4.7.2")
    return match[1]


def arch(text: str) -> str:
    """Read an architecture, by any of its usual names."""
    name = Platform.of("linux", text).architecture
    if name not in {"amd64", "arm64"}:
        raise InputError(f"{text!r} is none of amd64, arm64{suggest(text, ('amd64', 'arm64', 'x86_64', 'aarch64'))}")
    return name


def file_name(text: str) -> str:
    """Read the name of a file, or of what is fetched in its place."""
    if is_palette_id(text) or text.startswith(_FETCHED):
        return text
    if not is_file_name(text):
        raise InputError(f"{text!r} is no file; name images and layouts under `images`")
    return text


def address(text: str) -> str:
    """Read HOST:PORT; no password of a longer one is repeated."""
    match = _ADDRESS.fullmatch(text)
    if match is None or (match[1] is not None and not 0 < int(match[1]) < 65536):
        shown = text.rpartition("@")[2]
        raise InputError(f"{shown!r} is not an address; write HOST:PORT, such as 10.0.0.5:30003, and nothing else")
    return text.lower()


def texts(parse: Callable[[str], object]) -> Callable[[Tree], object]:
    """Read one text, or a list of them."""
    one = scalar(parse)

    def read(tree: Tree) -> tuple[object, ...]:
        return tuple(one(each) for each in (tree if isinstance(tree, Seq) else [tree]))

    return read


def versions(tree: Tree) -> tuple[object, ...]:
    """Read the profiles of one version, or a list of versions that each have one or a list of them."""
    one = texts(file_name)
    if isinstance(tree, Seq) and any(isinstance(each, Seq) for each in tree):
        return tuple(one(each) for each in tree if not isinstance(each, Seq) or each)
    return (one(tree),) if tree else ()


def pairs(parse_key: Callable[[str], str], read_value: Callable[[Tree], object]) -> Callable[[Tree], object]:
    """Make what reads a mapping, its keys and values each in their own way."""

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


def variable(tree: Tree) -> str:
    """Read a variable's value, which may be empty."""
    if isinstance(tree, (Map, Seq)):
        raise InputError(f"one value is expected, and here is {describe(tree)}")
    return tree or ""


def sizes(tree: Tree) -> object:
    """Read sizes by reference, or the name of the CSV file that holds them."""
    if isinstance(tree, str):
        from regplan.profile.declared import is_sizes_file

        if not is_sizes_file(tree):
            raise InputError(f"{tree!r} is neither a mapping of references to sizes nor a file that ends in .csv")
        return tree.strip()
    return _read_sizes(tree)


read_size: Final = quantity(size, "a size must be more than 0, such as 300GB")
read_cpu: Final = quantity(parse_cpu, "processors are more than 0, such as 8 or 500m")
_read_sizes: Final = pairs(lambda text: str(Reference.parse(text)), read_size)
_plain_boolean: Final = scalar(_flag)
