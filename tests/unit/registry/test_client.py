from __future__ import annotations

import json
import random
from contextlib import aclosing
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from regplan.errors import (
    ContentError,
    Denied,
    DigestMismatch,
    InputError,
    NotFound,
    RateLimited,
    RegistryError,
    SizeMismatch,
    Unauthorized,
    Unreachable,
)
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.mediatype import OCI_CONFIG, OCI_LAYER
from regplan.oci.reference import Reference
from regplan.registry.client import RegistryClient
from regplan.registry.credentials import Credentials
from regplan.registry.options import ConnectionOptions, HostOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from unit.registry.conftest import World

pytestmark = pytest.mark.anyio

HOST = "registry.example"
MANIFEST = json.dumps({"schemaVersion": 2, "config": {}, "layers": []}).encode()
BLOB = bytes(range(256)) * 300
OF_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def reference(text: str = "a/b:1") -> Reference:
    return Reference.parse(f"{HOST}/{text}")


def layer(data: bytes = BLOB, size: int | None = None) -> Descriptor:
    return Descriptor(OCI_LAYER, Digest.of(data), len(data) if size is None else size)


def manifest(data: bytes = MANIFEST, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(200, content=data, headers={"Content-Type": OF_MANIFEST, **named})


def in_turn(*answers: httpx.Response | Exception) -> Callable[[httpx.Request], httpx.Response]:
    left = list(answers)

    def handler(_: httpx.Request) -> httpx.Response:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handler


async def read(client: RegistryClient, descriptor: Descriptor, *span: int) -> bytes:
    chunks = client.blob(f"{HOST}/a/b", descriptor, *span)
    async with aclosing(chunks):
        return b"".join([chunk async for chunk in chunks])


class Stream(httpx.AsyncByteStream):
    """A body that comes in pieces and may break."""

    def __init__(self, *pieces: bytes | Exception) -> None:
        self.pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece


async def test_docker_hub_is_asked_at_its_registry(world: World) -> None:
    world.handler = lambda _: manifest()
    async with world.client() as client:
        await client.manifest(Reference.parse("nginx:1.27"))

    assert world.asked == ["GET https://registry-1.docker.io/v2/library/nginx/manifests/1.27"]
    accepted = world.requests[0].headers["accept"].split(", ")
    assert len(accepted) == 4
    assert world.requests[0].headers["accept-encoding"] == "identity"


async def test_a_pinned_manifest_is_held_to_its_digest(world: World) -> None:
    world.handler = lambda _: manifest()
    async with world.client() as client:
        good = await client.manifest(reference(f"a/b@{Digest.of(MANIFEST)}"))
        with pytest.raises(DigestMismatch, match=r"a/b@sha256:0{64}: what came is sha256:"):
            await client.manifest(reference("a/b@sha256:" + "0" * 64))

    assert good.data == MANIFEST
    assert good.digest == Digest.of(MANIFEST)


async def test_a_manifest_that_was_harmed_on_the_way_is_asked_for_once_more(world: World) -> None:
    answers = iter([httpx.Response(200, content=MANIFEST[:-1] + b" "), manifest()])
    world.handler = lambda _: next(answers)
    async with world.client() as client:
        content = await client.manifest(reference(f"a/b@{Digest.of(MANIFEST)}"))

    assert content.data == MANIFEST
    assert len(world.requests) == 2


async def test_a_sha512_reference_is_held_to_sha512(world: World) -> None:
    world.handler = lambda _: manifest(docker_content_digest=str(Digest.of(MANIFEST)))
    async with world.client() as client:
        content = await client.manifest(reference(f"a/b@{Digest.of(MANIFEST, 'sha512')}"))

    assert content.digest.algorithm == "sha512"


async def test_a_manifest_is_held_to_what_the_registry_says_of_it(world: World) -> None:
    world.handler = lambda _: manifest(docker_content_digest="sha256:" + "1" * 64)
    async with world.client() as client:
        with pytest.raises(DigestMismatch, match="the registry says sha256:1"):
            await client.manifest(reference())


async def test_a_manifest_is_read_up_to_four_mebibytes_whatever_the_header_says(world: World) -> None:
    endless = [b"x" * 2**20] * 6
    world.handler = lambda _: httpx.Response(200, stream=Stream(*endless), headers={"Content-Type": OF_MANIFEST})
    async with world.client() as client:
        with pytest.raises(RegistryError, match=r"more than 4194304 bytes"):
            await client.manifest(reference())


async def test_an_error_body_without_end_is_cut(world: World) -> None:
    world.handler = lambda _: httpx.Response(404, stream=Stream(*[b"x" * 65536] * 100))
    async with world.client() as client:
        with pytest.raises(NotFound) as caught:
            await client.manifest(reference())

    assert len(str(caught.value)) < 500


async def test_a_web_page_is_not_taken_for_a_manifest(world: World) -> None:
    world.handler = lambda _: httpx.Response(200, text="<html>", headers={"Content-Type": "text/html; charset=utf-8"})
    async with world.client() as client:
        with pytest.raises(RegistryError, match="answered with a web page"):
            await client.manifest(reference())


async def test_no_connection_is_made_offline(world: World) -> None:
    async with world.client(ConnectionOptions(offline=True)) as client:
        with pytest.raises(Unreachable, match=f"{HOST} is not asked: being offline"):
            await client.manifest(reference())
        with pytest.raises(Unreachable):
            await read(client, layer())
        with pytest.raises(Unreachable):
            await client.referrers(f"{HOST}/a/b", Digest.of(b""))

    assert world.requests == []
    assert world.slept == []


async def test_a_failure_that_passes_is_waited_out(world: World) -> None:
    world.handler = in_turn(httpx.Response(503), httpx.Response(502), httpx.ReadError("reset"), manifest())
    async with world.client() as client:
        assert (await client.manifest(reference())).data == MANIFEST
        counts = client.requests[HOST]

    assert world.slept == [0.25, 0.5, 1.0]
    assert (counts.requests, counts.overhead) == (1, 3)


async def test_a_silent_host_is_asked_twice_and_then_for_nothing_else(world: World) -> None:
    def silence(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("late")

    world.handler = silence
    async with world.client() as client:
        for _ in range(3):
            with pytest.raises(Unreachable, match=f"{HOST} cannot be reached: silence for more than 30 s") as caught:
                await client.manifest(reference())
            assert not caught.value.retryable

    assert len(world.requests) == 2
    assert {request.extensions["timeout"]["read"] for request in world.requests} == {30.0}


async def test_a_small_answer_that_drips_is_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Dripping(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b" "
                await anyio.sleep(0.01)

    monkeypatch.setattr("regplan.registry.bodies.SMALL_ANSWER_S", 0.1)
    world.transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Dripping()))
    async with world.client() as client:
        with anyio.fail_after(20), pytest.raises(Unreachable, match=f"{HOST} cannot .* not whole after 60 s") as caught:
            await client.manifest(reference())

    assert not caught.value.retryable
    assert world.slept == []


async def test_headers_that_never_come_are_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def late(_: httpx.Request) -> httpx.Response:
        await anyio.sleep_forever()
        raise AssertionError

    monkeypatch.setattr("regplan.registry.pool.SMALL_ANSWER_S", 0.1)
    world.transport = httpx.MockTransport(late)
    async with world.client() as client:
        with anyio.fail_after(20), pytest.raises(Unreachable, match="not whole after 60 s"):
            await client.manifest(reference())


async def test_a_failure_that_stays_is_told_of_in_the_end(world: World) -> None:
    world.handler = lambda _: httpx.Response(503, json={"errors": [{"code": "UNAVAILABLE", "message": "down"}]})
    async with world.client() as client:
        with pytest.raises(
            RegistryError, match=r"failed with HTTP 503 on manifest a/b:1.*\(UNAVAILABLE: down\)"
        ) as caught:
            await client.manifest(reference())

    assert len(world.requests) == 5
    assert caught.value.retryable
    assert caught.value.request == f"GET https://{HOST}/v2/a/b/manifests/1"


async def test_an_unknown_host_is_given_up_at_once_and_a_known_one_is_not(world: World) -> None:
    refused = httpx.ConnectError("All connection attempts failed")
    world.handler = in_turn(refused, manifest(), refused, manifest())
    async with world.client() as client:
        with pytest.raises(Unreachable, match=f"{HOST} cannot be reached"):
            await client.manifest(reference())
        world.now_s += 60
        await client.manifest(reference())
        await client.manifest(reference())

    assert world.slept == [0.25]


async def test_many_images_do_not_wait_for_a_dead_host_one_by_one(world: World) -> None:
    failures: list[Exception] = []

    def handler(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("late")

    async def one(client: RegistryClient, tag: int) -> None:
        with pytest.raises(Unreachable, match="no answer within 10 s") as caught:
            await client.manifest(reference(f"a/b:{tag}"))
        failures.append(caught.value)

    world.handler = handler
    async with world.client() as client, anyio.create_task_group() as tasks:
        for tag in range(20):
            tasks.start_soon(one, client, tag)

    assert len(failures) == 20
    assert len(world.requests) == 1


async def test_retry_after_holds_up_every_request_to_the_host(world: World) -> None:
    world.handler = in_turn(manifest(), httpx.Response(429, headers={"Retry-After": "20"}), manifest(), manifest())
    async with world.client() as client:
        await client.manifest(reference())
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.manifest, reference("a/b:2"))
            await anyio.lowlevel.checkpoint()
            tasks.start_soon(client.manifest, reference("a/b:3"))

    assert world.slept
    assert sum(world.slept) >= 20
    assert len(world.requests) == 4


async def test_a_wait_that_is_too_long_is_told_of_at_once(world: World) -> None:
    world.handler = lambda _: httpx.Response(429, headers={"Retry-After": "3600"})
    async with world.client() as client:
        with pytest.raises(RateLimited, match="it asks to wait 3600 s") as caught:
            await client.manifest(reference())

    assert caught.value.retry_after_s == 3600
    assert world.slept == []


async def test_no_other_image_waits_for_a_registry_that_asks_for_more_than_our_patience(world: World) -> None:
    world.handler = in_turn(httpx.Response(429, headers={"Retry-After": "86400"}), manifest())
    async with world.client() as client:
        with pytest.raises(RateLimited):
            await client.manifest(reference())
        await client.manifest(reference("a/b:2"))

    assert world.slept == []


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/x", "https://10.0.0.9/x", "https://127.0.0.1/x", "https://[::ffff:10.0.0.9]/x"]
)
async def test_a_redirect_to_an_address_that_only_this_network_reaches_is_not_followed(
    world: World, target: str
) -> None:
    world.handler = lambda _: httpx.Response(307, headers={"Location": target})
    plain = ConnectionOptions({"*": HostOptions(plain_http=True)})
    async with world.client(plain) as client:
        with pytest.raises(RegistryError, match=r"internal address .*; it is not followed"):
            await client.manifest(reference())

    assert len(world.requests) == 1


