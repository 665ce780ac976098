"""What verifying finds at a real registry whose files were harmed behind its back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from registry.test_seed import connected, corpus_of, plan_of, seed
from regplan.registry.push import Pusher
from regplan.seed.targets import RegistryTarget
from regplan.seed.verify import verify
from support import http, images

if TYPE_CHECKING:
    from registry.test_seed import Corpus
    from regplan.model.verifying import VerifyResult
    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = [pytest.mark.anyio, pytest.mark.registry, pytest.mark.ours_later]


def two_images(registry: Registry) -> Corpus:
    shared = images.layer(60_000, 1)
    return corpus_of(
        registry,
        {
            ("edge/app", "1"): images.image([shared, images.layer(300_000, 2)], label="app"),
            ("edge/tool", "1"): images.image([shared, images.layer(5_000, 3)], label="tool"),
        },
    )


async def look(corpus: Corpus, target: Registry, level: str) -> VerifyResult:
    async with connected(corpus.registry, target) as client:
        plan, _ = await plan_of(client, corpus, "t")
        return await verify(plan, RegistryTarget(Pusher(client, target.address), client), level)


async def test_a_blob_that_was_cut_off_is_found_by_its_last_byte_although_the_registry_remembers_its_length(
    start_registry: StartRegistry,
) -> None:
    corpus, target = two_images(start_registry()), start_registry()
    await seed(corpus, target)
    layer = corpus.images["edge/app", "1"].blobs()[-1]
    place = f"{target.url}/v2/{corpus.at_target('edge/app')}/blobs/{layer.digest}"
    assert http.request("HEAD", place).headers["content-length"] == "300000"
    file = target.blob_file(layer.digest)
    file.write_bytes(file.read_bytes()[:299_999])

    found = await look(corpus, target, "blobs")

    assert found.wrong == (f"{corpus.registry.address}/edge/app:1",)
    assert {str(digest) for _, digest in found.damage.wrong} == {layer.digest}


@pytest.mark.docker_registry
async def test_a_head_from_the_cache_would_not_have_found_it(start_registry: StartRegistry) -> None:
    corpus, target = two_images(start_registry()), start_registry()
    await seed(corpus, target)
    layer = corpus.images["edge/app", "1"].blobs()[-1]
    place = f"{target.url}/v2/{corpus.at_target('edge/app')}/blobs/{layer.digest}"
    assert http.request("HEAD", place).status == 200
    target.blob_file(layer.digest).write_bytes(b"")

    assert http.request("HEAD", place).headers["content-length"] == "300000"
    assert not (await look(corpus, target, "blobs")).complete
    target.stop()  # it keeps in memory what it has seen
    target.start()
    assert http.request("HEAD", place).headers["content-length"] == "0"
    assert not (await look(corpus, target, "blobs")).complete


async def test_level_blobs_reads_one_byte_of_each_blob_in_each_repository(start_registry: StartRegistry) -> None:
    corpus, target = two_images(start_registry()), start_registry()
    await seed(corpus, target)
    target.forget_requests()

    assert (await look(corpus, target, "blobs")).complete

    asked = [each for each in target.requests() if "/blobs/" in each.path]
    assert [(each.method, each.status, each.size) for each in asked] == [("GET", 206, 1)] * 6
    assert len({each.path for each in asked}) == 6


@pytest.mark.docker_registry
async def test_a_manifest_whose_file_was_harmed_is_wrong_at_level_tags_and_the_others_are_looked_at(
    start_registry: StartRegistry,
) -> None:
    corpus, target = two_images(start_registry()), start_registry()
    await seed(corpus, target)
    file = target.blob_file(corpus.images["edge/app", "1"].manifest.digest)
    file.write_bytes(file.read_bytes()[:20])

    found = await look(corpus, target, "tags")

    assert (found.wrong, found.missing) == ((f"{corpus.registry.address}/edge/app:1",), ())
    assert found.checked == 2
