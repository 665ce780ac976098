"""The registry's certificate, the legacy Harbor pack, who uploads, and who always pulls."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from regplan.model.finding import Verdict
from regplan.model.image import DeclaredImage
from regplan.model.profile import RegistrySettings
from regplan.model.wiring import Admission, Carried, RegistryPack
from regplan.oci.reference import Reference
from unit.plan.builders import (
    SHOP,
    WIRED,
    declarations,
    entry,
    finding,
    findings,
    inventory,
    profile,
    registry,
    site,
    use,
)

FAIL, INCOMPLETE, _, PASS, INFO = Verdict
NOW = "2026-11-28T23:59:59+00:00"


def dated(expires: str, **more: Any) -> Any:
    return finding("registry.certificate", site=site(registry=registry(certificate_expires=expires)), **more)


@pytest.mark.parametrize(
    ("expires", "verdict", "left"),
    [
        ("2026-11-27", FAIL, -1),
        ("2026-11-28", INFO, 0),
        ("2026-12-27", INFO, 29),
        ("2026-12-28", PASS, 30),
        ("2027-11-28", PASS, 365),
    ],
)
def test_a_certificate_is_good_to_its_last_day_and_told_for_thirty_before(
    expires: str, verdict: Verdict, left: int
) -> None:
    found = dated(expires, generated_at=NOW)

    assert (found.verdict, found.measured, found.required, found.unit) == (verdict, left, 30, "days")
    assert (expires in found.message, bool(found.fix)) == (True, verdict is not PASS)


def test_without_the_day_of_the_plan_nobody_can_tell_of_a_certificate() -> None:
    assert (dated("2027-11-28").verdict, dated("2027-11-28").is_checked) == (INCOMPLETE, False)


def renewing(*packs: str, rotates: bool = True) -> Any:
    wiring = dataclasses.replace(WIRED, registries=(dataclasses.replace(WIRED.registries[0], rotates=rotates),))
    settings = RegistrySettings(has_connect=True, wiring=wiring)
    return declarations(use("r.io/shop:1"), profiles=(profile("zot", *packs),), settings=settings)


def test_cert_manager_renews_a_certificate_that_reloader_has_taken_up() -> None:
    with_both = finding("registry.certificate", declarations=renewing("cert-manager", "reloader"))
    alone = finding("registry.certificate", declarations=renewing("cert-manager"))
    neither = finding("registry.certificate", declarations=renewing("reloader", rotates=False))

    assert [each.verdict for each in (with_both, alone, neither)] == [PASS, INFO, INFO]
    assert [each.is_checked for each in (with_both, alone, neither)] == [True, True, False]
    assert alone.fix == "Add the pack reloader."
    assert "365 days" in neither.message


def test_no_registry_has_no_certificate_no_uploader_and_nothing_to_leave_behind() -> None:
    given = site(registry=None, uploader="edge-cli")

    for rule in ("registry.certificate", "bundle.edge-cli", "registry.legacy-harbor"):
        assert findings(rule, site=given, declarations=legacy()) == []


@pytest.mark.parametrize(
    ("uploader", "verdict", "named"),
    [
        ("edge-cli", FAIL, "Edge CLI cannot"),
        ("", INFO, "Edge CLI cannot"),
        ("palette-cli", PASS, "Palette CLI can"),
        ("local-ui", PASS, "Local UI can"),
        ("regplan", PASS, "`regplan seed` can"),
    ],
)
def test_the_edge_cli_cannot_upload_to_a_primary_registry(uploader: str, verdict: Verdict, named: str) -> None:
    found = finding("bundle.edge-cli", site=site(uploader=uploader))

    assert (found.verdict, bool(found.fix)) == (verdict, verdict is FAIL)
    assert named in found.message


def legacy(*carried: Carried) -> Any:
    pack = RegistryPack("harbor", "shop > addon/legacy", profile="shop", is_legacy=True, carried=carried)
    settings = RegistrySettings(kind="harbor", wiring=dataclasses.replace(WIRED, registries=(pack,)))
    return declarations(use("r.io/shop:1"), profiles=(profile("web"),), settings=settings)


CARRIED = (
    Carried("harbor-config.auth.password", "charts.harbor.harborAdminPassword"),
    Carried("harbor-config.storage.registry", "charts.harbor.persistence.persistentVolumeClaim.registry.size", "187Gi"),
)


@pytest.mark.parametrize(
    ("kind", "defaulted", "verdict"),
    [("harbor", (), INFO), ("zot", ("registry.kind",), INFO), ("zot", (), FAIL), ("other", (), FAIL)],
)
def test_a_cluster_with_the_legacy_pack_can_move_to_harbor_alone(
    kind: str, defaulted: tuple[str, ...], verdict: Verdict
) -> None:
    given = site(registry=registry(kind=kind), defaulted=defaulted)
    found = finding("registry.legacy-harbor", site=given, declarations=legacy(*CARRIED))

    assert (found.verdict, found.where) == (verdict, "shop > addon/legacy")
    assert ("187Gi" in found.message) is (verdict is INFO)


def test_what_the_new_pack_takes_over_is_told_key_by_key_and_no_secret_is() -> None:
    found = finding(
        "registry.legacy-harbor", site=site(registry=registry(kind="harbor")), declarations=legacy(*CARRIED)
    )

    assert "`harbor-config.auth.password` to `charts.harbor.harborAdminPassword`, the same as now" in found.message
    assert "`charts.harbor.persistence.persistentVolumeClaim.registry.size: 187Gi`" in found.message


def test_another_registry_pack_is_not_the_legacy_one() -> None:
    assert findings("registry.legacy-harbor") == []


@pytest.mark.parametrize(
    ("deployment", "management", "count"), [("agent", "local", 1), ("agent", "central", 0), ("appliance", "local", 0)]
)
def test_local_management_in_agent_mode_needs_a_newer_palette_with_or_without_a_registry(
    deployment: str, management: str, count: int
) -> None:
    for given in (registry(), None):
        told = site(deployment=deployment, management=management, palette_version="4.6.31", registry=given)
        found = findings("version.agent-local", site=told)

        assert [each.verdict for each in found] == [FAIL] * count
        assert all("Local management in agent mode needs Palette 4.6.32" in each.message for each in found)


def test_always_pulling_is_told_by_registry_connect_where_there_is_a_registry() -> None:
    wiring = dataclasses.replace(WIRED, admissions=(Admission("shop > k8s/edge-k3s", "kubeadm", always_pulls=True),))
    given = declarations(use("r.io/shop:1"), settings=RegistrySettings(has_connect=True, wiring=wiring))
    agent = {"deployment": "agent", "management": "local"}

    alone = finding("mode.always-pull", site=site(registry=None, **agent), declarations=given)

    assert (alone.verdict, alone.where) == (FAIL, "shop > k8s/edge-k3s > kubeadm")
    assert findings("mode.always-pull", site=site(**agent), declarations=given) == []
    assert findings("mode.always-pull", site=site(registry=None), declarations=given) == []
    assert "AlwaysPullImages" in " ".join(
        each.message for each in findings("registry.connect", site=site(**agent), declarations=given)
    )


def test_images_that_no_source_answered_for_may_have_dockers_media_types() -> None:
    shop, till = entry("r.io/shop:1", SHOP), DeclaredImage(Reference.parse("r.io/till:1"), 5)
    lost = finding("registry.zot-docker-types", inventory=inventory(shop, unresolved=["r.io/till:1"]))
    declared = finding("registry.zot-docker-types", inventory=dataclasses.replace(inventory(shop), declared=(till,)))

    for found in (lost, declared):
        assert (found.verdict, found.is_checked) == (INFO, False)
        assert "1 images" in found.message
