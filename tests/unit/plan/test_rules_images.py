from __future__ import annotations

import dataclasses

import pytest

from regplan.model.finding import Verdict
from regplan.model.image import DeclaredImage, Inventory
from regplan.model.profile import ImageUse, Provenance, RegistrySettings, UseStatus
from regplan.model.wiring import Wiring
from regplan.oci.mediatype import DOCKER_INDEX, DOCKER_MANIFEST
from regplan.oci.platform import Platform
from regplan.oci.reference import Reference
from regplan.plan.growth import compare_inventories
from regplan.plan.measured import measure
from unit.plan.builders import (
    AMD64,
    ARM64,
    SHOP,
    TILL,
    WIRED,
    declarations,
    entry,
    facts,
    finding,
    findings,
    host,
    image,
    index,
    inventory,
    profile,
    registry,
    site,
    use,
)

FAIL, INCOMPLETE, MARGINAL, PASS, INFO = Verdict
MIXED = site(hosts=(host("a"), host("b", arch="arm64")))
SHOP_ARM = image("shop arm", {"base arm": 90}, platform=ARM64)


def test_every_image_is_known() -> None:
    found = finding("image.unresolved")

    assert (found.verdict, found.measured, found.required, found.unit) == (PASS, 2, 2, "images")


def test_an_unresolved_image_is_named_with_the_reason() -> None:
    found = finding("image.unresolved", inventory=inventory(entry("r.io/shop:1", SHOP), unresolved=["r.io/till:1"]))

    assert (found.verdict, found.measured, found.required) == (INCOMPLETE, 1, 2)
    assert "r.io/till:1 (not found)" in found.message


NEXT = inventory(entry("r.io/shop:2", SHOP), unresolved=["r.io/till:2"])


def test_an_unresolved_image_of_the_next_version_makes_what_is_kept_a_lower_bound() -> None:
    now, later = findings("image.unresolved", upgrade=NEXT)
    claim = finding("storage.claim", upgrade=NEXT)

    assert (now.verdict, later.verdict, later.measured, later.required) == (PASS, INCOMPLETE, 1, 2)
    assert later.where == "upgrade_to"
    assert "r.io/till:2 (not found)" in later.message
    assert claim.verdict is INCOMPLETE
    assert "at least" in claim.message


def test_of_an_older_version_that_nothing_keeps_no_image_is_asked_for() -> None:
    two = site(registry=registry(keep_versions=2, gc="daily"))
    four = site(registry=registry(keep_versions=4, gc="daily"))
    told = {"upgrade": inventory(entry("r.io/shop:2", SHOP)), "older": (NEXT,)}

    assert [each.verdict for each in findings("image.unresolved", site=two, **told)] == [PASS]
    assert [each.where for each in findings("image.unresolved", site=four, **told)] == ["images", "upgrade_from"]


def test_a_declared_image_of_the_next_version_is_counted_once_and_whole() -> None:
    till = DeclaredImage(Reference.parse("r.io/till:2"), 700)
    both = dataclasses.replace(inventory(entry("r.io/shop:1", SHOP)), declared=(till,))
    given = facts(inventory=inventory(entry("r.io/shop:1", SHOP)), upgrade=both, older=(both,))

    assert [each.new_bytes for each in measure(given.prepared, (AMD64,)).versions] == [700, 0]
    grown = compare_inventories(given.inventory, both)
    assert (grown.new_bytes, grown.dropped_bytes) == (700, 0)
    assert compare_inventories(both, both).kept_bytes == grown.peak_bytes
    assert findings("image.unresolved", upgrade=both)[-1].where == "images"


def test_of_many_unresolved_images_ten_are_named() -> None:
    lost = [f"r.io/lost:{number}" for number in range(12)]

    message = finding("image.unresolved", inventory=inventory(unresolved=lost), declarations=declarations()).message

    assert "r.io/lost:9" in message
    assert "r.io/lost:10" not in message
    assert "and 2 more" in message


