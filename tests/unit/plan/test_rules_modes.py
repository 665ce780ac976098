from __future__ import annotations

import dataclasses

import pytest

from regplan.model.finding import Verdict
from regplan.model.profile import Declarations, ImageUse, Provenance, RegistrySettings, UseStatus
from regplan.model.wiring import ConnectPack, Wiring
from unit.plan.builders import (
    SHOP,
    TILL,
    declarations,
    entry,
    facts,
    finding,
    findings,
    host,
    hosts,
    inventory,
    registry,
    site,
    use,
)

FAIL, INCOMPLETE, MARGINAL, PASS, INFO = Verdict
MISSING = declarations(use("r.io/shop:1"), use("r.io/till:1", status=UseStatus.MISSING))
UNRESOLVED = inventory(entry("r.io/shop:1", SHOP), unresolved=["r.io/till:1"])


@pytest.mark.parametrize(
    ("version", "verdict"),
    [
        ("4.6.19", PASS),
        ("4.7", PASS),
        ("v4.10.0", PASS),
        ("4.6.18", FAIL),
        ("4.6.19-rc.1", FAIL),
        ("4.5", FAIL),
        ("4.6", INCOMPLETE),
        ("latest", INCOMPLETE),
        (None, INCOMPLETE),
    ],
)
def test_central_management_needs_a_new_enough_palette(version: str | None, verdict: Verdict) -> None:
    found = finding("version.palette", site=site(management="central", palette_version=version))

    assert (found.verdict, found.measured, found.required) == (verdict, version, "4.6.19")
    assert (found.where, "`versions.palette`" in found.fix) == ("versions.palette", verdict is not PASS)


def test_local_management_does_not_ask_for_palettes_version() -> None:
    assert findings("version.palette", site=site(management="local", palette_version=None)) == []
    assert findings("version.palette", site=site(registry=None)) == []


@pytest.mark.parametrize(
    ("version", "verdict"),
    [("4.6.13", PASS), ("4.6.14-1", PASS), ("4.6.12", FAIL), ("4.6.12.9", FAIL), (None, INCOMPLETE)],
)
@pytest.mark.parametrize("management", ["local", "central"])
def test_every_management_needs_a_new_enough_agent(management: str, version: str | None, verdict: Verdict) -> None:
    found = finding("version.agent", site=site(management=management, agent_version=version))

    assert (found.verdict, found.required) == (verdict, "4.6.13")


def test_without_a_registry_the_agents_version_does_not_matter() -> None:
    assert findings("version.agent", site=site(registry=None, agent_version="1.0.0")) == []


@pytest.mark.parametrize(
    ("management", "internet", "count", "with_registry", "verdict"),
    [
        ("local", "none", 3, False, FAIL),
        ("local", "none", 2, False, FAIL),
        ("local", "none", 1, False, PASS),
        ("local", "none", 0, False, INCOMPLETE),
        ("local", "none", 3, True, PASS),
        ("local", "none", 0, True, PASS),
        ("local", "thin", 3, False, PASS),
        ("central", "none", 3, False, PASS),
    ],
)
def test_a_locally_managed_cluster_of_several_hosts_without_internet_requires_a_registry(
    management: str, internet: str, count: int, with_registry: bool, verdict: Verdict
) -> None:
    more = {"management": management, "internet": internet, "hosts": hosts(count)}
    found = finding("mode.primary-required", site=site(**more) if with_registry else site(registry=None, **more))

    assert found.verdict is verdict
    assert bool(found.fix) is (verdict is not PASS)


@pytest.mark.parametrize(
    ("edition", "kind", "profiled", "verdict"),
    [
        ("vertex", "harbor", None, FAIL),
        ("vertex", "zot", "harbor", FAIL),
        ("vertex", "zot", None, PASS),
        ("palette", "harbor", "harbor", PASS),
    ],
)
def test_harbor_is_not_supported_on_vertex(edition: str, kind: str, profiled: str | None, verdict: Verdict) -> None:
    settings = declarations(settings=RegistrySettings(kind=profiled))
    found = finding(
        "mode.vertex-harbor", site=site(edition=edition, registry=registry(kind=kind)), declarations=settings
    )

    assert found.verdict is verdict


