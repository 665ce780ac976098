from __future__ import annotations

from unit.profile.texts import export, listing, pack, read_one

ONE, TWO = (f"r.io/a/app:1@sha256:{digit * 64}" for digit in "ab")


def collisions(*texts: str) -> list[str]:
    packs = (pack(f"p{number}", listing(text)) for number, text in enumerate(texts))
    return [each.message for each in read_one(export(*packs)).findings if each.rule == "image.tag-collision"]


def test_one_tag_for_two_digests_is_told_with_both_places() -> None:
    (message,) = collisions(ONE, TWO)
    assert message.startswith("r.io/a/app:1 is pinned to 2 digests")
    assert "shop.json:1 > shop > addon/p0 1.0.0 > pack.content.images[0].image" in message
    assert "shop.json:1 > shop > addon/p1 1.0.0 > pack.content.images[0].image" in message


def test_one_digest_twice_and_digests_without_a_tag_do_not_collide() -> None:
    assert collisions(ONE, ONE, ONE.replace(":1@", "@"), TWO.replace(":1@", "@"), TWO.replace(":1@", ":2@")) == []
