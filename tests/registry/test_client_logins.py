from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import anyio
import pytest

from regplan.errors import Denied, Unauthorized
from regplan.oci.reference import Reference
from regplan.registry.client import RegistryClient
from regplan.registry.credentials import Credentials
from regplan.registry.options import ConnectionOptions, Credential, HostOptions, Login, Secret
from regplan.registry.pool import Surroundings
from regplan.registry.push import Pusher
from support import images

if TYPE_CHECKING:
    from pathlib import Path

    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = [pytest.mark.registry, pytest.mark.anyio]


def client_for(
    registry: Registry,
    credential: Credential | None = None,
    surroundings: Surroundings | None = None,
    *,
    environment: dict[str, str] | None = None,
) -> RegistryClient:
    reach = HostOptions(ca_cert=registry.ca_file, plain_http=registry.ca_file is None)
    login = Login(registry.address, credential) if credential is not None else None
    options = ConnectionOptions({registry.address: reach}, login=login)
    return RegistryClient(options, Credentials(options, environment or {}), surroundings)


def user(registry: Registry, password: str | None = None) -> Credential:
    return Credential(registry.user, Secret(registry.password if password is None else password), origin="the test")


async def test_basic_authentication_is_learnt_once_and_then_sent_at_once(start_registry: StartRegistry) -> None:
    registry = start_registry("basic", tls=True)
    images.push(registry, "login/a", images.image([images.layer(1000, seed=200)]), ["1"])
    registry.forget_requests()

    async with client_for(registry, user(registry)) as client:
        for _ in range(3):
            await client.manifest(Reference.parse(f"{registry.address}/login/a:1"))
        counts = client.requests[registry.address]

    assert [request.status for request in registry.requests()] == [401, 200, 200, 200]
    assert (counts.requests, counts.overhead) == (3, 1)


async def test_a_wrong_password_names_host_and_origin_and_not_itself(basic_registry: Registry) -> None:
    async with client_for(basic_registry, user(basic_registry, "correct horse")) as client:
        with pytest.raises(Unauthorized) as caught:
            await client.manifest(Reference.parse(f"{basic_registry.address}/login/a:1"))

    assert basic_registry.address in str(caught.value)
    assert "refuses the login from the test" in str(caught.value)
    assert "correct" not in str(caught.value)


async def test_a_registry_that_wants_a_login_says_how_to_give_one(basic_registry: Registry) -> None:
    async with client_for(basic_registry) as client:
        with pytest.raises(Unauthorized, match=f"docker login {basic_registry.address}"):
            await client.manifest(Reference.parse(f"{basic_registry.address}/login/a:1"))


async def test_a_login_comes_from_a_docker_config(basic_registry: Registry, tmp_path: Path) -> None:
    images.push(basic_registry, "login/file", images.image([images.layer(1000, seed=210)]), ["1"])
    pair = base64.b64encode(f"{basic_registry.user}:{basic_registry.password}".encode()).decode()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {basic_registry.address: {"auth": pair}}}))

    async with client_for(basic_registry, environment={"DOCKER_CONFIG": str(tmp_path)}) as client:
        content = await client.manifest(Reference.parse(f"{basic_registry.address}/login/file:1"))

    assert content.data


@pytest.mark.docker_registry
async def test_a_token_is_asked_for_each_repository_once(start_registry: StartRegistry) -> None:
    registry = start_registry("token")
    tokens = registry.options.tokens
    assert tokens is not None
    for name in ("a", "b"):
        images.push(registry, f"login/{name}", images.image([images.layer(1000, seed=220)]), ["1"])
    registry.forget_requests()
    tokens.requests.clear()

    async with client_for(registry, user(registry)) as client:
        for name in ("a", "b", "a", "b"):
            await client.manifest(Reference.parse(f"{registry.address}/login/{name}:1"))
        counts = client.requests[registry.address]

    assert [request.scopes for request in tokens.requests] == [
        ("repository:login/a:pull",),
        ("repository:login/b:pull",),
    ]
    assert [request.status for request in registry.requests()] == [401, 200, 200, 200, 200]
    assert (counts.requests, counts.overhead) == (4, 3)