def test_vertex_without_a_registry_is_of_no_interest() -> None:
    assert findings("mode.vertex-harbor", site=site(edition="vertex", registry=None)) == []


@pytest.mark.parametrize(
    ("stated", "profiled", "verdict"),
    [
        (False, None, FAIL),
        (None, False, FAIL),
        (True, False, FAIL),
        (None, None, PASS),
        (True, None, PASS),
        (None, True, PASS),
    ],
)
def test_with_sync_off_an_image_in_no_list_fails_and_is_named(
    stated: bool | None, profiled: bool | None, verdict: Verdict
) -> None:
    given = dataclasses.replace(MISSING, settings=RegistrySettings(sync=profiled))
    found = finding("mode.sync-off-missing", site=site(registry=registry(sync=stated)), declarations=given)

    assert found.verdict is verdict
    assert ("r.io/till:1" in found.message) is (verdict is FAIL)


def test_with_sync_off_an_unresolved_image_fails_and_is_named() -> None:
    found = finding("mode.sync-off-missing", site=site(registry=registry(sync=False)), inventory=UNRESOLVED)

    assert found.verdict is FAIL
    assert "r.io/till:1" in found.message


def test_with_sync_off_and_nothing_missing_it_passes() -> None:
    assert finding("mode.sync-off-missing", site=site(registry=registry(sync=False))).verdict is PASS


@pytest.mark.parametrize(
    ("named", "stated", "verdict"),
    [
        (MISSING, None, INCOMPLETE),
        (declarations(use("r.io/shop:1"), use("r.io/till:1", status=UseStatus.UNKNOWN)), None, INCOMPLETE),
        (declarations(use("r.io/shop:1"), use("r.io/till:1")), None, PASS),
        (MISSING, True, PASS),
    ],
)
def test_where_a_macro_hides_whether_sync_is_on_an_image_in_no_list_leaves_it_open(
    named: Declarations, stated: bool | None, verdict: Verdict
) -> None:
    wiring = Wiring(connects=(ConnectPack("shop > addon/registry-connect", sync_unknown=True),))
    given = dataclasses.replace(named, settings=RegistrySettings(wiring=wiring))
    found = finding("mode.sync-off-missing", site=site(registry=registry(sync=stated)), declarations=given)

    assert found.verdict is verdict
    assert ("r.io/till:1" in found.message) is (verdict is INCOMPLETE)


def test_an_image_that_another_pack_lists_or_that_is_only_optional_is_not_missing() -> None:
    given = declarations(
        use("r.io/shop:1", status=UseStatus.MISSING),
        use("r.io/shop:1", pack="other"),
        use("r.io/till:1", status=UseStatus.ONLY_IF_ENABLED),
    )

    assert (
        finding("mode.sync-off-missing", site=site(registry=registry(sync=False)), declarations=given).verdict is PASS
    )


def test_with_sync_off_nobody_can_tell_of_an_image_that_no_list_has_and_that_may_run() -> None:
    given = declarations(
        use("r.io/shop:1", status=UseStatus.UNKNOWN),
        use("r.io/shop:1", pack="other"),
        use("r.io/till:1", status=UseStatus.UNKNOWN),
    )

    found = finding("mode.sync-off-missing", site=site(registry=registry(sync=False)), declarations=given)

    assert found.verdict is INCOMPLETE
    assert found.message.endswith("nobody can tell whether anything runs them: r.io/till:1.")


def test_site_and_profiles_that_differ_on_sync_are_told_apart() -> None:
    given = dataclasses.replace(facts().declarations, settings=RegistrySettings(sync=False))
    found = finding("mode.sync-off-missing", site=site(registry=registry(sync=True)), declarations=given)

    assert found.verdict is INFO
    assert "`sync: true` and `false`" in found.message
    assert findings("mode.sync-off-missing", site=site(registry=None)) == []


