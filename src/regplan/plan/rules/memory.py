"""The rule about the registry's own memory: the limit of its container against what Zot was seen to take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.model.formula import Formula, Input
from regplan.plan.facts import on_demand, registry_kind
from regplan.plan.rules.rule import Observation, Rule, Threshold
from regplan.plan.rules.sources import ZOT_MEMORY
from regplan.units import MB, GiB, format_bytes
from regplan.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.profile import Container
    from regplan.model.wiring import RegistryPack
    from regplan.plan.prepared import Prepared
    from regplan.plan.rules.rule import Basis

__all__ = ["RULES"]

_ON_DEMAND: Final = "sync on demand"
_ZOT: Final = "zot"
_LIMIT: Final = "charts.zot.resources.limits.memory"
# What Zot takes doing nothing: so much, and a thousandth of what it stores.
_IDLE: Final = "idle_bytes + ceil(stored_bytes / 1000)"
_IDLE_BYTES: Final = 50 * MB


class _Told(NamedTuple):
    """A limit in bytes, None where none is stated, and where; `is_known` is False for one that nobody can tell."""

    limit: int | None
    where: str
    is_known: bool = True


def _look(rule: Rule, basis: Basis) -> Iterator[Observation]:
    if registry_kind(basis.facts) != _ZOT:
        return
    told = basis.prepared.once(_limit)
    if told is None:
        return
    asks = on_demand(basis.facts)
    required = rule.number(_ON_DEMAND if asks else "")
    needs = f"Zot {'that fetches on demand' if asks else 'that is seeded'} needs {format_bytes(required, binary=True)}"
    if not told.is_known:
        yield Observation(
            f"Whether Zot's memory is limited is not known: no values or manifests of its pack are at hand. {needs}.",
            where=told.where,
            fix=f"Hand over the pack's values, or see that `{_LIMIT}` is at least {required // GiB}Gi or not set.",
            verdict=Verdict.INFO,
            is_checked=False,
        )
    elif told.limit is None:
        yield Observation(f"Zot's memory is not limited. {needs}.", where=told.where, verdict=Verdict.PASS)
    else:
        yield _compare(told, required, needs, basis)


def _compare(told: _Told, required: int, needs: str, basis: Basis) -> Observation:
    limit, idle = told.limit or 0, _idle(basis)
    at_rest = f"; storing {format_bytes(basis.need.required_bytes)} it takes {format_bytes(int(idle))} doing nothing"
    never = limit < int(idle)
    return Observation(
        f"Zot's memory is limited to {format_bytes(limit, binary=True)}. {needs}{at_rest if never else ''}.",
        limit,
        required,
        where=told.where,
        fix=f"Raise the limit to at least {required // GiB}Gi, or set none.",
        verdict=Verdict.PASS if limit >= required else Verdict.FAIL if never else Verdict.MARGINAL,
        formulas=(_stated(limit, told.where), idle),
    )


def _stated(limit: int, where: str) -> Formula:
    return Formula("measured", "limit", (Input("limit", limit, "bytes", "declared", where),))


def _idle(basis: Basis) -> Formula:
    stored = Input("stored_bytes", basis.need.required_bytes, "bytes", "assumed", "what the registry must hold")
    least = Input("idle_bytes", _IDLE_BYTES, "bytes", "rule", ZOT_MEMORY)
    return Formula("idle", _IDLE, (least, stored))


def _limit(prepared: Prepared) -> _Told | None:
    """Tell the limit that the values of a Zot pack state, else the one of its container; None without such a pack."""
    settings = prepared.declarations.settings
    pack = next((each for each in settings.wiring.registries if each.kind == _ZOT), None)
    if pack is None:
        return None
    if pack.limit is not None:
        return _Told(pack.limit.size_bytes, f"{pack.where} > {pack.limit.key}", pack.limit.size_bytes is not None)
    found = _containers(prepared)
    if not found:
        return _Told(None, pack.where, pack.has_values)
    limits = [(each.memory_limit_bytes, where) for each, where in found if each.memory_limit_bytes is not None]
    return _Told(*min(limits)) if limits else _Told(None, _place(pack, found))


def _place(pack: RegistryPack, found: list[tuple[Container, str]]) -> str:
    return found[0][1] or pack.where


def _containers(prepared: Prepared) -> list[tuple[Container, str]]:
    """List the containers that run Zot itself, with where they stand."""
    return [
        (container, str(workload.provenance))
        for workload in prepared.declarations.workloads
        if workload.provenance.pack.lower().startswith(_ZOT)
        for container in workload.containers
        if not container.is_init and _ZOT in f"{container.name} {container.image or ''}".lower()
    ]


RULES: Final = (
    Rule(
        id="registry.memory",
        title="Memory of the registry itself",
        compares="the memory limit of Zot's container, in its pack's values or manifests, with what Zot was seen to take: "
        "MARGINAL below it, FAIL below what it takes doing nothing, PASS where there is no limit, INFO where neither values nor "
        "manifests are at hand; nothing of Harbor, and nothing where no profile has the pack",
        source=ZOT_MEMORY,
        verdicts=(Verdict.PASS, Verdict.MARGINAL, Verdict.FAIL, Verdict.INFO),
        look=_look,
        thresholds=(Threshold(GiB), Threshold(4 * GiB, _ON_DEMAND)),
        unit="bytes",
        reading="Kubernetes quantities, Gi = 2^30",
    ),
)
