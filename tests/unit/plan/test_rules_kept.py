from __future__ import annotations

import dataclasses

from regplan.model.finding import Verdict
from regplan.model.site import SiteFrom
from unit.plan.builders import (
    AMD64,
    ARM64,
    SHOP,
    TILL,
    digest,
    entry,
    finding,
    findings,
    host,
    image,
    index,
    inventory,
    site,
)

MIXED = site(hosts=(host("a"), host("b", arch="arm64")))
ARM = image("shop arm", {"base": 100, "shop arm": 70}, manifest=8, config=4, platform=ARM64)
AMD = image("shop amd", {"base": 100, "shop amd": 50}, manifest=8, config=4, platform=AMD64)
BOTH = index("shop", 30, (AMD, ARM))
PINNED = f"r.io/shop:1@{digest('index shop')}"


def test_a_reference_pinned_to_an_index_is_told_with_the_bytes_that_the_hosts_do_not_need() -> None:
    found = finding("image.index-kept", inventory=inventory(entry(PINNED, AMD, ARM, indexes=(BOTH,))))

    # The index, the other manifest and config, and the layer that the wanted image does not have.
    assert (found.verdict, found.measured, found.unit) == (Verdict.INFO, 30 + 8 + 4 + 70, "bytes")
    assert "1 of 1 references are counted and copied whole, 1 pinned to the digest of an index" in found.message
    assert "images for 2 platforms" in found.message
    assert "112 B more than linux/amd64 alone" in found.message
    assert PINNED in found.message


def test_what_another_image_needs_is_not_beyond() -> None:
    other = image("other", {"shop arm": 70})
    found = finding(
        "image.index-kept",
        inventory=inventory(entry(PINNED, AMD, ARM, indexes=(BOTH,)), entry("r.io/other:1", other)),
    )

    assert found.measured == 30 + 8 + 4


def test_on_hosts_of_both_platforms_only_the_index_is_beyond() -> None:
    found = finding("image.index-kept", site=MIXED, inventory=inventory(entry(PINNED, AMD, ARM, indexes=(BOTH,))))

    assert found.measured == 30


def test_indexes_kept_for_all_platforms_are_one_finding_with_their_count() -> None:
    entries = [entry(f"r.io/shop:{tag}", AMD, ARM, indexes=(BOTH,)) for tag in (1, 2)]
    found = finding("image.index-kept", inventory=inventory(*entries, entry("r.io/till:1", TILL)))

    assert "2 of 3 references are counted and copied whole, 2 because all platforms were asked for" in found.message
    assert found.fix == "Plan without --all-platforms."


def test_without_kept_indexes_nothing_is_said_of_them() -> None:
    assert findings("image.index-kept") == []


def test_two_platforms_of_one_tag_can_only_be_seeded_with_their_index() -> None:
    found = finding(
        "image.mixed-platforms",
        site=MIXED,
        inventory=inventory(entry("r.io/shop:1", AMD, ARM), entry("r.io/t:1", TILL)),
    )

    assert found.verdict is Verdict.INFO
    assert "1 of 2 references have several images here, for linux/amd64, linux/arm64" in found.message
    assert "unknown" in found.message
    assert found.message.endswith("r.io/shop:1.")
    assert "--all-platforms" in found.fix


def test_one_platform_or_a_kept_index_needs_no_such_word() -> None:
    assert findings("image.mixed-platforms", site=MIXED, inventory=inventory(entry("r.io/shop:1", SHOP))) == []
    kept = inventory(entry("r.io/shop:1", AMD, ARM, indexes=(BOTH,)))
    assert findings("image.mixed-platforms", site=MIXED, inventory=kept) == []


def test_a_declared_size_that_no_image_uses_is_named() -> None:
    told = SiteFrom(declared_sizes=(("r.io/shop:1", 5), ("r.io/typo:1", 5)))
    found = finding("site.unused-size", site=site(inputs=told))

    assert (found.verdict, found.where) == (Verdict.INFO, "declared_sizes")
    assert "r.io/typo:1" in found.message
    assert "r.io/shop:1" not in found.message


def test_a_declared_size_that_only_the_upgrade_uses_is_used() -> None:
    told = site(inputs=SiteFrom(declared_sizes=(("r.io/next:2", 5),)))

    assert findings("site.unused-size", site=told, upgrade=inventory(unresolved=["r.io/next:2"])) == []
    assert len(findings("site.unused-size", site=told)) == 1


def test_none_of_these_changes_the_verdict() -> None:
    told = dataclasses.replace(MIXED, inputs=SiteFrom(declared_sizes=(("r.io/typo:1", 5),)))
    mixed = inventory(entry(PINNED, AMD, ARM, indexes=(BOTH,)), entry("r.io/shop:2", AMD, ARM))
    for rule in ("image.index-kept", "image.mixed-platforms", "site.unused-size"):
        assert [each.verdict for each in findings(rule, site=told, inventory=mixed)] == [Verdict.INFO]
