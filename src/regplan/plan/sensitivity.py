"""Which assumption moves the verdict most: each at both ends of its range, one at a time."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, TypeAlias

from regplan.model.sensitivity import RANGES, End, Swing
from regplan.model.site import Assumptions
from regplan.plan.verdict import tightest

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.sensitivity import Range
    from regplan.model.site import Site
    from regplan.plan.fixes.ground import Outcome

    # A site in; what the rules say of it and its storage need in bytes out.
    Recheck: TypeAlias = Callable[[Site], tuple[Outcome, int]]

__all__ = ["tornado"]


def tornado(site: Site, recheck: Recheck) -> tuple[Swing, ...]:
    """Tell what a plan says with each assumption alone at its low and at its high end, what moves most first.

    A verdict that changes comes before a need that does; then comes how far the tightest limit moves. What changes nothing
    stands last, in the order of the site file. `recheck` tells what the rules say of a site, and its need.
    """
    now = recheck(site)
    found = []
    for each in fields(Assumptions):
        span, value = RANGES.get(each.name), getattr(site.assumptions, each.name)
        if span is not None:
            low, high = (_end(_with(site, each.name, at), at, recheck) for at in _ends(span, value))
            unit, meaning = each.metadata["unit"], each.metadata["doc"]
            found.append(Swing(each.name, unit, meaning, span.source, low, _told(now, value), high))
    return tuple(sorted(found, key=_moved))


def _ends(span: Range, value: float) -> tuple[float, float]:
    """Tell both ends; a site that assumes more or less than the range is one of them itself."""
    return min(span.low, value), max(span.high, value)


def _with(site: Site, name: str, value: float) -> Site:
    changes: dict[str, float] = {name: value}
    return replace(site, assumptions=replace(site.assumptions, **changes))  # type: ignore[arg-type]


def _end(site: Site, value: float, recheck: Recheck) -> End:
    return _told(recheck(site), value)


def _told(told: tuple[Outcome, int], value: float) -> End:
    checked, required = told
    close = tightest(checked.findings)
    reach = None
    if close is not None and isinstance(close.measured, int | float) and isinstance(close.required, int | float):
        reach = close.measured / close.required if close.required else None
    return End(
        value,
        required,
        checked.verdict,
        checked.binding_constraint,
        "" if close is None else close.rule,
        reach,
    )


def _moved(swing: Swing) -> tuple[bool, int, float]:
    reaches = [end.reach for end in (swing.low, swing.now, swing.high) if end.reach is not None]
    return not swing.moves_verdict, -swing.need_bytes, min(reaches, default=0.0) - max(reaches, default=0.0)
