"""A rule as a row of data, what is seen when it is looked at, and the one engine that makes findings of both."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Finding, Verdict
from regplan.patterns import pattern
from regplan.plan.hosts.hosting import hosting_of
from regplan.plan.layers import layers_of
from regplan.plan.storage import storage_need
from regplan.plan.survival import survival_of
from regplan.plan.unresolved import unresolved_need
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from regplan.model.formula import Formula
    from regplan.model.layers import LayerReport
    from regplan.model.plan import StorageNeed
    from regplan.model.survival import HostSurvival
    from regplan.plan.facts import PlanFacts
    from regplan.plan.hosts.hosting import Hosting
    from regplan.plan.prepared import Prepared

    # By rule, place and unit.
    OpenFixes = dict[tuple[str, str, str], Callable[[], str]]

__all__ = ["Basis", "Observation", "Rule", "Threshold", "compare_versions", "evaluate", "finding_of", "listed"]

_VERSION: Final = pattern(r"v?(\d+(?:\.\d+){0,3})(?P<before>-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
_MOST_NAMED: Final = 10


class Basis:
    """What rules look at: the facts, and what is reckoned from them, each when a rule first looks at it.

    `open_fixes` takes fixes that take long to find, so that whoever wants one finds it; None has all of them found at once.
    """

    def __init__(self, facts: PlanFacts, open_fixes: OpenFixes | None = None) -> None:
        """Reckon nothing yet."""
        self.facts, self.open_fixes = facts, open_fixes

    @property
    def prepared(self) -> Prepared:
        """What no site changes, reckoned once for all that share profiles and images."""
        return self.facts.prepared

    @cached_property
    def layers(self) -> LayerReport:
        """What the images take together and each by itself."""
        return layers_of(self.facts)

    @cached_property
    def need(self) -> StorageNeed:
        """What the registry's PVC must hold; raises `InvalidSite`."""
        return replace(storage_need(self.facts), unresolved=unresolved_need(self.facts))

    @cached_property
    def hosting(self) -> Hosting:
        """Where pods are placed; raises `InvalidSite`."""
        return hosting_of(self.facts)

    @cached_property
    def survival(self) -> tuple[HostSurvival, ...]:
        """Whether hosts come back while the internet link is cut."""
        return survival_of(self.facts)


@dataclass(frozen=True, slots=True)
class Observation:
    """What a rule saw in one place.

    Without a `verdict` of its own, `measured` is compared with `required`; a `measured` of None is then INCOMPLETE, and
    `absent` names the key that the site file lacks. `fix` is told unless the finding passes; one that takes long to find is a
    function that finds it. `source` is another page
    than the rule's own, `unit` another unit. `formulas` are those of the finding. `is_checked` is False for what could not
    be looked at and is told as INFO, since the verdict does not hang on it. `op` is how `measured` was compared where
    there is a `verdict`.
    """

    message: str
    measured: float | str | None = None
    required: float | str | None = None
    where: str = ""
    fix: str | Callable[[], str] = ""
    verdict: Verdict | None = None
    absent: str = ""
    source: str = ""
    formulas: tuple[Formula, ...] = ()
    is_checked: bool = True
    op: str = ">="
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A documented number or version, and when it holds ("" is always)."""

    value: int | str
    when: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as data: what it compares with what, from which page, since which version, and how "GB" was read.

    `verdicts` are all that it can give. `look` yields what it sees, nothing where it does not apply; a rule without one
    is checked while profiles are read. `tolerance_percent` below the threshold is MARGINAL.
    """

    id: str
    title: str
    compares: str
    source: str
    verdicts: tuple[Verdict, ...]
    look: Callable[[Rule, Basis], Iterator[Observation]] | None = None
    thresholds: tuple[Threshold, ...] = ()
    unit: str = ""
    since: str = ""
    reading: str = ""
    tolerance_percent: int = 0

    def number(self, when: str = "") -> int:
        """Tell the threshold that holds `when`; raises `KeyError` where there is none."""
        return {each.when: each.value for each in self.thresholds if isinstance(each.value, int)}[when]

    @property
    def version(self) -> str:
        """The documented version, "" where the rule has none."""
        return next((each.value for each in self.thresholds if isinstance(each.value, str)), "")


def evaluate(rule: Rule, basis: Basis) -> Iterator[Finding]:
    """Look at a rule and tell what was found, one finding for each place."""
    if rule.look is not None:
        for observation in rule.look(rule, basis):
            yield finding_of(rule, observation, basis.open_fixes)


def compare_versions(have: str, need: str) -> Verdict:
    """Tell whether version `have` is at least `need`, which is written whole; INCOMPLETE where `have` does not tell.

    >>> compare_versions("4.7.2", "4.6.19"), compare_versions("4.6", "4.6.19")
    (<Verdict.PASS: 'PASS'>, <Verdict.INCOMPLETE: 'INCOMPLETE'>)
    """
    match = _VERSION.fullmatch(have.strip())
    if match is None:
        return Verdict.INCOMPLETE
    mine, wanted = ([int(part) for part in text.split(".")] for text in (match[1], need))
    if len(mine) < len(wanted) and mine == wanted[: len(mine)]:
        return Verdict.INCOMPLETE
    # A pre-release comes before its release.
    early = match["before"] is not None and mine[: len(wanted)] == wanted
    return Verdict.FAIL if mine < wanted or early else Verdict.PASS


def listed(names: Sequence[str]) -> str:
    """Join names for a message, the first ten of them.

    >>> listed(["a", "b"])
    'a, b'
    """
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def finding_of(rule: Rule, seen: Observation, open_fixes: OpenFixes | None = None) -> Finding:
    """Make a finding of what a rule saw; a fix that is still to be found is left to `open_fixes`, where that is given."""
    verdict = seen.verdict if seen.verdict is not None else _compare(rule, seen)
    message, fix, unit = seen.message, "" if verdict is Verdict.PASS else seen.fix, seen.unit or rule.unit
    if seen.absent and seen.measured is None:
        message = f"{seen.absent} is not stated. {message}"
        fix = f"State {seen.absent} in the site file."
    if not isinstance(fix, str):
        if open_fixes is None:
            fix = fix()
        else:
            open_fixes[rule.id, seen.where, unit] = fix
            fix = ""
    return Finding(
        rule=rule.id,
        verdict=verdict,
        message=message,
        measured=seen.measured,
        required=seen.required,
        unit=unit,
        where=seen.where,
        fix=fix,
        source=seen.source or rule.source,
        formulas=seen.formulas,
        is_checked=seen.is_checked and verdict is not Verdict.INCOMPLETE,
        op=seen.op,
    )


def _compare(rule: Rule, seen: Observation) -> Verdict:
    measured, required = seen.measured, seen.required
    if measured is None or required is None:
        return Verdict.INCOMPLETE
    if isinstance(measured, str) or isinstance(required, str):
        return compare_versions(str(measured), str(required))
    if measured >= required:
        return Verdict.PASS
    within = measured * 100 >= required * (100 - rule.tolerance_percent)
    return Verdict.MARGINAL if rule.tolerance_percent and within else Verdict.FAIL
