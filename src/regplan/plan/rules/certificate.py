"""A rule about the registry's certificate, without which nothing is pulled from it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.plan.rules.rule import Observation, Rule, Threshold
from regplan.plan.rules.sources import ROTATE, SINCE_PRIMARY
from regplan.units import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.plan.facts import PlanFacts
    from regplan.plan.rules.rule import Basis

__all__ = ["RULES"]

_KEY: Final = "registry.certificate_expires"
_WARN: Final = "warned below"
_LIFE: Final = "a new one lasts"
_RELOADER: Final = "reloader"
_RENEW: Final = (
    "Renew the certificate, or let cert-manager do it (the registry pack with cert-manager, Registry Connect's preset for it, "
    "and the pack reloader)."
)


def _look(rule: Rule, basis: Basis) -> Iterator[Observation]:
    registry = basis.facts.site.registry
    if registry is None:
        return
    if registry.certificate_expires:
        yield _dated(rule, registry.certificate_expires, basis.facts)
    else:
        yield _undated(rule, basis.facts)


def _dated(rule: Rule, expires: str, facts: PlanFacts) -> Observation:
    soon = rule.number(_WARN)
    if not facts.generated_at:
        return Observation(
            f"The registry's certificate expires on {expires}, and the day of this plan is not known.",
            None,
            soon,
            where=_KEY,
            fix="Plan with a clock (`generated_at`).",
            verdict=Verdict.INCOMPLETE,
        )
    today = dt.date.fromisoformat(facts.generated_at[:10])
    left = (dt.date.fromisoformat(expires) - today).days
    if left < 0:
        said, verdict = f"expired on {expires}: no host pulls from the registry.", Verdict.FAIL
    elif left < soon:
        said, verdict = f"expires on {expires}, in {format_count(left, 'day')}.", Verdict.INFO
    else:
        said, verdict = f"is good until {expires}, for {left} days.", Verdict.PASS
    return Observation(f"The registry's certificate {said}", left, soon, where=_KEY, fix=_RENEW, verdict=verdict)


def _undated(rule: Rule, facts: PlanFacts) -> Observation:
    rotating = [pack for pack in facts.declarations.settings.wiring.registries if pack.rotates]
    if rotating and _has_reloader(facts):
        return Observation(
            "cert-manager renews the registry's certificate, and reloader has it taken up.",
            where=rotating[0].where,
            verdict=Verdict.PASS,
        )
    if rotating:
        return Observation(
            "cert-manager renews the registry's certificate, and without the pack reloader the registry goes on with the old "
            "one until it is started anew; no profile here has that pack.",
            where=rotating[0].where,
            fix="Add the pack reloader.",
            verdict=Verdict.INFO,
        )
    return Observation(
        f"When the registry's certificate expires is not stated. The packs' own lasts {rule.number(_LIFE)} days, and then no "
        "host pulls from the registry.",
        where=_KEY,
        fix=f"State `{_KEY}` in the site file (`regplan doctor HOST:PORT` shows it), or let cert-manager renew it.",
        verdict=Verdict.INFO,
        is_checked=False,
    )


def _has_reloader(facts: PlanFacts) -> bool:
    packs = (pack.name.lower() for profile in facts.declarations.profiles for pack in profile.packs)
    return any(name == _RELOADER or name.startswith(f"{_RELOADER}-") for name in packs)


RULES: Final = (
    Rule(
        id="registry.certificate",
        title="The registry's certificate is good",
        compares="the days from this plan to `registry.certificate_expires` with those below which it is told: FAIL once it has "
        "expired, INFO before; PASS where the registry pack's values have cert-manager renew it and the profiles have the pack "
        "reloader; INFO where nothing tells",
        source=ROTATE,
        verdicts=(Verdict.PASS, Verdict.FAIL, Verdict.INCOMPLETE, Verdict.INFO),
        look=_look,
        thresholds=(Threshold(30, _WARN), Threshold(365, _LIFE)),
        unit="days",
        since=SINCE_PRIMARY,
    ),
)
