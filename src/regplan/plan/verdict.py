"""What findings come to together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from regplan.model.finding import Finding

__all__ = ["binding_constraint", "binding_finding", "overall", "reach", "reach_of", "tightest", "worst_of"]

_WORST_FIRST: Final = (Verdict.FAIL, Verdict.INCOMPLETE, Verdict.MARGINAL, Verdict.PASS)

_AT_LEAST: Final = frozenset({">=", ">"})
_AT_MOST: Final = frozenset({"<=", "<"})
_QUANTITIES: Final = frozenset({"bytes", "milli"})


def overall(findings: Iterable[Finding]) -> Verdict:
    """Tell the worst verdict of all: FAIL, else INCOMPLETE, else MARGINAL, else PASS; INFO does not count.

    >>> overall([])
    <Verdict.PASS: 'PASS'>
    """
    return worst_of(finding.verdict for finding in findings)


def worst_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Tell the worst of some verdicts, in the same order.

    >>> worst_of([Verdict.MARGINAL, Verdict.INCOMPLETE, Verdict.INFO])
    <Verdict.INCOMPLETE: 'INCOMPLETE'>
    """
    found = frozenset(verdicts)
    return next((verdict for verdict in _WORST_FIRST if verdict in found), Verdict.PASS)


def binding_constraint(findings: Sequence[Finding]) -> str | None:
    """Name the rule that binds: among the worst findings the first without numbers, else the least measured/required.

    A version is a text and so without a number. None where no finding counts.
    """
    binding = binding_finding(findings)
    return None if binding is None else binding.rule


def binding_finding(findings: Sequence[Finding]) -> Finding | None:
    """Tell the finding that binds, None where none counts."""
    worst = overall(findings)
    candidates = [finding for finding in findings if finding.verdict is worst]
    # min keeps the first of equals, so that the order of the rules decides.
    return min(candidates, key=reach, default=None)


def tightest(findings: Iterable[Finding]) -> Finding | None:
    """Tell which quantity comes closest to its limit, or falls shortest of it: least measured/required in bytes or CPU.

    This is for showing what a passing plan has least to spare of; None where nothing was measured.
    """
    counting = [each for each in findings if each.verdict in _WORST_FIRST and each.unit in _QUANTITIES]
    return min((each for each in counting if reach(each) > -math.inf), key=reach, default=None)


def reach(finding: Finding) -> float:
    """Tell measured/required, which is less the more binds; least of all without numbers."""
    return reach_of(finding.measured, finding.required, finding.op)


def reach_of(measured: object, required: object, op: str) -> float:
    """Tell the same of a finding's values."""
    if not isinstance(measured, int | float) or not isinstance(required, int | float):
        return -math.inf
    if op in _AT_MOST:
        measured, required = required, measured
    elif op not in _AT_LEAST:
        return -math.inf
    return measured / required if required else math.inf