def with_basic(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
    if "authorization" in request.headers:
        return answer
    return httpx.Response(401, headers={"WWW-Authenticate": "Basic"})


async def test_a_login_does_not_follow_a_redirect_to_another_host(world: World) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "cdn.example":
            return httpx.Response(200, content=BLOB)
        return with_basic(request, httpx.Response(307, headers={"Location": "https://cdn.example/x?sig=s3cr3t"}))

    world.handler = handler
    async with world.client(world.login()) as client:
        assert await read(client, layer()) == BLOB

    sent = [(request.url.host, "authorization" in request.headers) for request in world.requests]
    assert sent == [(HOST, False), (HOST, True), ("cdn.example", False)]


@pytest.mark.parametrize(
    ("location", "keeps"),
    [
        (f"https://{HOST}/elsewhere", True),
        ("/elsewhere", True),
        (f"https://{HOST}:8443/elsewhere", False),
        (f"https://{HOST}.evil.example/elsewhere", False),
        (f"https://{HOST}@evil.example/elsewhere", False),
        ("//evil.example/elsewhere", False),
    ],
)
async def test_a_login_stays_with_scheme_host_and_port(world: World, location: str, keeps: bool) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/elsewhere":
            return manifest()
        return with_basic(request, httpx.Response(302, headers={"Location": location}))

    world.handler = handler
    async with world.client(world.login()) as client:
        await client.manifest(reference())

    assert ("authorization" in world.requests[-1].headers) is keeps


async def test_a_redirect_down_to_plain_http_is_refused_unless_it_was_asked_for(world: World) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "cdn.example":
            return httpx.Response(200, content=BLOB)
        return httpx.Response(307, headers={"Location": "http://cdn.example/x"})

    world.handler = handler
    async with world.client() as client:
        with pytest.raises(RegistryError, match=r"over plain HTTP; if that is meant, say --plain-http=cdn\.example"):
            await read(client, layer())
    async with world.client(ConnectionOptions({"cdn.example": HostOptions(plain_http=True)})) as client:
        assert await read(client, layer()) == BLOB


async def test_another_host_cannot_say_where_our_login_goes(world: World) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "cdn.example":
            return httpx.Response(401, headers={"WWW-Authenticate": 'Bearer realm="https://evil.example/token"'})
        return with_basic(request, httpx.Response(307, headers={"Location": "https://cdn.example/x"}))

    world.handler = handler
    async with world.client(world.login()) as client:
        with pytest.raises(Unauthorized):
            await read(client, layer())

    assert {request.url.host for request in world.requests} == {HOST, "cdn.example"}


async def test_redirects_end(world: World) -> None:
    world.handler = lambda _: httpx.Response(302, headers={"Location": "/again"})
    async with world.client() as client:
        with pytest.raises(RegistryError, match="redirects where no redirect belongs"):
            await client.manifest(reference())

    assert len(world.requests) == 6


async def test_no_cookie_is_kept(world: World) -> None:
    world.handler = lambda _: manifest(set_cookie="sid=abc; Path=/")
    async with world.client() as client:
        await client.manifest(reference())
        await client.manifest(reference())

    assert all("cookie" not in request.headers for request in world.requests)


async def test_a_login_that_may_not_go_over_plain_http_stays_here_and_is_told_of(world: World) -> None:
    world.handler = lambda request: with_basic(request, manifest())
    login = world.login().login
    async with world.client(ConnectionOptions({"*": HostOptions(plain_http=True)}, login=login)) as client:
        with pytest.raises(Unauthorized, match=f"none goes there over plain HTTP.*--plain-http={HOST}"):
            await client.manifest(reference())
    assert all("authorization" not in request.headers for request in world.requests)

    async with world.client(ConnectionOptions({HOST: HostOptions(plain_http=True)}, login=login)) as client:
        assert (await client.manifest(reference())).data == MANIFEST


async def test_many_requests_at_once_to_a_new_host_meet_one_401(world: World) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "auth.example":
            return httpx.Response(200, json={"token": "t0ken"})
        if "authorization" in request.headers:
            return manifest()
        return httpx.Response(401, headers={"WWW-Authenticate": 'Bearer realm="https://auth.example/token"'})

    world.handler = handler
    async with world.client() as client, anyio.create_task_group() as tasks:
        for tag in range(10):
            tasks.start_soon(client.manifest, reference(f"a/b:{tag}"))

    without = [request for request in world.requests if "authorization" not in request.headers]
    assert [request.url.host for request in without] == [HOST, "auth.example"]
    assert len(world.requests) == 12


async def test_a_token_server_that_is_busy_is_waited_for(world: World) -> None:
    world.handler = in_turn(
        httpx.Response(401, headers={"WWW-Authenticate": 'Bearer realm="https://auth.example/token"'}),
        httpx.Response(503),
        httpx.Response(200, json={"token": "t0ken"}),
        manifest(),
    )
    async with world.client() as client:
        await client.manifest(reference())
        counts = client.requests[HOST]

    assert world.slept == [0.25]
    assert (counts.requests, counts.overhead) == (1, 3)


async def test_a_redirect_of_a_token_server_is_not_followed(world: World) -> None:
    world.handler = in_turn(
        httpx.Response(401, headers={"WWW-Authenticate": 'Bearer realm="https://auth.example/token"'}),
        httpx.Response(302, headers={"Location": "https://evil.example/"}),
    )
    async with world.client(world.login()) as client:
        with pytest.raises(RegistryError, match="token server"):
            await client.manifest(reference())

    assert all(request.url.host != "evil.example" for request in world.requests)


async def test_a_stream_that_breaks_goes_on_where_it_broke(world: World) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        span = request.headers.get("range")
        if span is None:
            return httpx.Response(200, stream=Stream(BLOB[:1000], httpx.ReadError("reset")))
        first, last = (int(part) for part in span.removeprefix("bytes=").split("-"))
        return httpx.Response(
            206, content=BLOB[first : last + 1], headers={"Content-Range": f"bytes {first}-{last}/{len(BLOB)}"}
        )

    world.handler = handler
    async with world.client() as client:
        assert await read(client, layer()) == BLOB

    assert [request.headers.get("range") for request in world.requests] == [None, f"bytes=1000-{len(BLOB) - 1}"]


@pytest.mark.parametrize(("each_bytes", "is_whole"), [(2**20, True), (2**18, False)])
async def test_a_stream_that_breaks_often_is_worth_another_try_while_much_comes(
    world: World, each_bytes: int, is_whole: bool
) -> None:
    data = random.Random(1).randbytes(9 * each_bytes)

    def handler(request: httpx.Request) -> httpx.Response:
        span = request.headers.get("range", f"bytes=0-{len(data) - 1}")
        first = int(span.removeprefix("bytes=").partition("-")[0])
        told = {"Content-Range": f"bytes {first}-{len(data) - 1}/{len(data)}"} if "range" in request.headers else {}
        stream = Stream(data[first : first + each_bytes], httpx.ReadError("reset"))
        return httpx.Response(206 if told else 200, headers=told, stream=stream)

    world.handler = handler
    async with world.client() as client:
        chunks = client.blob(f"{HOST}/a/b", Descriptor(OCI_LAYER, Digest.of(data), len(data)))
        async with aclosing(chunks):
            if is_whole:
                assert b"".join([chunk async for chunk in chunks]) == data
                return
            with pytest.raises(Unreachable):
                _ = [chunk async for chunk in chunks]


async def test_a_stream_that_breaks_without_progress_is_given_up(world: World) -> None:
    world.handler = lambda _: httpx.Response(200, stream=Stream(httpx.ReadError("reset")))
    async with world.client() as client:
        with pytest.raises(Unreachable, match=f"the connection to {HOST} broke"):
            await read(client, layer())


async def test_a_registry_without_ranges_sends_all_and_the_part_is_taken_out(world: World) -> None:
    world.handler = lambda _: httpx.Response(200, stream=Stream(BLOB[:100], BLOB[100:]))
    async with world.client() as client:
        assert await read(client, layer(), 50, 149) == BLOB[50:150]
        assert await read(client, layer(), len(BLOB) - 1) == BLOB[-1:]


async def test_another_part_than_was_asked_for_is_refused(world: World) -> None:
    world.handler = lambda _: httpx.Response(206, content=BLOB[:10], headers={"Content-Range": "bytes 0-9/25600"})
    async with world.client() as client:
        with pytest.raises(RegistryError, match="another part came"):
            await read(client, layer(), 50, 59)


@pytest.mark.parametrize(
    ("sent", "words"), [(BLOB + b"x", "more than 76800"), (BLOB[:-1], "ended after 76799 of 76800")]
)
async def test_a_blob_of_another_size_is_a_mismatch(world: World, sent: bytes, words: str) -> None:
    world.handler = lambda _: httpx.Response(200, stream=Stream(sent))
    async with world.client() as client:
        with pytest.raises(SizeMismatch, match=words):
            await read(client, layer())


async def test_an_empty_blob_is_asked_for_and_empty(world: World) -> None:
    world.handler = lambda _: httpx.Response(200)
    async with world.client() as client:
        assert await read(client, layer(b"")) == b""

    assert len(world.requests) == 1


async def test_a_config_that_claims_too_much_is_not_read(world: World) -> None:
    async with world.client() as client:
        with pytest.raises(SizeMismatch, match="8 MiB is allowed"):
            await read(client, Descriptor(OCI_CONFIG, Digest.of(b""), 8 * 2**20 + 1))

    assert world.requests == []


def index_of(*digests: Digest) -> httpx.Response:
    entries = [{"mediaType": OF_MANIFEST, "digest": str(digest), "size": 10} for digest in digests]
    media_type = "application/vnd.oci.image.index.v1+json"
    body = {"schemaVersion": 2, "mediaType": media_type, "manifests": entries}
    return httpx.Response(200, json=body, headers={"Content-Type": media_type})


async def test_referrers_are_listed_over_all_pages(world: World) -> None:
    digests = [Digest.of(bytes([number])) for number in range(3)]
    pages: list[httpx.Response] = [index_of(digests[0], digests[1]), index_of(digests[2])]
    pages[0].headers["Link"] = '</v2/a/b/referrers/x?page=2>; rel="next"'
    world.handler = in_turn(*pages)
    async with world.client() as client:
        found = await client.referrers(f"{HOST}/a/b", Digest.of(b""))

    assert [entry.digest for entry in found] == digests


async def test_a_registry_without_the_referrers_api_is_asked_for_it_once(world: World) -> None:
    async with world.client() as client:
        assert await client.referrers(f"{HOST}/a/b", Digest.of(b"1")) == ()
        assert await client.referrers(f"{HOST}/a/b", Digest.of(b"2")) == ()

    assert [asked.split("/")[6] for asked in world.asked] == ["referrers", "manifests", "manifests"]


async def test_a_refused_manifest_is_denied(world: World) -> None:
    world.handler = lambda _: httpx.Response(403, json={"errors": [{"code": "DENIED"}]})
    async with world.client() as client:
        with pytest.raises(Denied, match="denies access to manifest a/b:1"):
            await client.manifest(reference())


async def test_an_address_that_makes_no_url_is_an_input_error(world: World) -> None:
    async with world.client() as client:
        with pytest.raises((InputError, RegistryError)):
            await client.manifest(Reference("a.example:99999999", "b", "1"))


async def test_a_proxy_that_is_none_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "nonsense://proxy.example")
    options = ConnectionOptions()
    async with RegistryClient(options, Credentials(options, {})) as client:
        with pytest.raises(InputError, match="proxy"):
            await client.manifest(reference())


