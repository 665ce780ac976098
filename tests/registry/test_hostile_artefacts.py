"""Registries that lie about artefacts, as bare sockets on loopback: a clear error, in bounds, and no login to anyone else."""

from __future__ import annotations

import json
import ssl
from typing import TYPE_CHECKING, Any, Final

import pytest

from regplan.errors import ContentError, DigestMismatch, RegistryError, SizeMismatch, Unauthorized, Unreachable
from regplan.oci.reference import Reference
from regplan.registry.client import RegistryClient
from regplan.registry.credentials import Credentials
from regplan.registry.options import ConnectionOptions, Credential, HostOptions, Login, Secret
from regplan.registry.oras import Artifact, list_tags, pull_artifact, push_artifact
from support.artefacts import artefact
from support.content import Blob, encode
from support.raw import RawServer, _requests, answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.certificates import Authority
    from support.raw import Conversation

pytestmark = pytest.mark.anyio

CONFIG: Final = Blob("application/vnd.regplan.plan.v1+json", b"{}")
DOCUMENT: Final = Blob("application/json", encode({"kind": "plan"}))
PLAN: Final = artefact(CONFIG, [(DOCUMENT, "plan.json")])
LOGIN: Final = "Basic bWU6aHVudGVyMg=="


def client_for(server: RawServer, *others: RawServer, login: bool = True, **more: Any) -> RegistryClient:
    by_host = {each.address: HostOptions(plain_http=True) for each in (server, *others)} | more.pop("by_host", {})
    credential = Credential("me", Secret("hunter2"))
    options = ConnectionOptions(by_host, login=Login(server.address, credential) if login else None)
    return RegistryClient(options, Credentials(options, {}))


def registry(change: Callable[[Conversation], bool]) -> Callable[[Conversation], None]:
    """An honest registry, which wants a login, but for what `change` answers itself."""

    def handle(asked: Conversation) -> None:
        if asked.headers.get("authorization") != LOGIN:
            asked.send(answer(401, www_authenticate='Basic realm="r"'))
        elif not change(asked):
            blob = {f"/blobs/{DOCUMENT.digest}": DOCUMENT}.get(asked.path[len("/v2/plans/a") :], PLAN.manifest)
            asked.send(answer(200, blob.data, content_type=blob.media_type))

    return handle


async def pull(server: RawServer, *others: RawServer, **more: Any) -> Artifact:
    async with client_for(server, *others, **more) as client:
        return await pull_artifact(client, Reference.parse(f"{server.address}/plans/a:1"))


def on_blob(data: bytes) -> Callable[[Conversation], bool]:
    def change(asked: Conversation) -> bool:
        if "/blobs/" not in asked.path:
            return False
        asked.send(data)
        asked.hang_up()
        return True

    return change


def onward(location: str) -> Callable[[Conversation], bool]:
    return on_blob(answer(307, location=location))


def on_manifest(data: bytes) -> Callable[[Conversation], bool]:
    def change(asked: Conversation) -> bool:
        if "/manifests/" not in asked.path:
            return False
        asked.send(data)
        asked.hang_up()
        return True

    return change


def lying(**changed: Any) -> bytes:
    document = json.loads(PLAN.manifest.data)
    document["layers"][0].update(changed)
    return answer(200, encode(document), content_type=PLAN.manifest.media_type)


async def test_an_honest_one_is_pulled() -> None:
    with RawServer(registry(lambda _: False)) as server:
        assert (await pull(server)).data == DOCUMENT.data


