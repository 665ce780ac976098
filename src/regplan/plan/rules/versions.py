"""Rules about versions of Palette and of its agent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.plan.rules.rule import Observation, Rule, Threshold
from regplan.plan.rules.sources import AGENT, PRIMARY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.plan.rules.rule import Basis

__all__ = ["RULES"]

_ALL: Final = (Verdict.PASS, Verdict.FAIL, Verdict.INCOMPLETE)


def _look_palette(rule: Rule, basis: Basis) -> Iterator[Observation]:
    site = basis.facts.site
    if site.registry is not None and site.management == "central":
        yield _see(rule, "Palette", "versions.palette", site.palette_version)


def _look_agent(rule: Rule, basis: Basis) -> Iterator[Observation]:
    site = basis.facts.site
    if site.registry is not None:
        yield _see(rule, "The Palette agent", "versions.agent", site.agent_version)


def _look_agent_local(rule: Rule, basis: Basis) -> Iterator[Observation]:
    site = basis.facts.site
    if site.deployment == "agent" and site.management == "local":
        needs = f"Local management in agent mode needs Palette {rule.version} or newer."
        yield _see(rule, "Palette", "versions.palette", site.palette_version, needs)


def _see(rule: Rule, what: str, key: str, version: str | None, needs: str = "") -> Observation:
    needs = needs or f"A primary registry needs {rule.version} or newer."
    has = "" if version is None else f"{what} is {version}. "
    return Observation(
        f"{has}{needs}",
        version,
        rule.version,
        where=key,
        fix=f"Upgrade to {rule.version} or newer, and write the whole version into `{key}`.",
        absent=f"`{key}`",
    )


RULES: Final = (
    Rule(
        id="version.palette",
        title="Version of Palette",
        compares="`versions.palette` with the documented version; applies to central management with a primary registry",
        source=PRIMARY,
        verdicts=_ALL,
        look=_look_palette,
        thresholds=(Threshold("4.6.19"),),
        unit="version",
        since="Palette 4.6.19",
    ),
    Rule(
        id="version.agent",
        title="Version of the Palette agent",
        compares="`versions.agent` with the documented version; applies where there is a primary registry",
        source=PRIMARY,
        verdicts=_ALL,
        look=_look_agent,
        thresholds=(Threshold("4.6.13"),),
        unit="version",
        since="agent 4.6.13",
    ),
    Rule(
        id="version.agent-local",
        title="Version of Palette for local management in agent mode",
        compares="`versions.palette` with the documented version; applies to local management in agent mode",
        source=AGENT,
        verdicts=_ALL,
        look=_look_agent_local,
        thresholds=(Threshold("4.6.32"),),
        unit="version",
        since="Palette 4.6.32",
    ),
)
