from __future__ import annotations

from dataclasses import replace

from regplan.model.image import Blob, DeclaredImage, Image, Inventory, KeptIndex, ResolvedReference, Unresolved
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.platform import Platform
from regplan.oci.reference import Reference

LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
FOREIGN = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
AMD64 = Platform("linux", "amd64")


def digest(number: int) -> Digest:
    return Digest("sha256", f"{number:064x}")


def layer(number: int, size: int, media_type: str = LAYER) -> Descriptor:
    return Descriptor(media_type, digest(number), size)


def an_image(number: int, *layers: Descriptor, size: int | None = 500, config: Blob | None = None) -> Image:
    return Image(digest(number), "manifest", AMD64, size, config or Blob(digest(number + 1), 50), layers, "test")


def entry(text: str, *images: Image, indexes: tuple[KeptIndex, ...] = ()) -> ResolvedReference:
    top = indexes[-1].digest if indexes else images[0].digest
    return ResolvedReference(Reference.parse(text), top, images, indexes)


def test_an_image_s_content_is_its_manifest_its_config_and_its_layers() -> None:
    image = an_image(10, layer(1, 100), layer(2, 200))

    assert list(image.content()) == [
        (digest(10), 500),
        (digest(11), 50),
        (digest(1), 100),
        (digest(2), 200),
    ]


def test_a_layer_that_stands_twice_counts_once_where_it_first_stands() -> None:
    image = an_image(10, layer(1, 100), layer(2, 200), layer(1, 100))

    assert [each.digest for each in image.kept_layers] == [digest(1), digest(2)]
    assert sum(blob.size or 0 for blob in image.content()) == 500 + 50 + 100 + 200
    assert len(image.layers) == 3


def test_a_foreign_layer_counts_nowhere_and_is_listed_once() -> None:
    image = an_image(10, layer(1, 9_000, FOREIGN), layer(2, 200), layer(1, 9_000, FOREIGN))

    assert [each.digest for each in image.kept_layers] == [digest(2)]
    assert [each.digest for each in image.foreign_layers] == [digest(1)]
    assert digest(1) not in {blob.digest for blob in image.content()}


def test_a_config_that_is_also_a_layer_counts_once() -> None:
    image = an_image(10, layer(3, 2), config=Blob(digest(3), 2))

    assert list(image.content()) == [(digest(10), 500), (digest(3), 2)]


def test_a_manifest_that_is_also_a_layer_counts_once() -> None:
    image = an_image(10, layer(10, 500), layer(2, 200))

    assert list(image.content()) == [(digest(10), 500), (digest(11), 50), (digest(2), 200)]


def test_what_a_recording_does_not_know_stays_unknown() -> None:
    image = replace(an_image(10, layer(1, 100), size=None), config=None)

    assert list(image.content()) == [(digest(10), None), (digest(1), 100)]


def test_a_size_that_is_told_later_in_the_same_image_is_known() -> None:
    image = an_image(10, layer(10, 500), layer(11, 50), size=None, config=Blob(digest(11), None))

    assert dict(image.content()) == {digest(10): 500, digest(11): 50}


def test_a_reference_s_content_is_that_of_its_images_and_indexes_each_digest_once() -> None:
    first, second = an_image(10, layer(1, 100), layer(2, 200)), an_image(20, layer(1, 100))
    index = KeptIndex(digest(30), "index", 900, (digest(10), digest(20)))
    resolved = entry("quay.io/a:1", first, second, indexes=(index,))

    assert dict(resolved.content()) == {
        digest(30): 900,
        digest(10): 500,
        digest(11): 50,
        digest(1): 100,
        digest(2): 200,
        digest(20): 500,
        digest(21): 50,
    }
    assert len(list(resolved.content())) == 7


def test_two_references_to_one_digest_are_one_image() -> None:
    image = an_image(10, layer(1, 100))
    inventory = Inventory((entry("quay.io/a:1", image), entry("quay.io/b:2", image)))

    assert inventory.images() == (image,)
    assert sum(size or 0 for size in inventory.blobs().values()) == 500 + 50 + 100
    assert inventory.holders()[digest(1)] == (digest(10),)


