"""Registry Connect as a whole: each broken part a row of its own, with its key and its fix."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from regplan.model.finding import Finding, Verdict
from regplan.model.profile import Declarations, RegistrySettings
from regplan.model.wiring import Admission, ConnectPack, PasswordState, RegistryPack, Wiring
from regplan.plan.rules.profiled import profile_findings
from unit.plan.builders import WIRED, declarations, findings, profile, registry, site, use

FAIL, INCOMPLETE, _, PASS, INFO = Verdict
CONNECT = WIRED.connects[0]
ZOT = WIRED.registries[0]
HARBOR = dataclasses.replace(
    ZOT, kind="harbor", where="shop > addon/harbor", password_key="charts.harbor.harborAdminPassword"
)
CONFIG = "charts.registry-connect.config"
IN_CLUSTER = f"{CONFIG}.registry.inClusterRegistry"
BY_HAND = dataclasses.replace(
    CONNECT,
    preset="",
    credentials_key=f"{IN_CLUSTER}.credentials",
    credentials=PasswordState.MACRO,
    storage_namespace="registry",
    storage_claim="data",
    has_certificates=True,
)
OTHER = site(registry=registry(kind="other"))


def wired(**more: Any) -> Declarations:
    """What profiles declare that are wired as they should be but for `more`; `settings` are beside the wiring."""
    settings = RegistrySettings(
        **{"has_connect": True, **more.pop("settings", {})}, wiring=dataclasses.replace(WIRED, **more)
    )
    return declarations(use("r.io/shop:1"), use("r.io/till:1"), profiles=(profile("web"),), settings=settings)


def rows(**more: Any) -> list[Finding]:
    given = {key: more.pop(key) for key in ("site",) if key in more}
    return findings("registry.connect", declarations=wired(**more), **given)


def connect(**more: Any) -> tuple[ConnectPack, ...]:
    return (dataclasses.replace(CONNECT, **more),)


def test_a_whole_wiring_passes_in_one_row_that_says_what_was_looked_at() -> None:
    (found,) = rows(connects=connect(sync_project="spectro-images"))

    assert found.verdict is PASS
    assert found.message == (
        "Registry Connect ties the registry in by the zot preset: images in the project spectro-images, password set, "
        "AlwaysPullImages off."
    )


@pytest.mark.parametrize(
    ("more", "is_seen"),
    [
        ({"registries": (), "connects": (BY_HAND,), "admissions": (), "site": OTHER}, False),
        ({"registries": (), "connects": (BY_HAND,), "site": OTHER}, True),
        ({"admissions": ()}, False),
        ({}, True),
    ],
)
def test_what_could_not_be_looked_at_is_said_and_is_no_pass(more: dict[str, Any], is_seen: bool) -> None:
    (found,) = rows(**more)

    assert (found.verdict, found.is_checked) == ((PASS, True) if is_seen else (INFO, False))
    assert ("no registry pack is here to look at" in found.message) is ("registries" in more)
    assert ("no layer k8s is here to look at" in found.message) is ("admissions" in more)


@pytest.mark.parametrize(
    ("registries", "more", "verdict", "says"),
    [
        ((HARBOR,), {}, FAIL, "set up for Zot Internal Registry, and the profiles run Harbor"),
        ((ZOT,), {"preset": "harbor"}, FAIL, "set up for Harbor Internal Registry, and the profiles run Zot"),
        ((ZOT,), {"preset": "external"}, FAIL, "set up for External Registry"),
        ((ZOT,), {"preset": "", "wired_to": "harbor"}, FAIL, "set up for Harbor Internal Registry"),
        ((ZOT,), {"preset": ""}, INCOMPLETE, "Which preset Registry Connect has is not in its values"),
        ((ZOT,), {"has_values": False}, INCOMPLETE, "values of Registry Connect are not here"),
        ((), {}, INFO, "no profile here has the pack zot"),
        ((), {"preset": "external"}, FAIL, "ties in no registry of the cluster, and the site plans zot"),
        ((), {"preset": ""}, INCOMPLETE, "Which preset"),
    ],
)
def test_the_preset_is_held_against_the_registry_pack(
    registries: tuple[RegistryPack, ...], more: dict[str, Any], verdict: Verdict, says: str
) -> None:
    (found,) = rows(registries=registries, connects=connect(**more))

    assert found.verdict is verdict
    assert says in found.message
    assert found.where == "shop > addon/registry-connect"


@pytest.mark.parametrize("more", [{"preset": "", "wired_to": "zot"}, {"preset": "zot", "wired_to": "harbor"}])
def test_a_preset_that_matches_passes_whatever_else_is_named(more: dict[str, Any]) -> None:
    assert [found.verdict for found in rows(connects=connect(**more))] == [PASS]


def test_a_pack_wired_by_hand_passes_without_a_preset() -> None:
    assert [found.verdict for found in rows(connects=(BY_HAND,))] == [PASS]


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"credentials": PasswordState.ABSENT}, f"{IN_CLUSTER}.credentials"),
        ({"credentials": PasswordState.EMPTY}, f"{IN_CLUSTER}.credentials"),
        ({"credentials": PasswordState.DEFAULT}, f"{IN_CLUSTER}.credentials"),
        ({"storage_namespace": None}, f"{IN_CLUSTER}.storageCheck.namespace"),
        ({"storage_claim": None}, f"{IN_CLUSTER}.storageCheck"),
        ({"has_certificates": False}, f"{CONFIG}.certificates"),
    ],
)
@pytest.mark.parametrize("preset", ["", "external"])
def test_a_custom_registry_needs_each_part_that_is_set_by_hand(more: dict[str, Any], where: str, preset: str) -> None:
    broken = dataclasses.replace(BY_HAND, preset=preset, **more)
    (found,) = rows(registries=(), connects=(broken,), site=OTHER)

    assert found.verdict is FAIL
    assert found.where == f"shop > addon/registry-connect > {where}"
    assert found.fix == f"Set `{where}`."


def test_a_custom_registry_with_nothing_set_has_a_row_for_every_part() -> None:
    found = rows(registries=(), connects=connect(preset="", credentials_key=f"{IN_CLUSTER}.credentials"), site=OTHER)

    assert [each.verdict for each in found] == [FAIL] * 4
    assert len({each.where for each in found}) == 4


@pytest.mark.parametrize("preset", ["zot", "harbor"])
def test_a_packs_preset_is_wrong_for_a_custom_registry(preset: str) -> None:
    (found,) = rows(registries=(), connects=connect(preset=preset), site=OTHER)

    assert found.verdict is FAIL
    assert "custom" in found.message


def test_one_registry_pack_and_one_connector_are_enough_for_a_cluster() -> None:
    second = dataclasses.replace(ZOT, where="shop2 > addon/zot")
    again = dataclasses.replace(CONNECT, where="shop2 > addon/registry-connect")
    found = rows(registries=(ZOT, second), connects=(CONNECT, again))

    assert [(each.verdict, each.where) for each in found] == [
        (FAIL, "shop2 > addon/zot"),
        (FAIL, "shop2 > addon/registry-connect"),
    ]


def test_one_profile_that_is_handed_over_twice_has_one_registry_and_a_values_file_is_no_second_one() -> None:
    values = dataclasses.replace(ZOT, where="values.yaml", profile="")

    assert [found.verdict for found in rows(registries=(ZOT, ZOT, values))] == [PASS]


def test_projects_that_differ_inside_the_pack_fail() -> None:
    (found,) = rows(connects=connect(sync_project="one", cluster_project="two"))

    assert found.verdict is FAIL
    assert found.where.endswith(f"{IN_CLUSTER}.projects")
    assert f"{CONFIG}.content.sync.projects.images" in found.fix


@pytest.mark.parametrize(("defaulted", "verdict"), [((), FAIL), (("registry.project",), INFO)])
def test_the_sites_project_must_be_the_profiles(defaulted: tuple[str, ...], verdict: Verdict) -> None:
    (found,) = rows(connects=connect(cluster_project="mine"), site=site(defaulted=defaulted))

    assert (found.verdict, found.where) == (verdict, "registry.project")
    assert "project: mine" in found.fix


@pytest.mark.parametrize(
    ("stated", "profiled", "verdict"),
    [(True, True, PASS), (True, False, INFO), (False, True, INFO), (None, False, PASS)],
)
def test_content_sync_is_held_against_the_site(stated: bool | None, profiled: bool, verdict: Verdict) -> None:
    found = rows(settings={"sync": profiled}, site=site(registry=registry(sync=stated)))

    assert [each.verdict for each in found] == [verdict]


def test_content_sync_that_nobody_can_tell_is_incomplete_unless_the_site_says_it() -> None:
    unknown = connect(sync_unknown=True)
    (found,) = rows(connects=unknown, site=site(registry=registry(sync=None)))

    assert (found.verdict, found.where) == (INCOMPLETE, f"{CONNECT.where} > {CONFIG}.content.sync.enable")
    assert [each.verdict for each in rows(connects=unknown, site=site(registry=registry(sync=False)))] == [PASS]
    assert [each.verdict for each in profile_findings(wired(connects=unknown), "p")] == [INCOMPLETE]


@pytest.mark.parametrize(
    ("pack", "more", "verdict"),
    [
        (ZOT, {"password": PasswordState.EMPTY}, FAIL),
        (ZOT, {"password": PasswordState.ABSENT}, INCOMPLETE),
        (ZOT, {"password": PasswordState.ABSENT, "has_values": False}, INCOMPLETE),
        (HARBOR, {"password": PasswordState.DEFAULT}, FAIL),
        (HARBOR, {"password": PasswordState.EMPTY}, FAIL),
        (HARBOR, {"password": PasswordState.ABSENT}, FAIL),
        (HARBOR, {"password": PasswordState.ABSENT, "has_values": False}, INCOMPLETE),
    ],
)
def test_a_password_that_is_nobodys_own_is_told_by_its_key(
    pack: RegistryPack, more: dict[str, Any], verdict: Verdict
) -> None:
    (found,) = rows(registries=(dataclasses.replace(pack, **more),), connects=connect(preset=pack.kind))

    assert found.verdict is verdict
    assert found.where == f"{pack.where} > {pack.password_key}"
    assert pack.password_key in found.fix


@pytest.mark.parametrize("state", [PasswordState.SET, PasswordState.MACRO])
def test_a_password_that_is_set_or_a_macro_passes(state: PasswordState) -> None:
    assert [each.verdict for each in rows(registries=(dataclasses.replace(ZOT, password=state),))] == [PASS]


def test_an_empty_password_in_the_presets_own_credentials_fails_too() -> None:
    key = f"{IN_CLUSTER}.credentials"
    (found,) = rows(connects=connect(credentials=PasswordState.EMPTY, credentials_key=key))

    assert (found.verdict, found.where) == (FAIL, f"shop > addon/registry-connect > {key}")


@pytest.mark.parametrize(("always", "verdict"), [(True, FAIL), (None, INCOMPLETE)])
def test_an_api_server_that_always_pulls_fails_and_one_that_cannot_be_told_is_said(
    always: bool | None, verdict: Verdict
) -> None:
    layer = Admission("shop > k8s/edge-k8s", "kubeadmconfig.apiServer.extraArgs.enable-admission-plugins", always)
    (found,) = rows(admissions=(layer,))

    assert found.verdict is verdict
    assert found.where == f"{layer.where} > {layer.key}"


def test_each_broken_part_has_its_own_row() -> None:
    found = rows(
        registries=(dataclasses.replace(HARBOR, password=PasswordState.DEFAULT),),
        connects=connect(sync_project="one", cluster_project="two"),
        admissions=(Admission("shop > k8s/edge-k3s", "x", always_pulls=True),),
    )

    assert [each.verdict for each in found] == [FAIL] * 4


def test_profiles_alone_show_what_needs_no_site() -> None:
    told = profile_findings(wired(registries=(dataclasses.replace(ZOT, password=PasswordState.EMPTY),)), "p")

    assert [(each.rule, each.verdict) for each in told] == [("registry.connect", FAIL)]
    assert profile_findings(wired(), "p") == ()
    assert profile_findings(wired(connects=connect(sync_project="elsewhere")), "p") == ()


def test_profiles_without_any_registry_are_not_asked_for_one() -> None:
    pulls = Wiring(admissions=(Admission("shop > k8s/edge-k3s", "x", always_pulls=True),))
    bare = declarations(use("r.io/shop:1"), profiles=(profile("web"),), settings=RegistrySettings(wiring=pulls))

    assert profile_findings(bare, "p") == ()


def test_the_preset_for_an_external_registry_is_nobodys_business_without_a_site() -> None:
    assert profile_findings(wired(registries=(), connects=connect(preset="external")), "p") == ()