@pytest.mark.docker_registry
async def test_a_token_is_renewed_before_it_expires(start_registry: StartRegistry) -> None:
    registry = start_registry("token")
    tokens = registry.options.tokens
    assert tokens is not None
    images.push(registry, "login/a", images.image([images.layer(1000, seed=230)]), ["1"])
    registry.forget_requests()
    tokens.requests.clear()
    clock = iter([0.0, 0.0, 0.0, 0.0, 280.0, 295.0])

    async with client_for(registry, user(registry), Surroundings(clock=lambda: next(clock, 295.0))) as client:
        for _ in range(4):
            await client.manifest(Reference.parse(f"{registry.address}/login/a:1"))

    assert len(tokens.requests) == 2
    assert [request.status for request in registry.requests()] == [401, 200, 200, 200, 200]


@pytest.mark.docker_registry
async def test_a_token_that_is_no_longer_taken_is_renewed_once(start_registry: StartRegistry) -> None:
    registry = start_registry("token")
    tokens = registry.options.tokens
    assert tokens is not None
    images.push(registry, "login/a", images.image([images.layer(1000, seed=235)]), ["1"])
    registry.forget_requests()
    tokens.requests.clear()
    tokens.lifetime_s = 3

    # With a clock that stands still, the client takes its token for fresh.
    async with client_for(registry, user(registry), Surroundings(clock=lambda: 0.0)) as client:
        await client.manifest(Reference.parse(f"{registry.address}/login/a:1"))
        await anyio.sleep(3.2)
        await client.manifest(Reference.parse(f"{registry.address}/login/a:1"))

    assert len(tokens.requests) == 2
    assert [request.status for request in registry.requests()] == [401, 200, 401, 200]


async def test_anonymous_tokens_serve_where_anybody_may_pull(token_registry: Registry) -> None:
    images.push(token_registry, "public/a", images.image([images.layer(1000, seed=240)]), ["1"])
    images.push(token_registry, "private/a", images.image([images.layer(1000, seed=240)]), ["1"])

    async with client_for(token_registry) as client:
        assert (await client.manifest(Reference.parse(f"{token_registry.address}/public/a:1"))).data
        with pytest.raises(Unauthorized, match="wants a login for manifest private/a:1, and none is known"):
            await client.manifest(Reference.parse(f"{token_registry.address}/private/a:1"))


async def test_a_wrong_password_at_the_token_server_is_told_of(token_registry: Registry) -> None:
    async with client_for(token_registry, user(token_registry, "correct horse")) as client:
        with pytest.raises(
            Unauthorized, match=f"the token server of {token_registry.address} refuses the login"
        ) as caught:
            await client.manifest(Reference.parse(f"{token_registry.address}/private/a:1"))

    assert "correct" not in str(caught.value)


async def test_an_identity_token_is_traded_for_access(token_registry: Registry) -> None:
    images.push(token_registry, "private/identity", images.image([images.layer(1000, seed=250)]), ["1"])
    tokens = token_registry.options.tokens
    assert tokens is not None
    credential = Credential(identity_token=Secret(tokens.refresh_token(token_registry.user)), origin="the test")

    async with client_for(token_registry, credential) as client:
        content = await client.manifest(Reference.parse(f"{token_registry.address}/private/identity:1"))

    assert content.data
    assert tokens.requests[-1].method == "POST"


async def test_rights_that_do_not_suffice_are_told_from_a_wrong_password(token_registry: Registry) -> None:
    reader = Credential("reader", Secret("reads only"), origin="the test")
    async with client_for(token_registry, reader) as client:
        with pytest.raises((Unauthorized, Denied), match=r"wrong user, password or rights|lacks the right"):
            await Pusher(client, token_registry.address).start_upload("private/a")
