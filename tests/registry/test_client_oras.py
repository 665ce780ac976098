from __future__ import annotations

import hashlib
import json
import ssl
from typing import TYPE_CHECKING

import pytest

from regplan.errors import ContentError, InputError, NotFound, Unauthorized, Unreachable
from regplan.oci.reference import Reference
from regplan.registry.client import RegistryClient
from regplan.registry.credentials import Credentials
from regplan.registry.options import ConnectionOptions, Credential, HostOptions, Login, Secret
from regplan.registry.oras import Artifact, pull_artifact, push_artifact
from support import http, images

if TYPE_CHECKING:
    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = [pytest.mark.registry, pytest.mark.anyio]

PLAN = Artifact("application/vnd.regplan.plan.v1+json", "application/json", "plan.json", b'{"kind": "plan"}')


def client_for(registry: Registry, password: str | None = None) -> RegistryClient:
    reach = HostOptions(ca_cert=registry.ca_file, plain_http=registry.ca_file is None)
    secret = Secret(registry.password if password is None else password)
    login = Login(registry.address, Credential(registry.user, secret)) if registry.needs_login else None
    options = ConnectionOptions({registry.address: reach}, login=login)
    return RegistryClient(options, Credentials(options, {}))


@pytest.mark.parametrize("kind", ["open_registry", "basic_registry", "token_registry"])
async def test_a_plan_is_pushed_as_an_artefact_and_pulled_again(
    kind: str, request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]
) -> None:
    registry: Registry = request.getfixturevalue(kind)
    reference = Reference.parse(f"{registry.address}/plans/store-0421:latest")

    async with client_for(registry) as client:
        digest = await push_artifact(client, reference, PLAN)
        by_tag = await pull_artifact(client, reference)
        by_digest = await pull_artifact(client, reference.pinned(digest))

    assert by_tag == by_digest == PLAN
    url = f"{registry.url}/v2/plans/store-0421/manifests/latest"
    headers = registry.authorization("plans/store-0421", "pull") | {
        "Accept": "application/vnd.oci.image.manifest.v1+json"
    }
    raw = http.request("GET", url, headers=headers, ca_file=registry.ca_file).body
    assert str(digest) == f"sha256:{hashlib.sha256(raw).hexdigest()}"
    assert json.loads(raw)["config"]["mediaType"] == PLAN.artifact_type
    assert capfd.readouterr() == ("", "")


async def test_an_artefact_that_is_not_there_is_not_found(open_registry: Registry) -> None:
    async with client_for(open_registry) as client:
        with pytest.raises(NotFound, match="plans/none"):
            await pull_artifact(client, Reference.parse(f"{open_registry.address}/plans/none:1"))


async def test_a_wrong_password_is_told_at_once_and_without_it(basic_registry: Registry) -> None:
    async with client_for(basic_registry, "correct horse") as client:
        with pytest.raises(Unauthorized, match=f"{basic_registry.address} refuses the login") as caught:
            await push_artifact(client, Reference.parse(f"{basic_registry.address}/plans/a:1"), PLAN)

    assert "horse" not in str(caught.value)


async def test_offline_means_offline_for_artefacts_too() -> None:
    options = ConnectionOptions(offline=True)
    async with RegistryClient(options, Credentials(options, {})) as client:
        with pytest.raises(Unreachable, match="being offline allows no connection"):
            await pull_artifact(client, Reference.parse("registry.example/plans/a:1"))


async def test_an_artefact_needs_a_tag_and_a_plain_file_name() -> None:
    options = ConnectionOptions(offline=True)
    wrong = Artifact("a/b", "c/d", "../plan.json", b"{}")
    async with RegistryClient(options, Credentials(options, {})) as client:
        with pytest.raises(InputError, match="plain file name"):
            await push_artifact(client, Reference.parse("registry.example/plans/a:1"), wrong)


async def test_a_pinned_certificate_holds_for_artefacts_too(basic_registry: Registry) -> None:
    pem = ssl.get_server_certificate(("127.0.0.1", basic_registry.port))
    pin = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    reference = Reference.parse(f"{basic_registry.address}/plans/pinned:1")
    login = Login(basic_registry.address, Credential(basic_registry.user, Secret(basic_registry.password)))

    for fingerprint, is_right in ((pin, True), ("0" * 64, False)):
        options = ConnectionOptions({basic_registry.address: HostOptions(tls_fingerprint=fingerprint)}, login=login)
        async with RegistryClient(options, Credentials(options, {})) as client:
            if is_right:
                assert (await push_artifact(client, reference, PLAN)).algorithm == "sha256"
                continue
            with pytest.raises(Unreachable, match=f"TLS with {basic_registry.address} failed"):
                await pull_artifact(client, reference)


async def test_checks_that_are_left_out_make_no_noise(
    basic_registry: Registry, capfd: pytest.CaptureFixture[str]
) -> None:
    login = Login(basic_registry.address, Credential(basic_registry.user, Secret(basic_registry.password)))
    options = ConnectionOptions({basic_registry.address: HostOptions(tls_verify=False)}, login=login)

    async with RegistryClient(options, Credentials(options, {})) as client:
        with pytest.raises(NotFound):
            await pull_artifact(client, Reference.parse(f"{basic_registry.address}/plans/none:1"))

    assert capfd.readouterr() == ("", "")


async def test_an_image_is_no_artefact(open_registry: Registry) -> None:
    image = images.image([images.layer(1000, seed=500), images.layer(1000, seed=501)])
    images.push(open_registry, "plans/image", image, ["1"])

    async with client_for(open_registry) as client:
        with pytest.raises(ContentError, match="is not an artefact of one document"):
            await pull_artifact(client, Reference.parse(f"{open_registry.address}/plans/image:1"))


async def test_a_registry_that_is_not_there_is_unreachable(start_registry: StartRegistry) -> None:
    registry = start_registry()
    registry.stop()

    async with client_for(registry) as client:
        with pytest.raises(Unreachable, match=f"{registry.address} cannot be reached"):
            await pull_artifact(client, Reference.parse(f"{registry.address}/plans/a:1"))