def test_a_text_that_is_no_reference_is_unresolved_once() -> None:
    broken = ImageUse("a b", None, Provenance("a.yaml"), problem="it has a blank")
    blank = ImageUse(" ", None, Provenance("a.yaml"))
    optional = ImageUse(
        "c d", None, Provenance("a.yaml"), UseStatus.ONLY_IF_ENABLED, "it has a blank", is_counted=False
    )
    found = finding(
        "image.unresolved", declarations=declarations(broken, broken, blank, optional), inventory=inventory()
    )

    assert (found.verdict, found.measured, found.required) == (INCOMPLETE, 0, 2)
    assert "a b (it has a blank)" in found.message
    assert "(nothing)" in found.message


def test_a_reference_that_nobody_looked_for_is_unresolved() -> None:
    found = finding("image.unresolved", inventory=inventory(entry("r.io/shop:1", SHOP)))

    assert found.verdict is INCOMPLETE
    assert "r.io/till:1 (it was not looked for)" in found.message


def test_a_declared_size_answers_for_an_image_and_is_said_to_be_declared() -> None:
    given = dataclasses.replace(
        inventory(entry("r.io/shop:1", SHOP)), declared=(DeclaredImage(Reference.parse("r.io/till:1"), 9),)
    )
    found = finding("image.unresolved", inventory=given)

    assert (found.verdict, found.measured, found.required) == (PASS, 2, 2)
    assert "sizes of 1 are declared" in found.message


def test_where_no_image_is_named_nothing_is_known() -> None:
    assert finding("image.unresolved", declarations=declarations(), inventory=inventory()).verdict is INCOMPLETE


def test_every_image_is_there_for_every_architecture_of_the_hosts() -> None:
    both = inventory(entry("r.io/shop:1", SHOP, SHOP_ARM))
    found = finding("image.platform", site=MIXED, inventory=both)

    assert (found.verdict, found.measured, found.required) == (PASS, 1, 1)


def test_an_image_that_lacks_a_hosts_architecture_fails_and_is_named() -> None:
    found = finding(
        "image.platform",
        site=MIXED,
        inventory=inventory(entry("r.io/shop:1", SHOP, SHOP_ARM), entry("r.io/till:1", TILL)),
    )

    assert (found.verdict, found.where, found.measured, found.required) == (FAIL, "linux/arm64", 1, 2)
    assert "r.io/till:1" in found.message
    assert "r.io/shop:1" not in found.message


def test_each_architecture_that_is_lacking_is_a_finding() -> None:
    windows = image("win", {"base": 1}, platform=Platform("windows", "amd64"))
    found = findings("image.platform", site=MIXED, inventory=inventory(entry("r.io/win:1", windows)))

    assert [each.where for each in found] == ["linux/amd64", "linux/arm64"]


def test_the_registrys_own_images_need_one_architecture_of_the_site() -> None:
    named = declarations(use("r.io/zot:1", pack="zot"), use("r.io/win:1", pack="zot"), use("r.io/shop:1", pack="shop"))
    zot = image("zot", {"zot": 1})
    windows = image("win", {"base": 1}, platform=Platform("windows", "amd64"))

    served = finding("image.platform", site=MIXED, declarations=named, inventory=inventory(entry("r.io/zot:1", zot)))
    other = findings(
        "image.platform", site=MIXED, declarations=named, inventory=inventory(entry("r.io/win:1", windows))
    )
    shared = declarations(use("r.io/zot:1", pack="zot"), use("r.io/zot:1", pack="shop"))
    also = finding("image.platform", site=MIXED, declarations=shared, inventory=inventory(entry("r.io/zot:1", zot)))

    assert served.verdict is PASS
    assert {each.verdict for each in other} == {FAIL}
    assert also.verdict is FAIL


def test_artefacts_have_no_platform_and_are_not_asked_for_one() -> None:
    chart = image("chart", {"chart": 1}, platform=Platform("unknown", "unknown"))

    assert findings("image.platform", inventory=inventory(entry("r.io/chart:1", chart))) == []
    found = finding("image.platform", inventory=inventory(entry("r.io/chart:1", chart), entry("r.io/shop:1", SHOP)))
    assert (found.verdict, found.required) == (PASS, 1)


