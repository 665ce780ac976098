"""Values as flat records, one dictionary a row: what tables, data frames and spreadsheets are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import singledispatch
from typing import Final

from regplan.errors import InputError
from regplan.model.chance import Chance
from regplan.model.fleet import Fleet
from regplan.model.image import Inventory
from regplan.model.layers import LayerReport
from regplan.model.life import Life, LifeExpected
from regplan.model.plan import Growth, Plan, StorageNeed, Study
from regplan.model.profile import Declarations
from regplan.model.rollout_file import RolloutStudy
from regplan.model.sharing import Analysis, Family, SharedBlob
from regplan.model.upgrade import Upgrade
from regplan.model.wire import Simulation, Wire
from regplan.model.years import FleetYears
from regplan.oci.digest import Digest
from regplan.oci.platform import Platform
from regplan.oci.reference import Reference
from regplan.report.chance import chance_rows
from regplan.report.layer_rows import layer_rows
from regplan.report.rollout import rollout_site_record
from regplan.report.words import readable
from regplan.report.years import site_way_rows

__all__ = ["Record", "in_words", "records"]

Record = dict[str, object]
# A name says its unit; what it says, and the word for the unit.
_UNITS: Final = (("_bytes", "bytes"), ("_milli", "milli"), ("_bps", "bps"), ("_ratio", "ratio"), ("_s", "s"))
_MEASURED: Final = ("measured", "required")
# How a number came about is no cell: `explain` tells it.
_FORMULAS: Final = frozenset({"formula", "formulas"})


@singledispatch
def records(value: object) -> list[Record]:
    """List a value's rows: a study or plan by its findings, sizes by image, a simulation by scenario.

    A life has a row for each event and topology, what is expected of its scenario one for each topology and month, what is drawn of it
    one for each topology.
    An inventory has a row for each (image, layer), an analysis one for each pack, an upgrade one for each repository. Any sequence of findings, hosts, terms, sizes or other values of the model is taken as it is. Sizes are integers of
    bytes; None is what nobody knows. Raises `InputError` for anything else.
    """
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_record(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return [_record(value)]
    raise InputError(
        f"{type(value).__name__} has no rows; give a study, its plan, or findings, hosts, terms or sizes of it"
    )


@records.register
def _(value: Study) -> list[Record]:
    return records(value.plan)


@records.register
def _(value: Fleet) -> list[Record]:
    return records(value.sites)


@records.register
def _(value: FleetYears) -> list[Record]:
    return site_way_rows(value)


@records.register
def _(value: RolloutStudy) -> list[Record]:
    return [rollout_site_record(value.rollout, site) for site in value.rollout.sites]


@records.register
def _(value: Plan) -> list[Record]:
    return records(value.findings)


@records.register
def _(value: LayerReport) -> list[Record]:
    return records(value.images)


@records.register
def _(value: StorageNeed) -> list[Record]:
    return records(value.terms)


@records.register
def _(value: Simulation) -> list[Record]:
    return records(value.scenarios)


@records.register
def _(value: Life) -> list[Record]:
    return records(value.events)


@records.register
def _(value: LifeExpected) -> list[Record]:
    return [
        {"topology": way.topology, "month": month, "wan_bytes": size}
        for way in value.ways
        for month, size in enumerate(way.wan_month_bytes, 1)
    ]


@records.register
def _(value: Chance) -> list[Record]:
    return chance_rows(value)


@records.register
def _(value: Growth) -> list[Record]:
    return [{"what": name.removesuffix("_bytes"), "size_bytes": size} for name, size in _record(value).items()]


@records.register
def _(value: Wire) -> list[Record]:
    return [
        {"name": "direct", "wan_bytes": value.direct_bytes, "boot_s": value.direct_boot_s},
        {"name": "primary", "wan_bytes": value.primary_bytes, "boot_s": value.primary_boot_s},
    ]


@records.register
def _(value: Declarations) -> list[Record]:
    return [
        {
            "reference": use.text,
            "normalized": None if use.reference is None else str(use.reference),
            "status": use.status.value,
            "profile": use.provenance.profile,
            "pack": use.provenance.pack,
            "provenance": str(use.provenance),
        }
        for use in value.uses
    ]


@records.register
def _(value: Inventory) -> list[Record]:
    return layer_rows(value)


@records.register
def _(value: Analysis) -> list[Record]:
    return records(value.packs)


@records.register
def _(value: Upgrade) -> list[Record]:
    return records(value.whole.images)


def in_words(rows: Sequence[Record]) -> list[Record]:
    """Write rows for people: what has a unit is a text, and its name no longer says the unit.

    >>> in_words([{"name": "node-1", "memory_bytes": 16_000_000_000, "cpu_milli": 8000, "boot_s": None}])
    [{'name': 'node-1', 'memory': '16.0 GB', 'cpu': '8 CPU', 'boot': 'unknown'}]
    """
    return [dict(_worded(key, value, row) for key, value in row.items()) for row in rows]


def _worded(key: str, value: object, row: Record) -> tuple[str, object]:
    if not (value is None or isinstance(value, (int, float))):
        return key, value
    if key in _MEASURED:
        return key, readable(value, str(row.get("unit", "")), absent="")
    ending, unit = next((pair for pair in _UNITS if key.endswith(pair[0])), ("", ""))
    low = "at least " if unit == "bytes" and row.get("sizes_unknown") else ""
    return (key.removesuffix(ending), f"{low}{readable(value, unit)}") if unit else (key, value)


def _record(value: object) -> Record:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        told = (each.name for each in fields(value) if each.repr and each.name not in _FORMULAS)
        record = {name: _plain(getattr(value, name)) for name in told}
        return record | ({"saved_bytes": value.saved_bytes} if isinstance(value, (Family, SharedBlob)) else {})
    raise InputError(f"{type(value).__name__} is no row; give values of regplan's model, or mappings")


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (Digest, Platform, Reference)):
        return str(value)
    if isinstance(value, tuple):
        return ", ".join(str(_plain(each)) for each in value)
    return value
