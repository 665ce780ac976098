"""Changes of what packs' values switch on or limit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.model.finding import Verdict
from regplan.model.fix import Change, Cost
from regplan.model.wiring import MemoryLimit
from regplan.plan.fixes.ground import Lever, Part, changed, size_text, with_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from regplan.model.finding import Finding
    from regplan.model.profile import RegistrySettings
    from regplan.model.wiring import V2Engine
    from regplan.plan.fixes.ground import Ground

__all__ = ["pack_levers"]


def pack_levers(ground: Ground, findings: Sequence[Finding]) -> Iterator[Lever]:
    """Tell what may be changed in packs' values: Longhorn's V2 data engine, and the memory limit of the registry."""
    for engine in ground.declarations.settings.wiring.engines:
        if engine.is_on:
            key = f"{engine.where} > {engine.key}"
            says = "Switch Longhorn's V2 data engine off"
            parts = [Part(changed(key, before=True, after=False), with_settings(_switching_off(engine)), says)]
            yield Lever(key, Cost.CONFIGURATION, 1, _always(parts))
    for finding in findings:
        if finding.rule == "registry.memory" and finding.verdict is not Verdict.PASS:
            before, after = _whole(finding.measured), _whole(finding.required)
            if before and after:
                yield Lever(finding.where, Cost.CONFIGURATION, 1, _always([_limited(finding, before, after)]))


def _whole(value: float | str | None) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _always(parts: Sequence[Part]) -> Callable[[int], Sequence[Part]]:
    return lambda _: parts


def _switching_off(engine: V2Engine) -> Callable[[RegistrySettings], RegistrySettings]:
    def change(settings: RegistrySettings) -> RegistrySettings:
        engines = tuple(replace(each, is_on=False) if each == engine else each for each in settings.wiring.engines)
        return replace(settings, wiring=replace(settings.wiring, engines=engines))

    return change


def _limited(finding: Finding, before: int, after: int) -> Part:
    def change(settings: RegistrySettings) -> RegistrySettings:
        packs = tuple(
            replace(pack, limit=MemoryLimit(pack.limit.key if pack.limit else "", after))
            if pack.kind == "zot"
            else pack
            for pack in settings.wiring.registries
        )
        return replace(settings, wiring=replace(settings.wiring, registries=packs))

    told = Change(finding.where, size_text(before), size_text(after), "bytes", before, after)
    return Part(told, with_settings(change), f"Limit the registry's memory to {size_text(after)}")
