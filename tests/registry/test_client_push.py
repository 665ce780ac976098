from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regplan.errors import ContentError, RegistryError, SizeMismatch
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.registry.client import RegistryClient
from regplan.registry.credentials import Credentials
from regplan.registry.options import ConnectionOptions, Credential, HostOptions, Login, Secret
from regplan.registry.push import Pusher
from support import images
from support.bodies import Pieces

if TYPE_CHECKING:
    from support.content import Blob, Image
    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = [pytest.mark.registry, pytest.mark.anyio]


def client_for(registry: Registry) -> RegistryClient:
    reach = HostOptions(ca_cert=registry.ca_file, plain_http=registry.ca_file is None)
    credential = Credential(registry.user, Secret(registry.password)) if registry.needs_login else None
    login = Login(registry.address, credential) if credential is not None else None
    options = ConnectionOptions({registry.address: reach}, login=login)
    return RegistryClient(options, Credentials(options, {}))


def descriptor(blob: Blob) -> Descriptor:
    return Descriptor(blob.media_type, Digest.parse(blob.digest), blob.size)


async def upload(pusher: Pusher, repository: str, blob: Blob) -> None:
    session = await pusher.start_upload(repository)
    assert session is not None
    await pusher.put_blob(session, descriptor(blob), Pieces(blob.data))


async def push(pusher: Pusher, repository: str, image: Image) -> None:
    for blob in image.blobs():
        await upload(pusher, repository, blob)
    await pusher.put_manifest(repository, "1", image.manifest.media_type, image.manifest.data)


@pytest.mark.parametrize("kind", ["open_registry", "basic_registry", "token_registry"])
async def test_an_image_is_uploaded_mounted_and_found_again(kind: str, request: pytest.FixtureRequest) -> None:
    registry: Registry = request.getfixturevalue(kind)
    image = images.image([images.layer(400_000, seed=400)], label=kind)

    async with client_for(registry) as client:
        pusher = Pusher(client, registry.address)
        await push(pusher, "push/a", image)
        for blob in image.blobs():
            assert await pusher.start_upload("push/b", Digest.parse(blob.digest), "push/a") is None
        await pusher.put_manifest("push/b", image.manifest.digest, image.manifest.media_type, image.manifest.data)

        assert str(await pusher.head_manifest("push/a", "1")) == image.manifest.digest
        assert str(await pusher.head_manifest("push/b", image.manifest.digest)) == image.manifest.digest
        assert await pusher.head_manifest("push/a", "2") is None
        assert await pusher.head_blob("push/b", Digest.parse(image.config.digest)) == image.config.size
        assert await pusher.head_blob("push/b", Digest.parse("sha256:" + "0" * 64)) is None
        content = await pusher.fetch_manifest("push/b", image.manifest.digest)
        assert content is not None
        assert content.data == image.manifest.data
        assert await pusher.fetch_manifest("push/b", "2") is None
        assert {"push/a", "push/b"} <= set(await pusher.repositories("push", 1000) or ())


@pytest.mark.docker_registry
async def test_a_blob_needs_two_requests_and_a_mount_one(start_registry: StartRegistry) -> None:
    registry = start_registry("token")
    image = images.image([images.layer(50_000, seed=410)])

    async with client_for(registry) as client:
        pusher = Pusher(client, registry.address)
        await push(pusher, "push/a", image)
        for blob in image.blobs():
            await pusher.start_upload("push/b", Digest.parse(blob.digest), "push/a")
        counts = pusher.counts

    methods = [request.method for request in registry.requests() if request.status != 401]
    assert methods == ["POST", "PUT", "POST", "PUT", "PUT", "POST", "POST"]
    assert counts.requests == len(methods)


async def test_a_mount_that_the_registry_cannot_do_becomes_an_upload_session(open_registry: Registry) -> None:
    blob = images.layer(20_000, seed=420).blob

    async with client_for(open_registry) as client:
        pusher = Pusher(client, open_registry.address)
        session = await pusher.start_upload("push/unmounted", Digest.parse(blob.digest), "push/absent")
        assert session is not None
        await pusher.put_blob(session, descriptor(blob), Pieces(blob.data))

        assert await pusher.head_blob("push/unmounted", Digest.parse(blob.digest)) == blob.size


@pytest.mark.parametrize("damage", [b"", b"more"], ids=["short", "long"])
async def test_a_stream_of_another_length_is_a_size_mismatch_and_leaves_no_blob(
    open_registry: Registry, damage: bytes
) -> None:
    blob = images.layer(200_000, seed=430 + len(damage)).blob
    data = blob.data + damage if damage else blob.data[:-1]

    async with client_for(open_registry) as client:
        pusher = Pusher(client, open_registry.address)
        session = await pusher.start_upload("push/size")
        assert session is not None
        with pytest.raises(SizeMismatch):
            await pusher.put_blob(session, descriptor(blob), Pieces(data))

        assert await pusher.head_blob("push/size", Digest.parse(blob.digest)) is None


async def test_other_bytes_than_the_digest_says_are_refused_by_the_registry(open_registry: Registry) -> None:
    blob = images.layer(200_000, seed=440).blob

    async with client_for(open_registry) as client:
        pusher = Pusher(client, open_registry.address)
        session = await pusher.start_upload("push/digest")
        assert session is not None
        with pytest.raises(RegistryError, match=r"other bytes than blob.*DIGEST_INVALID"):
            await pusher.put_blob(session, descriptor(blob), Pieces(bytes(blob.size)))

        assert await pusher.head_blob("push/digest", Digest.parse(blob.digest)) is None


async def test_what_the_source_raises_comes_through_as_it_is(open_registry: Registry) -> None:
    blob = images.layer(200_000, seed=450).blob

    class SourceError(ContentError):
        pass

    async with client_for(open_registry) as client:
        pusher = Pusher(client, open_registry.address)
        session = await pusher.start_upload("push/source")
        assert session is not None
        with pytest.raises(SourceError, match="the source broke"):
            await pusher.put_blob(
                session, descriptor(blob), Pieces(blob.data[:1000], error=SourceError("the source broke"))
            )


async def test_a_manifest_before_its_blobs_is_refused_with_the_registrys_words(open_registry: Registry) -> None:
    image = images.image([images.layer(1000, seed=460)])

    async with client_for(open_registry) as client:
        with pytest.raises(RegistryError, match="MANIFEST_BLOB_UNKNOWN") as caught:
            await push_manifest_only(Pusher(client, open_registry.address), image)

    assert {entry.code for entry in caught.value.errors} == {"MANIFEST_BLOB_UNKNOWN"}
    assert not caught.value.retryable


async def push_manifest_only(pusher: Pusher, image: Image) -> None:
    await pusher.put_manifest("push/early", "1", image.manifest.media_type, image.manifest.data)


async def test_a_catalogue_that_is_cut_or_refused_proves_nothing(
    start_registry: StartRegistry, token_registry: Registry
) -> None:
    registry = start_registry()
    async with client_for(registry) as client:
        pusher = Pusher(client, registry.address)
        assert await pusher.repositories("push", 100) == ()
        for name in ("push/a", "pushed/b"):
            await push(pusher, name, images.image([images.layer(1000, seed=470)]))

        assert await pusher.repositories("push", 100) == ("push/a",)
        assert await pusher.repositories("push", 2) is None
        assert await pusher.repositories("push", 1) is None

    options = ConnectionOptions({token_registry.address: HostOptions(plain_http=True)})
    async with RegistryClient(options, Credentials(options, {})) as client:
        assert await Pusher(client, token_registry.address).repositories("push", 100) is None
