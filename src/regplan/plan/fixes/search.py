"""The fixes of a ground: each lever pulled as little as will do, its needless parts taken back, and the plan made again."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.model.fix import Cost, Fix, Named
from regplan.plan.fixes.ground import title_of
from regplan.plan.fixes.least import least
from regplan.plan.fixes.levers import levers_of
from regplan.plan.fixes.problems import counting, is_worse, removed
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from regplan.model.fix import Change
    from regplan.plan.fixes.ground import Ground, Lever, Part
    from regplan.plan.fixes.problems import Problem
    from regplan.plan.fixes.trial import Trials, Tried

__all__ = ["Remedy", "fix_of", "named", "remedies"]

_COSTS: Final = list(Cost)
_UNMET: Final = frozenset({Verdict.FAIL, Verdict.INCOMPLETE, Verdict.MARGINAL})
# How often a pull that makes something worse is taken further, by what the worse finding asks for.
_MOST_REPAIRS: Final = 3


@dataclass(frozen=True, slots=True)
class Remedy:
    """A pull of a lever, what it removes of a ground, and what the plan says then; `is_clean`: it makes nothing worse."""

    lever: Lever
    place: int
    steps: int
    parts: tuple[Part, ...]
    removes: tuple[Problem, ...]
    tried: Tried
    is_clean: bool
    is_told: bool

    @property
    def relative_change(self) -> float:
        """How much the changed quantities change, as a share of what they were."""
        return math.fsum(part.relative_change for part in self.parts)

    @property
    def rank(self) -> tuple[bool, int, float, int]:
        """Where it stands among others: what counts first, then the cheapest, the smallest and the documented order."""
        return self.is_told, _COSTS.index(self.lever.cost), self.relative_change, self.place


def remedies(trials: Trials, ground: Ground, *, with_told: bool = True) -> list[Remedy]:
    """Find what removes a finding of a ground, the cheapest first; also what makes another worse, which is told."""
    before = trials.of(ground)
    counts = counting(before.problems)
    found: list[Remedy] = []
    for place, lever in enumerate(levers_of(ground, before.findings, counts)):
        found += _of_lever(_Pulling(trials, ground, lever, place), counts, with_told=with_told)
    return sorted(_merged(trials, ground, found), key=lambda remedy: remedy.rank)


def fix_of(remedy: Remedy) -> Fix:
    """Tell a remedy as what a plan shows."""
    return Fix(
        title=title_of(remedy.parts),
        cost=remedy.lever.cost,
        changes=tuple(part.change for part in remedy.parts),
        removes=named(remedy.removes),
        verdict=remedy.tried.verdict,
        binding_constraint=remedy.tried.binding_constraint,
        relative_change=remedy.relative_change,
    )


def named(problems: Iterable[Problem]) -> tuple[Named, ...]:
    """Name problems as a plan shows them, each once."""
    return tuple(dict.fromkeys(Named(rule, where, unit) for rule, where, unit in problems))


@dataclass(frozen=True, slots=True)
class _Pulling:
    """One lever of a ground, being tried."""

    trials: Trials
    ground: Ground
    lever: Lever
    place: int

    @property
    def before(self) -> Tried:
        return self.trials.of(self.ground)

    def gone(self, steps: int, of: Sequence[Problem]) -> tuple[Problem, ...]:
        """Tell which of some problems a pull removes."""
        pull = self.lever.probe or self.lever.pull
        return self.trials.gone(self.ground, pull(steps), of)

    def is_worse(self, steps: int) -> bool:
        """Tell whether a pull makes something worse."""
        tried = self.trials.after(self.ground, self.lever.pull(steps))
        return is_worse(self.before.problems, tried.problems)

    def least_for(self, problem: Problem) -> int | None:
        """Tell the shortest pull that removes a problem."""
        asked = [each for each in self.before.findings if (each.rule, each.where, each.unit) == problem]
        guesses = [guess for each in asked if 0 < (guess := self.lever.guess(each)) <= self.lever.most]
        return least(lambda steps: bool(self.gone(steps, [problem])), self.lever.most, guesses)


def _of_lever(pulling: _Pulling, counts: Sequence[Problem], *, with_told: bool) -> Iterator[Remedy]:
    """Pull a lever as far as the worst findings ask for, and as far as all that it can remove do."""
    lever = pulling.lever
    if lever.most < 1:
        return
    asked = [each for each in counts if lever.moves(each[1])]
    movable = pulling.gone(lever.most, asked) if asked else ()
    lengths = {problem: steps for problem in movable if (steps := pulling.least_for(problem)) is not None}
    severity = {problem: pulling.before.problems[problem][0] for problem in lengths}
    enough = {max(lengths[each] for each in lengths if severity[each] >= bad) for bad in severity.values()}
    for steps in sorted(enough):
        yield from _remedy(pulling, steps)
    if not lengths and with_told and lever.told:
        yield from _remedy(pulling, lever.told)


def _remedy(pulling: _Pulling, steps: int) -> Iterator[Remedy]:
    """Make a remedy of a pull; one that makes something worse is taken further, where that mends it."""
    trials, ground, lever = pulling.trials, pulling.ground, pulling.lever
    before = pulling.before
    steps = _far_enough(pulling, steps)
    tried = trials.after(ground, lever.pull(steps))
    gone = removed(before.problems, tried.problems)
    if not gone:
        return
    counted = set(counting(before.problems))
    # What a longer pull than it needs happens to remove as well is no reason for it.
    needed = [problem for problem in gone if problem in counted and lever.moves(problem[1])] or gone
    parts = _pruned(trials, ground, tuple(lever.pull(steps)), needed)
    tried = trials.after(ground, parts)
    gone = removed(before.problems, tried.problems)
    yield Remedy(
        lever,
        pulling.place,
        steps,
        parts,
        gone,
        tried,
        is_clean=not is_worse(before.problems, tried.problems),
        is_told=counted.isdisjoint(gone),
    )


def _far_enough(pulling: _Pulling, steps: int) -> int:
    """Take a pull that makes something worse as far as mends it, and no further; as it is where nothing does."""
    lever, asked = pulling.lever, steps
    for _ in range(_MOST_REPAIRS):
        tried = pulling.trials.after(pulling.ground, lever.pull(steps))
        if not is_worse(pulling.before.problems, tried.problems):
            more = steps - asked
            # What was asked for on the way may be of several hosts together, and more than is needed of one.
            return asked + (least(lambda step: not pulling.is_worse(asked + step), more) or more) if more else steps
        further = max((lever.guess(each) for each in tried.findings if each.verdict in _UNMET), default=0)
        if not steps < further <= lever.most:
            break
        steps = further
    return steps


def _pruned(trials: Trials, ground: Ground, parts: tuple[Part, ...], gone: Sequence[Problem]) -> tuple[Part, ...]:
    """Take back each part without which the same is gone and nothing is worse."""
    before = trials.of(ground).problems
    spoilt = is_worse(before, trials.after(ground, parts).problems)
    # The dearest first, so that the cheaper of two that do the same is kept.
    for part in sorted(parts, key=lambda each: -each.relative_change):
        fewer = tuple(each for each in parts if each is not part)
        after = trials.after(ground, fewer).problems if fewer else before
        if set(gone) <= set(removed(before, after)) and (spoilt or not is_worse(before, after)):
            parts = fewer
    return parts


def _merged(trials: Trials, ground: Ground, found: Sequence[Remedy]) -> Iterator[Remedy]:
    """Put together what is the same quantity of several hosts: one fix for all, each with no more than it needs."""
    groups: dict[str, list[Remedy]] = {}
    for remedy in found:
        groups.setdefault(remedy.lever.group, []).append(remedy)
    seen: set[tuple[Change, ...]] = set()
    for group, members in groups.items():
        longest = {remedy.lever.key: remedy for remedy in members}
        several = bool(group) and len(longest) > 1
        for remedy in [_together(trials, ground, tuple(longest.values()))] if several else members:
            changes = tuple(part.change for part in remedy.parts)
            if changes not in seen:
                seen.add(changes)
                yield remedy


def _together(trials: Trials, ground: Ground, remedies: Sequence[Remedy]) -> Remedy:
    before = trials.of(ground).problems
    parts = tuple(part for remedy in remedies for part in remedy.parts)
    tried = trials.after(ground, parts)
    first = remedies[0]
    return replace(
        first,
        lever=replace(first.lever, cost=max((each.lever.cost for each in remedies), key=_COSTS.index)),
        parts=parts,
        removes=removed(before, tried.problems),
        tried=tried,
        is_clean=not is_worse(before, tried.problems),
    )
