from __future__ import annotations

import hashlib
import json
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from regplan.errors import NotFound, Unreachable
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.reference import Reference
from regplan.registry.client import RegistryClient
from regplan.registry.credentials import Credentials
from regplan.registry.mirror import MirrorSource
from regplan.registry.options import ConnectionOptions, HostOptions
from support import http, images

if TYPE_CHECKING:
    from support.content import Blob
    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = [pytest.mark.registry, pytest.mark.anyio]


def client_for(*registries: Registry) -> RegistryClient:
    options = ConnectionOptions({registry.address: HostOptions(plain_http=True) for registry in registries})
    return RegistryClient(options, Credentials(options, {}))


def descriptor(blob: Blob) -> Descriptor:
    return Descriptor(blob.media_type, Digest.parse(blob.digest), blob.size)


async def read(client: RegistryClient, repository: str, blob: Blob, *span: int) -> bytes:
    chunks = client.blob(repository, descriptor(blob), *span)
    async with aclosing(chunks):
        return b"".join([chunk async for chunk in chunks])


async def test_manifests_and_indexes_of_both_dialects_come_verbatim_by_tag_and_by_digest(
    open_registry: Registry,
) -> None:
    trees = {"oci": images.multi_platform(seed=100), "docker": images.docker_list(seed=110)}
    for name, tree in trees.items():
        images.push(open_registry, f"client/{name}", tree, ["1"])

    async with client_for(open_registry) as client:
        for name, tree in trees.items():
            by_tag = await client.manifest(Reference.parse(f"{open_registry.address}/client/{name}:1"))
            pinned = Reference.parse(f"{open_registry.address}/client/{name}@{tree.manifest.digest}")
            by_digest = await client.manifest(pinned)

            assert by_tag.data == by_digest.data == tree.manifest.data
            assert by_tag.media_type == tree.manifest.media_type
            assert str(by_tag.digest) == "sha256:" + hashlib.sha256(tree.manifest.data).hexdigest()


async def test_a_blob_comes_whole_and_in_closed_ranges(open_registry: Registry) -> None:
    image = images.image([images.layer(300_000, seed=120)], label="ranges")
    images.push(open_registry, "client/ranges", image, ["1"])
    blob, repository = image.layers[0].blob, f"{open_registry.address}/client/ranges"

    async with client_for(open_registry) as client:
        assert await read(client, repository, blob) == blob.data
        assert await read(client, repository, blob, 0, 9) == blob.data[:10]
        assert await read(client, repository, blob, 1000, 200_000) == blob.data[1000:200_001]
        assert await read(client, repository, blob, blob.size - 5) == blob.data[-5:]


async def test_what_a_registry_lacks_is_not_found_and_named(open_registry: Registry) -> None:
    absent = images.layer(1000, seed=130).blob
    images.push(open_registry, "client/there", images.image([images.layer(1000, seed=131)]), ["1"])

    async with client_for(open_registry) as client:
        with pytest.raises(NotFound, match=r"has no manifest client/there:none \(MANIFEST_UNKNOWN"):
            await client.manifest(Reference.parse(f"{open_registry.address}/client/there:none"))
        with pytest.raises(NotFound, match=f"has no blob {absent.digest} of client/there"):
            await read(client, f"{open_registry.address}/client/there", absent)


@pytest.mark.docker_registry
async def test_referrers_come_from_the_tag_where_there_is_no_referrers_api(open_registry: Registry) -> None:
    subject = images.image([images.layer(1000, seed=140)], label="subject")
    signature = images.image([images.layer(1500, seed=141)], label="signature")
    images.push(open_registry, "client/signed", subject, ["1"])
    tag = subject.manifest.digest.replace(":", "-")
    images.push(open_registry, "client/signed", images.index([signature]), [tag])

    async with client_for(open_registry) as client:
        repository = f"{open_registry.address}/client/signed"
        found = await client.referrers(repository, Digest.parse(subject.manifest.digest))
        none = await client.referrers(repository, Digest.parse(signature.manifest.digest))

    assert [str(entry.digest) for entry in found] == [signature.manifest.digest]
    assert none == ()