LIES: dict[str, tuple[Callable[[Conversation], bool], type[Exception], str]] = {
    "other-content": (on_blob(answer(200, DOCUMENT.data.replace(b"plan", b"PLAN"))), DigestMismatch, "other content than its digest says"),
    "more-than-claimed": (on_blob(answer(200, DOCUMENT.data + b" ")), SizeMismatch, f"and {DOCUMENT.size} were claimed"),
    "less-than-claimed": (on_blob(answer(200, b"{}")), SizeMismatch, "has 2 bytes"),
    "cut": (on_blob(answer(200, b"{", content_length="15")), Unreachable, "cannot be reached"),
    "size-beyond-bounds": (on_manifest(lying(size=17 * 2**20)), SizeMismatch, "claims a document of 17,825,792 bytes"),
    "wrong-size": (on_manifest(lying(size=14)), SizeMismatch, "14 were claimed"),
    "digest-header": (
        on_manifest(answer(200, PLAN.manifest.data, docker_content_digest=f"sha256:{'0' * 64}")),
        DigestMismatch,
        "the registry says sha256:0000",
    ),
    "no-manifest": (on_manifest(answer(200, b"<html>", content_type="text/html")), Exception, "is not JSON"),
    "no-http": (on_manifest(b"SSH-2.0\r\n"), Unreachable, "cannot be reached"),
    "forbidden": (on_blob(answer(403)), RegistryError, "denies access"),
    "redirect-loop": (on_blob(answer(307, location="/v2/plans/a/blobs/x", connection="close")), RegistryError, "redirects where no redirect"),
    "redirect-to-file": (on_blob(answer(307, location="file:///etc/passwd")), RegistryError, "neither an http"),
    "redirect-inside": (on_blob(answer(307, location="http://169.254.169.254/x")), RegistryError, "internal address"),
}  # fmt: skip


@pytest.mark.parametrize("case", LIES)
async def test_a_lie_is_told_in_one_sentence(case: str) -> None:
    change, kind, message = LIES[case]
    with RawServer(registry(change)) as server, pytest.raises(kind, match=message) as caught:
        await pull(server)

    assert "hunter2" not in str(caught.value)
    assert str(caught.value).isprintable()


async def test_an_endless_document_is_given_up_at_the_bound() -> None:
    def endless(asked: Conversation) -> bool:
        if "/blobs/" not in asked.path:
            return False
        asked.hang_up()
        asked.send(answer(200, b"", transfer_encoding="chunked"))
        for _ in range(6400):
            asked.send(b"10000\r\n" + b" " * 65_536 + b"\r\n")
        return True

    with RawServer(registry(endless)) as server:
        with pytest.raises(RegistryError, match="more than the 16,777,216 bytes of an artefact"):
            await pull(server)
        sent = [each.sent_bytes for each in server.conversations if "/blobs/" in each.path and each.sent_bytes > 2**20]

    assert max(sent, default=0) < 64 * 2**20


async def test_a_document_on_another_host_is_fetched_there_without_the_login() -> None:
    def store(asked: Conversation) -> None:
        asked.send(answer(200, DOCUMENT.data))

    with RawServer(store) as other, RawServer(registry(onward(f"http://{other.address}/x?sig=secret"))) as server:
        pulled = await pull(server, other)

    assert pulled.data == DOCUMENT.data
    (asked,) = other.conversations
    assert asked.path == "/x?sig=secret"
    assert "authorization" not in asked.headers


async def test_another_host_that_asks_for_a_login_gets_none() -> None:
    def store(asked: Conversation) -> None:
        asked.send(answer(401, www_authenticate='Basic realm="give"'))

    with RawServer(store) as other, RawServer(registry(onward(f"http://{other.address}/x"))) as server:
        await _refused(server, other)

    assert [each.headers.get("authorization") for each in other.conversations] == [None]


async def test_nobody_leads_from_tls_down_to_plain_http(authority: Authority) -> None:
    certificate = authority.good()
    target = "http://127.0.0.1:9/x"
    with RawServer(registry(onward(target)), certificate.server_context()) as server:
        reach = {server.address: HostOptions(ca_cert=authority.ca_file)}
        with pytest.raises(RegistryError, match=r"over plain HTTP; if that is meant, say --plain-http=127\.0\.0\.1:9"):
            await pull(server, by_host=reach)


async def test_the_certificate_of_each_host_is_checked_by_its_own_options(authority: Authority) -> None:
    def store(asked: Conversation) -> None:
        asked.send(answer(200, DOCUMENT.data))

    secure = RawServer(store, authority.good().server_context())
    with secure as other, RawServer(registry(onward(f"https://{other.address}/x"))) as server:
        with pytest.raises(Unreachable, match="is signed by an unknown CA"):
            await pull(server)
        pulled = await pull(server, by_host={other.address: HostOptions(ca_cert=authority.ca_file)})

    assert pulled.data == DOCUMENT.data


