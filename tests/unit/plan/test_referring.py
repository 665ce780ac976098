from __future__ import annotations

from dataclasses import replace

from regplan.model.image import Blob, Referrer, Referrers, ResolvedReference
from regplan.oci.mediatype import OCI_MANIFEST
from regplan.plan.growth import compare_inventories
from regplan.plan.referring import add_referrers, measure_referrers
from regplan.plan.sharing import known_sizes, measure_layers, repository_links
from unit.plan.builders import SHOP, TILL, digest, entry, index, inventory

EMPTY = Blob(digest("empty"), 2)
INDEX = index("both", 40, (SHOP, TILL))


def referrer(name: str, subject: str | None = None, size: int = 50) -> Referrer:
    """A signature of 10 bytes with an empty config and one layer."""
    about = SHOP.digest if subject is None else digest(subject)
    return Referrer(about, digest(name), OCI_MANIFEST, "x/sig", 10, (EMPTY, Blob(digest(f"{name} body"), size)))


def referred(reference: str, *found: Referrer, problem: str = "") -> ResolvedReference:
    return replace(entry(reference, SHOP), referrers=Referrers(found, problem))


def test_nobody_asked_is_told_from_nothing_found() -> None:
    plain = inventory(entry("r.io/shop:1", SHOP))

    assert measure_referrers(plain) is None
    assert add_referrers(measure_layers(plain), plain).referrers is None
    found = measure_referrers(inventory(referred("r.io/shop:1")))
    assert (found is not None, found and found.count, found and found.size_bytes) == (True, 0, 0)


def test_referrers_are_in_every_sum_once_and_beside_the_rows_of_the_images() -> None:
    plain = measure_layers(inventory(entry("r.io/shop:1", SHOP), entry("r.io/shop:2", SHOP)))
    signed = measure_layers(inventory(referred("r.io/shop:1", referrer("a")), referred("r.io/shop:2", referrer("a"))))

    added = 10 + 2 + 50
    assert signed.unique_bytes == plain.unique_bytes + added
    assert signed.referenced_bytes == plain.referenced_bytes + 2 * added
    assert (signed.stored_bytes, signed.quota_bytes) == (plain.stored_bytes + added, plain.quota_bytes + added)
    assert (signed.blobs, signed.manifests, signed.pairs) == (plain.blobs + 2, plain.manifests + 1, plain.pairs + 2)
    assert signed.images == plain.images
    assert signed.referrers is not None
    assert (signed.referrers.count, signed.referrers.size_bytes) == (1, added)
    assert [each.size_bytes for each in signed.referrers.each] == [added, added]


def test_what_an_image_holds_itself_adds_nothing() -> None:
    shared = replace(referrer("a"), blobs=(Blob(SHOP.kept_layers[0].digest, SHOP.kept_layers[0].size),))

    found = measure_referrers(inventory(referred("r.io/shop:1", shared)))

    assert found is not None
    assert found.size_bytes == 10
    assert found.each[0].size_bytes == 10 + SHOP.kept_layers[0].size


def test_repositories_that_do_not_share_hold_a_referrer_each() -> None:
    both = inventory(referred("r.io/a:1", referrer("a")), referred("r.io/b:1", referrer("a")))
    plain = inventory(entry("r.io/a:1", SHOP), entry("r.io/b:1", SHOP))

    signed, bare = measure_layers(both), measure_layers(plain)

    assert signed.stored_bytes - bare.stored_bytes == 2 * 62
    assert signed.unique_bytes - bare.unique_bytes == 62
    assert len(repository_links(both)) == len(repository_links(plain)) + 4


def test_storage_and_upgrades_count_them() -> None:
    old, new = inventory(entry("r.io/a:1", SHOP)), inventory(referred("r.io/a:1", referrer("a")))

    assert known_sizes(new) == new.blobs(with_referrers=True)
    assert compare_inventories(old, new).new_bytes == 62
    assert digest("a") not in new.blobs()


def test_what_refers_to_an_index_that_is_not_kept_is_marked_with_all_that_refers_to_it() -> None:
    on_index = replace(referrer("i"), subject=INDEX.digest)
    signed = replace(
        referred("r.io/a:1", referrer("a"), on_index, referrer("on a", "a"), referrer("on i", "i")), passed=(INDEX,)
    )

    found = measure_referrers(inventory(signed))

    assert found is not None
    assert [(each.digest, each.subject_kept) for each in found.each] == [
        (digest("a"), True), (digest("i"), False), (digest("on a"), True), (digest("on i"), False),
    ]  # fmt: skip


def test_a_search_that_stopped_is_told_with_the_reason() -> None:
    found = measure_referrers(inventory(referred("r.io/a:1", problem="it did not answer")))

    assert found is not None
    assert [(each.reference, each.reason) for each in found.unknown] == [("r.io/a:1", "it did not answer")]
