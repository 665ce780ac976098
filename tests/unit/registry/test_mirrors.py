from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from regplan.errors import DigestMismatch, InputError, NotFound, RegistryError, Unreachable
from regplan.model.source import ImageSource, LimitedSource, TagSource
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.mediatype import OCI_LAYER
from regplan.oci.reference import Reference
from regplan.registry.mirrors import MirroredSource
from regplan.registry.options import ConnectionOptions, Credential, Login, Secret

if TYPE_CHECKING:
    from unit.registry.conftest import World

pytestmark = pytest.mark.anyio

DATA = b"layer" * 20_000
LAYER = Descriptor(OCI_LAYER, Digest.of(DATA), len(DATA))
NGINX = Reference.parse("nginx:1")
MIRRORS = {"docker.io": ("one.example/hub", "two.example:5000"), "Quay.io": ("one.example/quay",)}


def asked(world: World) -> list[str]:
    return [f"{request.url.netloc.decode()}{request.url.path}" for request in world.requests]


def hosts(world: World) -> list[str]:
    return list(dict.fromkeys(request.url.host for request in world.requests))


async def test_it_is_an_image_source_with_the_name_that_from_takes(world: World) -> None:
    async with world.client() as client:
        source = MirroredSource(client, MIRRORS)

        assert isinstance(source, ImageSource)
        assert isinstance(source, TagSource)
        assert isinstance(source, LimitedSource)
        assert source.name == "origin"
        assert MirroredSource(client, MIRRORS, with_origin=False).name == "mirrors"


async def test_mirrors_are_asked_in_order_under_the_path_and_the_mapped_name_and_the_host_itself_last(
    world: World,
) -> None:
    world.handler = lambda request: httpx.Response(
        200 if request.url.host == "registry-1.docker.io" else 404, content=b"{}"
    )
    async with world.client() as client:
        await MirroredSource(client, MIRRORS).manifest(NGINX)

    assert asked(world) == [
        "one.example/v2/hub/library/nginx/manifests/1",
        "one.example/v2/hub/docker.io/library/nginx/manifests/1",
        "two.example:5000/v2/library/nginx/manifests/1",
        "two.example:5000/v2/docker.io/library/nginx/manifests/1",
        "registry-1.docker.io/v2/library/nginx/manifests/1",
    ]


async def test_a_mirror_that_has_it_is_all_that_is_asked(world: World) -> None:
    world.handler = lambda _: httpx.Response(200, content=b"{}")
    async with world.client() as client:
        content = await MirroredSource(client, MIRRORS).manifest(Reference.parse("quay.io/coreos/etcd:v3"))

    assert asked(world) == ["one.example/v2/quay/coreos/etcd/manifests/v3"]
    assert content.data == b"{}"


async def test_other_hosts_have_no_mirror(world: World) -> None:
    world.handler = lambda _: httpx.Response(200, content=b"{}")
    async with world.client() as client:
        await MirroredSource(client, MIRRORS).manifest(Reference.parse("ghcr.io/a/b:1"))

    assert hosts(world) == ["ghcr.io"]


@pytest.mark.parametrize("status", [401, 403, 404, 500, 501])
async def test_whatever_fails_at_a_mirror_the_next_is_asked(world: World, status: int) -> None:
    world.handler = lambda request: httpx.Response(status if request.url.host == "one.example" else 200, content=b"{}")
    async with world.client() as client:
        await MirroredSource(client, MIRRORS).manifest(NGINX)

    assert hosts(world) == ["one.example", "two.example"]


async def test_a_mirror_that_cannot_be_reached_does_not_hide_the_origin(world: World) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if "example" in request.url.host:
            raise httpx.ConnectError("no route")
        return httpx.Response(200, content=b"{}")

    world.handler = answer
    async with world.client() as client:
        assert (await MirroredSource(client, MIRRORS).manifest(NGINX)).data == b"{}"


async def test_a_mirror_with_other_bytes_under_a_digest_is_passed_over(world: World) -> None:
    wanted = Reference.parse(f"nginx@{Digest.of(b'{}')}")
    world.handler = lambda request: httpx.Response(200, content=b"forged" if "example" in request.url.host else b"{}")
    async with world.client() as client:
        assert (await MirroredSource(client, MIRRORS).manifest(wanted)).data == b"{}"
        with pytest.raises(DigestMismatch, match=r"one\.example"):
            await MirroredSource(client, {"docker.io": ("one.example",)}, with_origin=False).manifest(wanted)


async def test_without_the_origin_it_is_never_asked(world: World) -> None:
    async with world.client() as client:
        source = MirroredSource(client, MIRRORS, with_origin=False)
        with pytest.raises(NotFound):
            await source.manifest(NGINX)
        with pytest.raises(NotFound, match=r"no mirror is named for ghcr\.io: give --mirror ghcr\.io=HOST"):
            await source.manifest(Reference.parse("ghcr.io/a/b:1"))
        assert await source.look(NGINX, "docker.io/library/nginx") is None

    assert hosts(world) == ["one.example", "two.example"]


