"""The real registries that other tests rest on."""

from __future__ import annotations

import base64
import json
import ssl
import time
import urllib.error
from typing import TYPE_CHECKING

import pytest

from support import http, images, skopeo

if TYPE_CHECKING:
    from pathlib import Path

    from support.certificates import Authority
    from support.registry import Auth, Registry
    from support.starter import StartRegistry

pytestmark = pytest.mark.registry

MODES = [(None, False), (None, True), ("basic", False), ("basic", True), ("token", False), ("token", True)]


@pytest.mark.parametrize(("auth", "tls"), MODES)
def test_skopeo_pulls_from_every_kind_of_registry_what_was_pushed(
    start_registry: StartRegistry, tmp_path: Path, auth: Auth | None, tls: bool
) -> None:
    registry = start_registry(auth, tls=tls)
    image = images.image([images.layer(5000, 1), images.layer(700, 2)])
    images.push(registry, "spectro-images/docker.io/library/thing", image, ["1.0"])

    place = f"docker://{registry.address}/spectro-images/docker.io/library/thing:1.0"
    skopeo.copy(place, f"oci:{tmp_path}/out:1.0", source_registry=registry)

    digest = image.manifest.digest.removeprefix("sha256:")
    assert (tmp_path / "out/blobs/sha256" / digest).read_bytes() == image.manifest.data


@pytest.mark.parametrize("auth", ["basic", "token"])
def test_a_registry_with_login_refuses_strangers_and_names_its_scheme(
    start_registry: StartRegistry, auth: Auth
) -> None:
    registry = start_registry(auth)

    answer = http.request("GET", f"{registry.url}/v2/")

    assert answer.status == 401
    assert answer.headers["www-authenticate"].split()[0] == {"basic": "Basic", "token": "Bearer"}[auth]


def test_a_wrong_password_is_refused(start_registry: StartRegistry) -> None:
    registry = start_registry("basic")
    registry.password = "guessed"

    answer = http.request("GET", f"{registry.url}/v2/", headers=registry.authorization("", "pull"))

    assert answer.status == 401


def test_a_token_opens_only_the_repository_and_action_that_it_names(token_registry: Registry) -> None:
    images.push(token_registry, "scopes/one", images.layer_twice(), ["1"])
    reads_one = token_registry.authorization("scopes/one", "pull")

    read = http.request("GET", f"{token_registry.url}/v2/scopes/one/manifests/1", headers=reads_one | _accept())
    other = http.request("GET", f"{token_registry.url}/v2/scopes/two/manifests/1", headers=reads_one | _accept())
    write = http.request("POST", f"{token_registry.url}/v2/scopes/one/blobs/uploads/", headers=reads_one)

    assert (read.status, other.status, write.status) == (200, 401, 401)


def test_an_expired_token_is_refused(start_registry: StartRegistry) -> None:
    registry = start_registry("token")
    tokens = registry.options.tokens
    assert tokens
    tokens.lifetime_s = 0

    answer = http.request("GET", f"{registry.url}/v2/", headers=registry.authorization("any", "pull"))

    assert answer.status == 401


def test_the_token_server_gives_tokens_for_a_password_and_for_a_refresh_token(token_registry: Registry) -> None:
    tokens = token_registry.options.tokens
    assert tokens
    basic = base64.b64encode(f"{token_registry.user}:{token_registry.password}".encode()).decode()
    query = f"{tokens.realm}?service={tokens.service}&scope=repository:a/b:pull&offline_token=true"
    first = http.request("GET", query, headers={"Authorization": f"Basic {basic}"})
    refresh = json.loads(first.body)["refresh_token"]

    body = f"grant_type=refresh_token&service={tokens.service}&scope=repository:a/b:pull&refresh_token={refresh}"
    second = http.request("POST", tokens.realm, body=body.encode())

    for answer in (first, second):
        bearer = {"Authorization": f"Bearer {json.loads(answer.body)['access_token']}"}
        assert http.request("GET", f"{token_registry.url}/v2/a/b/tags/list", headers=bearer).status == 404
    assert [(request.user, request.scopes) for request in tokens.requests[-2:]] == [
        ("palette", ("repository:a/b:pull",))
    ] * 2


