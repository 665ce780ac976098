"""A gate: what a pipeline demands of a plan, and how the plan stands against it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from regplan.model.finding import Verdict
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.finding import Finding

__all__ = ["Judged", "Judgement", "Limit", "Outcome", "Place", "Policy", "Waiver"]


class Outcome(StrEnum):
    """How one check stands; UNKNOWN is what could not be told, and never holds."""

    BROKEN = "broken"
    UNKNOWN = "unknown"
    WAIVED = "waived"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Waiver:
    """Findings that somebody accepts: those of `rule` whose place matches `where` ("*" stands for any text).

    `why` is told wherever the finding is; `until` is the last day on which the waiver holds, "" where it has none.
    """

    rule: str
    where: str = "*"
    why: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound on one number of the plan document, by its dotted path, or on what `added.` it against a base.

    `line` is the line of the policy file. At least one of `least` and `most` is given, in the number's own unit.
    """

    key: str
    least: float | None = None
    most: float | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What a gate demands: the mildest verdict that breaks it, rules that may only pass, accepted findings, and limits."""

    fail_on: Verdict = Verdict.FAIL
    deny: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    limits: tuple[Limit, ...] = ()
    file: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file that a finding points at; the line is counted from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Judged:
    """One check of a gate: a finding of the plan, or a limit of the policy, with how it stands and why."""

    finding: Finding
    outcome: Outcome
    why: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A plan held against a policy: every check, worst first as the plan has them; `notes` are of the policy itself."""

    site: str
    verdict: Verdict
    binding_constraint: str | None
    checks: tuple[Judged, ...]
    notes: tuple[str, ...] = ()

    def of(self, outcome: Outcome) -> tuple[Judged, ...]:
        """List the checks that stand so."""
        return tuple(each for each in self.checks if each.outcome is outcome)

    @property
    def outcome(self) -> Outcome:
        """How the gate stands as a whole: broken if any check is, else unknown if any is, else held."""
        found = {each.outcome for each in self.checks}
        return next((each for each in (Outcome.BROKEN, Outcome.UNKNOWN) if each in found), Outcome.HELD)