async def test_an_answer_that_breaks_while_it_is_read_is_asked_for_again(world: World) -> None:
    torn = httpx.Response(
        200, stream=Stream(MANIFEST[:5], httpx.ReadError("reset")), headers={"Content-Type": OF_MANIFEST}
    )
    world.handler = in_turn(torn, manifest())
    async with world.client() as client:
        assert (await client.manifest(reference())).data == MANIFEST
        counts = client.requests[HOST]

    assert (counts.requests, counts.overhead) == (1, 1)


async def test_an_answer_that_always_breaks_is_told_of(world: World) -> None:
    world.handler = lambda _: httpx.Response(200, stream=Stream(httpx.ReadError("reset")))
    async with world.client() as client:
        with pytest.raises(Unreachable, match=f"the connection to {HOST} broke"):
            await client.manifest(reference())
        counts = client.requests[HOST]

    assert len(world.requests) == counts.requests + counts.overhead == 5


async def test_a_token_server_that_cannot_be_reached_is_named(world: World) -> None:
    world.handler = in_turn(
        httpx.Response(401, headers={"WWW-Authenticate": 'Bearer realm="https://auth.example/token"'}),
        *[httpx.ConnectError("refused")] * 5,
    )
    async with world.client() as client:
        with pytest.raises(Unreachable, match=rf"auth\.example \(token server of {HOST}\) cannot be reached"):
            await client.manifest(reference())


