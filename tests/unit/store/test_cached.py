from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from regplan.errors import DigestMismatch, NotFound, SizeMismatch, Unreachable
from regplan.model.source import Content
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.reference import Reference
from regplan.store import cached
from regplan.store.cache import DigestCache
from regplan.store.cached import CachedSource
from regplan.store.first_of import FirstOf
from support.images import image, layer
from unit.sources import DictSource

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from support.content import Blob

pytestmark = pytest.mark.anyio

BUILT = image([layer(5000, 1), layer(6000, 2)], label="kept")
NAME = "quay.io/shop/till:1"
REFERENCE = Reference.parse(NAME)
PINNED = Reference.parse(f"quay.io/shop/till@{BUILT.manifest.digest}")
REPOSITORY = "quay.io/shop/till"


def described(blob: Blob, size: int | None = None) -> Descriptor:
    return Descriptor(blob.media_type, Digest.parse(blob.digest), blob.size if size is None else size)


CONFIG, LAYER = described(BUILT.config), described(BUILT.layers[0].blob)


async def read(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def test_a_manifest_that_is_named_by_digest_is_asked_for_once() -> None:
    source = DictSource({NAME: BUILT})
    kept = CachedSource(source)

    answers = [await kept.manifest(PINNED) for _ in range(3)]

    assert {answer.data for answer in answers} == {BUILT.manifest.data}
    assert source.asked == [BUILT.manifest.digest]


async def test_a_tag_is_asked_for_once_so_that_one_run_tells_one_thing() -> None:
    source = DictSource({NAME: BUILT})
    kept = CachedSource(source)

    first = await kept.manifest(REFERENCE)
    source.names[NAME] = image([layer(5000, 9)]).manifest

    assert await kept.manifest(REFERENCE) == first
    assert source.asked == [NAME]


async def test_a_tag_that_could_not_be_fetched_is_asked_for_again() -> None:
    source = DictSource({NAME: BUILT})
    kept = CachedSource(source)
    source.failure = Unreachable("away")
    with pytest.raises(Unreachable):
        await kept.manifest(REFERENCE)
    source.failure = None

    assert (await kept.manifest(REFERENCE)).data == BUILT.manifest.data


async def test_a_manifest_that_came_by_tag_is_known_by_digest() -> None:
    source = DictSource({NAME: BUILT})
    kept = CachedSource(source)

    await kept.manifest(REFERENCE)
    await kept.manifest(PINNED)

    assert source.asked == [NAME]


async def test_those_who_want_the_same_at_once_wait_for_one_answer() -> None:
    source = DictSource({NAME: BUILT})
    kept = CachedSource(source)

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(kept.manifest, PINNED)
            tasks.start_soon(kept.config, REPOSITORY, CONFIG)

    assert sorted(source.asked) == sorted([BUILT.manifest.digest, BUILT.config.digest])


async def test_what_is_not_there_is_asked_for_again_in_another_repository() -> None:
    source = DictSource({}, name="empty")
    kept = CachedSource(source)

    for _ in range(2):
        with pytest.raises(NotFound):
            await kept.manifest(PINNED)
        with pytest.raises(NotFound):
            await kept.config(REPOSITORY, CONFIG)

    assert len(source.asked) == 4


async def test_a_config_is_fetched_once_and_then_streamed_from_memory_when_seeding() -> None:
    source = DictSource({NAME: BUILT})
    kept = CachedSource(source)

    assert await kept.config(REPOSITORY, CONFIG) == BUILT.config.data
    assert await read(kept.blob("another.example/repository", CONFIG)) == BUILT.config.data
    assert source.asked == [BUILT.config.digest]


async def test_a_layer_is_streamed_from_the_source_each_time() -> None:
    source = DictSource({NAME: BUILT})
    kept = CachedSource(source)

    assert await read(kept.blob(REPOSITORY, LAYER)) == BUILT.layers[0].blob.data
    assert await read(kept.blob(REPOSITORY, LAYER, 1500, 2499)) == BUILT.layers[0].blob.data[1500:2500]
    assert source.asked == [BUILT.layers[0].blob.digest] * 2


@pytest.mark.parametrize(("first", "last"), [(0, None), (10, None), (0, 0), (10, 19), (0, 10**9)])
async def test_a_config_from_memory_has_the_same_ranges_as_one_from_the_source(first: int, last: int | None) -> None:
    kept = CachedSource(DictSource({NAME: BUILT}))
    await kept.config(REPOSITORY, CONFIG)

    expected = BUILT.config.data[first:] if last is None else BUILT.config.data[first : last + 1]

    assert await read(kept.blob(REPOSITORY, CONFIG, first, last)) == expected


async def test_a_cache_on_disk_answers_the_next_run(tmp_path: Path) -> None:
    cache = DigestCache(tmp_path)
    first = CachedSource(DictSource({NAME: BUILT}), cache)
    await first.manifest(PINNED)
    await first.config(REPOSITORY, CONFIG)

    source = DictSource({})
    second = CachedSource(source, cache)

    assert (await second.manifest(PINNED)).data == BUILT.manifest.data
    assert (await second.manifest(PINNED)).media_type == BUILT.manifest.media_type
    assert await second.config(REPOSITORY, CONFIG) == BUILT.config.data
    assert source.asked == []


async def test_a_manifest_with_another_digest_than_was_asked_for_is_refused() -> None:
    source = DictSource({NAME: BUILT})
    source.data[BUILT.manifest.digest] = BUILT.manifest.data + b" "

    for reference in (PINNED, REFERENCE):
        with pytest.raises(DigestMismatch, match=rf"^{reference}: what dict has is sha256:"):
            await CachedSource(source).manifest(reference)


async def test_a_manifest_is_known_by_the_digest_that_it_was_asked_for_with() -> None:
    digest = Digest.of(BUILT.manifest.data, "sha512")

    class Other(DictSource):
        async def manifest(self, reference: Reference) -> Content:
            assert reference.digest == digest
            return Content(BUILT.manifest.media_type, Digest.of(BUILT.manifest.data), BUILT.manifest.data)

    content = await CachedSource(Other({})).manifest(Reference("quay.io", "shop/till", None, digest))

    assert content.digest == digest


async def test_a_config_with_another_digest_is_refused_and_not_kept() -> None:
    source = DictSource({NAME: BUILT})
    source.data[BUILT.config.digest] = b"x" * BUILT.config.size
    kept = CachedSource(source)

    for _ in range(2):
        with pytest.raises(DigestMismatch, match=f"config {BUILT.config.digest} has other content in dict"):
            await kept.config(REPOSITORY, CONFIG)
    assert source.asked == [BUILT.config.digest] * 2


@pytest.mark.parametrize(("change", "said"), [(-1, "more than"), (1, str(BUILT.config.size))])
async def test_a_config_of_another_size_is_refused(change: int, said: str) -> None:
    kept = CachedSource(DictSource({NAME: BUILT}))
    wrong = described(BUILT.config, BUILT.config.size + change)

    with pytest.raises(SizeMismatch, match=rf"has {said}.* bytes and not {wrong.size}$"):
        await kept.config(REPOSITORY, wrong)

    # What is in memory is held to the size that is asked for as well: the order of two questions changes nothing.
    await kept.config(REPOSITORY, CONFIG)
    with pytest.raises(SizeMismatch):
        await kept.config(REPOSITORY, wrong)


async def test_a_config_that_never_ends_is_not_read_to_its_end() -> None:
    sent = []

    class Endless(DictSource):
        async def blob(
            self, repository: str, descriptor: Descriptor, first: int = 0, last: int | None = None
        ) -> AsyncIterator[bytes]:
            del repository, descriptor, first, last
            try:
                while True:
                    sent.append(1000)
                    yield bytes(1000)
            finally:
                sent.append(0)

    with pytest.raises(SizeMismatch, match="has more than 2000 bytes and not 2000"):
        await CachedSource(Endless({})).config(REPOSITORY, described(BUILT.config, 2000))

    assert sent == [1000, 1000, 1000, 0]


async def test_a_config_that_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Trickling(DictSource):
        async def blob(
            self, repository: str, descriptor: Descriptor, first: int = 0, last: int | None = None
        ) -> AsyncIterator[bytes]:
            del repository, descriptor, first, last
            while True:
                await anyio.sleep(0.01)
                yield b""

    monkeypatch.setattr(cached, "_LONGEST_CONFIG_S", 0.05)

    with pytest.raises(Unreachable, match=f"^slow takes more than 0 s for config {CONFIG.digest} of {REPOSITORY}"):
        await CachedSource(Trickling({}, name="slow")).config(REPOSITORY, CONFIG)


async def test_a_config_that_claims_to_be_huge_is_not_asked_for() -> None:
    source = DictSource({NAME: BUILT})

    with pytest.raises(SizeMismatch, match="claims 8388609 bytes; 8 MiB is allowed"):
        await CachedSource(source).config(REPOSITORY, described(BUILT.config, 8 * 2**20 + 1))
    assert source.asked == []
    with pytest.raises(SizeMismatch, match="and not 8388608"):
        await CachedSource(source).config(REPOSITORY, described(BUILT.config, 8 * 2**20))
    assert source.asked == [BUILT.config.digest]


async def test_a_stream_that_is_no_generator_will_do() -> None:
    class Plain:
        def __init__(self) -> None:
            self.left = [BUILT.config.data]

        def __aiter__(self) -> Plain:
            return self

        async def __anext__(self) -> bytes:
            if not self.left:
                raise StopAsyncIteration
            return self.left.pop()

    class Source(DictSource):
        def blob(
            self, repository: str, descriptor: Descriptor, first: int = 0, last: int | None = None
        ) -> AsyncIterator[bytes]:
            del repository, descriptor, first, last
            return Plain()

    assert await CachedSource(Source({})).config(REPOSITORY, CONFIG) == BUILT.config.data


async def test_name_and_referrers_are_the_source_s() -> None:
    source = DictSource({}, name="origin")
    source.referring[CONFIG.digest] = (LAYER,)
    kept = CachedSource(source)

    assert kept.name == "origin"
    assert await kept.referrers(REPOSITORY, CONFIG.digest) == (LAYER,)


async def test_several_sources_are_asked_in_order_until_one_has_it() -> None:
    empty, full, other = DictSource({}, name="a"), DictSource({NAME: BUILT}, name="b"), DictSource({NAME: BUILT})
    sources = FirstOf([CachedSource(empty), CachedSource(full), CachedSource(other)])

    assert (await sources.manifest(REFERENCE)).data == BUILT.manifest.data
    assert await read(sources.blob(REPOSITORY, LAYER)) == BUILT.layers[0].blob.data
    assert empty.asked == full.asked == [NAME, str(LAYER.digest)]
    assert other.asked == []
    assert sources.name == "a, b, dict"


async def test_a_source_that_cannot_be_reached_is_passed_over_where_another_has_it() -> None:
    dead = DictSource({}, name="dead")
    dead.failure = Unreachable("dead: no answer")
    sources = FirstOf([CachedSource(dead), CachedSource(DictSource({NAME: BUILT}))])
    sources_with_referrers = DictSource({})
    sources_with_referrers.referring[LAYER.digest] = (CONFIG,)

    assert (await sources.manifest(REFERENCE)).data == BUILT.manifest.data
    assert await read(sources.blob(REPOSITORY, LAYER)) == BUILT.layers[0].blob.data
    both = FirstOf([CachedSource(dead), CachedSource(sources_with_referrers)])
    assert await both.referrers(REPOSITORY, LAYER.digest) == (CONFIG,)


async def test_what_no_source_has_is_not_found_and_names_them_all() -> None:
    sources = FirstOf([CachedSource(DictSource({}, name="a")), CachedSource(DictSource({}, name="b"))])

    with pytest.raises(NotFound, match=f"^{NAME} is in none of a, b$"):
        await sources.manifest(REFERENCE)
    with pytest.raises(NotFound, match=f"^{REPOSITORY} {LAYER.digest} is in none of a, b$"):
        await read(sources.blob(REPOSITORY, LAYER))
    assert await sources.referrers(REPOSITORY, LAYER.digest) == ()


async def test_a_source_that_could_not_be_asked_is_told_before_those_that_have_nothing() -> None:
    dead = DictSource({}, name="dead")
    dead.failure = Unreachable("dead: no answer")
    sources = FirstOf([CachedSource(DictSource({})), CachedSource(dead), CachedSource(DictSource({}))])

    for question in (
        sources.manifest(REFERENCE),
        read(sources.blob(REPOSITORY, LAYER)),
        sources.referrers(REPOSITORY, LAYER.digest),
    ):
        with pytest.raises(Unreachable, match=r"^dead: no answer$"):
            await question


class Breaking(DictSource):
    """A source that sends one chunk and then says that there is nothing."""

    closed = False

    async def blob(
        self, repository: str, descriptor: Descriptor, first: int = 0, last: int | None = None
    ) -> AsyncIterator[bytes]:
        del repository, first, last
        try:
            yield self.data[str(descriptor.digest)][:1000]
            raise NotFound("gone")
        finally:
            self.closed = True


async def test_a_blob_that_breaks_off_is_not_begun_again_from_another_source() -> None:
    breaking, other = Breaking({NAME: BUILT}), DictSource({NAME: BUILT})
    sources = FirstOf([CachedSource(breaking), CachedSource(other)])

    with pytest.raises(NotFound, match=r"^gone$"):
        await read(sources.blob(REPOSITORY, LAYER))
    assert other.asked == []


async def test_a_source_whose_bytes_were_wrong_is_passed_over_for_that_blob_alone_and_never_the_last_one() -> None:
    liar, other = DictSource({NAME: BUILT}, name="liar"), DictSource({NAME: BUILT}, name="other")
    sources = FirstOf([CachedSource(DictSource({}, name="empty")), CachedSource(liar), CachedSource(other)])
    assert sources.giver(REPOSITORY, LAYER.digest) == "empty, liar, other"
    assert sources.pass_over(REPOSITORY, LAYER.digest) == ""

    await read(sources.blob(REPOSITORY, LAYER))
    assert sources.giver(REPOSITORY, LAYER.digest) == "liar"
    assert sources.pass_over(REPOSITORY, LAYER.digest) == "empty, other"
    assert await read(sources.blob(REPOSITORY, LAYER)) == BUILT.layers[0].blob.data
    assert sources.giver(REPOSITORY, LAYER.digest) == "other"
    assert (liar.asked, other.asked) == ([str(LAYER.digest)], [str(LAYER.digest)])
    await read(sources.blob(REPOSITORY, CONFIG))
    assert sources.giver(REPOSITORY, CONFIG.digest) == "liar"

    assert sources.pass_over(REPOSITORY, LAYER.digest) == "empty"
    with pytest.raises(NotFound, match=r"liar, other gave other bytes, and it is in none of empty$"):
        await read(sources.blob(REPOSITORY, LAYER))
    assert sources.pass_over(REPOSITORY, LAYER.digest) == ""


async def test_a_reader_that_stops_early_ends_the_stream_behind() -> None:
    breaking = Breaking({NAME: BUILT})
    chunks = FirstOf([CachedSource(breaking)]).blob(REPOSITORY, LAYER)

    assert len(await anext(chunks)) == 1000
    await chunks.aclose()  # type: ignore[attr-defined]

    assert breaking.closed


async def test_a_piece_is_read_of_a_stream_where_the_source_has_no_better_way() -> None:
    kept = CachedSource(DictSource({NAME: BUILT}))

    assert await kept.piece(REPOSITORY, LAYER, 2000, 4500) == BUILT.layers[0].blob.data[2000:4501]
    assert await kept.piece(REPOSITORY, LAYER, LAYER.size - 4, LAYER.size - 1) == BUILT.layers[0].blob.data[-4:]


async def test_a_piece_that_is_short_is_an_error() -> None:
    source = DictSource({NAME: BUILT})
    source.data[str(LAYER.digest)] = b"short"

    with pytest.raises(SizeMismatch, match="3 bytes came of a piece of 4"):
        await CachedSource(source).piece(REPOSITORY, LAYER, 2, 5)
