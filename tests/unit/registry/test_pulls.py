"""Pulls are waited for where a run may make only so many, and a look is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from regplan.errors import RateLimited
from regplan.oci.reference import Reference
from regplan.registry.pulls import Pulls

if TYPE_CHECKING:
    from regplan.registry.client import RegistryClient
    from unit.registry.conftest import World

pytestmark = pytest.mark.anyio

HOUR_S = 3600.0
MANIFEST = json.dumps({"schemaVersion": 2, "config": {}, "layers": []}).encode()
HEADERS = {"Content-Type": "application/vnd.oci.image.manifest.v1+json"}


class Hub:
    """A registry that counts pulls in a window and tells what is left, if it is told to; HEADs are free."""

    def __init__(self, world: World, most: int, *, window_s: float = 6 * HOUR_S, tells: bool = True) -> None:
        self._world, self._most, self._window_s, self._tells = world, most, window_s, tells
        self.pulled: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        now = self._world.now_s
        recent = [at for at in self.pulled if at > now - self._window_s]
        if request.method == "GET" and len(recent) >= self._most:
            return httpx.Response(429, headers=self._left(0))
        if request.method == "GET":
            self.pulled.append(now)
            recent.append(now)
        return httpx.Response(200, content=MANIFEST, headers={**HEADERS, **self._left(self._most - len(recent))})

    def _left(self, count: int) -> dict[str, str]:
        window = int(self._window_s)
        told = {"ratelimit-limit": f"{self._most};w={window}", "ratelimit-remaining": f"{count};w={window}"}
        return told if self._tells else {}


async def _pull(client: RegistryClient, count: int, host: str = "docker.io") -> None:
    async with anyio.create_task_group() as tasks:
        for number in range(count):
            tasks.start_soon(client.manifest, Reference.parse(f"{host}/library/image-{number}:1"))


async def test_no_more_pulls_are_made_in_a_window_than_were_allowed(world: World) -> None:
    said: list[tuple[str, float]] = []
    world.handler = hub = Hub(world, 100)
    world.pulls = Pulls(3, lambda why, wait_s: said.append((why, wait_s)))
    async with world.client() as client:
        await _pull(client, 7)

    assert [sum(at - hub.pulled[0] >= hours * 6 * HOUR_S for at in hub.pulled) for hours in range(3)] == [7, 4, 1]
    assert len(hub.pulled) == 7
    assert said[0] == ("3 pulls of docker.io made in its window", 6 * HOUR_S)
    assert said[1] == ("", 0.0)


@pytest.mark.parametrize("tells", [True, False], ids=["told by its headers", "told by a refusal only"])
async def test_a_registry_with_no_pulls_left_is_waited_for_and_nothing_fails(world: World, tells: bool) -> None:
    world.handler = hub = Hub(world, 2, window_s=HOUR_S, tells=tells)
    world.pulls = Pulls(50)
    async with world.client() as client:
        await _pull(client, 5)

    assert len(hub.pulled) == 5


async def test_looks_are_not_counted(world: World) -> None:
    world.handler = hub = Hub(world, 100)
    world.pulls = Pulls(1)
    async with world.client() as client:
        for number in range(5):
            await client.look(Reference.parse(f"library/image-{number}:1"))

    assert (hub.pulled, world.slept) == ([], [])


async def test_pulls_that_come_back_earlier_than_told_are_made_earlier(world: World) -> None:
    left = iter([0, 0, 0, 40, 39])
    world.handler = lambda _: httpx.Response(
        200, content=MANIFEST, headers={**HEADERS, "ratelimit-limit": "100;w=21600", "ratelimit-remaining": str(next(left))}
    )  # fmt: skip
    world.pulls = Pulls(50)
    async with world.client() as client:
        await client.manifest(Reference.parse("docker.io/library/one:1"))
        await client.manifest(Reference.parse("docker.io/library/two:1"))
        limits = client.rate_limits

    assert [request.method for request in world.requests] == ["GET", "HEAD", "HEAD", "HEAD", "GET"]
    assert sum(world.slept) == 900
    assert [limit.remaining for limit in limits] == [39]


async def test_another_registry_is_counted_once_it_tells_of_a_limit_and_not_before(world: World) -> None:
    world.handler = Hub(world, 100)
    world.pulls = Pulls(2)
    async with world.client() as client:
        await _pull(client, 2, "mirror.example")
        assert world.slept == []
        await _pull(client, 4, "mirror.example")
    assert sum(world.slept) >= 6 * HOUR_S

    world.handler = lambda _: httpx.Response(429, headers={"Retry-After": "3600"})
    async with world.client() as client:
        with pytest.raises(RateLimited):
            await client.manifest(Reference.parse("silent.example/a:1"))