def test_the_token_server_refuses_a_wrong_password(token_registry: Registry) -> None:
    tokens = token_registry.options.tokens
    assert tokens
    basic = base64.b64encode(b"palette:guessed").decode()

    answer = http.request("GET", tokens.realm, headers={"Authorization": f"Basic {basic}"})

    assert answer.status == 401


@pytest.mark.parametrize("kind", ["expired", "misnamed"])
def test_a_bad_certificate_is_refused_by_a_client_that_trusts_its_authority(
    start_registry: StartRegistry, authority: Authority, kind: str
) -> None:
    registry = start_registry(tls={"expired": authority.expired, "misnamed": authority.misnamed}[kind]())

    with pytest.raises(urllib.error.URLError) as raised:
        http.request("GET", f"{registry.url}/v2/", ca_file=registry.ca_file)

    assert isinstance(raised.value.reason, ssl.SSLCertVerificationError)


def test_the_log_has_every_request_with_the_bytes_of_its_answer(start_registry: StartRegistry) -> None:
    registry = start_registry()
    image = images.image([images.layer(9000, 3)])
    images.push(registry, "a/b", image, ["1"])
    pushed = registry.requests()
    registry.forget_requests()

    blob = image.layers[0].blob
    http.request("GET", f"{registry.url}/v2/a/b/blobs/{blob.digest}?x=1")
    http.request("GET", f"{registry.url}/v2/a/b/blobs/sha256:{'0' * 64}")

    assert [request.method for request in pushed] == ["POST", "PUT"] * 2 + ["PUT"] * 2
    got, missing = registry.requests()
    assert (got.method, got.path, got.query) == ("GET", f"/v2/a/b/blobs/{blob.digest}", "x=1")
    assert (got.status, got.size) == (200, 9000)
    assert missing.status == 404


def test_blob_bytes_are_the_bytes_of_each_distinct_blob_and_manifest(start_registry: StartRegistry) -> None:
    registry = start_registry()
    tree = images.multi_platform()
    images.push(registry, "one", tree)
    images.push(registry, "two", tree, ["1", "2"])

    expected = {blob.digest: blob.size for blob in (*tree.blobs(), *tree.manifests())}

    assert registry.blob_files() == expected
    assert registry.blob_bytes() == sum(expected.values())


def test_a_restart_keeps_content_and_garbage_goes_on_request(start_registry: StartRegistry) -> None:
    registry = start_registry()
    image = images.layer_twice()
    images.push(registry, "kept", image)
    before = registry.blob_bytes()
    deleted = http.request("DELETE", f"{registry.url}/v2/kept/manifests/{image.manifest.digest}")
    registry.stop()
    registry.start()

    assert deleted.status == 202
    assert registry.blob_bytes() == before
    registry.collect_garbage()
    assert registry.blob_bytes() == 0
    assert http.request("GET", f"{registry.url}/v2/").status == 200


def test_a_registry_without_delete_refuses_it(start_registry: StartRegistry) -> None:
    registry = start_registry(delete=False)
    image = images.layer_twice()
    images.push(registry, "kept", image)

    assert http.request("DELETE", f"{registry.url}/v2/kept/manifests/{image.manifest.digest}").status == 405


def test_a_pull_through_cache_answers_the_second_pull_itself_and_takes_no_push(start_registry: StartRegistry) -> None:
    origin = start_registry()
    cache = start_registry(upstream=origin)
    blob = images.layer(8000, 4).blob
    images.push(origin, "app", images.image([images.layer(8000, 4)]))

    first = http.request("GET", f"{cache.url}/v2/app/blobs/{blob.digest}")
    while cache.blob_bytes() < blob.size:  # the cache stores what it passed on only afterwards
        time.sleep(0.02)
    origin.forget_requests()
    second = http.request("GET", f"{cache.url}/v2/app/blobs/{blob.digest}")

    assert first.body == second.body == blob.data
    assert [request for request in origin.requests() if request.method == "GET" and "/blobs/" in request.path] == []
    assert http.request("POST", f"{cache.url}/v2/app/blobs/uploads/").status == 405


def _accept() -> dict[str, str]:
    return {"Accept": "application/vnd.oci.image.manifest.v1+json"}