async def test_a_busy_registry_and_one_that_breaks_off_are_asked_again() -> None:
    cut = answer(200, b"{", content_length="19")
    left = [cut, answer(503), answer(429, retry_after="0")]

    def busy(asked: Conversation) -> bool:
        if "/blobs/" in asked.path and left:
            asked.send(left.pop())
            asked.hang_up()
            return True
        return False

    with RawServer(registry(busy)) as server:
        assert (await pull(server)).data == DOCUMENT.data

    assert left == []


async def test_an_upload_goes_where_the_registry_says_with_its_query_whole_and_the_login_stays() -> None:
    taken: list[tuple[str, str | None]] = []

    def store(asked: Conversation) -> None:
        taken.append((asked.path, asked.headers.get("authorization")))
        asked.send(answer(201))
        asked.hang_up()

    with RawServer(store) as other:
        # The same host on another port would be taken for a proxy's mistake.
        named = other.address.replace("127.0.0.1", "localhost")

        def change(asked: Conversation) -> bool:
            if asked.method == "HEAD":
                asked.send(answer(404))
            elif asked.method == "POST":
                asked.send(answer(202, location=f"http://{named}/up?a=1&a=2&empty="))
            else:
                return False
            return True

        with RawServer(registry(change)) as server:
            async with client_for(server, other) as client:
                await push_artifact(client, Reference.parse(f"{server.address}/plans/a:1"), _artifact())

    assert len(taken) == 2
    for path, login in taken:
        assert path.startswith("/up?a=1&a=2&empty=&digest=sha256%3A")
        assert login is None


async def test_a_list_of_tags_without_end_is_given_up() -> None:
    def pages(asked: Conversation) -> bool:
        asked.send(answer(200, b'{"tags": ["1", 2]}', link='</v2/plans/a/tags/list?last=1>; rel="next"'))
        return True

    with RawServer(registry(pages)) as server:
        async with client_for(server) as client:
            with pytest.raises(RegistryError, match="more pages than any repository needs"):
                await list_tags(client, Reference.parse(f"{server.address}/plans/a:1"))


async def test_nothing_is_left_in_the_temporary_folder(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def refuse(asked: Conversation) -> bool:
        asked.send(answer(403))
        return True

    with RawServer(registry(refuse)) as server:
        async with client_for(server) as client:
            with pytest.raises(RegistryError):
                await push_artifact(client, Reference.parse(f"{server.address}/plans/a:1"), _artifact())

    assert list(tmp_path.iterdir()) == []


async def test_of_several_documents_none_is_the_one() -> None:
    several = artefact(CONFIG, [(DOCUMENT, "a.json"), (DOCUMENT, "b.json")])
    honest = registry(on_manifest(answer(200, several.manifest.data)))
    with RawServer(honest) as server, pytest.raises(ContentError, match="is not an artefact of one document"):
        await pull(server)


async def _refused(server: RawServer, other: RawServer) -> None:
    with pytest.raises(Unauthorized):
        await pull(server, other)


def _artifact() -> Artifact:
    return Artifact(CONFIG.media_type, DOCUMENT.media_type, "plan.json", DOCUMENT.data)


async def test_through_a_proxy_the_registrys_own_ca_holds_and_the_login_goes_to_the_registry(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = registry(lambda _: False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.ca.issue_cert("registry.example").configure_cert(context)
    seen: list[str | None] = []

    def proxy(asked: Conversation) -> None:
        seen.append(asked.headers.get("authorization"))
        asked.send(b"HTTP/1.1 200 Connected\r\n\r\n")
        asked.hang_up()
        with context.wrap_socket(asked._socket, server_side=True) as wire:
            for each in _requests(wire):
                inside(each)

    with RawServer(proxy) as server:
        monkeypatch.setenv("https_proxy", f"http://{server.address}")
        login = Login("registry.example", Credential("me", Secret("hunter2")))
        reach = {"registry.example": HostOptions(ca_cert=authority.ca_file)}
        for by_host, problem in (({}, "is signed by an unknown CA"), (reach, "")):
            options = ConnectionOptions(by_host, login=login)
            async with RegistryClient(options, Credentials(options, {})) as client:
                reference = Reference.parse("registry.example/plans/a:1")
                if problem:
                    with pytest.raises(Unreachable, match=problem):
                        await pull_artifact(client, reference)
                else:
                    assert (await pull_artifact(client, reference)).data == DOCUMENT.data

    assert set(seen) == {None}
