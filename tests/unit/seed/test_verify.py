from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from regplan.errors import Denied, InputError, RateLimited, RegistryError, Unreachable
from regplan.plan.seeding import plan_seed, plan_verify
from regplan.seed.runner import apply_seed, survey_plan
from regplan.seed.verify import Unpinned, VerifyOptions, verify
from unit.seed.samples import (
    DOCKER_MANIFEST,
    MemorySource,
    MemoryTarget,
    all_blobs,
    digest_of,
    entry,
    inventory,
    make_image,
    make_index,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest

pytestmark = pytest.mark.anyio

BASE, APP, TOOL = b"base" * 100, b"app" * 50, b"tool" * 30
APP_IMAGE, APP_BLOBS = make_image([BASE, APP], "app")
TOOL_IMAGE, TOOL_BLOBS = make_image([BASE, TOOL], "tool", platform="linux/arm64")
SOURCE = MemorySource(all_blobs(APP_BLOBS, TOOL_BLOBS))
PLAN = plan_seed(
    inventory(entry("app:1", APP_IMAGE), entry("app:one", APP_IMAGE), entry("tool:1", TOOL_IMAGE)), "docker://h/p", "p"
)


async def seeded() -> MemoryTarget:
    target = MemoryTarget()
    await apply_seed(await survey_plan(PLAN, target), SOURCE, target)
    target.log.clear()
    return target


async def test_what_is_whole_is_complete_at_every_level_for_these_requests() -> None:
    target = await seeded()
    counts = []
    for level in ("tags", "blobs", "deep"):
        target.log.clear()
        result = await verify(PLAN, target, level)
        assert result.complete
        assert (result.checked, result.target, result.details) == (3, "docker://h/p", ())
        counts.append(len(target.log))

    tags, pairs, manifests, blobs = 3, 6, 2, 5
    assert counts == [tags, tags + pairs, tags + pairs + manifests + blobs]


async def test_an_absent_tag_is_missing_and_would_come_from_the_internet_if_content_is_synced() -> None:
    target = await seeded()
    del target.folder("p/docker.io/library/app").tags["one"]

    synced = await verify(PLAN, target)
    alone = await verify(PLAN, target, options=VerifyOptions(sync=False))

    assert synced.missing == synced.internet_fallback == ("docker.io/library/app:one",)
    assert alone.internet_fallback == ()
    assert synced.details == ("docker.io/library/app:one: p/docker.io/library/app:one is not there",)
    assert not synced.complete


async def test_another_image_under_a_tag_is_wrong() -> None:
    target = await seeded()
    folder = target.folder("p/docker.io/library/app")
    folder.manifests |= target.folder("p/docker.io/library/tool").manifests
    folder.tags["one"] = TOOL_IMAGE.digest

    result = await verify(PLAN, target)

    assert (result.wrong, result.missing, result.equivalent) == (("docker.io/library/app:one",), (), ())
    assert str(TOOL_IMAGE.digest) in result.details[0]
    assert not result.complete


async def test_an_index_that_holds_our_image_is_equivalent_and_one_that_lost_it_is_wrong() -> None:
    target = await seeded()
    folder, index = target.folder("p/docker.io/library/app"), make_index([TOOL_IMAGE, APP_IMAGE])
    folder.manifests[index.digest] = (index.media_type, index.raw or b"")
    folder.tags["1"] = index.digest

    held = await verify(PLAN, target)
    del folder.manifests[APP_IMAGE.digest]
    lost = await verify(PLAN, target)

    assert (held.equivalent, held.wrong, held.complete) == (("docker.io/library/app:1",), (), True)
    assert lost.wrong == ("docker.io/library/app:1",)


async def test_the_same_config_in_a_manifest_of_the_other_dialect_is_equivalent() -> None:
    converted, _ = make_image([BASE, APP], "app", kind=DOCKER_MANIFEST)
    target = await seeded()
    folder = target.folder("p/docker.io/library/app")
    folder.manifests = {converted.digest: (converted.media_type, converted.raw or b"")}
    folder.tags = {"1": converted.digest, "one": converted.digest}

    result = await verify(PLAN, target, "deep")

    assert result.equivalent == ("docker.io/library/app:1", "docker.io/library/app:one")
    assert result.complete


async def test_an_equivalent_image_with_layers_of_its_own_need_not_have_ours() -> None:
    target = await seeded()
    folder = target.folder("p/docker.io/library/tool")
    index = make_index([TOOL_IMAGE])
    folder.manifests[index.digest] = (index.media_type, index.raw or b"")
    folder.tags["1"] = index.digest
    folder.blobs.discard(digest_of(TOOL))
    target.data[digest_of(BASE)] = b"recompressed"

    result = await verify(PLAN, target, "deep")

    assert result.equivalent == ("docker.io/library/tool:1",)
    assert "docker.io/library/tool:1" not in (*result.missing, *result.wrong)


async def test_a_blob_that_is_absent_from_one_repository_is_seen_by_level_blobs() -> None:
    target = await seeded()
    target.folder("p/docker.io/library/tool").blobs.discard(digest_of(BASE))

    assert (await verify(PLAN, target, "tags")).complete
    result = await verify(PLAN, target, "blobs")

    assert result.missing == ("docker.io/library/tool:1",)
    assert str(digest_of(BASE)) in result.details[0]


async def test_a_blob_of_another_size_is_wrong() -> None:
    target = await seeded()
    target.data[digest_of(TOOL)] += b"!"

    assert (await verify(PLAN, target, "blobs")).wrong == ("docker.io/library/tool:1",)


async def test_other_bytes_are_seen_by_level_deep_for_everything_that_needs_them() -> None:
    target = await seeded()
    target.data[digest_of(BASE)] = b"x" * len(BASE)

    assert (await verify(PLAN, target, "blobs")).complete
    result = await verify(PLAN, target, "deep")

    assert result.wrong == ("docker.io/library/app:1", "docker.io/library/app:one", "docker.io/library/tool:1")


async def test_a_child_that_is_gone_is_seen_by_level_blobs() -> None:
    plan = plan_seed(inventory(whole("app:1", [APP_IMAGE, TOOL_IMAGE], make_index([APP_IMAGE, TOOL_IMAGE]))), "t", "p")
    target = MemoryTarget()
    await apply_seed(await survey_plan(plan, target), SOURCE, target)
    del target.folder("p/docker.io/library/app").manifests[TOOL_IMAGE.digest]

    assert (await verify(plan, target, "tags")).complete
    assert (await verify(plan, target, "blobs")).missing == ("docker.io/library/app:1",)


async def test_an_empty_target_misses_everything_at_every_level() -> None:
    for level in ("tags", "blobs", "deep"):
        result = await verify(PLAN, MemoryTarget(), level)
        assert result.missing == ("docker.io/library/app:1", "docker.io/library/app:one", "docker.io/library/tool:1")


async def test_images_known_by_facts_alone_can_be_verified() -> None:
    plan = plan_verify(inventory(entry("app:1", replace(APP_IMAGE, raw=None))), "t", "p")

    assert (await verify(plan, await seeded(), "deep")).complete
    assert (await verify(plan, MemoryTarget())).missing == ("docker.io/library/app:1",)


async def test_a_tag_without_an_expected_digest_is_checked_for_presence_and_integrity() -> None:
    target = await seeded()
    app, tool = "p/docker.io/library/app", "p/docker.io/library/tool"
    unpinned = (Unpinned("app:1", app, "1"), Unpinned("tool:1", tool, "1"), Unpinned("app:9", app, "9"))
    target.folder(tool).blobs.discard(digest_of(TOOL))

    result = await verify(plan_verify(inventory(), "t", "p"), target, options=VerifyOptions(unpinned))

    assert result.unpinned == ("app:1",)
    assert result.missing == ("app:9", "tool:1")
    assert result.checked == 3


async def test_an_unpinned_index_is_whole_when_its_children_are_there() -> None:
    plan = plan_seed(inventory(whole("app:1", [APP_IMAGE, TOOL_IMAGE], make_index([APP_IMAGE, TOOL_IMAGE]))), "t", "p")
    target = MemoryTarget()
    await apply_seed(await survey_plan(plan, target), SOURCE, target)
    options = VerifyOptions((Unpinned("app:1", "p/docker.io/library/app", "1"),))

    assert (await verify(plan_verify(inventory(), "t", "p"), target, options=options)).complete
    del target.folder("p/docker.io/library/app").manifests[TOOL_IMAGE.digest]
    assert not (await verify(plan_verify(inventory(), "t", "p"), target, options=options)).complete


async def test_a_target_that_does_not_answer_is_an_error_and_no_finding() -> None:
    target = await seeded()

    def gone(*_: str) -> None:
        raise Unreachable("connection refused")

    target.fault = gone
    with pytest.raises(Unreachable):
        await verify(PLAN, target)


async def test_an_unknown_level_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="tags, blobs, deep"):
        await verify(PLAN, MemoryTarget(), "all")


