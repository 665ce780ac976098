"""Registry Connect as a whole: every part that ties a registry to its cluster, each broken one a row of its own.

What needs only profiles is told by `regplan images` too, of a profile that has a registry pack or Registry Connect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.model.wiring import PasswordState
from regplan.plan.rules.connect import CONFIG, ties
from regplan.plan.rules.rule import Observation, listed
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.profile import Declarations
    from regplan.model.site import RegistrySpec, Site
    from regplan.model.wiring import RegistryPack, Wiring
    from regplan.plan.rules.rule import Basis, Rule

__all__ = ["look_connect", "see_wiring"]

_CONNECT: Final = "registry-connect"
_LEGACY: Final = "harbor-edge-native-config"


@dataclass(frozen=True, slots=True)
class _Case:
    """What is looked at; `site` is None where only profiles are known."""

    declarations: Declarations
    site: Site | None

    @property
    def wiring(self) -> Wiring:
        return self.declarations.settings.wiring

    @property
    def registry(self) -> RegistrySpec | None:
        return None if self.site is None else self.site.registry

    @property
    def packs(self) -> set[str]:
        return {pack.name.lower() for profile in self.declarations.profiles for pack in profile.packs}

    @property
    def has_connect(self) -> bool:
        return self.declarations.settings.has_connect or _CONNECT in self.packs


def look_connect(_: Rule, basis: Basis) -> Iterator[Observation]:
    """Look at how the profiles tie in the registry that the site plans."""
    if basis.facts.site.registry is not None:
        yield from _see(_Case(basis.facts.declarations, basis.facts.site))


def see_wiring(declarations: Declarations) -> tuple[Observation, ...]:
    """Tell what profiles alone show to be broken; nothing where they have neither a registry pack nor Registry Connect."""
    case = _Case(declarations, None)
    if not (case.has_connect or case.wiring.registries):
        return ()
    return tuple(seen for seen in _see(case) if seen.verdict is not Verdict.PASS)


def _see(case: _Case) -> Iterator[Observation]:
    broken = [
        *_presence(case),
        *_only_one(case),
        *(ties(case.wiring, case.site) if case.has_connect else ()),
        *_projects(case),
        *_sync(case),
        *(seen for pack in case.wiring.registries for seen in _password(pack)),
        *_admission(case),
    ]
    yield from broken or [_whole(case)]


def _presence(case: _Case) -> Iterator[Observation]:
    if case.has_connect:
        return
    if _LEGACY in case.packs:
        yield Observation(
            f"The deprecated pack {_LEGACY} wires Harbor by itself.",
            where="profiles",
            fix="Move to the Harbor and Registry Connect packs.",
            verdict=Verdict.INFO,
        )
        return
    yield Observation(
        "None of the profiles given here has the Registry Connect pack, which ties a primary registry to the cluster.",
        where="profiles",
        fix="Add Registry Connect with the preset of the registry's kind, or name the profile that has it.",
        verdict=Verdict.INFO,
    )


def _only_one(case: _Case) -> Iterator[Observation]:
    for what, packs in (("registry", case.wiring.registries), ("Registry Connect", case.wiring.connects)):
        found = list(dict.fromkeys(pack.where for pack in packs if pack.profile))
        if len(found) > 1:
            yield Observation(
                f"The profiles have {len(found)} {what} packs, and a cluster takes one: {listed(found)}.",
                where=found[1],
                fix=f"Leave one {what} pack in all profiles.",
                verdict=Verdict.FAIL,
            )


def _projects(case: _Case) -> Iterator[Observation]:
    for connect in case.wiring.connects[:1]:
        synced, served = connect.sync_project, connect.cluster_project
        if synced and served and synced != served:
            yield Observation(
                f"Content is synced to the project {synced} and looked for in {served}.",
                where=f"{connect.where} > {CONFIG}.registry.inClusterRegistry.projects",
                fix=f"Write the same project there and into `{CONFIG}.content.sync.projects.images`.",
                verdict=Verdict.FAIL,
            )
            return
        project, registry = synced or served, case.registry
        if project and registry is not None and project != registry.project and case.site is not None:
            is_stated = "registry.project" not in case.site.defaulted
            yield Observation(
                f"The cluster looks for images in the project {project}, and regplan seeds {registry.project}"
                f"{'' if is_stated else ', the default'}.",
                where="registry.project",
                fix=f"Write `project: {project}` below `registry:` in the site file, or the site's into the profile.",
                verdict=Verdict.FAIL if is_stated else Verdict.INFO,
            )


def _sync(case: _Case) -> Iterator[Observation]:
    stated, profiled = case.registry.sync if case.registry else None, case.declarations.settings.sync
    if stated is not None and profiled is not None and stated is not profiled:
        yield Observation(
            f"`content.sync.enable` is {str(profiled).lower()} in the profile, and the site file has `sync: "
            f"{str(stated).lower()}`; the cluster does what the profile says.",
            where="registry.sync",
            fix=f"Write the same into the site file and into `{CONFIG}.content.sync.enable`.",
            verdict=Verdict.INFO,
        )
    for connect in case.wiring.connects if stated is None else ():
        if connect.sync_unknown:
            yield Observation(
                "Whether content sync is on cannot be told: `content.sync.enable` is neither true nor false here.",
                where=f"{connect.where} > {CONFIG}.content.sync.enable",
                fix="Write true or false there, give its macro a value, or set `sync` below `registry:` in the site file.",
                verdict=Verdict.INCOMPLETE,
            )


def _password(pack: RegistryPack) -> Iterator[Observation]:
    told = {
        PasswordState.EMPTY: "is empty",
        PasswordState.DEFAULT: "is the chart's default, which everybody knows",
        PasswordState.ABSENT: "is not in the values, so that the chart's default stands",
    }
    verdict = Verdict.FAIL
    if pack.password is PasswordState.ABSENT:
        if pack.is_legacy and not pack.has_values:
            return
        # Harbor's chart has one key for it; where Zot's stands differs between versions of the pack.
        verdict = Verdict.FAIL if pack.kind == "harbor" and pack.has_values else Verdict.INCOMPLETE
        if verdict is Verdict.INCOMPLETE:
            told[PasswordState.ABSENT] = "is not in the values at hand, so that nobody here can tell whether it is set"
    if pack.password in told:
        yield Observation(
            f"The registry's password {told[pack.password]}.",
            where=f"{pack.where} > {pack.password_key}",
            fix=f"Set `{pack.password_key}`, best by a sensitive profile variable.",
            verdict=verdict,
        )


def _admission(case: _Case) -> Iterator[Observation]:
    for layer in case.wiring.admissions:
        where = " > ".join(filter(None, (layer.where, layer.key)))
        if layer.always_pulls:
            yield Observation(
                "The admission plugin AlwaysPullImages makes every pod ask a registry that may not be up yet.",
                where=where,
                fix="Take AlwaysPullImages out of `enable-admission-plugins` of the API server.",
                verdict=Verdict.FAIL,
            )
        elif layer.always_pulls is None:
            yield Observation(
                "Whether the API server has the admission plugin AlwaysPullImages cannot be told from what is here.",
                where=where,
                fix="Hand over the layer's values, with a value for every macro in `enable-admission-plugins`.",
                verdict=Verdict.INCOMPLETE,
            )


def _whole(case: _Case) -> Observation:
    connect = case.wiring.connects[0]
    by = f"by the {connect.kind} preset" if connect.preset else f"to {connect.kind}" if connect.kind else "by hand"
    project = connect.sync_project or connect.cluster_project
    notes = [f"images in the project {project}"] if project else []
    notes += ["password set"] if case.wiring.registries else ["no registry pack is here to look at"]
    notes += ["AlwaysPullImages off"] if case.wiring.admissions else ["no layer k8s is here to look at"]
    is_custom = case.registry is not None and case.registry.kind == "other"
    # Of profiles alone what is here is all that is asked about.
    is_seen = case.site is None or bool(case.wiring.admissions and (case.wiring.registries or is_custom))
    return Observation(
        f"Registry Connect ties the registry in {by}: {', '.join(notes)}.",
        where="profiles",
        fix="" if is_seen else "Name the profiles that have the registry's pack and the layer k8s too.",
        verdict=Verdict.PASS if is_seen else Verdict.INFO,
        is_checked=is_seen,
    )
