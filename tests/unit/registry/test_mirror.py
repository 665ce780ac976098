from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from regplan.errors import NotFound, RegistryError, Unauthorized, Unreachable
from regplan.model.source import ImageSource
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.mediatype import OCI_LAYER
from regplan.oci.reference import Reference
from regplan.registry.mirror import MirrorSource

if TYPE_CHECKING:
    from unit.registry.conftest import World

pytestmark = pytest.mark.anyio

DATA = b"layer" * 100
LAYER = Descriptor(OCI_LAYER, Digest.of(DATA), len(DATA))


def paths(world: World) -> list[str]:
    return [request.url.path for request in world.requests]


async def read(mirror: MirrorSource, repository: str) -> bytes:
    return b"".join([chunk async for chunk in mirror.blob(repository, LAYER)])


async def test_a_mirror_is_an_image_source_with_the_name_that_it_was_given(world: World) -> None:
    async with world.client() as client:
        mirror = MirrorSource(client, "Mirror.example:5000", "/cache/")

        assert isinstance(mirror, ImageSource)
        assert mirror.name == "docker://mirror.example:5000/cache"
        assert MirrorSource(client, "mirror.example").name == "docker://mirror.example"


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_name_that_is_refused_leads_to_the_next(world: World, status: int) -> None:
    world.handler = lambda request: (
        httpx.Response(status) if "docker.io" in request.url.path else httpx.Response(200, content=b"{}")
    )
    async with world.client() as client:
        mirror = MirrorSource(client, "mirror.example", "cache")
        await mirror.manifest(Reference.parse("nginx:1"))
        await mirror.manifest(Reference.parse("nginx:1"))

    assert paths(world) == [
        "/v2/cache/docker.io/library/nginx/manifests/1",
        "/v2/cache/library/nginx/manifests/1",
        "/v2/cache/library/nginx/manifests/1",
    ]


async def test_the_first_refusal_is_the_one_that_is_told(world: World) -> None:
    world.handler = lambda request: httpx.Response(401 if "docker.io" in request.url.path else 404)
    async with world.client() as client:
        with pytest.raises(Unauthorized, match=r"cache/docker\.io/library/nginx"):
            await MirrorSource(client, "mirror.example", "cache").manifest(Reference.parse("nginx:1"))


async def test_a_mirror_that_is_down_is_not_asked_for_the_next_name(world: World) -> None:
    world.handler = lambda _: httpx.Response(501)
    async with world.client() as client:
        with pytest.raises(RegistryError, match="HTTP 501"):
            await MirrorSource(client, "mirror.example", "cache").manifest(Reference.parse("nginx:1"))

    assert len(world.requests) == 1


async def test_the_mirrors_own_images_are_found_under_their_own_names(world: World) -> None:
    world.handler = lambda _: httpx.Response(200, content=b"{}")
    async with world.client() as client:
        await MirrorSource(client, "mirror.example", "cache").manifest(Reference.parse("mirror.example/team/a:1"))

    assert paths(world) == ["/v2/team/a/manifests/1"]


async def test_a_blob_is_looked_for_under_each_name_and_then_under_the_one_that_had_it(world: World) -> None:
    world.handler = lambda request: (
        httpx.Response(404) if "docker.io" in request.url.path else httpx.Response(200, content=DATA)
    )
    async with world.client() as client:
        mirror = MirrorSource(client, "mirror.example")
        assert await read(mirror, "docker.io/library/nginx") == DATA
        assert await read(mirror, "docker.io/library/nginx") == DATA
        world.handler = lambda _: httpx.Response(404)
        with pytest.raises(NotFound, match="library/other"):
            await read(mirror, "docker.io/library/other")

    assert [path.rpartition("/blobs/")[0] for path in paths(world)[:3]] == [
        "/v2/docker.io/library/nginx",
        "/v2/library/nginx",
        "/v2/library/nginx",
    ]