def test_without_hosts_the_platforms_that_were_asked_for_count() -> None:
    bare = site(hosts=())

    assert finding("image.platform", site=bare).verdict is PASS
    arm = Inventory((entry("r.io/shop:1", SHOP_ARM),), (), (AMD64,))
    assert finding("image.platform", site=bare, inventory=arm).verdict is FAIL
    assert findings("image.platform", site=bare, inventory=dataclasses.replace(arm, platforms=())) == []


def test_what_can_upload_is_told_wherever_a_registry_is_planned() -> None:
    found = finding("bundle.edge-cli")

    assert found.verdict is INFO
    assert "Palette Edge CLI cannot" in found.message
    assert findings("bundle.edge-cli", site=site(registry=None)) == []


@pytest.mark.parametrize(
    ("packs", "has_connect", "verdict"),
    [
        (("zot", "registry-connect"), False, PASS),
        (("zot",), True, PASS),
        (("zot",), False, INFO),
        ((), False, INFO),
        (("harbor-edge-native-config",), False, INFO),
    ],
)
def test_registry_connect_ties_the_registry_in(packs: tuple[str, ...], has_connect: bool, verdict: Verdict) -> None:
    wiring = WIRED if verdict is PASS else Wiring()
    settings = RegistrySettings(has_connect=has_connect, wiring=wiring)
    given = declarations(profiles=(profile(*packs),), settings=settings)
    found = finding("registry.connect", declarations=given)

    assert found.verdict is verdict
    assert ("deprecated" in found.message) is ("harbor-edge-native-config" in packs)


def test_without_a_registry_nothing_needs_to_be_tied_in() -> None:
    assert findings("registry.connect", site=site(registry=None), declarations=declarations()) == []


def test_images_with_dockers_types_are_named_where_zot_would_refuse_them() -> None:
    docker = dataclasses.replace(TILL, media_type=DOCKER_MANIFEST)
    listing = dataclasses.replace(index("all", 7, [SHOP]), media_type=DOCKER_INDEX)
    given = inventory(
        entry("r.io/shop:1", SHOP), entry("r.io/till:1", docker), entry("r.io/all:1", SHOP, indexes=(listing,))
    )
    found = finding("registry.zot-docker-types", inventory=given)

    assert found.verdict is INFO
    assert "2 images" in found.message
    assert "r.io/till:1, r.io/all:1" in found.message
    assert "docker2s2" in found.fix


def test_media_types_that_no_source_tells_are_said_to_be_unknown() -> None:
    vague = inventory(entry("r.io/shop:1", dataclasses.replace(SHOP, media_type="")), entry("r.io/till:1", TILL))
    found = finding("registry.zot-docker-types", inventory=vague)

    assert found.verdict is INFO
    assert "of 1 images" in found.message


def test_zot_takes_oci_types_and_harbor_both() -> None:
    docker = inventory(entry("r.io/till:1", dataclasses.replace(TILL, media_type=DOCKER_MANIFEST)))

    assert finding("registry.zot-docker-types").verdict is PASS
    assert findings("registry.zot-docker-types", site=site(registry=registry(kind="harbor")), inventory=docker) == []


def test_harbors_project_must_exist() -> None:
    found = finding("registry.harbor-project", site=site(registry=registry(kind="harbor", project="images")))

    assert found.verdict is INFO
    assert "images" in found.fix
    assert findings("registry.harbor-project") == []
    assert findings("registry.harbor-project", site=site(registry=None)) == []


def test_a_kind_that_the_site_left_to_its_default_is_the_profiles() -> None:
    harbor = declarations(settings=RegistrySettings(kind="harbor"))
    defaulted = site(defaulted=("registry.kind", "registry.project"))

    assert finding("registry.harbor-project", site=defaulted, declarations=harbor).verdict is INFO
    assert findings("registry.differs", site=defaulted, declarations=harbor) == []


def test_kind_and_project_that_differ_are_told() -> None:
    given = declarations(settings=RegistrySettings(kind="harbor", project="other"))
    found = findings("registry.differs", declarations=given)

    assert [(each.where, each.verdict) for each in found] == [("registry.kind", INFO), ("registry.project", INFO)]
    assert findings("registry.differs", site=site(registry=None), declarations=given) == []
    assert findings("registry.differs", declarations=facts().declarations) == []
