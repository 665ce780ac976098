"""Changes of what a site says of itself: versions, management, what uploads, the kind of its registry, its certificate."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.model.fix import Change, Cost
from regplan.plan.fixes.ground import Lever, Part, changed, with_registry, with_settings
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.model.finding import Finding
    from regplan.model.profile import RegistrySettings
    from regplan.model.site import Site
    from regplan.plan.fixes.ground import Ground, Put

__all__ = ["site_levers"]

_VERSIONS: Final = {
    "versions.palette": ("palette_version", "Palette"),
    "versions.agent": ("agent_version", "the Palette agent"),
}
_EDGE_CLI: Final = "edge-cli"
_CERTIFICATE: Final = "registry.certificate_expires"
_LEGACY: Final = "registry.legacy-harbor"


def site_levers(ground: Ground, findings: Sequence[Finding]) -> Iterator[Lever]:
    """Tell how a site may be changed beside its hosts and its registry's numbers, in the documented order."""
    site = ground.site
    if site.uploader == _EDGE_CLI:
        part = Part(
            changed("content.uploader", _EDGE_CLI, "palette-cli"),
            _put(uploader="palette-cli"),
            "Upload with the Palette CLI",
        )
        yield Lever("content.uploader", Cost.CONFIGURATION, 1, lambda _: [part])
    if site.management == "local" and site.internet != "none":
        central = Part(
            changed("management", "local", "central"), _put(management="central"), "Manage the cluster centrally"
        )
        yield Lever("management", Cost.CONFIGURATION, 1, lambda _: [central])
    yield from _certificate(site, findings)
    yield from _kind(ground)
    yield from _legacy(site, findings)
    yield from _versions(site, findings)


def _put(**values: object) -> Put:
    return lambda ground: replace(ground, site=replace(ground.site, **values))  # type: ignore[arg-type]


def _certificate(site: Site, findings: Sequence[Finding]) -> Iterator[Lever]:
    """Renew a certificate whose last day is stated, until the first day that the finding takes for good."""
    registry = site.registry
    if registry is None or not registry.certificate_expires:
        return
    lacking = [
        int(each.required - each.measured)
        for each in findings
        if each.where == _CERTIFICATE
        and isinstance(each.required, int | float)
        and isinstance(each.measured, int | float)
    ]
    more = max(lacking, default=0)
    if more > 0:
        day = (dt.date.fromisoformat(registry.certificate_expires) + dt.timedelta(days=more)).isoformat()
        change = changed(_CERTIFICATE, registry.certificate_expires, day)
        says = f"Renew the registry's certificate, to {day} or later"
        parts = [Part(change, with_registry(certificate_expires=day), says)]
        yield Lever(_CERTIFICATE, Cost.CONFIGURATION, 1, lambda _: parts, told=1)


def _kind(ground: Ground) -> Iterator[Lever]:
    """Run Zot in place of Harbor: another pack, another preset."""
    site, settings = ground.site, ground.declarations.settings
    if site.registry is None or "harbor" not in {site.registry.kind, settings.kind}:
        return
    says = "Run Zot in place of Harbor"
    parts = []
    if site.registry.kind == "harbor":
        parts.append(Part(changed("registry.kind", "harbor", "zot"), with_registry(kind="zot"), says))
    if settings.kind == "harbor":
        where = next((pack.where for pack in settings.wiring.registries if pack.kind == "harbor"), "the registry pack")
        parts.append(Part(changed(where, "harbor", "zot"), with_settings(_to_zot), says))
    yield Lever("registry.kind", Cost.CONTENT, 1, lambda _: parts)


def _legacy(site: Site, findings: Sequence[Finding]) -> Iterator[Lever]:
    """Plan Harbor where the profiles run its legacy pack and the site plans another kind, which that cannot move to."""
    registry = site.registry
    if registry is None or not any(each.rule == _LEGACY and each.verdict is Verdict.FAIL for each in findings):
        return
    change = changed("registry.kind", registry.kind, "harbor")
    parts = [Part(change, with_registry(kind="harbor"), "Plan Harbor, to which the legacy pack can move")]
    yield Lever("registry.kind (harbor)", Cost.CONTENT, 1, lambda _: parts)


def _to_zot(settings: RegistrySettings) -> RegistrySettings:
    wiring = settings.wiring
    registries = tuple(replace(pack, kind="zot") if pack.kind == "harbor" else pack for pack in wiring.registries)
    connects = tuple(
        replace(
            pack,
            preset="zot" if pack.preset == "harbor" else pack.preset,
            wired_to="zot" if pack.wired_to == "harbor" else pack.wired_to,
        )
        for pack in wiring.connects
    )
    return replace(settings, kind="zot", wiring=replace(wiring, registries=registries, connects=connects))


def _versions(site: Site, findings: Sequence[Finding]) -> Iterator[Lever]:
    """Upgrade to a version that a finding asks for; of several the older ones are tried first."""
    for key, (field, what) in _VERSIONS.items():
        before = getattr(site, field)
        asked = {each.required for each in findings if each.where == key and isinstance(each.required, str)}
        wanted = sorted(asked, key=_parts_of)
        if wanted:
            cost = Cost.STATEMENT if before is None else Cost.UPGRADE
            yield Lever(key, cost, len(wanted), _Upgrading(key, field, what, before, tuple(wanted)))


def _parts_of(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


@dataclass(frozen=True, slots=True)
class _Upgrading:
    """Upgrades to one of the versions that are asked for, the oldest first."""

    key: str
    field: str
    what: str
    before: str | None
    wanted: tuple[str, ...]

    def __call__(self, steps: int) -> Sequence[Part]:
        """Tell the upgrade."""
        version = self.wanted[steps - 1]
        says = f"Upgrade {self.what} to {version}"
        if self.before is None:
            says = f"State the version of {self.what}: {version} is enough"
        return [Part(Change(self.key, self.before or "", version), _put(**{self.field: version}), says)]