def test_images_are_listed_in_order_of_first_mention() -> None:
    first, second = an_image(20, layer(1, 100)), an_image(10, layer(1, 100))
    inventory = Inventory((entry("a:1", first), entry("b:1", second), entry("c:1", first)))

    assert [image.digest for image in inventory.images()] == [digest(20), digest(10)]


def test_of_two_tellings_of_an_image_the_one_with_the_manifest_counts() -> None:
    facts, whole = an_image(10, layer(1, 100), size=None), replace(an_image(10, layer(1, 100)), raw=b"{}")

    for entries in ((entry("a:1", facts), entry("b:1", whole)), (entry("b:1", whole), entry("a:1", facts))):
        inventory = Inventory(entries)
        assert inventory.images()[0].raw == b"{}"
        assert inventory.blobs()[digest(10)] == 500


def test_of_two_tellings_that_know_the_same_the_first_counts() -> None:
    for raw in (None, b"{}"):
        first, second = (replace(an_image(10), raw=raw, source=source) for source in ("first", "second"))
        assert Inventory((entry("a:1", first), entry("b:1", second))).images()[0].source == "first"


def test_a_size_that_any_source_told_is_known_whoever_is_asked_last() -> None:
    known, unknown = an_image(10, layer(1, 100)), an_image(10, layer(1, 100), size=None)

    for entries in ((entry("a:1", known), entry("b:1", unknown)), (entry("b:1", unknown), entry("a:1", known))):
        assert Inventory(entries).blobs() == {digest(10): 500, digest(11): 50, digest(1): 100}


def test_a_size_that_nobody_told_is_none() -> None:
    assert Inventory((entry("a:1", an_image(10, size=None)),)).blobs()[digest(10)] is None


def test_every_digest_is_mapped_to_the_images_that_hold_it_each_image_once() -> None:
    first, second = an_image(10, layer(1, 100), layer(2, 200)), an_image(20, layer(1, 100), layer(1, 100))
    index = KeptIndex(digest(30), "index", 900, (digest(10),))
    inventory = Inventory((entry("a:1", first, indexes=(index,)), entry("b:1", second), entry("c:1", first)))

    assert inventory.holders() == {
        digest(10): (digest(10),),
        digest(11): (digest(10),),
        digest(1): (digest(10), digest(20)),
        digest(2): (digest(10),),
        digest(20): (digest(20),),
        digest(21): (digest(20),),
    }


def test_kept_indexes_are_listed_once_children_before_parents() -> None:
    image = an_image(10)
    inner, outer = KeptIndex(digest(30), "index", 9, (digest(10),)), KeptIndex(digest(40), "index", 9, (digest(30),))
    inventory = Inventory((entry("a:1", image, indexes=(inner, outer)), entry("b:1", image, indexes=(inner,))))

    assert inventory.indexes() == (inner, outer)


def test_a_reference_is_found_by_itself_and_by_no_other() -> None:
    resolved = entry("quay.io/a:1", an_image(10))
    inventory = Inventory((resolved,))

    assert inventory.find(Reference.parse("quay.io/a:1")) is resolved
    assert inventory.find(Reference.parse("quay.io/a:2")) is None


def test_an_inventory_shows_its_counts() -> None:
    image = an_image(10)
    inventory = Inventory((entry("a:1", image), entry("b:1", image)), (Unresolved("c", "not there"),))

    assert repr(inventory) == "<Inventory 2 references, 1 images, 1 unresolved>"
    assert repr(Inventory(())) == "<Inventory 0 references, 0 images, 0 unresolved>"
    assert (Inventory(()).images(), Inventory(()).indexes()) == ((), ())
    assert (Inventory(()).blobs(), Inventory(()).holders()) == ({}, {})


def test_a_manifest_s_bytes_are_neither_shown_nor_compared() -> None:
    image = an_image(10)
    index = KeptIndex(digest(30), "index", 9, ())

    assert replace(image, raw=b"secret") == image
    assert replace(index, raw=b"secret") == index
    assert "secret" not in repr(replace(image, raw=b"secret")) + repr(replace(index, raw=b"secret"))


def test_a_declared_size_stands_beside_the_resolved_images() -> None:
    declared = DeclaredImage(Reference.parse("a:1"), 1_200_000_000, ("site.yaml",))

    assert Inventory((), declared=(declared,)).blobs() == {}
    assert Inventory((), declared=(declared,)).declared[0].size_bytes == 1_200_000_000
