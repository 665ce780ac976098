from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from regplan.errors import DigestMismatch, RateLimited, Unreachable, Unsupported
from regplan.oci.compression import UnpackedSize
from regplan.oci.digest import Digest
from regplan.oci.reference import Reference
from regplan.resolve import CachedSource, Choice, resolve
from regplan.store.cache import DigestCache
from regplan.store.layout import ImageLayout
from regplan.store.opening import open_archive
from regplan.store.unpacked import UnpackedCache
from regplan.verbs.options import Options
from regplan.verbs.unpacked import unpacked_sizes
from support import images
from support.archives import tar_of
from support.bundles import layout_files, packed
from unit.sources import DictSource

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from regplan.model.image import Inventory
    from regplan.model.progress import Progress
    from regplan.oci.descriptor import Descriptor

pytestmark = pytest.mark.anyio

BASE, APP = images.layer(40_000, 1), images.layer(30_000, 2)
BUILT = images.image([BASE, APP])
NAME = "quay.io/shop/till:1"
ASKING = Options(unpacked=True)


class Pieces(DictSource):
    """A source that is held to pieces, and may refuse them."""

    refusal: Exception | None = None

    async def piece(self, repository: str, descriptor: Descriptor, first: int, last: int) -> bytes:
        self.asked.append(f"{repository} {descriptor.digest} {first}-{last}")
        if self.refusal is not None:
            raise self.refusal
        return self.data[str(descriptor.digest)][first : last + 1]


def isize(layer: images.Layer) -> int:
    return int.from_bytes(layer.blob.data[-4:], "little")


async def resolved(source: CachedSource, *names: str) -> Inventory:
    wanted = {Reference.parse(name): () for name in names or (NAME,)}
    return (await resolve(wanted, [source], Choice())).inventory


def of_layers(source: DictSource) -> list[str]:
    return [each for each in source.asked if BASE.blob.digest in each or APP.blob.digest in each]


async def test_each_distinct_layer_is_asked_for_its_last_bytes_once() -> None:
    source = Pieces({NAME: BUILT, "quay.io/shop/other:1": images.image([BASE], label="other")})
    kept = CachedSource(source)
    inventory = await resolved(kept, NAME, "quay.io/shop/other:1")

    found = await unpacked_sizes([inventory, inventory], [kept], ASKING)

    assert found == {
        Digest.parse(layer.blob.digest): UnpackedSize(isize(layer)) for layer in (BASE, APP)
    }  # fmt: skip
    assert sorted(of_layers(source)) == sorted(
        f"quay.io/shop/till {layer.blob.digest} {layer.blob.size - 4}-{layer.blob.size - 1}" for layer in (BASE, APP)
    )


async def test_without_being_asked_nothing_is_sent_and_it_says_so() -> None:
    source = Pieces({NAME: BUILT})
    kept = CachedSource(source)
    inventory = await resolved(kept)

    found = await unpacked_sizes([inventory], [kept], Options())

    assert {told.why for told in found.values()} == {"it was not measured; --unpacked asks for it"}
    assert of_layers(source) == []


async def test_what_the_cache_knows_is_taken_without_being_asked(tmp_path: Path) -> None:
    first, second = (Pieces({NAME: BUILT}) for _ in range(2))
    options = replace(ASKING, cache_folder=tmp_path)
    one, other = (CachedSource(each, DigestCache(tmp_path)) for each in (first, second))
    inventory = await resolved(one)
    measured = await unpacked_sizes([inventory], [one], options)

    again = await unpacked_sizes([inventory], [other], replace(options, unpacked=False))

    assert again == measured
    assert second.asked == []


async def test_a_source_that_is_not_cached_leaves_the_cache_alone(tmp_path: Path) -> None:
    options = replace(ASKING, cache_folder=tmp_path)
    kept = CachedSource(Pieces({NAME: BUILT}))

    found = await unpacked_sizes([await resolved(kept)], [kept], options)

    assert {UnpackedCache(tmp_path).get(digest) for digest in found} == {None}


async def test_a_layout_tells_by_the_ends_of_its_files(tmp_path: Path) -> None:
    images.write_layout(tmp_path, {NAME: BUILT})
    kept = CachedSource(ImageLayout(tmp_path))

    found = await unpacked_sizes([await resolved(kept)], [kept], ASKING)

    assert sorted(told.size_bytes or 0 for told in found.values()) == sorted(map(isize, (BASE, APP)))


async def test_what_lies_nowhere_is_not_measured(tmp_path: Path) -> None:
    images.write_layout(tmp_path, {NAME: BUILT}, sparse=True)
    kept = CachedSource(ImageLayout(tmp_path))
    inventory = await resolved(kept)

    sparse = await unpacked_sizes([inventory], [kept], ASKING)
    elsewhere = await unpacked_sizes([inventory], [], ASKING)

    assert {told.why for told in (*sparse.values(), *elsewhere.values())} == {"no source holds the layer itself"}


