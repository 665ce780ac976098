"""What of a host's processors and memory pods can have, and what they must leave free of it."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from regplan.errors import InvalidSite
from regplan.model.formula import Formula, Input, exact
from regplan.values import NamedTuple

if TYPE_CHECKING:
    from fractions import Fraction

    from regplan.model.site import Assumptions, Host

__all__ = [
    "CPU",
    "MEMORY",
    "Kept",
    "Reckoned",
    "Resource",
    "Room",
    "capacity_for",
    "headroom_of",
    "kept_of",
    "required_of",
    "room_of",
    "share_of",
    "usable_of",
]

# Sites of a fleet have few kinds of hosts, and their pods ask for the same sums again and again.
_MOST_KEPT = 4_096


class Reckoned(NamedTuple):
    """A whole number and the formula that it is the value of."""

    value: int
    formula: Formula


class Resource(NamedTuple):
    """A resource: its name, its key in the site file, its unit, and the assumption that is kept free of it."""

    name: str
    key: str
    unit: str
    headroom: str


CPU = Resource("CPU", "cpu", "milli", "headroom_cpu")
MEMORY = Resource("memory", "memory", "bytes", "headroom_memory")


class Kept(NamedTuple):
    """What a host keeps of one resource for its system: a fixed amount, a share, and what eviction holds back."""

    fixed: int
    share: float
    eviction: int = 0


class Room(NamedTuple):
    """What pods can have of a host, None where the site file does not say what the host has."""

    cpu: Reckoned | None
    memory: Reckoned | None

    def of(self, resource: Resource) -> Reckoned | None:
        """Tell the room for one resource."""
        return self.cpu if resource is CPU else self.memory


def kept_of(resource: Resource, assumptions: Assumptions) -> Kept:
    """Tell what a host keeps for its system; raises `InvalidSite` for a share of all."""
    if resource is CPU:
        return Kept(assumptions.reserve_cpu_milli, _below_one(assumptions.reserve_cpu, "reserve_cpu"))
    share = _below_one(assumptions.reserve_memory, "reserve_memory")
    return Kept(assumptions.reserve_memory_bytes, share, assumptions.eviction_memory_bytes)


def headroom_of(resource: Resource, assumptions: Assumptions) -> float:
    """Tell the share of what can be allocated that requests leave free."""
    return assumptions.headroom_cpu if resource is CPU else assumptions.headroom_memory


def room_of(host: Host, assumptions: Assumptions) -> Room:
    """Tell what pods can have of a host; raises `InvalidSite` for a reserved share of all."""
    cpu, memory = host.cpu_milli, host.memory_bytes
    return Room(
        None if cpu is None else _cpu(cpu, kept_of(CPU, assumptions)),
        None if memory is None else _memory(memory, kept_of(MEMORY, assumptions)),
    )


def capacity_for(needed: int, kept: Kept) -> int:
    """Tell the least capacity of which so much can be allocated.

    >>> capacity_for(3880, Kept(80, 0.01))
    4000
    """
    return math.ceil((needed + kept.fixed + kept.eviction) / (1 - share_of(kept.share)))


@lru_cache(maxsize=_MOST_KEPT)
def required_of(requests: int, headroom: float, name: str, unit: str, provenance: str) -> Reckoned:
    """Tell what must be allocatable so that requests leave a share of it free: requests / (1 - `name`)."""
    source = "the sum of what the pods there ask for"
    inputs = (
        Input("requests", requests, unit, provenance, source),
        Input(name, _below_one(headroom, name), "ratio", "assumed", f"assumptions.{name}"),
    )
    formula = Formula("required", f"ceil(requests / (1 - {name}))", inputs, unit)
    return Reckoned(int(formula), formula)


@lru_cache(maxsize=_MOST_KEPT)
def share_of(share: float) -> Fraction:
    """Take a share as it is written: 0.15 is 15/100."""
    return exact(share)


@lru_cache(maxsize=_MOST_KEPT)
def usable_of(room: int, headroom: float) -> int:
    """Tell the most that requests may be so that the share stays free.

    >>> usable_of(3880, 0.15)
    3298
    """
    return math.floor(room * (1 - share_of(headroom)))


@lru_cache(maxsize=_MOST_KEPT)
def _cpu(capacity: int, kept: Kept) -> Reckoned:
    inputs = (
        Input("cpu", capacity, "milli", "declared", "the host's `cpu`"),
        _assumed("reserve_cpu_milli", kept.fixed, "milli"),
        _assumed("reserve_cpu", kept.share, "ratio"),
    )
    formula = Formula("measured", "max(floor(cpu - reserve_cpu_milli - cpu * reserve_cpu), 0)", inputs, "milli")
    return Reckoned(int(formula), formula)


@lru_cache(maxsize=_MOST_KEPT)
def _memory(capacity: int, kept: Kept) -> Reckoned:
    inputs = (
        Input("memory", capacity, "bytes", "declared", "the host's `memory`"),
        _assumed("reserve_memory_bytes", kept.fixed, "bytes"),
        _assumed("reserve_memory", kept.share, "ratio"),
        _assumed("eviction_memory_bytes", kept.eviction, "bytes"),
    )
    expression = "max(floor(memory - reserve_memory_bytes - memory * reserve_memory - eviction_memory_bytes), 0)"
    formula = Formula("measured", expression, inputs, "bytes")
    return Reckoned(int(formula), formula)


def _assumed(name: str, value: float, unit: str) -> Input:
    return Input(name, value, unit, "assumed", f"assumptions.{name}")


def _below_one(share: float, name: str) -> float:
    if not 0 <= share < 1:
        raise InvalidSite(f"assumptions.{name} is {share:g}: a share of a host is at least 0 and below 1, such as 15%")
    return share
