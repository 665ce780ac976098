"""Listing and deleting at a registry: pages, refusals, and Harbor's own list."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from regplan.errors import Denied, RegistryError, Unsupported
from regplan.oci.digest import Digest
from regplan.registry.holdings import Holdings
from regplan.registry.options import ConnectionOptions, Credential, Login, Secret

if TYPE_CHECKING:
    from unit.registry.conftest import World

pytestmark = pytest.mark.anyio

HOST = "registry.example"
DIGEST = Digest("sha256", "a" * 64)
ROBOT = ConnectionOptions(login=Login(HOST, Credential("robot", Secret("s3cr3t"))))


def refusal(status: int, code: str = "") -> httpx.Response:
    return httpx.Response(status, json={"errors": [{"code": code, "message": "no"}]} if code else {})


async def test_every_page_of_a_catalogue_is_read(world: World) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if "last=" in str(request.url):
            return httpx.Response(200, json={"repositories": ["c"]})
        return httpx.Response(
            200, json={"repositories": ["a", "b"]}, headers={"link": '</v2/_catalog?n=1000&last=b>; rel="next"'}
        )

    world.handler = answer
    async with world.client() as client:
        assert await Holdings(client.session(HOST)).repositories() == ("a", "b", "c")


@pytest.mark.parametrize("status", [401, 403, 404, 405])
async def test_a_catalogue_that_is_refused_tells_nothing(world: World, status: int) -> None:
    world.handler = lambda _: refusal(status)
    async with world.client(ROBOT) as client:
        assert await Holdings(client.session(HOST)).repositories() is None


async def test_a_catalogue_that_is_broken_is_an_error(world: World) -> None:
    world.handler = lambda _: httpx.Response(200, content=b"<html>")
    async with world.client() as client:
        with pytest.raises(RegistryError):
            await Holdings(client.session(HOST)).repositories()


async def test_a_harbor_lists_a_project_to_its_members_page_by_page(world: World) -> None:
    names = [f"spectro-images/app-{number}" for number in range(130)]

    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        assert request.url.params["page_size"] == "100"
        return httpx.Response(200, json=[{"name": name} for name in names[(page - 1) * 100 : page * 100]])

    world.handler = answer
    async with world.client(ROBOT) as client:
        assert await Holdings(client.session(HOST)).repositories_of("spectro-images") == tuple(names)
    assert {request.url.path for request in world.requests} == {"/api/v2.0/projects/spectro-images/repositories"}


@pytest.mark.parametrize(
    "answer", [refusal(404), refusal(403), httpx.Response(200, content=b"<html>"), httpx.Response(200, json={"a": 1})]
)
async def test_what_is_no_harbor_lists_no_project(world: World, answer: httpx.Response) -> None:
    world.handler = lambda _: answer
    async with world.client(ROBOT) as client:
        assert await Holdings(client.session(HOST)).repositories_of("p") is None


async def test_a_repository_that_is_not_there_has_no_tags_and_null_is_none(world: World) -> None:
    async with world.client() as client:
        world.handler = lambda _: refusal(404, "NAME_UNKNOWN")
        assert await Holdings(client.session(HOST)).tags("p/a") == ()
        world.handler = lambda _: httpx.Response(200, json={"name": "p/a", "tags": None})
        assert await Holdings(client.session(HOST)).tags("p/a") == ()
        world.handler = lambda _: httpx.Response(200, json={"name": "p/a", "tags": ["1", "2"]})
        assert await Holdings(client.session(HOST)).tags("p/a") == ("1", "2")


async def test_deleting_tells_whether_it_was_there_and_what_refuses_it(world: World) -> None:
    async with world.client() as client:
        holdings = Holdings(client.session(HOST))
        world.handler = lambda _: httpx.Response(202)
        assert await holdings.delete_manifest("p/a", DIGEST)
        assert world.requests[-1].method == "DELETE"
        assert world.requests[-1].url.path == f"/v2/p/a/manifests/{DIGEST}"
        world.handler = lambda _: refusal(404, "MANIFEST_UNKNOWN")
        assert not await holdings.delete_manifest("p/a", DIGEST)
        world.handler = lambda _: refusal(405, "UNSUPPORTED")
        with pytest.raises(Unsupported) as caught:
            await holdings.delete_manifest("p/a", DIGEST)
        assert caught.value.errors[0].code == "UNSUPPORTED"
        world.handler = lambda _: refusal(412, "PRECONDITION")
        with pytest.raises(Denied):
            await holdings.delete_manifest("p/a", DIGEST)
    assert json.dumps([request.method for request in world.requests]).count("DELETE") == 4
