"""What no profile says is asked for, and names at the registry: the rules beside the many of other files."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from regplan.model.finding import Verdict
from regplan.model.profile import RegistrySettings
from regplan.model.wiring import RegistryPack, RewriteRules, Wiring
from regplan.units import GB, GiB
from unit.plan.builders import (
    SHOP,
    WIRED,
    declarations,
    entry,
    facts,
    finding,
    findings,
    inventory,
    plan,
    profile,
    registry,
    site,
    use,
)

FAIL, INCOMPLETE, _, PASS, INFO = Verdict
RULE = "content.palette-images"


def declared(**more: Any) -> Any:
    return dataclasses.replace(facts().declarations, **more)


def test_until_it_is_said_the_verdict_is_incomplete_and_names_what_is_not_counted() -> None:
    found = finding(RULE, site=site(palette_images="unknown"))

    assert found.verdict is INCOMPLETE
    assert "the agent's images, service images, images of compliance scans and the provider image are not counted" in (
        found.message
    )
    assert "content.palette_images" in found.fix
    assert "palette content build --metadata-only" in found.fix
    assert plan(site=site(palette_images="unknown")).verdict is INCOMPLETE


@pytest.mark.parametrize(("deployment", "layer"), [("agent", "addon"), ("appliance", "os")])
def test_the_provider_image_is_asked_for_where_an_appliance_boots_from_one_that_no_profile_lists(
    deployment: str, layer: str
) -> None:
    given = declared(uses=(use("r.io/shop:1", layer=layer),))
    found = finding(RULE, site=site(palette_images="unknown", deployment=deployment), declarations=given)

    assert "provider image" not in found.message


@pytest.mark.parametrize("images", ["unknown", "none", "core", "all"])
def test_a_bundle_definition_answers_the_question(images: str) -> None:
    found = finding(RULE, site=site(palette_images=images), declarations=declared(bundles=("bundle-definition.yaml",)))

    assert found.verdict is PASS
    assert "bundle-definition.yaml" in found.message


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"palette_images": "core"}, "the agent's images and the provider image"),
        ({"palette_images": "all"}, "the agent's images, service images and the provider image"),
        ({"palette_images": "all", "compliance_images": True}, "images of compliance scans"),
        ({"palette_images": "none", "compliance_images": True}, "sizes: images of compliance scans are not counted"),
    ],
)
def test_what_is_brought_and_has_no_size_is_told_as_not_counted(more: dict[str, Any], says: str) -> None:
    found = finding(RULE, site=site(**more))

    assert found.verdict is INFO
    assert says in found.message
    assert "content.palette_images_size" in found.fix


def test_a_declared_size_is_a_term_of_the_need_and_answers_the_rule() -> None:
    without, with_size = (plan(site=site(palette_images="all", palette_images_bytes=size)) for size in (None, 3 * GB))

    assert {term.key: (term.size_bytes, term.provenance) for term in with_size.storage.terms}["palette_images"] == (
        3 * GB,
        "declared",
    )
    assert with_size.storage.required_bytes > without.storage.required_bytes + 3 * GB
    assert "palette_images" not in {term.key for term in without.storage.terms}
    assert finding(RULE, site=site(palette_images="all", palette_images_bytes=3 * GB)).verdict is PASS


@pytest.mark.parametrize(
    ("given", "more"),
    [
        (declared(bundles=("b.yaml",)), {"palette_images": "all"}),
        (declared(), {"palette_images": "none"}),
    ],
)
def test_a_declared_size_counts_neither_beside_a_bundle_definition_nor_where_nothing_is_brought(
    given: Any, more: dict[str, Any]
) -> None:
    made = plan(site=site(**more, palette_images_bytes=3 * GB), declarations=given)

    assert "palette_images" not in {term.key for term in made.storage.terms}


def test_a_size_alone_does_not_say_what_is_brought() -> None:
    found = finding(RULE, site=site(palette_images="unknown", palette_images_bytes=3 * GB))

    assert found.verdict is INCOMPLETE
    assert "3.00 GB alone" in found.message


def test_mere_references_and_sites_without_a_registry_are_not_asked() -> None:
    unknown = site(palette_images="unknown")

    assert findings(RULE, site=unknown, declarations=declarations(use("r.io/shop:1"))) == []
    assert findings(RULE, site=site(palette_images="unknown", registry=None)) == []


def test_rules_in_the_profiles_are_told_with_how_to_apply_them() -> None:
    rules = RewriteRules(mapped=(("r.io/shop", "m.io"),), replaced=(("r.io/till", "n.io/till"),), source="shop > os/x")
    settings = RegistrySettings(has_connect=True, wiring=dataclasses.replace(WIRED, rules=rules))
    found = findings("mapping.profile-rules", declarations=declared(settings=settings))

    assert [each.where for each in found] == ["shop > os/x"] * 2
    assert "1 image; with Registry Connect they say where content is mirrored" in found[0].message
    assert "1 imageReplacementRules, which give 1 image other names" in found[1].message
    assert "--mapping profile" in found[1].fix
    assert findings("mapping.profile-rules", declarations=declared(settings=settings), mapping=rules) == []


def test_rules_that_move_no_image_are_silent_and_those_not_understood_are_told() -> None:
    idle = RewriteRules(replaced=(("elsewhere.io", "n.io"),), source="shop", problems=())
    broken = RewriteRules(source="shop", problems=("shop: x",))
    for rules, count in ((idle, 0), (broken, 1)):
        settings = RegistrySettings(wiring=Wiring(rules=rules))
        assert len(findings("mapping.profile-rules", declarations=declared(settings=settings))) == count


def test_a_name_that_no_registry_takes_is_a_finding() -> None:
    given = inventory(entry("[::1]:5000/a:1", SHOP))
    (found,) = findings("mapping.collision", inventory=given, declarations=declarations(use("[::1]:5000/a:1")))

    assert found.verdict is FAIL
    assert "is not a name that a registry takes" in found.message


def test_names_are_not_looked_at_without_a_registry() -> None:
    given = inventory(entry("a.io/x:1", SHOP), entry("b.io/x:1", SHOP))

    assert findings("mapping.collision", site=site(registry=None), inventory=given, mapping="plain") == []


def test_harbors_default_claim_fails_with_the_line_to_write_into_its_values() -> None:
    key = "charts.harbor.persistence.persistentVolumeClaim.registry.size"
    pack = RegistryPack("harbor", "shop > addon/harbor", profile="shop", storage_key=key, storage_bytes=5 * GiB)
    settings = RegistrySettings("harbor", 5 * GiB, has_connect=True, wiring=Wiring(registries=(pack,)))
    given = dataclasses.replace(facts().declarations, settings=settings, profiles=(profile("harbor"),))
    plain = site(registry=registry(kind="harbor", storage_bytes=None))

    assert finding("storage.claim", site=plain, declarations=given).verdict is PASS
    minimum = finding("storage.minimum", site=plain, declarations=given)
    assert minimum.verdict is FAIL
    # 300 GB are 279.4 GiB.
    assert minimum.fix == f"Claim at least 300 GB for the registry, in shop > addon/harbor: `{key}: 280Gi`."

    large = dataclasses.replace(SHOP, layers=(dataclasses.replace(SHOP.layers[0], size=300 * GB),))
    claim = finding("storage.claim", site=plain, declarations=given, inventory=inventory(entry("r.io/shop:1", large)))
    assert claim.verdict is FAIL
    assert claim.required is not None
    assert f"`{key}: {-(-int(claim.required) // 2**30)}Gi`" in claim.fix
