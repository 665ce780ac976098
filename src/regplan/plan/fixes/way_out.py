"""The way out: the smallest set of changes that was found to bring a plan to PASS.

Greedy, then pruned: the cheapest remedy of the worst findings is taken, and again, until nothing counts any more; then
every step that turned out needless is taken back, and every other is made as short as it can be.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.fix import Change, WayOut
from regplan.plan.fixes.ground import put_all, title_of
from regplan.plan.fixes.least import least
from regplan.plan.fixes.problems import counting, is_worse, removed
from regplan.plan.fixes.search import named, remedies

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from regplan.plan.fixes.ground import Ground, Part
    from regplan.plan.fixes.problems import Problem, Problems
    from regplan.plan.fixes.search import Remedy
    from regplan.plan.fixes.trial import Trials

__all__ = ["find_way_out"]

_MOST_STEPS: Final = 16


def find_way_out(trials: Trials, ground: Ground, first: Sequence[Remedy]) -> WayOut | None:
    """Find what brings a plan to PASS, or as near as changes can; `first` are the remedies of the ground itself.

    None where nothing counts, or no change removes anything that does.
    """
    before = trials.of(ground).problems
    taken = _greedy(trials, ground, first)
    goal = trials.after(ground, [part for each in taken for part in each.parts]).problems
    steps = _shortened(trials, ground, _joined(trials, ground, _pruned(trials, ground, taken, goal), goal), goal)
    if not steps:
        return None
    parts = [part for step in steps for part in step.parts]
    tried = trials.after(ground, parts)
    return WayOut(
        steps=tuple(title_of(step.parts) for step in steps),
        changes=_net(part.change for part in parts),
        removes=named(removed(before, tried.problems)),
        verdict=tried.verdict,
        binding_constraint=tried.binding_constraint,
        leaves=named(counting(tried.problems)),
    )


def _greedy(trials: Trials, ground: Ground, first: Sequence[Remedy]) -> list[Remedy]:
    steps: list[Remedy] = []
    # What is left of each problem that was solved.
    solved: dict[Problem, tuple[int, ...]] = {}
    candidates = list(first)
    while len(steps) < _MOST_STEPS:
        before = trials.of(ground).problems
        chosen = _chosen(candidates, before, solved)
        if chosen is None:
            break
        solved |= {problem: chosen.tried.problems.get(problem, ()) for problem in chosen.removes}
        steps.append(chosen)
        ground = put_all(ground, chosen.parts)
        if not counting(trials.of(ground).problems):
            break
        candidates = remedies(trials, ground, with_told=False)
    return steps


def _chosen(candidates: Iterable[Remedy], before: Problems, solved: Problems) -> Remedy | None:
    """Take the cheapest remedy of the worst findings; one that makes something else worse only where no other is left.

    What was solved once is not made a problem again, or the search would go round.
    """
    useful = [each for each in candidates if not each.is_told and not _returns(solved, each.tried.problems)]

    def order(remedy: Remedy) -> tuple[bool, int, tuple[bool, int, float, int]]:
        worst = max(before[problem][0] for problem in remedy.removes)
        return not remedy.is_clean, -worst, remedy.rank

    return min(useful, key=order, default=None)


def _returns(solved: Problems, problems: Problems) -> bool:
    """Tell whether anything that was solved is worse again."""
    return is_worse(solved, {each: bad for each, bad in problems.items() if each in solved})


def _pruned(trials: Trials, ground: Ground, steps: Sequence[Remedy], goal: Problems) -> list[Remedy]:
    """Take back every part without which the plan says the same."""
    kept = [part for step in steps for part in step.parts]
    for part in tuple(kept):
        fewer = [each for each in kept if each is not part]
        if not is_worse(goal, trials.after(ground, fewer).problems):
            kept = fewer
    left = [replace(each, parts=tuple(part for part in each.parts if part in kept)) for each in steps]
    return [each for each in left if each.parts]


def _joined(trials: Trials, ground: Ground, steps: Sequence[Remedy], goal: Problems) -> list[Remedy]:
    """Make one step of those that pull the same lever, where that does as much: two hosts are added at once."""
    joined = list(steps)
    for place in range(len(joined) - 1, 0, -1):
        later = joined[place]
        for other, earlier in enumerate(joined[:place]):
            if earlier.lever.key != later.lever.key:
                continue
            # A pull starts where the one before it of the same lever ended.
            far, parts = earlier.steps + later.steps, (*earlier.parts, *later.parts)
            both = replace(earlier, steps=far, parts=_of_keys(earlier.lever.pull(far), parts))
            fewer = [both if each is earlier else each for each in joined if each is not later]
            told = [part for step in fewer for part in step.parts]
            if not is_worse(goal, trials.after(ground, told).problems):
                joined[other] = both
                del joined[place]
                break
    return joined


def _shortened(trials: Trials, ground: Ground, steps: Sequence[Remedy], goal: Problems) -> list[Remedy]:
    """Pull each lever no further than the others leave to do."""
    short = list(steps)
    for place, step in enumerate(steps):
        keys = [part.change.key for part in step.parts]
        if keys == [part.change.key for part in _pull(step, step.steps)]:
            others = short[:place], short[place + 1 :]

            def holds(pulled: int, step: Remedy = step, others: tuple[list[Remedy], list[Remedy]] = others) -> bool:
                parts = [
                    *(part for each in others[0] for part in each.parts),
                    *_pull(step, pulled),
                    *(part for each in others[1] for part in each.parts),
                ]
                return not is_worse(goal, trials.after(ground, parts).problems)

            pulled = least(holds, step.steps, [step.steps]) or step.steps
            short[place] = replace(step, steps=pulled, parts=_pull(step, pulled))
    return short


def _pull(step: Remedy, steps: int) -> tuple[Part, ...]:
    """Tell the parts of a pull that are of the same keys as a step's."""
    return _of_keys(step.lever.pull(steps), step.parts)


def _of_keys(pulled: Iterable[Part], parts: Iterable[Part]) -> tuple[Part, ...]:
    keys = {part.change.key for part in parts}
    return tuple(part for part in pulled if part.change.key in keys)


def _net(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Tell for each key what it was and what it is in the end."""
    net: dict[str, Change] = {}
    for each in changes:
        first = net.get(each.key, each)
        net[each.key] = replace(each, before=first.before, before_number=first.before_number)
    return tuple(net.values())
