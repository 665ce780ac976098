"""Sites' drawn years as columns of numbers, and back: what is sent between processes and written into files.

A block has ten thousand estimates; as objects they take a processor as long to make, to send and to make again as a seventh of
what drawing them takes. As numbers beside each other they are sent at once, and become objects where somebody looks at them.
"""

from __future__ import annotations

from itertools import chain
from math import nan
from typing import TYPE_CHECKING, Any, Final

from regplan.model.chance import Estimate
from regplan.model.years import SiteWay, SiteYears
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["MEASURES", "Columns", "columns_in", "columns_of", "estimate_of", "rows_of", "sites_of"]

# How many estimates a topology has: what is carried (2), what is saved (4), and when the last host is ready (2).
MEASURES: Final = 8
_DOUBLES: Final = "<f8"
_NOTHING: Final = (nan, nan, nan)


@dataclass(frozen=True, slots=True)
class Columns:
    """Some sites' drawn years. `heads` are by site its line, its name, how many years a draw has, and whether it is a lower bound.

    `estimates` are little-endian doubles by site, topology, measure and (value, low, high), in the order of the fields of `SiteWay`;
    NaN is what nobody can tell. `most` are by site and topology the most bytes, and the latest that the last host is ready.
    """

    heads: tuple[tuple[int, str, float, bool], ...]
    estimates: bytes
    most: tuple[tuple[int, int | None], ...]


def columns_of(heads: Iterable[tuple[int, str, float, bool]], estimates: Any, most: Iterable[Any]) -> Columns:  # noqa: ANN401
    """Put an array of estimates, whose last axes are the measure and (value, low, high), beside what the sites are."""
    return Columns(tuple(heads), estimates.astype(_DOUBLES, copy=False).tobytes(), tuple(most))


def estimate_of(numbers: Sequence[float]) -> Estimate | None:
    """Make an estimate of a value and its ends, where NaN is what nobody can tell.

    >>> estimate_of([2.0, float("nan"), 3.0]), estimate_of([float("nan")] * 3)
    (Estimate(value=2.0, low=None, high=3.0), None)
    """
    value, low, high = numbers
    # NaN alone is not what it is.
    if value != value:  # noqa: PLR0124
        return None
    return Estimate(value, low if low == low else None, high if high == high else None)  # noqa: PLR0124


def sites_of(columns: Columns, topologies: Sequence[str]) -> tuple[SiteYears, ...]:
    """Make the sites' years of their columns."""
    ways = [_way(*each) for each in _rows(columns, topologies)]
    count = len(topologies)
    return tuple(
        SiteYears(line, name, years, tuple(ways[count * place : count * (place + 1)]), is_low)
        for place, (line, name, years, is_low) in enumerate(columns.heads)
    )


def rows_of(columns: Columns, topologies: Sequence[str]) -> list[list[Any]]:
    """Write each site as a row of numbers and texts, as a file has it."""
    ways = [_written(*each) for each in _rows(columns, topologies)]
    count = len(topologies)
    return [
        [line, name, years, ways[count * place : count * (place + 1)], is_low]
        for place, (line, name, years, is_low) in enumerate(columns.heads)
    ]


def columns_in(rows: Iterable[Any], topologies: Sequence[str]) -> Columns:
    """Read the same columns. Raises `ValueError` and `TypeError` for rows that are none."""
    import numpy as np

    heads, estimates, most = [], [], []
    for line, name, years, ways, is_low in rows:
        heads.append((line, name, years, is_low))
        for topology, way in zip(topologies, ways, strict=True):
            told, *rest = way
            first, second, carried, *others, ready = rest
            if told != topology or len(others) != MEASURES - 2:
                raise ValueError("a topology has another name or another number of values")
            estimates.append([_read(each) for each in (first, second, *others)])
            most.append((carried, ready))
    shape = len(heads), len(topologies), MEASURES, 3
    return columns_of(heads, np.array(estimates, dtype=float).reshape(shape), most)


def _rows(
    columns: Columns, topologies: Sequence[str]
) -> Iterator[tuple[str, list[list[float]], tuple[int, int | None]]]:
    """Tell the topology, the estimates and what is most, topology by topology and site by site."""
    import numpy as np

    found = np.frombuffer(columns.estimates, _DOUBLES).reshape(-1, MEASURES, 3).tolist()
    names = chain.from_iterable([topologies] * len(columns.heads))
    return zip(names, found, columns.most, strict=True)


def _way(topology: str, estimates: list[list[float]], most: tuple[int, int | None]) -> SiteWay:
    first, second, *others = map(estimate_of, estimates)
    told: Any = (topology, first, second, most[0], *others, most[1])
    return SiteWay(*told)


def _written(topology: str, estimates: list[list[float]], most: tuple[int, int | None]) -> list[Any]:
    first, second, *others = [
        None if each[0] != each[0] else [None if number != number else number for number in each]  # noqa: PLR0124
        for each in estimates
    ]
    return [topology, first, second, most[0], *others, most[1]]


def _read(told: Sequence[float | None] | None) -> tuple[float, ...]:
    if told is None:
        return _NOTHING
    value, low, high = told
    return tuple(nan if each is None else each for each in (value, low, high))
