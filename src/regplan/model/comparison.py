"""Scenarios side by side: what their plans say, and what each changes of the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.showing import shown
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.finding import Finding, Verdict

__all__ = ["ComparedSite", "Comparison", "Difference", "Figures"]


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of a plan that are compared, None where it does not tell them.

    `claim_ratio` is the share of the PVC that the need takes; `saved_bytes` is what the registry saves of the first
    bootstrap.
    """

    referenced_bytes: int
    unique_bytes: int
    required_bytes: int
    claimed_bytes: int | None
    claim_ratio: float | None
    hosts: int
    unresolved: int
    saved_bytes: int | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What a scenario changes of the first: each figure less the first's, and the findings that come and go.

    A finding comes where the first has none of its rule and place, or a milder one; it goes where the first has a worse.
    """

    figures: Figures
    comes: tuple[Finding, ...]
    goes: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ComparedSite:
    """One site of a comparison; `label` tells it from the others, `difference` is None for the first."""

    label: str
    site: str
    file: str
    verdict: Verdict
    binding_constraint: str | None
    figures: Figures
    difference: Difference | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Scenarios in the order in which they were named; the first is what the others are compared with."""

    scenarios: tuple[ComparedSite, ...]

    _repr_mimebundle_ = shown
