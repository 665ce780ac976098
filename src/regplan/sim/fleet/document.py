"""Drawn blocks as text, and back to the bit: what a fleet that goes on later finds of what was done.

A file says which seed, how many draws and which sites it is of, and the digest of what it holds: one that is damaged, or of
something else, is told by its name and not taken.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import InputError
from regplan.sim.chance.summary import Summary
from regplan.sim.fleet.block import BlockYears
from regplan.sim.fleet.plain import columns_in, rows_of
from regplan.sim.fleet.prices import NO_PRICES
from regplan.values import dataclass, fields_of

if TYPE_CHECKING:
    from regplan.sim.fleet.subject import Block, Spec

__all__ = ["FORMAT", "Stamp", "read_years", "seed_in", "stamp_of", "written_years"]

# Raised whenever the same block would come to something else, or be written in another way.
FORMAT: Final = 3
_KIND: Final = "fleet-years"
_PLAIN: Final = frozenset((str, int, float, bool, type(None)))
_SUMMARY: Final = tuple(each.name for each in fields(Summary))


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a block's years are of: its number, the seed, how many draws, and the digest of its sites."""

    block: int
    seed: int
    draws: int
    inputs_digest: str


def stamp_of(block: Block, spec: Spec) -> Stamp:
    """Tell what a block's years are of: any other number in any of its sites is another digest."""
    # Sites that are alike have the same prices, which are most of what there is to write.
    prices = {id(each.prices): each.prices for each in block.subjects}
    told = {key: _digest(_plain(each)) for key, each in prices.items()}
    subjects = [[told[id(each.prices)], *_plain(replace(each, prices=NO_PRICES))] for each in block.subjects]
    return Stamp(block.number, spec.seed, spec.draws, _digest(subjects))


def written_years(years: BlockYears, stamp: Stamp, worker: int) -> str:
    """Write what a block came to, and by which process."""
    told = {
        "sites": [[number, rows_of(columns, years.topologies)] for number, columns in years.sites],
        "topologies": years.topologies,
        "wan": years.wan,
        "release": years.release,
        "lines_bps": years.lines_bps,
        "ready": [[getattr(each, key) for key in _SUMMARY] for each in years.ready],
    }
    content = _text(told)
    head = {
        "kind": _KIND,
        "schema_version": FORMAT,
        **_head(stamp),
        "worker": worker,
        "years_digest": _digest_of(content),
    }
    return f'{_text(head)[:-1]},"years":{content}}}\n'


def seed_in(text: str) -> int | None:
    """Tell from which seed a file's years were drawn, None of a text that holds none.

    >>> seed_in('{"kind": "fleet-years", "seed": 7}'), seed_in('{"kind": "plan"}'), seed_in("half a fi")
    (7, None, None)
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    seed = document.get("seed") if isinstance(document, dict) and document.get("kind") == _KIND else None
    return seed if isinstance(seed, int) and seed >= 0 else None


def read_years(text: str, name: str, stamp: Stamp) -> BlockYears:
    """Read what a block came to, the same bits that were written.

    Raises `InputError`, which names the file, for one that is damaged or of another kind, seed, number of draws or block.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name}: is damaged: {error}") from None
    if not isinstance(document, dict) or document.get("kind") != _KIND:
        raise InputError(f"{name}: holds no drawn years of a fleet")
    if document.get("schema_version") != FORMAT:
        raise InputError(f"{name}: is of version {document.get('schema_version')}, and {FORMAT} is expected")
    for key, expected in _head(stamp).items():
        if document.get(key) != expected:
            what = "other sites or other numbers of theirs" if key == "inputs_digest" else f"{key} {document.get(key)}"
            raise InputError(f"{name}: is of {what}")
    told: Any = document.get("years")
    if document.get("years_digest") != _digest(told):
        raise InputError(f"{name}: is damaged: its content is not what its digest says")
    try:
        return _years(told, stamp)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{name}: is damaged: {error}") from None


def _head(stamp: Stamp) -> dict[str, object]:
    return {"block": stamp.block, "seed": stamp.seed, "draws": stamp.draws, "inputs_digest": stamp.inputs_digest}


def _years(told: dict[str, Any], stamp: Stamp) -> BlockYears:
    topologies = tuple(told["topologies"])
    sites = tuple((number, columns_in(rows, topologies)) for number, rows in told["sites"])
    rows = [tuple(map(tuple, told[key])) for key in ("wan", "release")]
    ready = tuple(_read_summary(each) for each in told["ready"])
    lines_bps = tuple(told["lines_bps"])
    return BlockYears((stamp.block,), sites, topologies, rows[0], rows[1], lines_bps, ready)


def _read_summary(told: list[Any]) -> Summary:
    *sums, bins = told
    return replace(Summary(*sums), bins=tuple((number, count) for number, count in bins))


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Tell a value as lists, texts and numbers alone, the same for equal values."""
    if isinstance(value, tuple):
        return [each if type(each) in _PLAIN else _plain(each) for each in value]
    return [type(value).__name__, *_plain(tuple(fields_of(value).values()))] if is_dataclass(value) else value


def _digest(told: object) -> str:
    return _digest_of(_text(told))


def _digest_of(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _text(told: object) -> str:
    return json.dumps(told, separators=(",", ":"))
