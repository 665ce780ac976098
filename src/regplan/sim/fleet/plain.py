"""Sites' drawn years as plain rows of numbers and texts, and back: what is sent between processes and written into files.

A block has ten thousand estimates; as objects they take a processor as long to send as a tenth of what drawing them takes.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from regplan.model.chance import Estimate
from regplan.model.years import SiteWay, SiteYears

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["rows_of", "sites_of"]

_WAY: Final = tuple(each.name for each in fields(SiteWay))


def rows_of(sites: Iterable[SiteYears]) -> list[Any]:
    """Write each site as a row."""
    return [
        (
            site.line,
            site.name,
            site.years,
            [[_value(getattr(way, key)) for key in _WAY] for way in site.ways],
            site.is_low,
        )
        for site in sites
    ]


def sites_of(rows: Iterable[Any]) -> tuple[SiteYears, ...]:
    """Read the same sites. Raises `ValueError` and `TypeError` for rows that are none."""
    return tuple(
        SiteYears(line, name, years, tuple(map(_way, ways)), is_low) for line, name, years, ways, is_low in rows
    )


def _value(value: Any) -> Any:  # noqa: ANN401
    return [value.value, value.low, value.high] if type(value) is Estimate else value


def _way(told: list[Any]) -> SiteWay:
    if len(told) != len(_WAY):
        raise ValueError("a topology has another number of values")
    values: list[Any] = [Estimate(*each) if type(each) is list else each for each in told]
    return SiteWay(*values)
