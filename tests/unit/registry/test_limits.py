from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from regplan.errors import RateLimited
from regplan.model.limits import RateLimit
from regplan.model.source import LimitedSource
from regplan.oci.reference import Reference
from regplan.registry.limits import fewer_left, rate_limit_of

if TYPE_CHECKING:
    from unit.registry.conftest import World

HEADERS = {
    "ratelimit-limit": "100;w=21600",
    "ratelimit-remaining": "87;w=21600",
    "docker-ratelimit-source": "192.0.2.7",
}


def test_docker_hubs_three_headers_are_read() -> None:
    assert rate_limit_of("docker.io", HEADERS) == RateLimit("docker.io", 100, 87, 21600, "192.0.2.7")


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"ratelimit-remaining": "0"}, RateLimit("h", None, 0, None)),
        ({"ratelimit-limit": " 200 ; w = 60 , 10;w=1"}, RateLimit("h", 200, None, 60)),
        ({"ratelimit-limit": "many", "ratelimit-remaining": "3;w=5"}, RateLimit("h", None, 3, 5)),
    ],
)
def test_a_header_that_is_absent_or_means_nothing_leaves_a_gap(headers: dict[str, str], told: RateLimit) -> None:
    assert rate_limit_of("h", headers) == told


@pytest.mark.parametrize(
    "headers",
    [{}, {"ratelimit-limit": "many"}, {"ratelimit-limit": "-5"}, {"ratelimit-limit": "1.5"}, {"ratelimit-limit": "9" * 99},
     {"docker-ratelimit-source": "192.0.2.7"}, {"ratelimit-limit": "\u0661"}],
)  # fmt: skip
def test_where_no_number_can_be_read_there_is_no_limit(headers: dict[str, str]) -> None:
    assert rate_limit_of("h", headers) is None


def test_the_source_is_bounded_and_holds_no_control_character() -> None:
    told = rate_limit_of("h", {"ratelimit-limit": "1", "docker-ratelimit-source": "a\x1b[31m" + "b" * 500})

    assert told is not None
    assert len(told.source) <= 80
    assert "\x1b" not in told.source


@pytest.mark.anyio
async def test_a_client_keeps_what_each_host_said_last(world: World) -> None:
    left = iter(range(86, 0, -1))

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host != "registry-1.docker.io":
            return httpx.Response(200, content=b"{}")
        return httpx.Response(200, content=b"{}", headers={**HEADERS, "ratelimit-remaining": f"{next(left)};w=21600"})

    world.handler = answer
    async with world.client() as client:
        assert isinstance(client, LimitedSource)
        assert list(client.rate_limits) == []
        for name in ("nginx:1", "redis:7", "quay.io/a/b:1"):
            await client.manifest(Reference.parse(name))

        assert client.rate_limits == (RateLimit("docker.io", 100, 85, 21600, "192.0.2.7"),)


@pytest.mark.anyio
async def test_an_answer_without_the_headers_forgets_nothing_and_a_refusal_is_read_too(world: World) -> None:
    answers = [
        httpx.Response(200, content=b"{}", headers=HEADERS),
        httpx.Response(200, content=b"{}"),
        *[httpx.Response(429, headers={**HEADERS, "ratelimit-remaining": "0;w=21600", "retry-after": "9999"})] * 9,
    ]
    world.handler = lambda _: answers.pop(0)
    async with world.client() as client:
        await client.manifest(Reference.parse("nginx:1"))
        await client.manifest(Reference.parse("nginx:2"))
        assert [each.remaining for each in client.rate_limits] == [87]

        with pytest.raises(RateLimited):
            await client.manifest(Reference.parse("nginx:3"))
        assert [each.remaining for each in client.rate_limits] == [0]


@pytest.mark.anyio
async def test_where_a_redirect_leads_says_nothing_of_the_registrys_limit(world: World) -> None:
    world.handler = lambda request: (
        httpx.Response(200, content=b"{}", headers=HEADERS)
        if request.url.host == "cdn.example"
        else httpx.Response(307, headers={"location": "https://cdn.example/x"})
    )
    async with world.client() as client:
        await client.manifest(Reference.parse("registry.example/a:1"))

        assert client.rate_limits == ()


def test_of_answers_that_overtake_each_other_the_one_with_fewer_pulls_left_holds() -> None:
    ahead, behind = RateLimit("h", 100, 86, 60, "me"), RateLimit("h", 100, 87, 60, "me")

    assert fewer_left(ahead, behind) == fewer_left(behind, ahead) == ahead
    assert fewer_left(ahead, None) == fewer_left(None, ahead) == ahead
    assert fewer_left(None, None) is None


def test_another_limit_or_account_is_newer_whatever_is_left() -> None:
    nobody, me = RateLimit("h", 100, 3, 21600, "192.0.2.7"), RateLimit("h", 200, 180, 21600, "me")

    assert fewer_left(nobody, me) == me
    assert fewer_left(RateLimit("h", 100, None, 60), RateLimit("h", 100, 5, 60)) == RateLimit("h", 100, 5, 60)