async def test_a_list_of_referrers_that_is_a_manifest_is_refused(world: World) -> None:
    image = {"schemaVersion": 2, "config": {"digest": str(Digest.of(b"")), "size": 0}, "layers": []}
    world.handler = lambda _: httpx.Response(200, json=image, headers={"Content-Type": OF_MANIFEST})
    async with world.client() as client:
        with pytest.raises(ContentError, match="a manifest came where a list was asked for"):
            await client.referrers(f"{HOST}/a/b", Digest.of(b""))


async def test_what_a_client_looks_like_does_not_matter_for_being_closed_twice(world: World) -> None:
    world.handler = lambda _: manifest()
    client = world.client()
    async with client:
        await client.manifest(reference())
    async with client:
        await client.manifest(reference())

    assert len(world.requests) == 2


def headed(status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers={name.replace("_", "-"): value for name, value in headers.items()})


async def test_a_look_is_one_head_that_tells_the_digest(world: World) -> None:
    digest = Digest.of(MANIFEST)
    world.handler = lambda _: headed(Docker_Content_Digest=str(digest))
    async with world.client() as client:
        assert await client.look(reference()) == digest

    (request,) = world.requests
    assert (request.method, request.url.path) == ("HEAD", "/v2/a/b/manifests/1")
    assert OF_MANIFEST in request.headers["accept"]


