"""The rule about Longhorn's V2 data engine, which keeps a whole CPU of every host to itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.plan.rules.hosts import NO_HOSTS
from regplan.plan.rules.rule import Observation, Rule, Threshold
from regplan.plan.rules.sources import LONGHORN_V2

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.site import Host
    from regplan.model.wiring import V2Engine
    from regplan.plan.rules.rule import Basis

__all__ = ["RULES"]

_SINGLE: Final = "one host"


def _look(rule: Rule, basis: Basis) -> Iterator[Observation]:
    site = basis.facts.site
    engine = next((each for each in basis.facts.declarations.settings.wiring.engines if each.is_on is not False), None)
    if engine is None:
        return
    if engine.is_on is None:
        yield Observation(
            f"Whether Longhorn's V2 data engine is on cannot be told: `{engine.key}` of {engine.where} is no truth value here.",
            where=engine.where,
            fix="Give the variable that it names a value, or write true or false.",
            verdict=Verdict.INCOMPLETE,
        )
        return
    if not site.hosts:
        yield NO_HOSTS
    required = rule.number(_SINGLE if site.registry is not None and len(site.hosts) == 1 else "")
    for host in site.hosts:
        yield _see(host, required, engine)


def _see(host: Host, required: int, engine: V2Engine) -> Observation:
    has = "" if host.cpu_milli is None else f"{host.name} has {host.cpu_milli / 1000:g} CPU. "
    return Observation(
        f"{has}Longhorn's V2 data engine, which {engine.where} switches on, polls on a whole CPU of every host: beside the "
        f"{(required - 1000) / 1000:g} that a host needs anyway it needs {required / 1000:g}.",
        host.cpu_milli,
        required,
        where=host.name,
        fix=f"Give {host.name} at least {required / 1000:g} CPU, or set `{engine.key}: false` in {engine.where}.",
        absent=f"`cpu` of host {host.name}",
    )


RULES: Final = (
    Rule(
        id="host.longhorn-v2",
        title="A CPU for Longhorn's V2 data engine",
        compares="each host's `cpu` with what a host needs anyway and one CPU more, where a storage pack's values switch Longhorn's "
        "V2 data engine on (`defaultSettings.v2DataEngine`); INCOMPLETE where they cannot be told",
        source=LONGHORN_V2,
        verdicts=(Verdict.PASS, Verdict.FAIL, Verdict.INCOMPLETE),
        look=_look,
        thresholds=(Threshold(5000), Threshold(7000, _SINGLE)),
        unit="milli",
        since="Longhorn 1.5",
    ),
)
