"""Changes of the registry: its claim, what it keeps, when it collects garbage, its copies, its kind and content sync."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.fix import Change, Cost
from regplan.plan.backends import stated_copies
from regplan.plan.deleting import policies_in
from regplan.plan.fixes.ground import Lever, Part, changed, size_text, with_registry, with_settings
from regplan.plan.prepared import Prepared
from regplan.units import GiB, format_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from regplan.model.finding import Finding
    from regplan.model.profile import RegistrySettings
    from regplan.model.site import RegistrySpec, Site
    from regplan.model.wiring import RegistryPack
    from regplan.plan.deleting import Policies
    from regplan.plan.fixes.ground import Ground

__all__ = ["registry_levers"]

_CLAIM: Final = "registry.storage"
_MOST_CLAIM: Final = 2**20  # GiB
# Old and new stand side by side during an upgrade.
_FEWEST_VERSIONS: Final = 2
_MOST_VERSIONS: Final = 12
_SCHEDULES: Final = ("monthly", "weekly", "daily", "hourly")
_NEVER: Final = frozenset({"default", "none"})


def registry_levers(ground: Ground) -> Iterator[Lever]:
    """Tell how the registry may be changed, in the documented order; nothing where the site plans none."""
    registry = ground.site.registry
    if registry is None:
        return
    yield from _sync(ground, registry)
    yield from _versions(ground, registry)
    yield from _collected(ground, registry)
    yield from _copies(ground)
    yield from _claimed(ground, registry)


def _kind(ground: Ground, registry: RegistrySpec) -> str:
    profiled = ground.declarations.settings.kind
    return profiled if profiled is not None and "registry.kind" in ground.site.defaulted else registry.kind


def _sync(ground: Ground, registry: RegistrySpec) -> Iterator[Lever]:
    """Let missing content be fetched, where there is an internet to fetch it from."""
    settings = ground.declarations.settings
    if ground.site.internet == "none" or False not in {registry.sync, settings.sync}:
        return
    parts = []
    if registry.sync is False:
        parts.append(Part(changed("registry.sync", before=False, after=True), with_registry(sync=True), _ON))
    if settings.sync is False:
        key = "charts.registry-connect.config.content.sync.enable"
        parts.append(Part(changed(key, before=False, after=True), with_settings(_synced), _ON))
    yield Lever("registry.sync", Cost.CONFIGURATION, 1, lambda _: parts)


_ON: Final = "Switch content sync on"


def _synced(settings: RegistrySettings) -> RegistrySettings:
    connects = tuple(replace(pack, sync=True) for pack in settings.wiring.connects)
    return replace(settings, sync=True, wiring=replace(settings.wiring, connects=connects))


def _versions(ground: Ground, registry: RegistrySpec) -> Iterator[Lever]:
    """Keep fewer versions, down to two; where nothing deletes yet, let something do so, and collect what it deletes."""
    by_values = _kept_by_values(ground, registry)
    kept = registry.keep_versions if by_values is None else by_values.keeps
    assumed = ground.site.assumptions.versions_kept
    first = _MOST_VERSIONS if kept is None else max(kept, assumed) - 1
    if first < _FEWEST_VERSIONS:
        return

    def pull(steps: int) -> Sequence[Part]:
        versions = first + 1 - steps
        says = f"Keep {format_count(versions, 'version')}"
        parts = []
        if by_values is not None:
            parts += [_fewer_tags(by_values, versions, says)] if kept is not None and kept > versions else []
        elif kept is None or kept > versions:
            change = Change(
                "registry.retention",
                "none" if kept is None else f"keep {kept}",
                f"keep {versions}",
                "versions",
                kept,
                versions,
            )
            parts.append(Part(change, with_registry(keep_versions=versions), says))
        if assumed > versions:
            change = Change("assumptions.versions_kept", str(assumed), str(versions), "versions", assumed, versions)
            parts.append(Part(change, _put_versions(versions), says))
        if registry.gc == "none" or (_kind(ground, registry) != "zot" and registry.gc in _NEVER):
            parts.append(_schedule(registry, "weekly"))
        return parts

    told = first + 1 - max(assumed, _FEWEST_VERSIONS) if kept is None else 0
    yield Lever("registry.retention", Cost.CONFIGURATION, first + 1 - _FEWEST_VERSIONS, pull, told=max(told, 0))


def _kept_by_values(ground: Ground, registry: RegistrySpec) -> Policies | None:
    """Tell the retention in the profiles' values where that is what decides, None where the site file does."""
    if registry.keep_versions is not None or "registry.retention" not in ground.site.defaulted:
        return None
    kind, project = _kind(ground, registry), registry.project
    found = ground.once(
        f"retention {kind} {project}",
        ground.inventory,
        lambda images: policies_in(Prepared(ground.declarations, images), kind, project, "host"),
    )
    return None if found is None or found.keeps is None else found


