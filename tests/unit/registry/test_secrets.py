"""Whatever a registry does, no secret gets into an error, a log or a repr."""

from __future__ import annotations

import base64
import logging
import traceback
from contextlib import aclosing
from typing import TYPE_CHECKING

import httpx
import pytest

from regplan.errors import RegplanError
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.mediatype import OCI_LAYER, OCI_MANIFEST
from regplan.oci.reference import Reference
from regplan.registry.bodies import Sending
from regplan.registry.options import ConnectionOptions, Credential, HostOptions, Login, Secret
from regplan.registry.push import Pusher
from support.bodies import Pieces

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from regplan.registry.client import RegistryClient
    from unit.registry.conftest import World

pytestmark = pytest.mark.anyio

HOST = "registry.example"
PASSWORD = "pa55-w0rd-xyzzy"
REFRESH = "refresh-plugh-1234"
TOKEN = "eyJhbGciOiJub25lIn0.dG9rZW4tcXV1eA.c2ln"
SIGNATURE = "sig-frobozz-5678"
SESSION = "state-grue-9012"
BASIC = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
SECRETS = (PASSWORD, REFRESH, TOKEN, TOKEN.partition(".")[2], SIGNATURE, SESSION, BASIC)
DATA = b"x" * 1000
BLOB = Descriptor(OCI_LAYER, Digest.of(DATA), len(DATA))


def echo(request: httpx.Request, status: int) -> httpx.Response:
    """An error that repeats everything that came, in the clear and as it came."""
    header = request.headers.get("authorization", "")
    kind, _, value = header.partition(" ")
    clear = base64.b64decode(value).decode() if kind == "Basic" else value
    said = " ".join(
        ["you said", clear, str(request.headers), str(request.url), request.content.decode("latin-1"), clear]
    )
    errors = [{"code": f"DENIED {clear}", "message": said, "detail": said}]
    headers = {
        "Docker-Upload-UUID": SESSION,
        "Location": f"https://cdn.example/?sig={SIGNATURE}",
        "Retry-After": "1000",
    }
    return httpx.Response(status, json={"errors": errors}, headers=headers)


def challenged(then: Callable[[httpx.Request], httpx.Response]) -> Callable[[httpx.Request], httpx.Response]:
    """Ask for a token first; a mount and an upload start get a session with a secret in it."""

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "auth.example":
            return httpx.Response(200, json={"token": TOKEN, "refresh_token": REFRESH, "expires_in": 300})
        if "authorization" not in request.headers and request.url.host == HOST:
            challenge = f'Bearer realm="https://auth.example/token",service="{HOST}"'
            return httpx.Response(401, headers={"WWW-Authenticate": challenge})
        return then(request)

    return handler


def broken(_: httpx.Request) -> httpx.Response:
    raise httpx.ReadError(f"Authorization: Bearer {TOKEN} password={PASSWORD} https://x/?_state={SESSION}")


def signed(request: httpx.Request) -> httpx.Response:
    if request.url.host == "cdn.example":
        return echo(request, 403)
    return httpx.Response(
        307, headers={"Location": f"https://cdn.example/blob?X-Amz-Signature={SIGNATURE}&sig={SIGNATURE}"}
    )


def uploading(request: httpx.Request) -> httpx.Response:
    if request.method == "POST":
        return httpx.Response(202, headers={"Location": f"/v2/a/blobs/uploads/1?_state={SESSION}"})
    return echo(request, 400)


def badly_placed(_: httpx.Request) -> httpx.Response:
    return httpx.Response(202, headers={"Location": f"http://elsewhere.example/?_state={SESSION}"})


def refused_token(request: httpx.Request) -> httpx.Response:
    if request.url.host == "auth.example":
        return echo(request, 401)
    return httpx.Response(
        401, headers={"WWW-Authenticate": f'Bearer realm="https://auth.example/token?sig={SIGNATURE}"'}
    )


def plain_realm(_: httpx.Request) -> httpx.Response:
    challenge = f'Bearer realm="http://me:{PASSWORD}@auth.example/token?sig={SIGNATURE}"'
    return httpx.Response(401, headers={"WWW-Authenticate": challenge})


