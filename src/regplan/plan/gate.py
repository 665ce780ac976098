"""A plan's findings and numbers held against a policy; nothing is read here."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Finding, Verdict
from regplan.model.gate import Judged, Judgement, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regplan.model.gate import Limit, Policy, Waiver
    from regplan.model.plan import Plan

__all__ = ["LIMIT", "judge"]

# The rule id under which a limit of the policy stands beside the plan's rules.
LIMIT: Final = "policy.limit"
# As the verdicts are listed, the worst first.
_ORDER: Final = tuple(Verdict)


def judge(plan: Plan, policy: Policy, numbers: Mapping[str, float | None], units: Mapping[str, str]) -> Judgement:
    """Hold a plan against a policy.

    `numbers` are the values of the policy's limits, by their keys, None where the plan does not know them; `units` are
    their units. A finding that passes or is INFO holds, unless the policy denies its rule.
    """
    today = plan.generated_at[:10]
    checks = [_judged(finding, policy, today) for finding in plan.findings]
    checks += [
        _limited(limit, numbers.get(limit.key), units.get(limit.key, ""), policy.file) for limit in policy.limits
    ]
    return Judgement(
        site=plan.site.name,
        verdict=plan.verdict,
        binding_constraint=plan.binding_constraint,
        checks=tuple(sorted(checks, key=_rank)),
        notes=tuple(_notes(plan, policy, today)),
    )


def _judged(finding: Finding, policy: Policy, today: str) -> Judged:
    outcome, why = _outcome(finding, policy)
    waiver = next((each for each in policy.waivers if _takes(each, finding) and not _is_over(each, today)), None)
    if waiver is not None and outcome is not Outcome.HELD:
        until = f", until {waiver.until}" if waiver.until else ""
        return Judged(finding, Outcome.WAIVED, f"waived{until}: {waiver.why}")
    return Judged(finding, outcome, why)


def _outcome(finding: Finding, policy: Policy) -> tuple[Outcome, str]:
    if finding.verdict is Verdict.PASS:
        return Outcome.HELD, ""
    if any(fnmatchcase(finding.rule, rule) for rule in policy.deny):
        return Outcome.BROKEN, f"the policy denies {finding.rule}"
    if finding.verdict is Verdict.INFO:
        return Outcome.HELD, ""
    if _ORDER.index(finding.verdict) <= _ORDER.index(policy.fail_on):
        return Outcome.BROKEN, ""
    return (Outcome.UNKNOWN if finding.verdict is Verdict.INCOMPLETE else Outcome.HELD), ""


def _takes(waiver: Waiver, finding: Finding) -> bool:
    return fnmatchcase(finding.rule, waiver.rule) and fnmatchcase(finding.where, waiver.where)


def _is_over(waiver: Waiver, today: str) -> bool:
    return bool(waiver.until) and today > waiver.until


def _limited(limit: Limit, value: float | None, unit: str, file: str) -> Judged:
    bound, word = (limit.most, "at most") if limit.most is not None else (limit.least, "at least")
    if value is None:
        message, outcome, verdict = f"{limit.key} is not known, so its limit cannot be checked.", Outcome.UNKNOWN, Verdict.INCOMPLETE  # fmt: skip
    else:
        over = limit.most is not None and value > limit.most
        under = limit.least is not None and value < limit.least
        bound, word = (limit.least, "at least") if under else (bound, word)
        is_broken = over or under
        outcome, verdict = (Outcome.BROKEN, Verdict.FAIL) if is_broken else (Outcome.HELD, Verdict.PASS)
        message = f"{limit.key} {'is beyond' if is_broken else 'is within'} its limit."
    finding = Finding(
        rule=LIMIT,
        verdict=verdict,
        message=message,
        measured=value,
        required=bound,
        unit=unit,
        where=limit.key,
        fix="" if outcome is Outcome.HELD else f"Bring {limit.key} to {word} the policy's limit, or change the policy.",
        source=f"{file}:{limit.line}" if limit.line else file,
    )
    return Judged(finding, outcome)


def _rank(judged: Judged) -> tuple[int, int]:
    return tuple(Outcome).index(judged.outcome), _ORDER.index(judged.finding.verdict)


def _notes(plan: Plan, policy: Policy, today: str) -> Iterator[str]:
    """Tell of waivers that are over, and of those that nothing needs any more."""
    for waiver in policy.waivers:
        if _is_over(waiver, today):
            yield f"the waiver of {waiver.rule} was over on {waiver.until}"
        elif not any(_takes(waiver, each) and _outcome(each, policy)[0] is not Outcome.HELD for each in plan.findings):
            yield f"the waiver of {waiver.rule} at {waiver.where} waives nothing, and may go"