async def test_referrers_come_from_the_api_where_a_registry_has_it(start_registry: StartRegistry) -> None:
    registry = start_registry()
    subject = images.image([images.layer(1000, seed=142)], label="subject")
    images.push(registry, "client/signed", subject, ["1"])
    document = json.loads(images.image([images.layer(1500, seed=143)], label="signature").manifest.data)
    document["subject"] = subject.manifest.descriptor()
    signature = images.Blob(subject.manifest.media_type, json.dumps(document).encode())
    images.push(registry, "client/signed", images.image([images.layer(1500, seed=143)], label="signature"), ["other"])
    headers = {"Content-Type": signature.media_type}
    url = f"{registry.url}/v2/client/signed/manifests/{signature.digest}"
    assert http.request("PUT", url, body=signature.data, headers=headers).status == 201

    async with client_for(registry) as client:
        repository = f"{registry.address}/client/signed"
        found = await client.referrers(repository, Digest.parse(subject.manifest.digest))

    known = [signature.digest] if registry.has_referrers else []
    assert [str(entry.digest) for entry in found] == known


async def test_every_request_is_counted_once(start_registry: StartRegistry) -> None:
    registry = start_registry()
    image = images.image([images.layer(1000, seed=150)])
    images.push(registry, "client/count", image, ["1"])
    registry.forget_requests()

    async with client_for(registry) as client:
        await client.manifest(Reference.parse(f"{registry.address}/client/count:1"))
        await read(client, f"{registry.address}/client/count", image.config)
        with pytest.raises(NotFound):
            await client.manifest(Reference.parse(f"{registry.address}/client/count:2"))
        counts = client.requests[registry.address]

    assert counts.requests == len(registry.requests()) == 3
    assert counts.overhead == 0


async def test_a_mirror_answers_for_the_mapped_name_first_and_then_for_the_path_without_host(
    open_registry: Registry,
) -> None:
    mapped, plain = (images.image([images.layer(1000, seed=seed)]) for seed in (160, 161))
    images.push(open_registry, "mirror/docker.io/library/both", mapped, ["1"])
    images.push(open_registry, "mirror/library/both", plain, ["1"])
    images.push(open_registry, "mirror/team/only-plain", plain, ["1"])
    images.push(open_registry, "mirror/harbor.corp_8443/a", mapped, ["1"])

    async with client_for(open_registry) as client:
        mirror = MirrorSource(client, open_registry.address, "mirror")
        both = await mirror.manifest(Reference.parse("both:1"))
        only_plain = await mirror.manifest(Reference.parse("quay.io/team/only-plain:1"))
        with_port = await mirror.manifest(Reference.parse("harbor.corp:8443/a:1"))
        chunks = mirror.blob("quay.io/team/only-plain", descriptor(plain.layers[0].blob))
        data = b"".join([chunk async for chunk in chunks])
        with pytest.raises(NotFound, match=r"mirror/docker\.io/library/absent:1"):
            await mirror.manifest(Reference.parse("absent:1"))

    assert both.data == with_port.data == mapped.manifest.data
    assert only_plain.data == plain.manifest.data
    assert data == plain.layers[0].blob.data
    assert mirror.name == f"docker://{open_registry.address}/mirror"


async def test_plain_http_is_never_guessed_not_even_on_loopback(open_registry: Registry) -> None:
    options = ConnectionOptions()
    async with RegistryClient(options, Credentials(options, {})) as client:
        with pytest.raises(Unreachable, match=f"does not speak TLS.*--plain-http={open_registry.address}"):
            await client.manifest(Reference.parse(f"{open_registry.address}/client/any:1"))


async def test_a_registry_that_is_not_there_is_one_clear_message(start_registry: StartRegistry) -> None:
    registry = start_registry()
    registry.stop()

    async with client_for(registry) as client:
        with pytest.raises(Unreachable, match=f"{registry.address} cannot be reached: nothing listens there"):
            await client.manifest(Reference.parse(f"{registry.address}/client/any:1"))


async def test_no_proxy_stands_between_us_and_this_machine(
    open_registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    images.push(open_registry, "client/proxy", images.image([images.layer(1000, seed=170)]), ["1"])
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    async with client_for(open_registry) as client:
        assert (await client.manifest(Reference.parse(f"{open_registry.address}/client/proxy:1"))).data
