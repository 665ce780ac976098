"""Pods in the order in which they are placed, and what the first so many of them ask for together."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from regplan.plan.hosts.demand import Demand, Several

__all__ = ["Queue", "queue_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Queue:
    """Rows of pods, and what the rows before each place ask for: so it takes no adding up how many go to a host.

    `cpu` to `memory_stated` have a place more than `rows`, the last being the sum of all. `plain` tells for each row where
    those end that any host may take whole, from that row on; `alike` where those of them end whose pods are of its size.
    """

    rows: tuple[Several, ...]
    cpu: tuple[int, ...]
    memory: tuple[int, ...]
    cpu_stated: tuple[int, ...]
    memory_stated: tuple[int, ...]
    plain: tuple[int, ...]
    alike: tuple[int, ...]


def queue_of(rows: Iterable[Several]) -> Queue:
    """Make a queue of rows in their order; those without pods are left out."""
    told = tuple(row for row in rows if row.pods)
    return Queue(
        told,
        _sums(told, lambda each: each.cpu_milli),
        _sums(told, lambda each: each.memory_bytes),
        _sums(told, lambda each: each.cpu_stated),
        _sums(told, lambda each: each.memory_stated),
        *_ends(told),
    )


def _sums(rows: tuple[Several, ...], asked: Callable[[Demand], int]) -> tuple[int, ...]:
    return tuple(accumulate((asked(demand) * pods for demand, pods in rows), initial=0))


def _ends(rows: tuple[Several, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Tell the ends of stretches, from the last row to the first."""
    plain: list[int] = []
    alike: list[int] = []
    plain_end, alike_end, size = len(rows), len(rows), None
    for place in reversed(range(len(rows))):
        demand = rows[place].demand
        told = None if demand.is_spread or demand.is_choosy else (demand.cpu_milli, demand.memory_bytes)
        plain_end = place if told is None else plain_end
        alike_end = alike_end if told == size else place + 1
        size = told
        plain.append(plain_end)
        alike.append(alike_end)
    return tuple(reversed(plain)), tuple(reversed(alike))
