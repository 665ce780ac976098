"""Findings as problems: how bad each is, which of them a change removes, and whether it makes another worse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from regplan.model.finding import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from regplan.model.finding import Finding

__all__ = ["Problem", "Problems", "counting", "is_worse", "problems_of", "removed"]

# A rule, the place it is about, and the unit: of one host a rule may tell two quantities.
Problem: TypeAlias = "tuple[str, str, str]"
Problems: TypeAlias = "Mapping[Problem, tuple[int, ...]]"

_SEVERITY: Final = {Verdict.FAIL: 4, Verdict.INCOMPLETE: 3, Verdict.MARGINAL: 2, Verdict.INFO: 1, Verdict.PASS: 0}
_COUNTS: Final = 2


def problems_of(findings: Iterable[Finding]) -> dict[Problem, tuple[int, ...]]:
    """Map what does not simply pass to how bad it is, the worst first where there are several."""
    found: dict[Problem, list[int]] = {}
    for each in findings:
        severity = _SEVERITY[each.verdict]
        if severity:
            found.setdefault((each.rule, each.where, each.unit), []).append(severity)
    return {problem: tuple(sorted(severities, reverse=True)) for problem, severities in found.items()}


def counting(problems: Problems) -> tuple[Problem, ...]:
    """List what counts for the verdict, the worst first, else in the order of the findings."""
    return tuple(
        sorted((each for each, bad in problems.items() if bad[0] >= _COUNTS), key=lambda each: -problems[each][0])
    )


def removed(before: Problems, after: Problems) -> tuple[Problem, ...]:
    """List what is gone: it counted and does so no more, or it was told only and is no longer.

    What failed and is now merely not known to hold is gone too: no change of this kind tells more than that.
    """
    return tuple(each for each, bad in before.items() if _is_gone(bad[0], after[each][0] if each in after else 0))


def _is_gone(was: int, now: int) -> bool:
    return now < min(was, _COUNTS) or (was == _SEVERITY[Verdict.FAIL] and now == _SEVERITY[Verdict.INCOMPLETE])


def is_worse(before: Problems, after: Problems) -> bool:
    """Tell whether anything that counts is worse than before; what is merely told is not."""
    return any(True for _ in _worsened(before, after))


def _worsened(before: Problems, after: Problems) -> Iterator[Problem]:
    for each, bad in after.items():
        was = before.get(each, ())
        pairs = zip(bad, (*was, *(0 for _ in bad)), strict=False)
        if any(now >= _COUNTS and now > then for now, then in pairs):
            yield each