async def test_referrers_come_from_the_first_name_that_has_any(world: World) -> None:
    entry = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": str(LAYER.digest), "size": 1}

    def handler(request: httpx.Request) -> httpx.Response:
        if "docker.io" in request.url.path:
            return httpx.Response(403)
        media_type = "application/vnd.oci.image.index.v1+json"
        body = {"schemaVersion": 2, "mediaType": media_type, "manifests": [entry]}
        return httpx.Response(200, json=body, headers={"Content-Type": media_type})

    world.handler = handler
    async with world.client() as client:
        mirror = MirrorSource(client, "mirror.example")
        found = await mirror.referrers("docker.io/library/nginx", LAYER.digest)
        world.handler = lambda _: httpx.Response(404)
        none = await mirror.referrers("docker.io/library/nginx", Digest.of(b""))

    assert [descriptor.digest for descriptor in found] == [LAYER.digest]
    assert none == ()


async def test_a_name_that_no_registry_takes_is_not_asked_for(world: World) -> None:
    long = "a/" * 120 + "b"
    async with world.client() as client:
        with pytest.raises(NotFound):
            await MirrorSource(client, "mirror.example", "cache/for/all").manifest(Reference("far.example", long, "1"))

    assert all(len(path) < 300 for path in paths(world))


async def test_an_unreachable_mirror_says_so(world: World) -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    world.handler = handler
    async with world.client() as client:
        with pytest.raises(Unreachable, match=r"mirror\.example cannot be reached"):
            await MirrorSource(client, "mirror.example").manifest(Reference.parse("nginx:1"))


async def test_a_tag_is_looked_at_under_the_remembered_name_alone(world: World) -> None:
    world.handler = lambda _: httpx.Response(200, headers={"Docker-Content-Digest": str(LAYER.digest)})
    async with world.client() as client:
        mirror = MirrorSource(client, "mirror.example", "cache")
        place = "mirror.example/cache/library/nginx"
        assert mirror.place_of("docker.io/library/nginx") == ""
        assert await mirror.look(Reference.parse("nginx:1"), place) == LAYER.digest
        assert mirror.place_of("docker.io/library/nginx") == place

    assert world.asked == ["HEAD https://mirror.example/v2/cache/library/nginx/manifests/1"]


@pytest.mark.parametrize(
    "place",
    ["", "evil.example/cache/library/nginx", "mirror.example/private/nginx", "mirror.example/cache/library/redis"],
)
async def test_what_was_remembered_leads_to_no_other_host_and_to_no_other_repository(world: World, place: str) -> None:
    async with world.client() as client:
        assert await MirrorSource(client, "mirror.example", "cache").look(Reference.parse("nginx:1"), place) is None

    assert world.requests == []


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_tag_that_is_no_longer_under_its_remembered_name_is_looked_for_under_each(
    world: World, status: int
) -> None:
    world.handler = lambda request: (
        httpx.Response(status)
        if request.url.path.startswith("/v2/cache/library")
        else httpx.Response(200, content=b"{}")
    )
    async with world.client() as client:
        mirror = MirrorSource(client, "mirror.example", "cache")
        assert await mirror.look(Reference.parse("nginx:1"), "mirror.example/cache/library/nginx") is None
        await mirror.manifest(Reference.parse("nginx:1"))
        assert mirror.place_of("docker.io/library/nginx") == "mirror.example/cache/docker.io/library/nginx"


async def test_a_piece_comes_from_the_first_name_that_has_the_blob(world: World) -> None:
    headers = {"Content-Range": f"bytes 0-3/{len(DATA)}"}
    world.handler = lambda request: (
        httpx.Response(404)
        if "docker.io" in request.url.path
        else httpx.Response(206, content=b"laye", headers=headers)
    )
    async with world.client() as client:
        mirror = MirrorSource(client, "mirror.example", "cache")
        assert await mirror.piece("docker.io/library/nginx", LAYER, 0, 3) == b"laye"
        assert await mirror.piece("docker.io/library/nginx", LAYER, 0, 3) == b"laye"
        world.handler = lambda _: httpx.Response(404)
        with pytest.raises(NotFound):
            await mirror.piece("quay.io/other", LAYER, 0, 3)

    assert [path.partition("/blobs/")[0] for path in paths(world)[:3]] == [
        "/v2/cache/docker.io/library/nginx",
        "/v2/cache/library/nginx",
        "/v2/cache/library/nginx",
    ]


async def test_a_repository_of_which_no_name_can_be_has_no_pieces(world: World) -> None:
    async with world.client() as client:
        mirror = MirrorSource(client, "mirror.example", "UPPER CASE")
        with pytest.raises(NotFound):
            await mirror.piece("docker.io/library/nginx", LAYER, 0, 3)
