from __future__ import annotations

import json
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from regplan.errors import ContentError, RegistryError
from regplan.model.source import TagFinder
from regplan.oci.digest import Digest
from regplan.oci.mediatype import OCI_INDEX
from regplan.registry.mirror import MirrorSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from unit.registry.conftest import World

pytestmark = pytest.mark.anyio

REPOSITORY = "registry.example/a/b"
SUBJECT = Digest.of(b"subject")
TAGS = frozenset({"sha256-1.sig", "sha256-1.att", "sha256-1.sbom"})


def listing(*tags: str, more: bool = False) -> httpx.Response:
    headers = {"Link": '</v2/a/b/tags/list?n=1&last=x>; rel="next"'} if more else {}
    return httpx.Response(200, json={"name": "a/b", "tags": list(tags)}, headers=headers)


def by_path(**answers: httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
    """Answer by what stands before the last part of the path: tags, referrers, or the tag of a manifest."""

    def handler(request: httpx.Request) -> httpx.Response:
        *_, kind, name = request.url.path.split("/")
        return answers.get(kind if kind != "manifests" else name.partition(".")[2], httpx.Response(404))

    return handler


def index_of(*digests: Digest) -> httpx.Response:
    entries = [{"mediaType": "x/y", "digest": str(digest), "size": 1} for digest in digests]
    body = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries})
    return httpx.Response(200, content=body.encode(), headers={"Content-Type": OCI_INDEX})


async def test_one_list_tells_of_all_tags_for_the_whole_run(world: World) -> None:
    world.handler = by_path(tags=listing("1.0", "sha256-1.sig"))
    async with world.client() as client:
        first = await client.tags_among(REPOSITORY, TAGS)
        again = await client.tags_among(REPOSITORY, frozenset({"sha256-2.sig"}))
        stand_in = await client.referrers(REPOSITORY, SUBJECT)

    assert isinstance(client, TagFinder)
    assert (sorted(first), sorted(again), list(stand_in)) == (["sha256-1.sig"], [], [])
    # The tag that stands in for the API is not asked for either: the list has told.
    assert [asked.split("/v2/a/b/")[1].partition("?")[0] for asked in world.asked] == [
        "tags/list",
        f"referrers/{SUBJECT}",
    ]


async def test_of_a_longer_list_each_tag_that_the_first_page_lacks_is_looked_for(world: World) -> None:
    world.handler = by_path(tags=listing("sha256-1.sig", more=True), att=httpx.Response(200))
    async with world.client() as client:
        found = await client.tags_among(REPOSITORY, TAGS)

    assert found == {"sha256-1.sig", "sha256-1.att"}
    assert [asked.split()[0] for asked in world.asked] == ["GET", "HEAD", "HEAD"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405])
async def test_where_nobody_may_list_tags_each_is_looked_for(world: World, status: int) -> None:
    world.handler = by_path(tags=httpx.Response(status), sbom=httpx.Response(200))
    async with world.client() as client:
        assert await client.tags_among(REPOSITORY, TAGS) == {"sha256-1.sbom"}


async def test_one_tag_is_looked_for_without_a_list(world: World) -> None:
    world.handler = by_path(sig=httpx.Response(200))
    async with world.client() as client:
        assert await client.tags_among(REPOSITORY, frozenset({"sha256-1.sig"})) == {"sha256-1.sig"}

    assert [asked.split()[0] for asked in world.asked] == ["HEAD"]


async def test_a_registry_that_fails_is_not_taken_for_one_without_tags(world: World) -> None:
    world.handler = by_path(tags=httpx.Response(500))
    async with world.client() as client:
        with pytest.raises(RegistryError, match="HTTP 500 on tags of a/b"):
            await client.tags_among(REPOSITORY, TAGS)


async def test_many_at_once_probe_a_repository_for_the_api_once(world: World) -> None:
    world.handler = by_path()
    async with world.client() as client, anyio.create_task_group() as tasks:
        for number in range(10):
            tasks.start_soon(client.referrers, REPOSITORY, Digest.of(bytes([number])))

    assert sum("/referrers/" in asked for asked in world.asked) == 1


async def test_where_the_api_is_known_a_digest_that_it_does_not_find_has_no_referrers(world: World) -> None:
    answers = iter([index_of(Digest.of(b"1")), httpx.Response(404)])
    world.handler = lambda _: next(answers)
    async with world.client() as client:
        assert len(await client.referrers(REPOSITORY, SUBJECT)) == 1
        assert await client.referrers(REPOSITORY, Digest.of(b"2")) == ()


async def test_pages_that_lead_to_themselves_end(world: World) -> None:
    page = index_of(Digest.of(b"1"))
    page.headers["Link"] = f'</v2/a/b/referrers/{SUBJECT}>; rel="next"'
    world.handler = lambda _: page
    async with world.client() as client:
        with pytest.raises(ContentError, match="more than 64 pages"):
            await client.referrers(REPOSITORY, SUBJECT)

    assert len(world.asked) == 64


@pytest.mark.parametrize("kind", ["referrers", "manifests"])
async def test_a_list_that_is_longer_than_any_image_needs_is_refused(world: World, kind: str) -> None:
    many = index_of(*(Digest("sha256", f"{number:064x}") for number in range(2001)))
    world.handler = lambda request: many if f"/{kind}/" in request.url.path else httpx.Response(404)
    async with world.client() as client:
        with pytest.raises(ContentError, match="2001 entries; 2000 are allowed"):
            await client.referrers(REPOSITORY, SUBJECT)


async def test_a_mirror_is_asked_for_tags_under_its_names(world: World) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v2/cache/library/nginx/tags/list":
            return listing("sha256-1.sig")
        return httpx.Response(404)

    world.handler = handler
    async with world.client() as client:
        mirror = MirrorSource(client, "mirror.example", "cache")
        assert isinstance(mirror, TagFinder)
        assert await mirror.tags_among("docker.io/library/nginx", TAGS) == {"sha256-1.sig"}
        assert await mirror.tags_among("quay.io/other", TAGS) == frozenset()
