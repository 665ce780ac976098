"""Packs, profiles, blobs, projects and what dominates, each in a set small enough to count by hand."""

from __future__ import annotations

import dataclasses

import pytest

from regplan.model.image import Blob, Referrer, Referrers
from regplan.model.profile import UseStatus
from regplan.model.wiring import RewriteRules
from regplan.oci.mediatype import OCI_MANIFEST
from regplan.plan.by_pack import measure_packs, measure_profiles
from regplan.plan.dominating import dominating
from regplan.plan.projects import target_repositories
from regplan.plan.sharers import shared_blobs
from regplan.plan.sharing import measure_layers
from unit.plan.builders import declarations, digest, entry, image, index, inventory, use

OWN = 10 + 5  # a manifest and a config
SHOP = image("shop", {"base": 100, "shop": 20})
TILL = image("till", {"base": 100, "till": 30})
LOGS = image("logs", {"logs": 7})


def test_a_pack_alone_needs_what_no_other_pack_and_nothing_else_has() -> None:
    images = inventory(entry("r.io/shop:1", SHOP), entry("r.io/till:1", TILL), entry("r.io/logs:1", LOGS))
    told = declarations(
        use("r.io/shop:1", pack="web", profile="retail"), use("r.io/logs:1", pack="web", profile="retail"),
        use("r.io/till:1", pack="pos", profile="retail"), use("r.io/logs:1", pack="logging", profile="infra"),
        use("r.io/gone:1", pack="pos", profile="retail"),
    )  # fmt: skip

    packs = {each.pack: each for each in measure_packs(images, told)}

    assert (packs["web"].unique_bytes, packs["web"].exclusive_bytes, packs["web"].shared_bytes) == (
        120 + 7 + 2 * OWN, 20 + OWN, 100 + 7 + OWN,
    )  # fmt: skip
    assert (packs["pos"].references, packs["pos"].images, packs["pos"].unresolved) == (2, 1, 1)
    assert packs["logging"].exclusive_bytes == 0
    profiles = {each.profile: each for each in measure_profiles(images, told)}
    assert profiles["retail"].exclusive_bytes == 120 + 30 + 2 * OWN
    assert (profiles["retail"].pack, profiles["infra"].unique_bytes) == ("", 7 + OWN)


def test_what_is_merely_possible_counts_for_no_pack_and_a_list_stands_under_its_file() -> None:
    possible = dataclasses.replace(use("r.io/till:1", pack="pos", profile="p"), is_counted=False)
    told = declarations(possible, use("r.io/shop:1", status=UseStatus.MISSING))

    (group,) = measure_packs(inventory(entry("r.io/shop:1", SHOP)), told)

    assert (group.profile, group.pack, group.unique_bytes) == ("file", "", 120 + OWN)


def test_what_nobody_names_keeps_what_it_shares_from_being_a_packs_own() -> None:
    images = inventory(entry("r.io/shop:1", SHOP), entry("r.io/till:1", TILL))

    (group,) = measure_packs(images, declarations(use("r.io/shop:1", pack="web", profile="retail")))

    assert (group.exclusive_bytes, group.shared_bytes) == (20 + OWN, 100)


def test_a_blob_tells_its_holders_its_references_and_what_sharing_it_saves() -> None:
    both = index("both", 9, [SHOP, TILL])
    images = inventory(
        entry("r.io/both:1", SHOP, TILL, indexes=(both,)), entry("r.io/shop:1", SHOP), entry("r.io/shop:2", SHOP)
    )

    blobs = {each.digest: each for each in shared_blobs(images)}

    base = blobs[digest("base")]
    assert (base.kind, base.images, base.saved_bytes) == ("layer", 2, 100)
    assert base.references == ("r.io/both:1", "r.io/shop:1", "r.io/shop:2")
    assert (blobs[digest("index both")].kind, blobs[digest("index both")].images) == ("index", 0)
    assert (blobs[digest("config shop")].kind, blobs[digest("manifest shop")].kind) == ("config", "manifest")
    assert next(iter(blobs)) == digest("base")


