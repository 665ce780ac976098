"""A fleet: many sites that share profiles, and what is said of each and of all."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from regplan.showing import shown
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.finding import Verdict
    from regplan.model.years import FleetYears

__all__ = [
    "Fleet",
    "FleetProblem",
    "FleetSite",
    "FleetTotals",
    "HardwareClass",
    "HostShape",
    "ProfileSet",
    "ShapeCount",
]


@dataclass(frozen=True, slots=True)
class HostShape:
    """What hosts of one kind have in common; None is what the row does not say."""

    cpu_milli: int | None
    memory_bytes: int | None
    storage_bytes: int | None
    arch: str


@dataclass(frozen=True, slots=True)
class ShapeCount:
    """The hosts of one shape at one site: how many, how many of them fail a check, and which rules how often."""

    shape: HostShape
    hosts: int
    failing: int = 0
    rules: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class FleetSite:
    """What is said of one site: its verdict, and the finding that binds, with what to do.

    `line` is where it stands in the file, `profile_set` the place of its profiles among the fleet's. Sizes are in bytes;
    `direct_bytes` and `primary_bytes` are None where the site names no hosts. `hosts_named` and `registries_named` are
    those of its site file that the finding's texts name.
    """

    line: int
    name: str
    verdict: Verdict
    binding_constraint: str | None
    where: str
    message: str
    fix: str
    measured: float | str | None
    required: float | str | None
    unit: str
    failing: tuple[str, ...]
    required_bytes: int
    claimed_bytes: int | None
    unique_bytes: int
    unresolved: int
    direct_bytes: int | None
    primary_bytes: int | None
    shapes: tuple[ShapeCount, ...] = ()
    profile_set: int = 0
    hosts_named: tuple[str, ...] = ()
    registries_named: tuple[str, ...] = ()

    @property
    def hosts(self) -> int:
        """How many hosts the site has."""
        return sum(each.hosts for each in self.shapes)

    @property
    def saved_bytes(self) -> int | None:
        """What the registry saves on the internet link at the first bootstrap."""
        if self.direct_bytes is None or self.primary_bytes is None:
            return None
        return self.direct_bytes - self.primary_bytes


@dataclass(frozen=True, slots=True)
class FleetProblem:
    """Why a row is no site, or cannot be planned: its line, the column ("" for the whole row), and what is wrong there.

    `exit_code` is what a single `regplan plan` of it would end with.
    """

    line: int
    column: str
    problem: str
    site: str = ""
    exit_code: int = 2


@dataclass(frozen=True, slots=True)
class HardwareClass:
    """Hosts of one shape over the whole fleet: a line of a bill of materials, and which of them fail which rules."""

    shape: HostShape
    hosts: int
    sites: int
    failing: int
    rules: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ProfileSet:
    """Profiles that sites have in common, read and resolved once; `unique_bytes` counts each distinct digest once."""

    profiles: tuple[str, ...]
    sites: int
    images: int
    unresolved: int
    unique_bytes: int


@dataclass(frozen=True, slots=True)
class FleetTotals:
    """Sums over all sites that were planned; `verdicts` and `binding` count sites, most first in `binding`.

    Bytes of unknown claims and of sites without hosts are not in the sums.
    """

    sites: int = 0
    rows_with_problems: int = 0
    hosts: int = 0
    failing_hosts: int = 0
    verdicts: tuple[tuple[str, int], ...] = ()
    binding: tuple[tuple[str, int], ...] = ()
    required_bytes: int = 0
    claimed_bytes: int = 0
    direct_bytes: int = 0
    primary_bytes: int = 0

    @property
    def saved_bytes(self) -> int:
        """What the registries save on the internet links at the first bootstrap of all sites."""
        return self.direct_bytes - self.primary_bytes


@dataclass(frozen=True, slots=True)
class Fleet:
    """What is said of many sites: each worst first, the rows that are no sites, hardware classes and totals.

    `notes` are what was taken for granted while the file was read, such as its encoding. `years` is what drawn years come to, None
    where none were asked for.
    """

    sites: tuple[FleetSite, ...]
    problems: tuple[FleetProblem, ...] = ()
    hardware: tuple[HardwareClass, ...] = ()
    profile_sets: tuple[ProfileSet, ...] = ()
    totals: FleetTotals = field(default_factory=FleetTotals)
    notes: tuple[str, ...] = ()
    years: FleetYears | None = None

    _repr_mimebundle_ = shown

    def __repr__(self) -> str:
        """Tell the counts, which is what one wants to see in a notebook or a failing test."""
        told = ", ".join(f"{count} {verdict}" for verdict, count in self.totals.verdicts)
        return f"<Fleet {len(self.sites)} sites ({told}), {len(self.problems)} problems>"