def echoing(status: int) -> Callable[[httpx.Request], httpx.Response]:
    return challenged(lambda request: echo(request, status))


STATUSES = (400, 401, 403, 404, 405, 412, 413, 415, 416, 418, 429, 500, 503, 507)
HOSTILE: dict[str, Callable[[httpx.Request], httpx.Response]] = {
    **{f"echo {status}": echoing(status) for status in STATUSES},
    "broken": challenged(broken),
    "signed": challenged(signed),
    "uploading": challenged(uploading),
    "badly placed": challenged(badly_placed),
    "refused token": refused_token,
    "plain realm": plain_realm,
}
CREDENTIALS = {
    "password": Credential("me", Secret(PASSWORD), origin="the test"),
    "identity": Credential(identity_token=Secret(REFRESH), origin="the test"),
    "bearer": Credential(bearer_token=Secret(TOKEN), origin="the test"),
}


async def everything(client: RegistryClient) -> list[RegplanError]:
    """Do all that a client can do, and collect the errors."""
    pusher = Pusher(client, HOST)
    errors: list[RegplanError] = []

    async def read() -> None:
        stream = client.blob(f"{HOST}/a", BLOB)
        async with aclosing(stream):
            async for _ in stream:
                pass

    async def upload() -> None:
        session = await pusher.start_upload("a", BLOB.digest, "b")
        if session is not None:
            await pusher.put_blob(session, BLOB, Pieces(DATA))

    attempts: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: client.manifest(Reference.parse(f"{HOST}/a:1")),
        read,
        lambda: client.referrers(f"{HOST}/a", BLOB.digest),
        upload,
        lambda: pusher.head_manifest("a", "1"),
        lambda: pusher.head_blob("a", BLOB.digest),
        lambda: pusher.put_manifest("a", "1", OCI_MANIFEST, DATA),
        lambda: pusher.repositories("a", 10),
    )
    for attempt in attempts:
        try:
            await attempt()
        except RegplanError as error:
            errors.append(error)
    return errors


@pytest.mark.parametrize("credential", CREDENTIALS)
@pytest.mark.parametrize("behaviour", HOSTILE)
async def test_no_secret_shows(world: World, caplog: pytest.LogCaptureFixture, behaviour: str, credential: str) -> None:
    for name in ("", "httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, name)
    world.handler = HOSTILE[behaviour]
    reach = {HOST: HostOptions()}
    options = ConnectionOptions(reach, login=Login(HOST, CREDENTIALS[credential]))

    async with world.client(options) as client:
        errors = await everything(client)
        shown = [repr(client), repr(vars(client)), repr(vars(client.session(HOST))), repr(options)]

    assert errors
    for error in errors:
        shown += [str(error), repr(error), repr(vars(error)), error.message]
        shown += traceback.format_exception(error)
    shown += [record.getMessage() for record in caplog.records]
    assert [secret for secret in SECRETS for text in shown if secret in text] == []


def test_what_the_http_library_logs_is_redacted(caplog: pytest.LogCaptureFixture) -> None:
    for name in ("httpx", "httpcore.http11"):
        caplog.set_level(logging.DEBUG, name)
    logging.getLogger("httpx").info('HTTP Request: %s %s "%s"', "GET", f"https://cdn.example/?sig={SIGNATURE}", "200")
    logging.getLogger("httpcore.http11").debug(
        "receive_response_headers.complete return_value=(b'HTTP/1.1', 202, [(b'Location', b'/u/1?_state=%s')])", SESSION
    )

    text = "\n".join(record.getMessage() for record in caplog.records)
    assert "cdn.example" in text
    assert SIGNATURE not in text
    assert SESSION not in text


def test_a_request_shows_neither_headers_nor_body() -> None:
    sending = Sending(
        "PUT", f"https://{HOST}/u/1?_state={SESSION}", {"Authorization": f"Basic {BASIC}"}, HOST, b"refresh"
    )

    assert sending.shown == f"PUT https://{HOST}/u/1?_state=***"
    assert not [secret for secret in SECRETS if secret in repr(sending)]
