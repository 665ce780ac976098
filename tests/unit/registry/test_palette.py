from __future__ import annotations

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from regplan.errors import (
    Denied,
    InputError,
    RateLimited,
    RegistryError,
    RegplanError,
    Unauthorized,
    Unreachable,
    Unsupported,
)
from regplan.registry.options import ConnectionOptions, HostOptions, Secret
from regplan.registry.palette import PaletteClient
from regplan.registry.palette_target import PaletteTarget
from regplan.registry.pool import Surroundings
from support.palette import KEY, Palette, Reply, serve_palette
from support.palette_documents import PROJECT, edge_host, profile, uid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.certificates import Authority

pytestmark = pytest.mark.anyio

INFRA = f"/v1/clusterprofiles/{uid(1)}"


@pytest.fixture
def palette() -> Iterator[Palette]:
    with serve_palette(Palette()) as running:
        running.add(profile("infra", 1))
        yield running


class Naps:
    """Sleeps not at all, and remembers how long it should have."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def sleep(self, duration_s: float) -> None:
        self.taken.append(duration_s)


def target(palette: Palette, *, key: str = KEY, project: str = PROJECT) -> PaletteTarget:
    return PaletteTarget(palette.url, Secret(key), "$PALETTE_API_KEY", project)


def client(palette: Palette, **more: str) -> PaletteClient:
    return PaletteClient(target(palette, **more), ConnectionOptions(), Surroundings(sleep=Naps().sleep))


async def failure(palette: Palette, *replies: Reply, **more: str) -> RegplanError:
    """What the client says when the profile is answered so."""
    palette.instead[INFRA] = list(replies)
    async with client(palette, **more) as asking:
        with pytest.raises(RegplanError) as caught:
            await asking.profile(uid(1))
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


async def test_key_and_project_go_in_the_headers_that_the_specification_names(palette: Palette) -> None:
    async with client(palette) as asking:
        assert (await asking.profile(uid(1)))["metadata"]["name"] == "infra"

    (asked,) = palette.asked
    assert asked.headers["apikey"] == KEY
    assert asked.headers["projectuid"] == PROJECT
    assert asked.query == {"includePackMeta": ["presets"]}
    assert KEY not in asked.path


async def test_without_a_project_the_tenant_is_asked(palette: Palette) -> None:
    async with client(palette, project="") as asking:
        await asking.profile(uid(1))

    assert "projectuid" not in palette.asked[0].headers


async def test_a_list_is_read_page_by_page_to_its_end(palette: Palette) -> None:
    palette.hosts = [edge_host(f"node-{number}", number) for number in range(1, 121)]
    async with client(palette) as asking:
        found = await asking.hosts()

    assert [each["metadata"]["name"] for each in found] == [f"node-{number}" for number in range(1, 121)]
    assert [each.query.get("continue") for each in palette.asked] == [None, ["after-50"], ["after-100"]]
    assert {each.query["limit"][0] for each in palette.asked} == {"50"}


async def test_a_list_without_tokens_that_says_there_is_more_is_read_by_offset(palette: Palette) -> None:
    palette.hosts = [edge_host(f"node-{number}", number) for number in range(1, 8)]
    palette.has_tokens, palette.page = False, 3
    async with client(palette) as asking:
        assert len(await asking.hosts()) == 7

    assert [each.query.get("offset") for each in palette.asked] == [None, ["3"], ["6"]]


async def test_a_list_that_gives_the_same_page_again_is_given_up(palette: Palette) -> None:
    page = {"items": [], "listmeta": {"continue": "again", "count": 9}}
    palette.instead["/v1/dashboard/edgehosts/search"] = [Reply(200, json.dumps(page).encode())]
    async with client(palette) as asking:
        with pytest.raises(RegistryError, match="the same page of the list of Edge hosts again and again"):
            await asking.hosts()

    assert len(palette.asked) == 2


async def test_hosts_that_a_search_tells_in_part_are_asked_for_one_by_one(palette: Palette) -> None:
    palette.hosts = [edge_host("node-1", 1), edge_host("node-2", 2)]
    palette.searches_whole_hosts = False
    async with client(palette) as asking:
        found = await asking.hosts()

    assert [each["spec"]["device"]["cpu"] for each in found] == [{"cores": 4}] * 2
    assert palette.paths()[1:] == [f"GET /v1/edgehosts/{uid(1)}", f"GET /v1/edgehosts/{uid(2)}"]


async def test_a_wrong_key_is_told_with_the_place_it_came_from(palette: Palette) -> None:
    error = await failure_with_key(palette, "another-key")

    assert isinstance(error, Unauthorized)
    assert error.exit_code == 3
    assert "refuses the API key from $PALETTE_API_KEY" in str(error)
    assert "another-key" not in str(error) + repr(error.__dict__)
    assert len(palette.asked) == 1


async def failure_with_key(palette: Palette, key: str) -> RegplanError:
    async with client(palette, key=key) as asking:
        with pytest.raises(RegplanError) as caught:
            await asking.profile(uid(1))
    return caught.value


async def test_a_refusal_that_repeats_the_key_does_not_show_it(palette: Palette) -> None:
    body = json.dumps({"code": "Denied", "message": f"key {KEY} may not"}).encode()
    error = await failure(palette, Reply(403, body))

    assert isinstance(error, Denied)
    assert f"in project {PROJECT}" in str(error)
    assert "key *** may not" in str(error)


async def test_a_profile_that_is_not_there_is_a_matter_of_the_input(palette: Palette) -> None:
    async with client(palette) as asking:
        with pytest.raises(InputError, match=f"has no cluster profile {uid(9)} in project {PROJECT}") as caught:
            await asking.profile(uid(9))

    assert caught.value.exit_code == 2


BAD = {
    "no such method": (
        Reply(405, b'{"code":"405","message":"method GET is not allowed"}'),
        Unsupported,
        "of which version",
    ),
    "bad query": (Reply(400, b'{"code":"InvalidQuery","message":"no"}'), RegistryError, "HTTP 400 to cluster profile"),
    "server trouble": (
        Reply(500, b"oops"),
        RegistryError,
        "failed with HTTP 500 on cluster profile .* try again later",
    ),
    "too many requests": (Reply(429, b"{}", {"Retry-After": "7200"}), RateLimited, "it asks to wait 7200 s"),
    "login page": (
        Reply(200, b"<html><form>Log in</form>", {"Content-Type": "text/html"}),
        RegistryError,
        "a web page",
    ),
    "page by content": (Reply(200, b"\n <!doctype html>"), RegistryError, "a web page"),
    "page with an error": (Reply(404, b"<html>nginx", {"Content-Type": "text/html"}), RegistryError, "a web page"),
    "cut short": (Reply(200, b'{"metadata": '), RegistryError, "something that is no JSON"),
    "no text": (Reply(200, b"\xff\xfe"), RegistryError, "something that is no JSON"),
    "deep": (Reply(200, b"[" * 100_000), RegistryError, "something that is no JSON"),
    "crowded": (Reply(200, b"[" + b"{}," * 500_001 + b"{}]"), RegistryError, "more than 500,000 objects"),
    "a text": (Reply(200, b'"text"'), RegistryError, "something else than was asked for"),
    "a list": (Reply(200, b"[]"), RegistryError, "with a list, where one object is expected"),
    "no content": (Reply(204, b""), RegistryError, "HTTP 204 to cluster profile"),
    "too large": (Reply(200, b"{" + b" " * (17 * 2**20)), RegistryError, "more than 16777216 bytes"),
    "redirect to nowhere": (Reply(302, b""), RegistryError, "HTTP 302"),
}


@pytest.mark.parametrize("name", BAD)
async def test_every_bad_answer_is_one_sentence(palette: Palette, name: str) -> None:
    reply, kind, words = BAD[name]
    error = await failure(palette, reply)

    assert isinstance(error, kind)
    assert palette.address in str(error)
    with pytest.raises(kind, match=words):
        raise error


async def test_what_passes_is_tried_again(palette: Palette) -> None:
    naps = Naps()
    good = Reply(200, json.dumps(palette.profiles[uid(1)]).encode())
    palette.instead[INFRA] = [Reply(503), Reply(429, headers={"Retry-After": "3"}), good]
    async with PaletteClient(target(palette), ConnectionOptions(), Surroundings(sleep=naps.sleep)) as asking:
        assert (await asking.profile(uid(1)))["metadata"]["name"] == "infra"

    assert len(naps.taken) == 2
    assert naps.taken[1] >= 3


async def test_a_silent_server_is_given_up(palette: Palette) -> None:
    palette.instead[INFRA] = [Reply(200, b"{}", wait_s=0.6)]
    asking = PaletteClient(target(palette), ConnectionOptions(), Surroundings(sleep=Naps().sleep), read_s=0.1)
    async with asking:
        with pytest.raises(Unreachable, match="silence for more than"):
            await asking.profile(uid(1))


async def test_a_server_that_is_not_there_is_named() -> None:
    nowhere = PaletteTarget("http://127.0.0.1:9", Secret(KEY), "standard input")
    async with PaletteClient(nowhere, ConnectionOptions()) as asking:
        with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9 cannot be reached: nothing listens there"):
            await asking.profiles()


async def test_offline_nothing_is_asked(palette: Palette) -> None:
    async with PaletteClient(target(palette), ConnectionOptions(offline=True)) as asking:
        with pytest.raises(Unreachable, match="being offline allows no connection"):
            await asking.profiles()

    assert palette.asked == []


async def test_a_redirect_on_the_same_host_is_followed_with_the_key(palette: Palette) -> None:
    palette.instead[INFRA] = [Reply(307, headers={"Location": f"/v1/clusterprofiles/{uid(2)}"})]
    palette.add(profile("moved", 2))
    async with client(palette) as asking:
        assert (await asking.profile(uid(1)))["metadata"]["name"] == "moved"


async def test_a_redirect_to_another_host_is_not_followed_and_the_key_stays_here(palette: Palette) -> None:
    heard: list[str] = []
    with listener(heard) as port:
        error = await failure(palette, Reply(302, headers={"Location": f"http://127.0.0.1:{port}/login?token=abc"}))

    assert f"sends us on to http://127.0.0.1:{port}/login?token=***" in str(error)
    assert heard == []


async def test_a_redirect_to_the_same_host_on_another_port_is_another_host(palette: Palette) -> None:
    error = await failure(palette, Reply(307, headers={"Location": "http://127.0.0.1:1/v1"}))

    assert "where the API key does not go" in str(error)


async def test_a_search_is_not_turned_into_a_get_by_a_redirect(palette: Palette) -> None:
    palette.instead["/v1/dashboard/clusterprofiles"] = [Reply(302, headers={"Location": "/v1/elsewhere"})]
    async with client(palette) as asking:
        with pytest.raises(RegistryError, match="redirects where no redirect belongs"):
            await asking.profiles()


async def test_redirects_in_a_circle_end(palette: Palette) -> None:
    error = await failure(palette, Reply(307, headers={"Location": INFRA}))

    assert "HTTP 307" in str(error)
    assert len(palette.asked) == 6


async def test_an_own_ca_is_trusted_where_it_is_given_and_not_otherwise(authority: Authority) -> None:
    with serve_palette(Palette(), authority.good()) as running:
        running.add(profile("infra", 1))
        trusting = ConnectionOptions({running.address: HostOptions(ca_cert=authority.ca_file)})
        async with PaletteClient(target(running), trusting) as asking:
            assert (await asking.profile(uid(1)))["metadata"]["name"] == "infra"
        async with client(running) as asking:
            with pytest.raises(Unreachable, match=f"--ca-cert={running.address}="):
                await asking.profile(uid(1))


async def test_neither_the_log_nor_any_repr_holds_the_key(palette: Palette, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with client(palette) as asking:
        await asking.profile(uid(1))
        shown = repr(asking) + repr(asking.target) + str(asking.target)

    assert caplog.records
    assert KEY not in caplog.text + shown


class listener:  # noqa: N801  reads like a function
    """A server that only notes who asks it."""

    def __init__(self, heard: list[str]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                heard.append(f"{self.path} {self.headers}")
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> int:
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return int(self.server.server_address[1])

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
