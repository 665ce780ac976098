"""Plans held beside each other."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

from regplan.model.comparison import ComparedSite, Comparison, Difference, Figures
from regplan.plan.fixes.problems import problems_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.finding import Finding
    from regplan.model.plan import Plan
    from regplan.plan.fixes.problems import Problems

__all__ = ["compare_plans"]

# What a place begins with where it is in a file: folders, name, and line.
_IN_FILE: Final = re.compile(
    r"(?:[^>]*[/\\])?(?P<name>[^/\\>]+\.(?:json|ya?ml|txt|csv|tgz))(?::\d+)?(?: > (?P<rest>.+))?"
)

# In `LAYER/PACK VERSION`.
_PACK_VERSION: Final = re.compile(r"(\w/[^ >]+) v?\d[^ >]*(?= >|$)")


def compare_plans(plans: Sequence[Plan], labels: Sequence[str]) -> Comparison:
    """Hold plans beside the first of them; `labels` tell them apart."""
    return Comparison(tuple(_scenario(plan, label, plans[0]) for plan, label in zip(plans, labels, strict=True)))


def _scenario(plan: Plan, label: str, first: Plan) -> ComparedSite:
    return ComparedSite(
        label,
        plan.site.name,
        plan.site.file,
        plan.verdict,
        plan.binding_constraint,
        _figures(plan),
        None if plan is first else _difference(plan, first),
    )


def _figures(plan: Plan) -> Figures:
    need, claimed = plan.storage.required_bytes, plan.storage.claimed_bytes
    return Figures(
        referenced_bytes=plan.layers.referenced_bytes,
        unique_bytes=plan.layers.unique_bytes,
        required_bytes=need,
        claimed_bytes=claimed,
        claim_ratio=need / claimed if claimed else None,
        hosts=len(plan.site.hosts),
        unresolved=len(plan.counts.unresolved),
        saved_bytes=None if plan.wire is None else plan.wire.saved_bytes,
    )


def _difference(plan: Plan, first: Plan) -> Difference:
    mine, its = _figures(plan), _figures(first)
    changes: dict[str, Any] = {
        each.name: _less(getattr(mine, each.name), getattr(its, each.name)) for each in fields(Figures)
    }
    return Difference(Figures(**changes), _more(plan, first), _more(first, plan))


def _less(mine: float | None, its: float | None) -> float | None:
    return None if mine is None or its is None else mine - its


def _more(plan: Plan, other: Plan) -> tuple[Finding, ...]:
    """List the findings of a plan that are worse than the other's of the same rule and place; of equals each once."""
    have, had = _problems(plan), _problems(other)
    return tuple({_name(each): each for each in plan.findings if _severity(have, each) > _severity(had, each)}.values())


def _problems(plan: Plan) -> Problems:
    return problems_of(replace(each, where=_place(each.where)) for each in plan.findings)


def _name(finding: Finding) -> tuple[str, str, str]:
    return finding.rule, _place(finding.where), finding.unit


def _place(where: str) -> str:
    """Tell a place without its file and its pack's version: checkouts lie in other folders, lines move, packs are upgraded.

    >>> _place("main/profiles/shop-1.0.yaml:12 > shop > addon/web 1.0.0 > image")
    'shop > addon/web > image'
    >>> _place("node-1"), _place("lists/images.txt:3")
    ('node-1', 'images.txt')
    """
    found = _IN_FILE.fullmatch(where)
    place = where if found is None else found["rest"] or found["name"]
    return _PACK_VERSION.sub(r"\1", place)


def _severity(problems: Problems, finding: Finding) -> int:
    return max(problems.get(_name(finding), (0,)))