@pytest.mark.parametrize(
    ("management", "planes", "workers", "verdict"),
    [
        ("local", 2, 0, FAIL),
        ("local", 2, 1, FAIL),
        ("local", 1, 1, PASS),
        ("local", 3, 0, PASS),
        ("central", 2, 0, PASS),
    ],
)
def test_two_control_plane_hosts_cannot_be_managed_locally(
    management: str, planes: int, workers: int, verdict: Verdict
) -> None:
    machines = (*hosts(planes), *(host(f"worker-{number}", role="worker") for number in range(workers)))

    assert finding("mode.two-node-local", site=site(management=management, hosts=machines)).verdict is verdict


def test_without_hosts_a_locally_managed_site_may_be_a_two_node_cluster() -> None:
    found = finding("mode.two-node-local", site=site(management="local", hosts=()))

    assert (found.verdict, found.fix) == (INCOMPLETE, "State `hosts` in the site file.")
    assert finding("mode.two-node-local", site=site(management="central", hosts=())).verdict is PASS


@pytest.mark.parametrize("rule", ["survive.reboot", "survive.node-add"])
class TestSurvival:
    def test_a_registry_that_has_every_image_serves_a_site_whose_link_is_cut(self, rule: str) -> None:
        found = finding(rule)

        assert (found.verdict, found.measured, found.required, found.unit) == (PASS, 2, 2, "images")

    @pytest.mark.parametrize(("internet", "verdict"), [("none", FAIL), ("thin", FAIL), ("full", INFO)])
    def test_an_image_in_no_list_is_found_nowhere(self, rule: str, internet: str, verdict: Verdict) -> None:
        found = finding(rule, site=site(internet=internet), declarations=MISSING)

        assert (found.verdict, found.measured, found.required) == (verdict, 1, 2)
        assert "r.io/till:1" in found.message

    def test_with_sync_off_full_internet_does_not_help(self, rule: str) -> None:
        given = site(internet="full", registry=registry(sync=False))

        assert finding(rule, site=given, declarations=MISSING).verdict is FAIL

    @pytest.mark.parametrize("named", [None, MISSING], ids=["listed", "missing"])
    def test_an_unresolved_image_leaves_it_open(self, rule: str, named: object) -> None:
        more = {} if named is None else {"declarations": named}
        found = finding(rule, site=site(internet="full"), inventory=UNRESOLVED, **more)

        assert (found.verdict, found.measured, found.required) == (INCOMPLETE, 1, 2)
        assert "r.io/till:1" in found.message

    def test_nothing_can_be_said_where_no_image_is_named(self, rule: str) -> None:
        found = finding(rule, declarations=declarations(), inventory=inventory())

        assert found.verdict is INCOMPLETE
        assert found.fix

    def test_a_text_that_is_no_reference_leaves_it_open(self, rule: str) -> None:
        broken = ImageUse("{{ .x }}", None, Provenance("a.yaml"), problem="a macro")

        assert finding(rule, declarations=declarations(use("r.io/shop:1"), broken)).verdict is INCOMPLETE


def test_without_a_registry_a_reboot_depends_on_the_hosts_own_caches() -> None:
    for internet in ("none", "thin", "full"):
        assert finding("survive.reboot", site=site(internet=internet, registry=None)).verdict is INFO


@pytest.mark.parametrize(("internet", "verdict"), [("none", FAIL), ("thin", FAIL), ("full", INFO)])
def test_without_a_registry_a_new_host_needs_the_internet(internet: str, verdict: Verdict) -> None:
    found = finding(
        "survive.node-add", site=site(internet=internet, registry=None), image_bytes_by_host={"node-1": 3_000_000_000}
    )

    assert found.verdict is verdict
    assert "3.00 GB" in found.message
    assert "every image" in finding("survive.node-add", site=site(internet=internet, registry=None)).message


def test_images_that_two_packs_share_are_needed_once() -> None:
    given = declarations(use("r.io/shop:1"), use("r.io/shop:1", pack="b"), use("r.io/till:1"))

    assert (
        finding(
            "survive.reboot",
            declarations=given,
            inventory=inventory(entry("r.io/shop:1", SHOP), entry("r.io/till:1", TILL)),
        ).required
        == 2
    )
