"""Whose years are drawn, and how: numbers alone, so that a block of sites is small wherever it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.sim.chance.draws import Varied
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.sim.chance.closed import Boot
    from regplan.sim.fleet.prices import Prices

__all__ = ["BLOCK", "Block", "Spec", "Subject"]

# How many sites a block holds.
BLOCK: Final = 250


@dataclass(frozen=True, slots=True)
class Spec:
    """How many years each site gets, and the seed that they are drawn from."""

    seed: int
    draws: int


@dataclass(frozen=True, slots=True)
class Subject:
    """A site whose years are drawn: how often what happens, what it carries, and what it pulls at the set-up through what.

    `boot` is None where the site names no link; `line_bps` is that link's rate. `internet` and `unpacking` tell how its rates vary from draw to draw.
    `is_low` is whether images of it are unresolved, so that what it carries is a lower bound.
    """

    line: int
    name: str
    years: float
    failures_per_year: float
    upgrades_per_year: float
    moves_per_year: float
    prices: Prices
    boot: Boot | None = None
    line_bps: int | None = None
    internet: Varied = Varied()
    unpacking: Varied = Varied()
    is_low: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """Sites that are drawn in one go, and which block of the fleet they are."""

    number: int
    subjects: tuple[Subject, ...]
