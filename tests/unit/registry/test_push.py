from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from regplan.errors import (
    DigestMismatch,
    NotFound,
    QuotaExceeded,
    RateLimited,
    RegistryError,
    Unauthorized,
    Unsupported,
)
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.mediatype import OCI_LAYER, OCI_MANIFEST
from regplan.registry.push import Pusher, Upload
from support.bodies import Pieces

if TYPE_CHECKING:
    from collections.abc import Callable

    from unit.registry.conftest import World

pytestmark = pytest.mark.anyio

HOST = "registry.example"
DATA = b"layer " * 1000
BLOB = Descriptor(OCI_LAYER, Digest.of(DATA), len(DATA))
SESSION = httpx.Response(202, headers={"Location": "/v2/a/blobs/uploads/1?_state=s3cr3t&x="})


def by_method(**answers: httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
    return lambda request: answers.get(request.method, httpx.Response(404))


async def test_a_blob_goes_to_the_location_with_its_query_and_its_length(world: World) -> None:
    world.handler = by_method(POST=SESSION, PUT=httpx.Response(201))
    async with world.client() as client:
        pusher = Pusher(client, HOST)
        upload = await pusher.start_upload("a")
        assert upload is not None
        await pusher.put_blob(upload, BLOB, Pieces(DATA, 1000))

    start, put = world.requests
    assert start.headers["content-length"] == "0"
    assert str(put.url) == f"https://{HOST}/v2/a/blobs/uploads/1?_state=s3cr3t&x=&digest=sha256%3A{BLOB.digest.encoded}"
    assert put.headers["content-length"] == str(len(DATA))
    assert "transfer-encoding" not in put.headers
    assert put.headers["content-type"] == "application/octet-stream"
    assert put.content == DATA
    assert "s3cr3t" not in repr(upload)


async def test_a_mount_is_done_with_one_request_and_rights_on_both_repositories(world: World) -> None:
    world.handler = by_method(
        POST=httpx.Response(401, headers={"WWW-Authenticate": 'Bearer realm="https://auth.example/token"'}),
        GET=httpx.Response(200, json={"token": "t0ken"}),
    )
    async with world.client() as client:
        with pytest.raises(Unauthorized):
            await Pusher(client, HOST).start_upload("a", BLOB.digest, "b/c")

    token = next(request for request in world.requests if request.url.host == "auth.example")
    assert token.url.params.get_list("scope") == ["repository:a:pull,push", "repository:b/c:pull"]
    mounts = [request for request in world.requests if request.url.params.get("mount")]
    assert {request.url.params["from"] for request in mounts} == {"b/c"}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405])
async def test_a_refused_mount_becomes_a_plain_upload(world: World, status: int) -> None:
    world.handler = lambda request: httpx.Response(status) if request.url.params.get("mount") else SESSION
    async with world.client() as client:
        upload = await Pusher(client, HOST).start_upload("a", BLOB.digest, "b")

    assert upload is not None
    assert [bool(request.url.params.get("mount")) for request in world.requests] == [True, False]


@pytest.mark.parametrize(
    ("repository", "location"),
    [
        ("a", "/v2/a/blobs/uploads/1?_state=s3cr3t&x="),  # handed out before
        ("a", "/v2/other/b/blobs/uploads/2"),
        ("other/b", "https://registry.example/v2/a%2Fc/blobs/uploads/2"),
    ],
)
async def test_a_session_that_is_another_uploads_is_not_sent_to(world: World, repository: str, location: str) -> None:
    answers = iter([SESSION, httpx.Response(202, headers={"Location": location})])
    world.handler = lambda _: next(answers)
    async with world.client() as client:
        pusher = Pusher(client, HOST)
        await pusher.start_upload("a")
        with pytest.raises(RegistryError, match="another upload's session") as caught:
            await pusher.start_upload(repository)

    assert caught.value.retryable
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("location", ["/v2/proxied/a/blobs/uploads/7", "/v2/a/blobs/uploads/7", "/sessions/7", "/u/7"])
async def test_a_session_may_be_anywhere_that_is_not_another_repository(world: World, location: str) -> None:
    world.handler = by_method(POST=httpx.Response(202, headers={"Location": location}))
    async with world.client() as client:
        upload = await Pusher(client, HOST).start_upload("a")

    assert upload is not None
    assert upload.location == f"https://{HOST}{location}"


