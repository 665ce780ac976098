"""Whether Registry Connect is wired to the registry that the profiles run, by a preset or by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.model.wiring import PasswordState
from regplan.plan.rules.rule import Observation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.site import Site
    from regplan.model.wiring import ConnectPack, Wiring

__all__ = ["CONFIG", "ties"]

CONFIG: Final = "charts.registry-connect.config"
_PRESETS: Final = {
    "zot": "Zot Internal Registry",
    "harbor": "Harbor Internal Registry",
    "external": "External Registry",
}
_UNSET: Final = frozenset({PasswordState.ABSENT, PasswordState.EMPTY, PasswordState.DEFAULT})
_PARTS: Final = 4


def ties(wiring: Wiring, site: Site | None) -> Iterator[Observation]:
    """Tell what is broken between Registry Connect and the registry; `site` is None where only profiles are known."""
    connect = wiring.connects[0] if wiring.connects else None
    if connect is None or not connect.has_values:
        yield Observation(
            "The values of Registry Connect are not here, so that nobody can tell whether it is wired to the registry.",
            where=connect.where if connect is not None else "profiles",
            fix=f"Hand over the profile with the values of the pack (`{CONFIG}`).",
            verdict=Verdict.INCOMPLETE,
        )
        return
    runs = list(dict.fromkeys(pack.kind for pack in wiring.registries))
    yield from _beside_pack(connect, runs) if runs else _alone(connect, site)
    if connect.kind in _PRESETS and connect.credentials in {PasswordState.EMPTY, PasswordState.DEFAULT} and runs:
        yield _unset("password", connect.credentials_key, connect)


def _beside_pack(connect: ConnectPack, runs: list[str]) -> Iterator[Observation]:
    """Look at a profile that has a registry pack: the preset must be that pack's, or every part is set by hand."""
    if connect.kind in runs:
        return
    wanted = _PRESETS[runs[0]]
    if connect.kind:
        yield Observation(
            f"Registry Connect is set up for {_PRESETS[connect.kind]}, and the profiles run {runs[0].capitalize()}.",
            where=connect.where,
            fix=f"Choose the preset {wanted} in Registry Connect.",
            verdict=Verdict.FAIL,
        )
    elif missing := _missing(connect):
        yield _untold(connect, f"Choose the preset {wanted}", missing)


def _alone(connect: ConnectPack, site: Site | None) -> Iterator[Observation]:
    """Look at a profile without a known registry pack: a custom registry, or a pack in a profile that is not here."""
    kind = site.registry.kind if site is not None and site.registry is not None else ""
    if connect.kind in {"zot", "harbor"}:
        is_custom = kind == "other"
        yield Observation(
            f"Registry Connect is set up for {_PRESETS[connect.kind]}, and no profile here has the pack {connect.kind}"
            + ("; the site's registry is a custom one." if is_custom else "."),
            where=connect.where,
            fix="Choose no preset, and set credentials, storageCheck and certificates by hand."
            if is_custom
            else f"Name the profile that has the pack {connect.kind}, or add it.",
            verdict=Verdict.FAIL if is_custom else Verdict.INFO,
        )
    elif connect.kind == "external" and kind != "other":
        if kind:
            yield Observation(
                f"The preset {_PRESETS['external']} ties in no registry of the cluster, and the site plans {kind}.",
                where=connect.where,
                fix=f"Choose the preset {_PRESETS[kind]} in Registry Connect, and add the pack {kind}.",
                verdict=Verdict.FAIL,
            )
    else:
        yield from _by_hand(connect, is_custom=kind == "other")


def _by_hand(connect: ConnectPack, *, is_custom: bool) -> Iterator[Observation]:
    missing = _missing(connect)
    if is_custom or 0 < len(missing) < _PARTS:
        yield from (_unset(what, key, connect) for what, key in missing.items())
    elif missing:
        yield _untold(connect, "Choose the preset of the registry's pack", missing)


def _missing(connect: ConnectPack) -> dict[str, str]:
    """Map each part of a registry of one's own that is not set to its key."""
    check = f"{CONFIG}.registry.inClusterRegistry.storageCheck"
    return {
        what: key
        for what, key, is_set in (
            ("login", connect.credentials_key, connect.credentials not in _UNSET),
            ("namespace of the storage check", f"{check}.namespace", bool(connect.storage_namespace)),
            ("claim of the storage check", check, bool(connect.storage_claim)),
            ("certificate", f"{CONFIG}.certificates", connect.has_certificates),
        )
        if not is_set
    }


def _unset(what: str, key: str, connect: ConnectPack) -> Observation:
    state = (
        "the chart's default" if connect.credentials is PasswordState.DEFAULT and "credentials" in key else "not set"
    )
    return Observation(
        f"Registry Connect's {what} for the registry is {state}.",
        where=f"{connect.where} > {key}",
        fix=f"Set `{key}`.",
        verdict=Verdict.FAIL,
    )


def _untold(connect: ConnectPack, fix: str, missing: dict[str, str]) -> Observation:
    keys = ", ".join(f"`{key}`" for key in dict.fromkeys(missing.values()))
    return Observation(
        "Which preset Registry Connect has is not in its values, and what a registry of one's own needs is not all set.",
        where=connect.where,
        fix=f"{fix} in Registry Connect, or set {keys}.",
        verdict=Verdict.INCOMPLETE,
    )
