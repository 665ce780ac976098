"""A rule about the deprecated Harbor pack: what goes where when it is left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.plan.rules.rule import Observation, Rule
from regplan.plan.rules.sources import MIGRATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.wiring import Carried, RegistryPack
    from regplan.plan.rules.rule import Basis

__all__ = ["RULES"]

_LEGACY: Final = "harbor-edge-native-config"
_STEPS: Final = "Add the pack Harbor, and Registry Connect with the preset Harbor Internal Registry"


def _look(_: Rule, basis: Basis) -> Iterator[Observation]:
    site = basis.facts.site
    for pack in basis.facts.declarations.settings.wiring.registries:
        if pack.is_legacy and site.registry is not None:
            target = "" if "registry.kind" in site.defaulted else site.registry.kind
            yield _see(pack, target)


def _see(pack: RegistryPack, target: str) -> Observation:
    if target not in {"", "harbor"}:
        return Observation(
            f"The profile runs the legacy pack {_LEGACY}, and the site plans {target}: a cluster that has it can move to "
            "Harbor alone.",
            where=pack.where,
            fix=f"Write `kind: harbor` below `registry:` in the site file. {_STEPS}.",
            verdict=Verdict.FAIL,
        )
    told = ", ".join(map(_words, pack.carried))
    return Observation(
        f"The legacy pack {_LEGACY} will no longer be supported. Carry over to the Harbor pack: {told}.",
        where=pack.where,
        fix=f"{_STEPS}, carry over these values, and remove {_LEGACY}.",
        verdict=Verdict.INFO,
    )


def _words(value: Carried) -> str:
    new = f"`{value.goes_to}: {value.text}`" if value.text else f"`{value.goes_to}`, the same as now"
    return f"`{value.key}` to {new}"


RULES: Final = (
    Rule(
        id="registry.legacy-harbor",
        title="Leaving the legacy Harbor pack",
        compares="the registry's kind with Harbor where the profiles run harbor-edge-native-config: FAIL where the site states "
        "another, since such a cluster can move to Harbor alone; else INFO with the values that the Harbor pack takes over",
        source=MIGRATE,
        verdicts=(Verdict.FAIL, Verdict.INFO),
        look=_look,
    ),
)