async def test_an_answer_about_another_blob_is_not_taken_for_one_about_this(world: World) -> None:
    other = {"Docker-Content-Digest": f"sha256:{'1' * 64}", "Content-Length": "6000"}
    world.handler = by_method(POST=httpx.Response(201, headers=other), HEAD=httpx.Response(200, headers=other))
    async with world.client() as client:
        with pytest.raises(DigestMismatch, match="sha256:1"):
            await Pusher(client, HOST).start_upload("a", BLOB.digest, "b")
        with pytest.raises(DigestMismatch, match="sha256:1"):
            await Pusher(client, HOST).head_blob("a", BLOB.digest)


@pytest.mark.parametrize("status", [307, 308])
async def test_what_can_be_sent_again_follows_a_redirect_within_its_registry(world: World, status: int) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/uploads/"):
            return httpx.Response(status, headers={"Location": "/v2/a/blobs/uploads/new"})
        return SESSION if request.method == "POST" else httpx.Response(404)

    world.handler = answer
    async with world.client() as client:
        upload = await Pusher(client, HOST).start_upload("a")

    assert upload is not None
    assert [request.method for request in world.requests] == ["POST", "POST"]


@pytest.mark.parametrize("location", ["https://elsewhere.example/v2/a/blobs/uploads/", "http://registry.example/v2/"])
async def test_what_is_sent_follows_no_redirect_out_of_its_registry(world: World, location: str) -> None:
    world.handler = by_method(POST=httpx.Response(307, headers={"Location": location}))
    async with world.client() as client:
        with pytest.raises(RegistryError, match="redirects where no redirect belongs"):
            await Pusher(client, HOST).start_upload("a")

    assert {request.url.host for request in world.requests} == {HOST}


async def test_a_stream_is_never_sent_twice(world: World) -> None:
    world.handler = by_method(PUT=httpx.Response(503))
    async with world.client() as client:
        with pytest.raises(RegistryError, match="failed with HTTP 503") as caught:
            await Pusher(client, HOST).put_blob(Upload("a", f"https://{HOST}/u/1"), BLOB, Pieces(DATA, 1000))

    assert caught.value.retryable
    assert [request.method for request in world.requests] == ["PUT"]
    assert world.slept == []


async def test_a_stream_that_is_told_to_wait_leaves_that_to_the_caller(world: World) -> None:
    world.handler = by_method(PUT=httpx.Response(429, headers={"Retry-After": "7"}))
    async with world.client() as client:
        with pytest.raises(RateLimited) as caught:
            await Pusher(client, HOST).put_blob(Upload("a", f"https://{HOST}/u/1"), BLOB, Pieces(DATA, 1000))

        await Pusher(client, HOST).head_manifest("a", "1")

    assert caught.value.retry_after_s == 7
    assert world.slept == [7.0]


async def test_uploads_take_no_place_of_the_small_requests(world: World) -> None:
    released = threading.Event()
    world.handler = by_method(PUT=httpx.Response(201))
    async with world.client() as client, anyio.create_task_group() as tasks:
        pusher = Pusher(client, HOST)
        assert await pusher.head_manifest("a", "1") is None
        for number in range(20):
            tasks.start_soon(
                pusher.put_blob, Upload("a", f"https://{HOST}/u/{number}"), BLOB, Pieces(DATA, 1000, released=released)
            )
        await anyio.wait_all_tasks_blocked()
        with anyio.fail_after(5):
            assert await pusher.head_manifest("a", "2") is None
        released.set()

    assert [request.method for request in world.requests].count("PUT") == 20


async def test_a_token_that_would_end_during_an_upload_is_renewed_before_it(world: World) -> None:
    tokens = iter(["first", "second"])

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "auth.example":
            return httpx.Response(200, json={"token": next(tokens), "expires_in": 300})
        if "authorization" not in request.headers:
            return httpx.Response(401, headers={"WWW-Authenticate": 'Bearer realm="https://auth.example/token"'})
        return SESSION if request.method == "POST" else httpx.Response(201)

    world.handler = handler
    large = Descriptor(OCI_LAYER, BLOB.digest, 240_000_000)
    async with world.client() as client:
        pusher = Pusher(client, HOST)
        upload = await pusher.start_upload("a")
        world.now_s += 100
        assert upload is not None
        with pytest.raises(Exception, match="ended after"):
            await pusher.put_blob(upload, large, Pieces(DATA, 1000))

    # The mock reads the body first, so the upload itself is not among the requests; its token is.
    assert next(tokens, None) is None