@pytest.mark.parametrize(
    "answer",
    [
        headed(),
        headed(Docker_Content_Digest=""),
        headed(Docker_Content_Digest="sha256:abc"),
        headed(Docker_Content_Digest='W/"' + "a" * 64 + '"'),
        *(
            headed(status, Docker_Content_Digest=str(Digest.of(MANIFEST)))
            for status in (400, 403, 404, 405, 501, 500, 503)
        ),
    ],
)
async def test_a_head_that_tells_no_digest_is_not_repeated_and_leaves_it_to_a_get(
    world: World, answer: httpx.Response
) -> None:
    world.handler = lambda _: answer
    async with world.client() as client:
        assert await client.look(reference()) is None

    assert len(world.requests) == 1
    assert world.slept == []


async def test_a_head_waits_where_it_is_asked_to_and_logs_in_where_it_must(world: World) -> None:
    digest = str(Digest.of(MANIFEST))
    world.handler = in_turn(
        headed(429, Retry_After="7"),
        headed(401, WWW_Authenticate='Basic realm="r"'),
        headed(Docker_Content_Digest=digest),
    )
    async with world.client(world.login()) as client:
        assert str(await client.look(reference())) == digest

    assert world.slept == [7.0]
    assert "authorization" in world.requests[2].headers