def test_signatures_stand_among_the_blobs_and_are_charged_to_their_project() -> None:
    payload = (Blob(digest("payload"), 60),)
    signature = Referrer(digest("manifest shop"), digest("signature"), OCI_MANIFEST, "cosign", 40, payload)
    signed = dataclasses.replace(entry("r.io/shop:1", SHOP), referrers=Referrers((signature,)))
    images = inventory(signed, entry("q.io/till:1", TILL))
    names = target_repositories(images, "edge", RewriteRules(mapped=(("q.io", "h.io/tills"),), own=("h.io",)))

    report = measure_layers(images, names)

    assert {each.kind for each in shared_blobs(images)} == {"manifest", "config", "layer", "referrer"}
    assert sum(each.size_bytes or 0 for each in shared_blobs(images)) == report.unique_bytes
    assert {each.project: each.quota_bytes for each in report.projects} == {
        "edge": 120 + OWN + 100, "tills": 130 + OWN,
    }  # fmt: skip
    assert report.quota_bytes == report.unique_bytes + 100


@pytest.mark.parametrize("mapping", ["host", "plain"])
def test_repositories_that_become_one_are_stored_once_where_nothing_is_deduplicated(mapping: str) -> None:
    images = inventory(entry("r.io/shop:1", SHOP), entry("q.io/shop:2", SHOP))

    report = measure_layers(images, target_repositories(images, "edge", mapping))

    times = 1 if mapping == "plain" else 2
    assert (report.stored_bytes, report.pairs) == (times * (120 + OWN), times * 3)
    assert [(each.project, each.references, each.images) for each in report.projects] == [("edge", 2, 1)]


def test_a_name_that_no_registry_takes_is_counted_in_its_project_all_the_same() -> None:
    images = inventory(entry(f"r.io/{'a' * 200}/{'b' * 50}:1", SHOP))

    report = measure_layers(images, target_repositories(images, "edge"))

    assert [(each.project, each.quota_bytes) for each in report.projects] == [("edge", 120 + OWN)]


def test_the_few_that_dominate_are_counted_by_shares_and_by_what_goes_with_them() -> None:
    images = inventory(entry("r.io/shop:1", SHOP), entry("r.io/till:1", TILL), entry("r.io/logs:1", LOGS))
    report = measure_layers(images)

    found = {(each.by, each.percent): each for each in dominating(images, report)}

    # Fair shares: till 50 + 30 + 15, shop 50 + 20 + 15, logs 7 + 15: 202 together.
    assert (found["fair_share", 50].images, found["fair_share", 50].size_bytes) == (("r.io/till:1", "r.io/shop:1"), 180)
    assert found["fair_share", 80].size_bytes == 180
    # Without till alone 45 bytes go; without shop too, the base goes as well.
    assert (found["freed", 50].images, found["freed", 50].size_bytes) == (("r.io/till:1", "r.io/shop:1"), 180)


def test_nothing_dominates_an_empty_set() -> None:
    assert dominating(inventory(), measure_layers(inventory())) == ()


def test_the_bytes_that_a_division_leaves_go_to_the_first_digests() -> None:
    images = [image(name, {"odd": 101}, manifest=0, config=0) for name in ("one", "two", "three")]
    made = inventory(*(entry(f"r.io/{number}:1", each) for number, each in enumerate(images)))

    shares = {row.digest: row.fair_bytes for row in measure_layers(made).images}

    first, second, third = sorted(shares)
    assert [shares[each] for each in (first, second, third)] == [34, 34, 33]


def test_sizes_beyond_64_bits_stay_exact() -> None:
    huge = 2**63 - 1
    made = inventory(*(entry(f"r.io/{name}:1", image(name, {"huge": huge, name: huge})) for name in "abc"))

    report = measure_layers(made)

    assert report.unique_bytes == 4 * huge + 3 * OWN
    assert report.referenced_bytes == 6 * huge + 3 * OWN
    assert sum(row.fair_bytes for row in report.images) == report.unique_bytes
