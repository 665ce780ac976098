"""Plans made again with something changed, each once, beside the plan of now."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from regplan.plan.fixes.ground import put_all
from regplan.plan.fixes.problems import problems_of, removed
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from regplan.model.finding import Finding, Verdict
    from regplan.model.site import Site
    from regplan.plan.fixes.ground import Ask, Ground, Outcome, Part, Replan
    from regplan.plan.fixes.problems import Problem, Problems

__all__ = ["Trials", "Tried"]


@dataclass(frozen=True, slots=True)
class Tried:
    """What a plan says after a change."""

    verdict: Verdict
    binding_constraint: str | None
    findings: tuple[Finding, ...]
    problems: Problems


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Makes plans again, and remembers what they said; `count` tells how many were made.

    `ask` tells what some rules say, for less than a whole plan; without it whole plans tell that too.
    """

    replan: Replan
    ask: Ask | None = None
    _known: dict[tuple[Site, int, int], tuple[Ground, Tried]] = field(default_factory=dict, repr=False)

    def of(self, ground: Ground) -> Tried:
        """Tell what the plan of a ground says."""
        key = ground.site, id(ground.declarations), id(ground.inventory)
        if key not in self._known:
            self._keep(key, ground, self.replan(ground))
        return self._known[key][1]

    def know(self, ground: Ground, checked: Outcome) -> None:
        """Take over what a plan that was made already says of a ground."""
        self._keep((ground.site, id(ground.declarations), id(ground.inventory)), ground, checked)

    def _keep(self, key: tuple[Site, int, int], ground: Ground, checked: Outcome) -> None:
        tried = Tried(checked.verdict, checked.binding_constraint, checked.findings, problems_of(checked.findings))
        # With the ground its declarations are kept, so that nothing else gets their id.
        self._known[key] = ground, tried

    def after(self, ground: Ground, parts: Iterable[Part]) -> Tried:
        """Tell what the plan of a ground says after changes."""
        return self.of(put_all(ground, parts))

    def gone(self, ground: Ground, parts: Iterable[Part], of: Sequence[Problem]) -> tuple[Problem, ...]:
        """Tell which of some problems of a ground changes remove, and look at nothing else."""
        before, rules = self.of(ground).problems, {rule for rule, _, _ in of}
        changed = put_all(ground, parts)
        asked = self.of(changed).problems if self.ask is None else problems_of(self.ask(changed, rules))
        return removed({each: before[each] for each in of}, asked)

    @property
    def count(self) -> int:
        """How many plans were made."""
        return len(self._known)