async def test_a_token_that_is_refused_in_the_middle_is_dropped_and_the_blob_may_start_over(world: World) -> None:
    tokens = iter(["first", "second"])

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "auth.example":
            return httpx.Response(200, json={"token": next(tokens), "expires_in": 300})
        if request.method == "POST" and "authorization" in request.headers:
            return SESSION
        if request.method == "PUT" and request.headers.get("authorization") == "Bearer second":
            return httpx.Response(201)
        return httpx.Response(401, headers={"WWW-Authenticate": 'Bearer realm="https://auth.example/token"'})

    world.handler = handler
    async with world.client() as client:
        pusher = Pusher(client, HOST)
        upload = await pusher.start_upload("a")
        assert upload is not None
        with pytest.raises(Unauthorized) as caught:
            await pusher.put_blob(upload, BLOB, Pieces(DATA, 1000))
        assert caught.value.retryable
        await pusher.put_blob(upload, BLOB, Pieces(DATA, 1000))

    assert [request.method for request in world.requests if request.url.host == HOST] == ["POST", "POST", "PUT", "PUT"]


async def test_no_login_goes_to_an_upload_on_another_host(world: World) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "store.example":
            return httpx.Response(201)
        if "authorization" not in request.headers:
            return httpx.Response(401, headers={"WWW-Authenticate": "Basic"})
        return httpx.Response(202, headers={"Location": "https://store.example/u/1"})

    world.handler = handler
    async with world.client(world.login()) as client:
        pusher = Pusher(client, HOST)
        upload = await pusher.start_upload("a")
        assert upload is not None
        await pusher.put_blob(upload, BLOB, Pieces(DATA, 1000))

    assert "authorization" in world.requests[1].headers
    assert "authorization" not in world.requests[2].headers


async def test_a_registry_that_kept_other_bytes_is_found_out(world: World) -> None:
    other = {"Docker-Content-Digest": "sha256:" + "0" * 64}
    world.handler = by_method(PUT=httpx.Response(201, headers=other))
    async with world.client() as client:
        pusher = Pusher(client, HOST)
        with pytest.raises(DigestMismatch):
            await pusher.put_manifest("a", "1", OCI_MANIFEST, b"{}")
        with pytest.raises(DigestMismatch):
            await pusher.put_blob(Upload("a", f"https://{HOST}/u/1"), BLOB, Pieces(DATA, 1000))


async def test_a_manifest_is_put_verbatim_and_again_after_a_passing_failure(world: World) -> None:
    told = {"Docker-Content-Digest": str(Digest.of(b'{ "odd":1}'))}
    answers = iter([httpx.Response(502), httpx.Response(201, headers=told)])
    world.handler = lambda _: next(answers)
    async with world.client() as client:
        pusher = Pusher(client, HOST)
        await pusher.put_manifest("a", "1", OCI_MANIFEST, b'{ "odd":1}')

        assert (pusher.counts.requests, pusher.counts.overhead) == (1, 1)

    assert [request.content for request in world.requests] == [b'{ "odd":1}'] * 2
    assert world.requests[0].headers["content-type"] == OCI_MANIFEST


async def test_an_upload_may_be_silent_for_longer_the_larger_it_is(world: World) -> None:
    world.handler = by_method(POST=SESSION, PUT=httpx.Response(201))
    async with world.client() as client:
        await Pusher(client, HOST).put_blob(Upload("a", "/u/1"), BLOB, Pieces(DATA, 1000))
        await Pusher(client, HOST).start_upload("a")

    upload, small = (request.extensions["timeout"]["read"] for request in world.requests)
    assert upload == 60 + len(DATA) / 10_000_000
    assert small == 30


