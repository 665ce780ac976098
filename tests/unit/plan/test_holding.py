from __future__ import annotations

from regplan.model.pruning import Census, Holding
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.plan.holding import held_manifests, stored_bytes


def digest(letter: str) -> Digest:
    return Digest("sha256", letter * 64)


def holding(
    repository: str, letter: str, *blobs: tuple[str, int], tags: tuple[str, ...] = (), children: str = ""
) -> Holding:
    found = tuple(Descriptor("layer", digest(name), size) for name, size in blobs)
    return Holding(repository, digest(letter), "manifest", 100, tags, found, tuple(map(digest, children)))


CENSUS = Census(
    (
        # An index of two images, one of which shares a base of 1000 with another repository's.
        holding("shop/web", "1", tags=("1.0",), children="23"),
        holding("shop/web", "2", ("a", 1000), ("b", 20)),
        holding("shop/web", "3", ("c", 300)),
        holding("shop/till", "4", ("a", 1000), ("d", 4), tags=("2.0", "2")),
        holding("shop/loose", "5", ("e", 5)),
    ),
    ("shop/loose", "shop/till", "shop/web"),
)
PLATFORMS = {digest("2"): "linux/amd64", digest("3"): "linux/arm64", digest("4"): "linux/arm64"}


def test_every_digest_is_stored_once() -> None:
    assert stored_bytes(CENSUS) == 5 * 100 + 1000 + 20 + 300 + 4 + 5


def test_an_image_counts_with_all_that_it_holds_and_what_no_other_needs_is_its_own() -> None:
    rows = {row.name: row for row in held_manifests(CENSUS, PLATFORMS, ())}

    assert list(rows) == [f"shop/loose@{digest('5')}", "shop/till:2.0", "shop/web:1.0"]
    web, till = rows["shop/web:1.0"], rows["shop/till:2.0"]
    assert (web.size_bytes, web.unique_bytes) == (3 * 100 + 1320, 3 * 100 + 320)
    assert (till.size_bytes, till.unique_bytes) == (1104, 104)
    assert sorted(web.platforms) == ["linux/amd64", "linux/arm64"]
    assert not web.is_wrong_arch


def test_an_image_that_no_host_can_run_is_of_the_wrong_architecture_and_one_that_tells_none_is_not() -> None:
    wrong = [row.name for row in held_manifests(CENSUS, PLATFORMS, ("amd64",)) if row.is_wrong_arch]

    assert wrong == ["shop/till:2.0"]


def test_the_same_image_in_two_repositories_is_still_its_own() -> None:
    copy = Census((*CENSUS.holdings, holding("copy/loose", "5", ("e", 5), tags=("1",))))

    assert {row.unique_bytes for row in held_manifests(copy, {}, ()) if row.digest == digest("5")} == {105}
