"""How values read in the command line's tables: the report's words, with a dash where a number is absent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regplan.cli.output import Column, Table
from regplan.report.words import ABSENT, counted, exact_bytes, readable, tidy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = [
    "amount",
    "duration",
    "hosting_columns",
    "last_seen_lines",
    "limit_lines",
    "size",
    "unknown_lines",
    "unpacked_columns",
    "unpacked_lines",
    "unresolved_table",
]

_MOST_WHY = 10


def size(size_bytes: int | None) -> str:
    """Write bytes for people; an unknown size says so.

    >>> size(1500), size(None)
    ('1.50 kB', 'unknown')
    """
    return readable(size_bytes, "bytes")


def duration(duration_s: float | None) -> str:
    """Write seconds for people; None is a link that the site file does not name.

    >>> duration(61.0), duration(None)
    ('1 min 1 s', '-')
    """
    return readable(duration_s, "s", absent=ABSENT)


def amount(value: float | str | None, unit: str) -> str:
    """Write a finding's number in its unit.

    >>> amount(8000, "milli"), amount("4.7.2", ""), amount(None, "bytes")
    ('8 CPU', '4.7.2', '-')
    """
    return readable(value, unit, absent=ABSENT)


def last_seen_lines(seen: Mapping[str, Any]) -> tuple[str, ...]:
    """Say which tags nobody was asked for, and when they were seen; nothing where all were.

    >>> last_seen_lines({"tags": 12, "oldest": "2026-11-20T08:00:00+00:00", "newest": "2026-11-21T08:00:00+00:00"})
    ('12 tags as last seen 2026-11-20 to 2026-11-21: no registry was asked',)
    """
    if not seen["tags"]:
        return ()
    days = dict.fromkeys(str(seen[key])[:10] for key in ("oldest", "newest"))
    return (f"{counted(seen['tags'], 'tag')} as last seen {' to '.join(days)}: no registry was asked",)


def unknown_lines(sizes_unknown: int) -> tuple[str, ...]:
    """Say how many sizes nobody knows, since the sums beside them are lower bounds; nothing where all are known.

    >>> unknown_lines(1)
    ('1 unknown size counted as 0 bytes',)
    """
    return (f"{counted(sizes_unknown, 'unknown size')} counted as 0 bytes",) if sizes_unknown else ()


def limit_lines(limits: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Say how many pulls registries still allow, as each said last; nothing where none said so.

    >>> limit_lines([{"host": "docker.io", "limit": 100, "remaining": 87, "window_s": 21600}])
    ('docker.io: 87 of 100 pulls left in 6 h',)
    """
    return tuple(f"{each['host']}: {_pulls(each)}" for each in limits)


def _pulls(limit: Mapping[str, Any]) -> str:
    window = "" if limit["window_s"] is None else f" in {duration(limit['window_s'])}"
    if limit["remaining"] is None:
        return f"at most {limit['limit']} pulls{window}"
    of = "" if limit["limit"] is None else f" of {limit['limit']}"
    return f"{limit['remaining']}{of} pulls left{window}"


def unpacked_columns() -> tuple[Column, ...]:
    """Tell the columns of unpacked sizes: for people one, in which `~` marks what is not all measured."""
    return (
        Column("unpacked_bytes", "UNPACKED", _unpacked, right=True, of_record=True),
        Column("unpacked_provenance", "UNPACKED FROM", in_table=False),
    )


def hosting_columns() -> tuple[Column, ...]:
    """Tell the columns of requests: what is asked for of what can be allocated, and the drive that is needed."""
    return (
        Column("requested_cpu_milli", "CPU", _of("cpu_milli", "milli"), right=True, of_record=True),
        Column("requested_memory_bytes", "MEMORY", _of("memory_bytes", "bytes"), right=True, of_record=True),
        Column("allocatable_cpu_milli", "ALLOCATABLE CPU", _told("milli"), right=True, in_table=False),
        Column("allocatable_memory_bytes", "ALLOCATABLE MEMORY", _told("bytes"), right=True, in_table=False),
        Column("disk_required_bytes", "DRIVE NEEDED", _told("bytes"), right=True, in_table=False),
    )


def _told(unit: str) -> Callable[[float | None], str]:
    return lambda value: amount(value, unit)


def _of(name: str, unit: str) -> Callable[[Mapping[str, Any]], str]:
    def text(record: Mapping[str, Any]) -> str:
        asked, room = (
            readable(record.get(f"{kind}_{name}"), unit, absent=ABSENT) for kind in ("requested", "allocatable")
        )
        return f"{asked} of {room}" if ABSENT not in {asked, room} else asked

    return text


def unpacked_lines(unpacked: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Tell in a line or two what a set takes unpacked on one node, and why not all of it was measured."""
    if unpacked is None:
        return ()
    total = exact_bytes(unpacked["bytes"])
    how = f"{unpacked['measured_layers']} of {counted(unpacked['layers'], 'layer')} measured"
    if unpacked["provenance"] != "measured":
        how += f", the others (~) {unpacked['ratio']:g} times their compressed size"
    lines = [f"{total} unpacked on one node, in {counted(unpacked['chains'], 'chain')} of layers: {how}"]
    why, more = unpacked["why"][:_MOST_WHY], len(unpacked["why"]) - _MOST_WHY
    lines += [f"not measured: {counted(each['layers'], 'layer')}: {tidy(each['why'])}" for each in why]
    lines += [f"not measured: layers for {counted(more, 'more reason')}; the JSON lists all"] if more > 0 else []
    if unpacked["guessed_images"]:
        lines.append(f"{counted(unpacked['guessed_images'], 'image')} without diff_ids: chains by the layers' digests")
    return tuple(lines)


def _unpacked(record: Mapping[str, Any]) -> str:
    text = readable(record.get("unpacked_bytes"), "bytes", absent=ABSENT)
    return f"~{text}" if record.get("unpacked_provenance") in {"assumed", "mixed"} else text


def unresolved_table(records: Sequence[Mapping[str, Any]]) -> Table:
    """Lay out the references that nobody could answer for, and why."""
    return Table((Column("reference", "UNRESOLVED"), Column("reason", "WHY")), tuple(records))