async def test_a_manifest_that_was_taken_without_a_digest_is_asked_for(world: World) -> None:
    told = {"Docker-Content-Digest": str(Digest.of(b"{}"))}
    world.handler = by_method(PUT=httpx.Response(201), HEAD=httpx.Response(200, headers=told))
    async with world.client() as client:
        await Pusher(client, HOST).put_manifest("a", "1", OCI_MANIFEST, b"{}")

    assert world.asked == [f"PUT https://{HOST}/v2/a/manifests/1", f"HEAD https://{HOST}/v2/a/manifests/1"]


async def test_a_manifest_that_was_taken_with_its_digest_is_not_asked_for(world: World) -> None:
    told = {"Docker-Content-Digest": str(Digest.of(b"{}"))}
    world.handler = by_method(PUT=httpx.Response(201, headers=told))
    async with world.client() as client:
        await Pusher(client, HOST).put_manifest("a", "1", OCI_MANIFEST, b"{}")

    assert len(world.requests) == 1


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (httpx.Response(404), "took manifest a:1, and nothing is there"),
        (httpx.Response(200, headers={"Docker-Content-Digest": str(Digest.of(b"x"))}), "what stands there is sha256:"),
    ],
)
async def test_a_manifest_that_was_taken_and_is_not_there_is_told(
    world: World, found: httpx.Response, words: str
) -> None:
    world.handler = by_method(PUT=httpx.Response(201), HEAD=found)
    async with world.client() as client:
        with pytest.raises(DigestMismatch, match=words):
            await Pusher(client, HOST).put_manifest("a", "1", OCI_MANIFEST, b"{}")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(415, json={"errors": [{"code": "MANIFEST_INVALID"}]}), Unsupported),
        (httpx.Response(403, json={"errors": [{"code": "DENIED", "message": "upper limit"}]}), QuotaExceeded),
        (httpx.Response(401, json={"errors": [{"message": "project a not found"}]}), NotFound),
    ],
)
async def test_what_harbor_and_zot_refuse_has_its_own_error(
    world: World, answer: httpx.Response, kind: type[RegistryError]
) -> None:
    world.handler = by_method(PUT=answer)
    async with world.client(world.login()) as client:
        with pytest.raises(kind):
            await Pusher(client, HOST).put_manifest("a/b", "1", OCI_MANIFEST, b"{}")


async def test_a_head_without_a_digest_is_followed_by_a_get(world: World) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        body = b"" if request.method == "HEAD" else b"{}"
        return httpx.Response(200, content=body, headers={"Content-Type": OCI_MANIFEST})

    world.handler = handler
    async with world.client() as client:
        assert await Pusher(client, HOST).head_manifest("a", "1") == Digest.of(b"{}")

    assert [request.method for request in world.requests] == ["HEAD", "GET"]


async def test_a_blob_without_a_size_is_an_error(world: World) -> None:
    world.handler = lambda _: httpx.Response(200, stream=httpx.ByteStream(b""), headers={})
    async with world.client() as client:
        with pytest.raises(RegistryError, match="does not tell the size of blob"):
            await Pusher(client, HOST).head_blob("a", BLOB.digest)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 501])
async def test_a_catalogue_that_is_refused_is_none(world: World, status: int) -> None:
    world.handler = by_method(GET=httpx.Response(status))
    async with world.client() as client:
        assert await Pusher(client, HOST).repositories("a", 100) is None


async def test_a_catalogue_with_a_next_page_is_none(world: World) -> None:
    headers = {"Link": '</v2/_catalog?last=a>; rel="next"'}
    world.handler = by_method(GET=httpx.Response(200, json={"repositories": ["a"]}, headers=headers))
    async with world.client() as client:
        assert await Pusher(client, HOST).repositories("a", 100) is None


async def test_a_failing_source_ends_the_upload_session(world: World) -> None:
    world.handler = by_method(PUT=httpx.Response(201), DELETE=httpx.Response(204))
    async with world.client() as client:
        pusher = Pusher(client, HOST)
        with pytest.raises(Exception, match="ended after"):
            await pusher.put_blob(Upload("a", f"https://{HOST}/u/1"), BLOB, Pieces(DATA[:-1], 1000))

    assert [request.method for request in world.requests] == ["DELETE"]
