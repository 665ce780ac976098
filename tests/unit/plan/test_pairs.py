"""Which packs share with which, counted by hand, and for any set by sets of this file's own."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from regplan.model.image import Blob
from regplan.plan.pairs import share_packs
from unit.plan.builders import declarations, digest, entry, image, inventory, use
from unit.plan.sets import Packed, packed, sized

OWN = 10 + 5  # a manifest and a config
SHOP = image("shop", {"base": 100, "shop": 20})
TILL = image("till", {"base": 100, "till": 30})
LOGS = image("logs", {"logs": 7})
IMAGES = inventory(entry("r.io/shop:1", SHOP), entry("r.io/till:1", TILL), entry("r.io/logs:1", LOGS))


def test_two_packs_share_the_blobs_that_images_of_both_hold_each_once_and_what_shares_most_comes_first() -> None:
    told = declarations(
        use("r.io/shop:1", pack="web", profile="retail"), use("r.io/till:1", pack="web", profile="retail"),
        use("r.io/till:1", pack="pos", profile="retail"), use("r.io/shop:1", pack="pos", profile="other"),
        use("r.io/logs:1", pack="logging", profile="infra"),
    )  # fmt: skip

    found = share_packs(IMAGES, told)

    assert [(each.profile, each.pack) for each in found.packs] == [
        ("retail", "web"),
        ("retail", "pos"),
        ("other", "pos"),
    ]
    web_till, web_shop, pos_pos = found.pair(0, 1), found.pair(2, 0), found.pair(1, 2)
    assert (web_till.shared_bytes, len(web_till.blobs)) == (100 + 30 + OWN, 4)
    assert (web_shop.shared_bytes, len(web_shop.blobs)) == (100 + 20 + OWN, 4)
    assert [(each.digest, each.size_bytes, each.images) for each in pos_pos.blobs] == [(digest("base"), 100, 2)]
    assert found.pair(0, 0).shared_bytes == 100 + 20 + 30 + 2 * OWN
    assert found.holders[digest("base")] == (0, 1, 2)
    assert [each.pack for each in found.alone] == ["logging"]


def test_a_size_that_nobody_knows_is_shared_all_the_same_and_told() -> None:
    blank = replace(SHOP, config=Blob(digest("blank"), None))
    told = declarations(use("r.io/a:1", pack="web", profile="p"), use("r.io/b:1", pack="pos", profile="p"))

    found = share_packs(inventory(entry("r.io/a:1", blank), entry("r.io/b:1", blank)), told)

    assert (found.pair(0, 1).shared_bytes, found.pair(0, 1).sizes_unknown) == (100 + 20 + 10, 1)


def test_of_too_many_packs_those_that_share_most_are_paired_and_the_others_named() -> None:
    told = declarations(*(use(f"r.io/{name}:1", pack=pack, profile="p") for name, pack in (
        ("shop", "web"), ("till", "web"), ("shop", "pos"), ("till", "till"), ("logs", "web"), ("logs", "logging"),
    )))  # fmt: skip

    found = share_packs(IMAGES, told, most=2)

    assert [each.pack for each in found.packs] == ["web", "till"]
    assert [each.pack for each in found.left_out] == ["pos", "logging"]
    assert max(place for places in found.holders.values() for place in places) == 1


@given(packed())
def test_every_pair_of_any_set_is_what_the_sets_of_both_have_in_common(made: Packed) -> None:
    held = made.held

    found = share_packs(inventory(*made.entries), made.told)

    places = {each.pack: place for place, each in enumerate(found.packs)}
    for one, ours in held.items():
        others = set().union(*(theirs for each, theirs in held.items() if each != one))
        for other, theirs in held.items():
            common = ours & (others if one == other else theirs)
            if one in places and other in places:
                assert found.pair(places[one], places[other]).shared_bytes == sum(map(sized, common))
            else:
                assert one == other or not common