@pytest.mark.parametrize(
    ("refusal", "why"),
    [
        (Unsupported("whole blobs only"), "its registry sends whole layers only"),
        (Unreachable("gone"), "the piece of it that tells could not be read"),
        (DigestMismatch("odd"), "the piece of it that tells could not be read"),
    ],
)
async def test_a_refusal_fails_nothing_and_is_not_kept(tmp_path: Path, refusal: Exception, why: str) -> None:
    source = Pieces({NAME: BUILT})
    kept = CachedSource(source, DigestCache(tmp_path))
    inventory = await resolved(kept)
    options = replace(ASKING, cache_folder=tmp_path)
    source.refusal = refusal
    refused = await unpacked_sizes([inventory], [kept], options)
    source.refusal = None

    assert {told.why for told in refused.values()} == {why}
    assert all(told.size_bytes for told in (await unpacked_sizes([inventory], [kept], options)).values())


async def test_a_host_of_which_nothing_comes_is_not_asked_for_ever() -> None:
    layers = [images.layer(1000 + number, number) for number in range(80)]
    source = Pieces({NAME: images.image(layers)})
    source.refusal = Unreachable("gone")
    kept = CachedSource(source)
    inventory = await resolved(kept)

    found = await unpacked_sizes([inventory], [kept], ASKING)

    assert len(found) == 80
    assert len([each for each in source.asked if " " in each]) < 80


async def test_progress_is_told_layer_by_layer() -> None:
    told: list[Progress] = []
    kept = CachedSource(Pieces({NAME: BUILT}))

    await unpacked_sizes([await resolved(kept)], [kept], ASKING, told.append)

    assert [(each.done, each.total) for each in told] == [(1, 2), (2, 2)]


async def test_a_lying_layer_makes_a_wrong_number_and_nothing_worse() -> None:
    source = Pieces({NAME: BUILT})
    kept = CachedSource(source)
    inventory = await resolved(kept)
    source.data[BASE.blob.digest] = b"\xff" * BASE.blob.size
    source.data[APP.blob.digest] = APP.blob.data[:-4] + (512 * 100).to_bytes(4, "little")

    found = await unpacked_sizes([inventory], [kept], ASKING)

    assert sorted(told.size_bytes or 0 for told in found.values()) == [0, 51_200]


class WithoutConfigs(Pieces):
    """A source that hands over manifests and pieces, and no config."""

    async def blob(
        self, repository: str, descriptor: Descriptor, first: int = 0, last: int | None = None
    ) -> AsyncIterator[bytes]:
        self.asked.append(str(descriptor.digest))
        if descriptor.media_type.endswith("config.v1+json"):
            raise RateLimited("too many")
        async for chunk in super().blob(repository, descriptor, first, last):
            yield chunk


async def test_a_config_that_was_only_wanted_for_its_diff_ids_fails_no_image() -> None:
    source = WithoutConfigs({NAME: images.index([BUILT])})

    found = await resolve({Reference.parse(NAME): ()}, [CachedSource(source)], Choice(configs=True))

    (image,) = found.inventory.images()
    assert BUILT.config.digest in source.asked
    assert image.diff_ids == ()
    assert len(image.layers) == 2


class Forward(Pieces):
    """A source that is read forward, in the reverse order of its layers."""

    def offset_of(self, digest: Digest) -> int | None:
        return 10**6 - list(self.data).index(str(digest))


async def test_a_source_that_is_read_forward_is_asked_in_its_order() -> None:
    layers = [images.layer(1000 + number, number) for number in range(20)]
    source = Forward({NAME: images.image(layers)})
    kept = CachedSource(source)
    inventory = await resolved(kept)

    await unpacked_sizes([inventory], [kept], ASKING)

    asked = [each.split()[1] for each in source.asked if " " in each]
    assert asked == [layer.blob.digest for layer in reversed(layers)]


async def test_a_compressed_bundle_is_gone_through_once(tmp_path: Path) -> None:
    built = images.image([images.layer(100_000 + number, number) for number in range(12)])
    archive = tar_of(layout_files(tmp_path / "layout", {NAME: built}))
    (tmp_path / "b.tar.zst").write_bytes(packed(archive, "zstd"))
    source = open_archive("bundle", str(tmp_path / "b.tar.zst"))
    kept = CachedSource(source)
    inventory = await resolved(kept)
    before = source.unpacked_bytes

    found = await unpacked_sizes([inventory], [kept], ASKING)

    assert all(told.size_bytes for told in found.values())
    assert source.unpacked_bytes - before <= len(archive)
