"""The change that gives a site a primary registry where it plans none."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.fix import Cost
from regplan.model.site import RegistrySpec
from regplan.plan.fixes.ground import Lever, Part, changed, size_text
from regplan.units import GiB

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from regplan.model.finding import Finding
    from regplan.plan.fixes.ground import Ground, Put
    from regplan.plan.fixes.problems import Problem

__all__ = ["primary_levers"]

_MOST_CLAIM: Final = 2**20  # GiB
# What only a primary registry mends.
_MENDED: Final = frozenset({"mode.primary-required", "survive.node-add"})
# All that its section leaves out is told by the profiles' values or by defaults.
_LEFT_OUT: Final = tuple(
    f"registry.{key}" for key in ("kind", "project", "replicas", "retention", "gc", "sync", "on_demand")
)


def primary_levers(ground: Ground, problems: Iterable[Problem]) -> Iterator[Lever]:
    """Tell how a primary registry may be added; nothing where the site plans one, or nothing asks for it.

    Where the profiles run a registry already the site file only lacks its section.
    """
    if ground.site.registry is not None or not any(rule in _MENDED for rule, _, _ in problems):
        return
    settings = ground.declarations.settings
    kind = settings.kind or "zot"
    if settings.storage_bytes is not None:
        says = f"State the primary registry: {kind}, as the profiles run it"
        part = Part(changed("registry", None, f"{{kind: {kind}}}"), _adding(RegistrySpec(kind), ()), says)
        yield Lever("registry", Cost.STATEMENT, 1, lambda _: [part])
        return

    def pull(steps: int) -> Sequence[Part]:
        size = size_text(steps * GiB)
        says = f"Add a primary registry: {kind.capitalize()} with a claim of {size}"
        spec = RegistrySpec(kind, storage_bytes=steps * GiB)
        change = changed("registry", None, f"{{kind: {kind}, storage: {size}}}")
        return [Part(change, _adding(spec, ("registry.storage",)), says)]

    cost = Cost.CONTENT if settings.kind is None else Cost.STATEMENT
    # The same lever as that of a claim which is there: a way out makes one step of both.
    yield Lever("registry.storage", cost, _MOST_CLAIM, pull, _asked)


def _asked(finding: Finding) -> int:
    """Tell the claim that a finding about the registry asks for, in GiB."""
    required = finding.required
    is_claim = finding.unit == "bytes" and finding.where == "registry.storage" and isinstance(required, int | float)
    return math.ceil(float(required or 0) / GiB) if is_claim else 0


def _adding(spec: RegistrySpec, stated: Sequence[str]) -> Put:
    def put(ground: Ground) -> Ground:
        left = tuple(each for each in ground.site.defaulted if each not in {"registry", *stated})
        return replace(ground, site=replace(ground.site, registry=spec, defaulted=(*left, *_LEFT_OUT)))

    return put