class Torn(MemoryTarget):
    """A registry whose file of `torn` is cut off: the connection ends in the middle of it."""

    torn: Digest | None = None

    async def read_blob(self, repository: str, descriptor: Descriptor) -> AsyncGenerator[bytes]:
        async for chunk in super().read_blob(repository, descriptor):
            if descriptor.digest == self.torn:
                yield chunk[:10]
                raise Unreachable("peer closed connection", retryable=True)
            yield chunk


async def torn(*digests: Digest) -> Torn:
    target = Torn()
    await apply_seed(await survey_plan(PLAN, target), SOURCE, target)
    (target.torn,) = digests
    return target


async def test_a_blob_that_cannot_be_read_whole_is_wrong_and_the_others_are_read() -> None:
    target = await torn(digest_of(TOOL))
    target.data[digest_of(APP)] = b"x" * len(APP)

    result = await verify(PLAN, target, "deep")

    assert result.wrong == ("docker.io/library/app:1", "docker.io/library/app:one", "docker.io/library/tool:1")
    assert any("peer closed connection" in detail for detail in result.details)
    assert target.count("GETBLOB") == 5


async def test_a_manifest_that_cannot_be_read_is_wrong_and_the_others_are_read() -> None:
    target = await seeded()

    def fault(verb: str, repository: str, _: str) -> None:
        if verb == "GET" and repository.endswith("tool"):
            raise RegistryError("it failed with HTTP 500", status=500, retryable=True)

    target.fault = fault
    result = await verify(PLAN, target, "deep")

    assert result.wrong == ("docker.io/library/tool:1",)
    assert target.count("GETBLOB") == 5


async def test_a_target_that_answers_no_more_while_a_blob_is_read_ends_it() -> None:
    target = await torn(digest_of(TOOL))

    def fault(verb: str, *_: str) -> None:
        if verb == "HEADBLOB" and target.count("GETBLOB"):
            raise Unreachable("connection refused")

    target.fault = fault
    with pytest.raises(Unreachable, match="connection refused"):
        await verify(PLAN, target, "deep")


@pytest.mark.parametrize("error", [Denied("no", status=403), RateLimited("slower")])
async def test_a_login_that_may_not_read_says_nothing_of_the_image(error: RegistryError) -> None:
    target = await seeded()

    def fault(verb: str, *_: str) -> None:
        if verb == "GETBLOB":
            raise error

    target.fault = fault
    with pytest.raises(type(error)):
        await verify(PLAN, target, "deep")