async def test_where_all_fail_the_origins_error_is_told_with_the_mirrors_own(world: World) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "registry-1.docker.io":
            raise httpx.ConnectError("no route")
        return httpx.Response(404 if request.url.host == "one.example" else 501)

    world.handler = answer
    async with world.client() as client:
        with pytest.raises(Unreachable) as caught:
            await MirroredSource(client, MIRRORS).manifest(NGINX)

    said = str(caught.value)
    assert said.startswith("docker.io cannot be reached")
    assert "docker://one.example/hub: one.example has no manifest hub/library/nginx:1" in said
    assert "docker://two.example:5000: two.example:5000 answered HTTP 501" in said


async def test_what_nobody_has_is_told_in_the_origins_words(world: World) -> None:
    async with world.client() as client:
        with pytest.raises(NotFound) as caught:
            await MirroredSource(client, MIRRORS).manifest(NGINX)

    assert str(caught.value) == "docker.io has no manifest library/nginx:1"


async def test_no_hosts_credentials_go_to_another(world: World) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        host = request.url.host
        if host == "auth.example":
            return httpx.Response(200, json={"token": "origin-token"})
        if host == "registry-1.docker.io" and "authorization" not in request.headers:
            challenge = 'Bearer realm="https://auth.example/token",service="registry.docker.io"'
            return httpx.Response(401, headers={"www-authenticate": challenge})
        if host != "registry-1.docker.io":
            return httpx.Response(401, headers={"www-authenticate": 'Basic realm="mirror"'})
        return httpx.Response(200, content=b"{}")

    world.handler = answer
    login = Login("docker.io", Credential("me", Secret("pa55word"), origin="the test"))
    async with world.client(ConnectionOptions(login=login)) as client:
        await MirroredSource(client, MIRRORS).manifest(NGINX)

    for request in world.requests:
        has_login = "authorization" in request.headers
        assert not has_login or request.url.host in {"registry-1.docker.io", "auth.example"}
    assert any("authorization" in request.headers for request in world.requests)


async def test_layers_come_from_who_gave_the_manifest_and_from_another_where_that_lacks_them(world: World) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "two.example":
            return httpx.Response(200, content=DATA if "blobs" in request.url.path else b"{}")
        return httpx.Response(404)

    world.handler = answer
    async with world.client() as client:
        source = MirroredSource(client, MIRRORS)
        await source.manifest(NGINX)
        world.requests.clear()

        assert b"".join([chunk async for chunk in source.blob(NGINX.name, LAYER)]) == DATA
        assert hosts(world) == ["two.example"]
        assert source.place_of(NGINX.name) == "two.example:5000/library/nginx"

        world.requests.clear()
        world.handler = lambda request: httpx.Response(
            200 if request.url.host == "registry-1.docker.io" else 404, content=DATA
        )
        assert b"".join([chunk async for chunk in source.blob(NGINX.name, LAYER)]) == DATA
        assert hosts(world) == ["two.example", "one.example", "registry-1.docker.io"]

        world.handler = lambda _: httpx.Response(404)
        with pytest.raises(NotFound):
            [chunk async for chunk in source.blob(NGINX.name, LAYER)]


async def test_a_blob_that_breaks_off_is_not_begun_again_elsewhere(world: World) -> None:
    world.handler = lambda _: httpx.Response(200, content=DATA[:100])
    async with world.client() as client:
        with pytest.raises((RegistryError, Exception), match="ended after"):
            [chunk async for chunk in MirroredSource(client, MIRRORS).blob(NGINX.name, LAYER)]

    assert hosts(world) == ["one.example"]


async def test_a_tag_is_looked_at_where_it_was_found(world: World) -> None:
    digest = str(Digest.of(b"{}"))
    world.handler = lambda request: (
        httpx.Response(200, headers={"docker-content-digest": digest})
        if request.method == "HEAD"
        else httpx.Response(404)
    )
    async with world.client() as client:
        source = MirroredSource(client, MIRRORS)
        found = await source.look(NGINX, "two.example:5000/library/nginx")
        assert str(found) == digest
        assert await source.look(NGINX, "evil.example/library/nginx") is None
        assert source.place_of("docker.io/library/other") == ""

    assert [f"{request.method} {request.url.host}" for request in world.requests] == ["HEAD two.example"]


async def test_referrers_are_the_first_that_anybody_knows_of(world: World) -> None:
    index = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [{"mediaType": OCI_LAYER, "digest": str(LAYER.digest), "size": LAYER.size}],
    }

    def answer(request: httpx.Request) -> httpx.Response:
        if "referrers" in request.url.path and request.url.host == "registry-1.docker.io":
            return httpx.Response(200, json=index, headers={"content-type": "application/vnd.oci.image.index.v1+json"})
        return httpx.Response(404)

    world.handler = answer
    async with world.client() as client:
        found = await MirroredSource(client, MIRRORS).referrers(NGINX.name, LAYER.digest)
        none = await MirroredSource(client, MIRRORS, with_origin=False).referrers(NGINX.name, LAYER.digest)

        world.handler = lambda _: httpx.Response(501)
        with pytest.raises(RegistryError, match="501"):
            await MirroredSource(client, MIRRORS).referrers(NGINX.name, LAYER.digest)

    assert [each.digest for each in found] == [LAYER.digest]
    assert none == ()


async def test_a_mirror_that_cannot_be_is_an_input_error(world: World) -> None:
    async with world.client() as client:
        with pytest.raises(InputError, match=r"write HOST\[:PORT\]\[/PREFIX\]"):
            MirroredSource(client, {"docker.io": ("/",)})