def _fewer_tags(told: Policies, tags: int, says: str) -> Part:
    def fewer(pack: RegistryPack) -> RegistryPack:
        if pack.retention is None:
            return pack
        policies = (
            each if each.keeps is None else replace(each, keeps=min(each.keeps, tags))
            for each in pack.retention.policies
        )
        return replace(pack, retention=replace(pack.retention, policies=tuple(policies)))

    def change(settings: RegistrySettings) -> RegistrySettings:
        packs = tuple(map(fewer, settings.wiring.registries))
        return replace(settings, wiring=replace(settings.wiring, registries=packs))

    told_change = Change(told.where, f"{told.keeps} tags", f"{tags} tags", "tags", told.keeps, tags)
    return Part(told_change, with_settings(change), says)


def _put_versions(versions: int) -> Callable[[Ground], Ground]:
    def put(ground: Ground) -> Ground:
        site = ground.site
        return replace(ground, site=replace(site, assumptions=replace(site.assumptions, versions_kept=versions)))

    return put


def _collected(ground: Ground, registry: RegistrySpec) -> Iterator[Lever]:
    """Collect garbage, as seldom as will do; one that collects by a schedule already may do so more often."""
    if _kind(ground, registry) == "zot" and registry.gc == "default":
        return
    schedules = _SCHEDULES[_SCHEDULES.index(registry.gc) + 1 :] if registry.gc in _SCHEDULES else _SCHEDULES
    if schedules:
        told = schedules.index("weekly") + 1 if registry.gc in _NEVER else 0
        yield Lever(
            "registry.gc",
            Cost.CONFIGURATION,
            len(schedules),
            lambda steps: [_schedule(registry, schedules[steps - 1])],
            told=told,
        )


def _schedule(registry: RegistrySpec, schedule: str) -> Part:
    return Part(
        changed("registry.gc", registry.gc, schedule), with_registry(gc=schedule), f"Collect garbage {schedule}"
    )


def _copies(ground: Ground) -> Iterator[Lever]:
    kept = stated_copies(ground.site, ground.declarations)
    if kept <= 1:
        return

    def pull(steps: int) -> Sequence[Part]:
        copies = kept - steps
        change = Change("registry.replicas", str(kept), str(copies), "copies", kept, copies)
        says = f"Keep {copies} {'copy' if copies == 1 else 'copies'} of the volume"
        return [Part(change, with_registry(replicas=copies), says)]

    yield Lever("registry.replicas", Cost.CONFIGURATION, kept - 1, pull)


def _claimed(ground: Ground, registry: RegistrySpec) -> Iterator[Lever]:
    """Claim more, or less where the disks have not so much; the profile's values are changed with the site file."""
    settings = ground.declarations.settings
    claim = registry.storage_bytes if registry.storage_bytes is not None else settings.storage_bytes
    base = (claim or 0) // GiB

    def raised(steps: int) -> Sequence[Part]:
        return _claim_parts(ground.site, settings, (base + steps) * GiB)

    def guess(finding: Finding) -> int:
        required = finding.required
        is_claim = (
            finding.unit == "bytes" and finding.where.startswith("registry") and isinstance(required, int | float)
        )
        return math.ceil(float(required or 0) / GiB) - base if is_claim else 0

    def probe(steps: int) -> Sequence[Part]:
        return _probe((base + steps) * GiB)

    cost = Cost.STATEMENT if claim is None else Cost.CLAIM
    yield Lever(_CLAIM, cost, _MOST_CLAIM - base, raised, guess, probe=probe)
    if base > 1:
        yield Lever(
            f"{_CLAIM} (less)",
            Cost.CONFIGURATION,
            base - 1,
            lambda steps: _claim_parts(ground.site, settings, (base - steps) * GiB),
            probe=lambda steps: _probe((base - steps) * GiB),
        )


def _probe(size_bytes: int) -> Sequence[Part]:
    change = Change(_CLAIM, "", size_text(size_bytes))
    return [Part(change, with_registry(storage_bytes=size_bytes))]


def _claim_parts(site: Site, settings: RegistrySettings, size_bytes: int) -> Sequence[Part]:
    registry = site.registry
    stated = None if registry is None else registry.storage_bytes
    text, says = size_text(size_bytes), f"Claim {size_text(size_bytes)} for the registry"
    parts = []
    if settings.storage_bytes is not None:
        keys = [f"{pack.where} > {pack.storage_key}" for pack in settings.wiring.registries if pack.storage_key]
        key = keys[0] if keys else "the registry pack's claim"
        before = settings.storage_bytes
        change = Change(key, size_text(before), text, "bytes", before, size_bytes)
        parts.append(Part(change, with_settings(_claiming(size_bytes)), says))
    if stated is not None or settings.storage_bytes is None:
        before_text = "" if stated is None else size_text(stated)
        change = Change(_CLAIM, before_text, text, "bytes", stated, size_bytes)
        parts.insert(0, Part(change, with_registry(storage_bytes=size_bytes), says))
    return parts


def _claiming(size_bytes: int) -> Callable[[RegistrySettings], RegistrySettings]:
    def change(settings: RegistrySettings) -> RegistrySettings:
        packs = tuple(
            replace(pack, storage_bytes=size_bytes) if pack.storage_key else pack for pack in settings.wiring.registries
        )
        return replace(settings, storage_bytes=size_bytes, wiring=replace(settings.wiring, registries=packs))

    return change