async def test_a_head_without_a_login_is_an_error_that_says_so(world: World) -> None:
    world.handler = lambda _: headed(401, WWW_Authenticate='Basic realm="r"')
    async with world.client() as client:
        with pytest.raises(Unauthorized, match="wants a login"):
            await client.look(reference())


class Crowd(httpx.AsyncBaseTransport):
    """Answers after a moment, and knows how many were waiting at once when each came."""

    def __init__(self, body: bytes = MANIFEST) -> None:
        self.body = body
        self.running = 0
        self.waiting: list[int] = []

    async def handle_async_request(self, _: httpx.Request) -> httpx.Response:
        self.running += 1
        self.waiting.append(self.running)
        await anyio.sleep(0.01)
        self.running -= 1
        return httpx.Response(200, headers={"Content-Type": OF_MANIFEST}, stream=Stream(self.body))


async def test_one_request_introduces_us_and_then_eight_go_at_once(world: World) -> None:
    world.transport = crowd = Crowd()
    async with world.client() as client, anyio.create_task_group() as tasks:
        for number in range(40):
            tasks.start_soon(client.manifest, reference(f"a/b:{number}"))

    assert crowd.waiting[:2] == [1, 1]
    assert max(crowd.waiting) == 8
    # Nobody who waited for the introduction goes alone after it.
    assert crowd.waiting[1:9] == [1, 2, 3, 4, 5, 6, 7, 8]


