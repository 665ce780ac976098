"""Harbor's own pages: answers as its swagger describes them."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import httpx
import pytest

from regplan.errors import RegistryError
from regplan.model.preflight import ImmutableRule
from regplan.registry.harbor import HarborProjects, read_immutable_rules
from regplan.registry.inspection import Inspection, inspect_registry
from regplan.registry.options import ConnectionOptions, Credential, Login, Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from unit.registry.conftest import World

pytestmark = pytest.mark.anyio

HOST = "harbor.example"
ROBOT = ConnectionOptions(login=Login(HOST, Credential("robot", Secret("s3cr3t"))))
SUMMARY = {"repo_count": 3, "quota": {"hard": {"storage": 100}, "used": {"storage": 60}}}
RULES = [
    {
        "disabled": False,
        "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "v*"}],
        "scope_selectors": {"repository": [{"decoration": "repoExcludes", "pattern": "dev/**"}]},
    },
    {"disabled": True, "tag_selectors": [{"decoration": "matches", "pattern": "**"}]},
]


def pages(found: Mapping[str, httpx.Response]) -> Callable[[httpx.Request], httpx.Response]:
    return lambda request: found.get(request.url.path, httpx.Response(404, json={"errors": [{"code": "NOT_FOUND"}]}))


def of_project(summary: httpx.Response, rules: object = RULES) -> dict[str, httpx.Response]:
    page = "/api/v2.0/projects/spectro-images"
    return {f"{page}/summary": summary, f"{page}/immutabletagrules": httpx.Response(200, json=rules)}


async def test_a_project_is_told_with_its_quota_and_the_tags_that_cannot_move(world: World) -> None:
    world.handler = pages(of_project(httpx.Response(200, json=SUMMARY)))
    async with world.client(ROBOT) as client:
        found = await HarborProjects(client.session(HOST)).find("spectro-images")

    assert found is not None
    assert (found.exists, found.quota_bytes, found.used_bytes) == (True, 100, 60)
    assert found.immutable == (ImmutableRule("dev/**", "v*", excludes_repositories=True),)
    sent = base64.b64encode(b"robot:s3cr3t").decode()
    assert {request.headers["authorization"] for request in world.requests} == {f"Basic {sent}"}


async def test_an_unlimited_project_has_no_quota(world: World) -> None:
    summary = {"quota": {"hard": {"storage": -1}, "used": {"storage": 7}}}
    world.handler = pages(of_project(httpx.Response(200, json=summary), []))
    async with world.client(ROBOT) as client:
        found = await HarborProjects(client.session(HOST)).find("spectro-images")

    assert found is not None
    assert (found.quota_bytes, found.used_bytes, found.immutable) == (None, 7, ())


async def test_a_project_that_is_not_there_costs_one_request(world: World) -> None:
    world.handler = pages({})
    async with world.client(ROBOT) as client:
        found = await HarborProjects(client.session(HOST)).find("a/b c")

    assert found is not None
    assert not found.exists
    assert [request.url.raw_path for request in world.requests] == [b"/api/v2.0/projects/a%2Fb%20c/summary"]


@pytest.mark.parametrize("status", [401, 403])
async def test_a_login_that_may_not_look_is_told_nothing(world: World, status: int) -> None:
    world.handler = lambda _: httpx.Response(status, json={"errors": [{"code": "FORBIDDEN", "message": "no"}]})
    async with world.client(ROBOT) as client:
        harbor = HarborProjects(client.session(HOST))
        assert await harbor.find("p") is None
        assert await harbor.free_bytes() is None


@pytest.mark.parametrize(("status", "exists"), [(200, True), (404, False)])
async def test_a_robot_that_may_read_no_project_learns_whether_there_is_one(
    world: World, status: int, exists: bool
) -> None:
    forbidden = httpx.Response(403, json={"errors": [{"code": "FORBIDDEN", "message": "forbidden"}]})
    world.handler = lambda request: httpx.Response(status) if request.method == "HEAD" else forbidden
    async with world.client(ROBOT) as client:
        found = await HarborProjects(client.session(HOST)).find("a&b")

    assert found is not None
    assert (found.exists, found.quota_bytes, found.used_bytes) == (exists, None, None)
    assert world.requests[-1].url.raw_path == b"/api/v2.0/projects?project_name=a%26b"


async def test_a_project_is_asked_for_by_name_even_if_that_is_a_number(world: World) -> None:
    world.handler = pages({})
    async with world.client(ROBOT) as client:
        await HarborProjects(client.session(HOST)).find("2026")

    assert [request.headers["x-is-resource-name"] for request in world.requests] == ["true"]


async def test_a_proxy_cache_is_known_by_the_registry_behind_it(world: World) -> None:
    world.handler = pages(of_project(httpx.Response(200, json={**SUMMARY, "registry": {"id": 1}})))
    async with world.client(ROBOT) as client:
        found = await HarborProjects(client.session(HOST)).find("spectro-images")

    assert found is not None
    assert found.is_proxy


@pytest.mark.parametrize("lacking", ["tag_selectors", "scope_selectors"])
def test_a_rule_without_a_selector_holds_nothing(lacking: str) -> None:
    rule = {name: value for name, value in RULES[0].items() if name != lacking}

    assert read_immutable_rules([RULES[0]]) != ()
    assert read_immutable_rules([rule]) == ()


async def test_a_page_that_is_no_json_is_an_error_that_names_the_host(world: World) -> None:
    world.handler = lambda _: httpx.Response(200, text="<html>welcome</html>")
    async with world.client(ROBOT) as client:
        with pytest.raises(RegistryError, match=HOST):
            await HarborProjects(client.session(HOST)).find("p")


async def test_a_project_is_created_private_and_one_that_is_there_will_do(world: World) -> None:
    answers = iter([httpx.Response(201), httpx.Response(409, json={"errors": [{"code": "CONFLICT"}]})])
    world.handler = lambda _: next(answers)
    async with world.client(ROBOT) as client:
        harbor = HarborProjects(client.session(HOST))
        await harbor.create("spectro-images")
        await harbor.create("spectro-images")

    asked = [(request.method, request.url.path, json.loads(request.content)) for request in world.requests]
    body = {"project_name": "spectro-images", "metadata": {"public": "false"}}
    assert asked == [("POST", "/api/v2.0/projects", body)] * 2


async def test_the_smallest_volume_is_the_room(world: World) -> None:
    volumes = {"storage": [{"total": 10, "free": 9}, {"total": 10, "free": 4}]}
    world.handler = pages({"/api/v2.0/systeminfo/volumes": httpx.Response(200, json=volumes)})
    async with world.client(ROBOT) as client:
        assert await HarborProjects(client.session(HOST)).free_bytes() == 4


async def test_a_harbor_is_known_by_its_token_server_and_asked_for_its_project(world: World) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/service/token":
            return httpx.Response(200, json={"token": "t0ken"})
        if request.url.path.startswith("/v2/") and "authorization" not in request.headers:
            challenge = f'Bearer realm="https://{HOST}/service/token",service="harbor-registry"'
            return httpx.Response(401, headers={"WWW-Authenticate": challenge})
        if request.url.path.startswith("/v2/"):
            return httpx.Response(404)
        return pages(of_project(httpx.Response(200, json=SUMMARY)))(request)

    world.handler = answer
    async with world.client(ROBOT) as client:
        session = client.session(HOST)
        await client_look(session)
        found = await inspect_registry(session, Inspection("spectro-images"))

    assert (found.kind, found.free_bytes, found.takes_docker_types) == ("Harbor", None, None)
    assert found.project is not None
    assert found.project.quota_bytes == 100


@pytest.mark.parametrize(("status", "takes"), [(415, False), (400, True), (403, None)])
async def test_a_zot_is_asked_for_dockers_types_with_what_no_registry_stores(
    world: World, status: int, takes: bool | None
) -> None:
    world.handler = lambda _: httpx.Response(status, json={"errors": [{"code": "MANIFEST_INVALID"}]})
    async with world.client() as client:
        found = await inspect_registry(client.session(HOST), Inspection("p", "zot", "p/docker.io/library/nginx"))

    assert (found.kind, found.takes_docker_types) == ("Zot", takes)
    [asked] = world.requests
    assert asked.method == "PUT"
    assert asked.url.path == f"/v2/p/docker.io/library/nginx/manifests/sha256:{'0' * 64}"
    assert asked.headers["content-type"] == "application/vnd.docker.distribution.manifest.v2+json"


@pytest.mark.parametrize(
    ("kind", "may_be_zot", "asks"), [("", True, 1), ("other", True, 1), ("", False, 0), ("harbor", True, 0)]
)
async def test_what_may_be_a_zot_is_asked_for_dockers_types_too(
    world: World, kind: str, may_be_zot: bool, asks: int
) -> None:
    world.handler = lambda request: httpx.Response(415 if request.method == "PUT" else 404)
    async with world.client() as client:
        wish = Inspection("p", kind, "p/nginx", may_be_zot=may_be_zot)
        found = await inspect_registry(client.session(HOST), wish)

    assert found.takes_docker_types is (False if asks else None)
    assert len([request for request in world.requests if request.method == "PUT"]) == asks


@pytest.mark.parametrize("kind", ["zot", "other", ""])
async def test_who_needs_no_answer_asks_nothing(world: World, kind: str) -> None:
    async with world.client() as client:
        await inspect_registry(client.session(HOST), Inspection("p", kind))

    assert not world.requests


async def client_look(session: object) -> None:
    """Ask for something as every verb does, so that the login is known."""
    from regplan.registry.ask import Ask
    from regplan.registry.session import Session

    assert isinstance(session, Session)
    await session.fetch(Ask("HEAD", "/v2/p/a/manifests/1", "it", "p/a", good=frozenset({200, 404})))
