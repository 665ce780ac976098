"""What if: a site that is planned once, and planned again with other values in milliseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.plan.variation import vary_site
from regplan.values import dataclass
from regplan.verbs.options import Options
from regplan.verbs.study import own_rules_of, plan_site, planned_study

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.model.plan import Study
    from regplan.model.progress import Report
    from regplan.model.site import Site
    from regplan.plan.facts import PlanFacts
    from regplan.plan.variation import Variation
    from regplan.verbs.own_rules import OwnRules
    from regplan.verbs.replanning import Ready

__all__ = ["Trial", "try_site"]


@dataclass(frozen=True, slots=True)
class Trial:
    """A planned site (`study`), with what it was read and resolved into: other values read and resolve nothing again."""

    study: Study
    site: Site
    ready: Ready
    options: Options
    own: OwnRules | None = None

    def __repr__(self) -> str:
        """Tell what the plan says."""
        return f"<Trial {self.study.plan!r}>"

    def vary(self, variation: Variation, options: Options | None = None) -> Study:
        """Plan the site with other values, as `plan_site` plans a site file that has them.

        `options` may ask for more beside the plan than the first one had: fixes, sensitivity, life. Raises `InputError` as
        `vary_site` does.
        """
        return planned_study(vary_site(self.site, variation), self.ready, self.own, options or self.options)


def try_site(site: Site | str | Path, options: Options | None = None, report: Report | None = None) -> Trial:
    """Plan a site, blocking, and keep what its plan was made from; takes and raises what `plan_site` does."""
    given = options or Options()
    kept: list[tuple[Site, Ready]] = []

    def keep(told: Site, ready: Ready, _: PlanFacts) -> None:
        kept.append((told, ready))

    study = plan_site(site, given, report, keep)
    [(told, ready)] = kept
    return Trial(study, told, ready, given, own_rules_of(told, given))