async def test_configs_are_small_requests_too_and_eight_of_them_go_at_once(world: World) -> None:
    config = Descriptor(OCI_CONFIG, Digest.of(BLOB), len(BLOB))
    world.transport = crowd = Crowd(BLOB)

    async with world.client() as client, anyio.create_task_group() as tasks:
        for _ in range(40):
            tasks.start_soon(read, client, config)

    assert (len(crowd.waiting), max(crowd.waiting)) == (40, 8)


async def test_a_config_that_breaks_off_is_fetched_again(world: World) -> None:
    config = Descriptor(OCI_CONFIG, Digest.of(BLOB), len(BLOB))
    streams = [Stream(BLOB[:1000], httpx.ReadError("broken")), Stream(BLOB)]
    world.transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=streams.pop(0)))
    async with world.client() as client:
        assert await read(client, config) == BLOB


@pytest.mark.parametrize(("data", "words"), [(BLOB[:-1], "ended after"), (BLOB + b"x", "has more than")])
async def test_a_config_of_another_size_is_refused(world: World, data: bytes, words: str) -> None:
    world.handler = lambda _: httpx.Response(200, content=data)
    async with world.client() as client:
        with pytest.raises(SizeMismatch, match=words):
            await read(client, Descriptor(OCI_CONFIG, Digest.of(BLOB), len(BLOB)))
