"""Every fix of a site and the way out, in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.fix import Advice
from regplan.plan.fixes.search import fix_of, remedies
from regplan.plan.fixes.trial import Trials
from regplan.plan.fixes.way_out import find_way_out

if TYPE_CHECKING:
    from regplan.model.site import Site
    from regplan.plan.fixes.ground import Ask, Ground, Outcome, Replan

__all__ = ["MOST_HOSTS", "advise", "is_searched"]

# A search makes the plan again hundreds of times, more often the more hosts there are, and each time takes longer.
MOST_HOSTS: Final = 200


def is_searched(site: Site) -> bool:
    """Tell whether fixes are looked for: of a site of very many hosts that would take minutes."""
    return len(site.hosts) <= MOST_HOSTS


def advise(ground: Ground, replan: Replan, now: Outcome | None = None, ask: Ask | None = None) -> Advice:
    """Find every fix of a site, the cheapest first, and the way out.

    Each fix is as small as it can be, and the plan was made again with it: what it removes is gone, and nothing that
    counts is worse. `replan` makes a plan of a site with its declarations and images; `now` is what one of the
    ground as it stands says, where it was made already. `ask` tells what some rules find, in less time than a plan
    takes: whether a change is worth a plan, and how far it must go.
    """
    trials = Trials(replan, ask)
    if now is not None:
        trials.know(ground, now)
    found = remedies(trials, ground)
    return Advice(tuple(fix_of(each) for each in found if each.is_clean), find_way_out(trials, ground, found))
