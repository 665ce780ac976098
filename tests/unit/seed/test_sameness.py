"""When another manifest is the same image, whatever form it was written in."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from regplan.model.seed import ManifestPut
from regplan.plan.seeding import plan_verify
from regplan.seed.sameness import find_same
from regplan.seed.verify import VerifyOptions, verify
from unit.seed.samples import (
    CONFIG,
    DOCKER_MANIFEST,
    INDEX,
    LAYER,
    MANIFEST,
    MemoryTarget,
    digest_of,
    inventory,
    make_image,
    make_index,
    whole,
)

if TYPE_CHECKING:
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest

pytestmark = pytest.mark.anyio

REPOSITORY = "p/app"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
LAYERS = (b"base" * 100, b"app" * 50)


def config(**more: Any) -> bytes:
    told = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "a" * 64]}}
    return json.dumps(told | {"config": {"Env": ["A=1"], "Cmd": ["run"]}} | more).encode()


def manifest(config_data: bytes, layers: tuple[bytes, ...] = LAYERS, kind: str = MANIFEST) -> bytes:
    layer_type = DOCKER_LAYER if kind == DOCKER_MANIFEST else LAYER
    parts = [{"mediaType": layer_type, "digest": name(data), "size": len(data)} for data in layers]
    entry = {"mediaType": CONFIG, "digest": name(config_data), "size": len(config_data)}
    return json.dumps({"schemaVersion": 2, "mediaType": kind, "config": entry, "layers": parts}).encode()


def name(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def put_of(raw: bytes, *blobs: bytes, children: tuple[Digest, ...] = ()) -> ManifestPut:
    digests = tuple(digest_of(data) for data in blobs)
    return ManifestPut(REPOSITORY, digest_of(raw), MANIFEST, raw, ("1",), digests, children, ("app:1",))


def holding(raw: bytes, kind: str, *blobs: bytes) -> MemoryTarget:
    target = MemoryTarget()
    folder = target.folder(REPOSITORY)
    folder.manifests[digest_of(raw)] = (kind, raw)
    folder.tags["1"] = digest_of(raw)
    for data in blobs:
        folder.blobs.add(digest_of(data))
        target.data[digest_of(data)] = data
    return target


async def is_same(
    ours: bytes, theirs: bytes, *, layers: tuple[bytes, ...] = LAYERS, kind: str = DOCKER_MANIFEST
) -> bool:
    """Hold an image with config `ours` against one with config `theirs`, both with these configs at hand."""

    async def read(reference: str, _: Descriptor) -> bytes:
        assert reference == "app:1"
        return ours

    target = holding(manifest(theirs, layers, kind), kind, theirs, *layers)
    return await find_same(put_of(manifest(ours), ours, *LAYERS), "1", target, read) is not None


async def test_a_config_that_says_the_same_in_other_words_is_the_same_image() -> None:
    other = config(created="2026-01-01T00:00:00Z", docker_version="20", container="x")
    absences = config(config={"Cmd": ["run"], "Env": ["A=1"], "Labels": None, "Tty": False, "Hostname": ""})

    assert await is_same(config(), other)
    assert await is_same(config(), absences)


@pytest.mark.parametrize(
    "other",
    [
        config(architecture="arm64"),
        config(variant="v8"),
        config(config={"Env": ["A=2"], "Cmd": ["run"]}),
        config(rootfs={"type": "layers", "diff_ids": ["sha256:" + "b" * 64]}),
        b"no config",
    ],
)
async def test_another_platform_command_or_layer_is_another_image(other: bytes) -> None:
    assert not await is_same(config(), other)


async def test_other_layers_under_another_config_are_another_image() -> None:
    assert not await is_same(config(), config(created="2026-01-01T00:00:00Z"), layers=(*LAYERS, b"more"))
    assert not await is_same(config(), config(created="2026-01-01T00:00:00Z"), layers=LAYERS[::-1])


async def test_without_our_config_at_hand_another_config_proves_nothing() -> None:
    ours, theirs = config(), config(created="2026-01-01T00:00:00Z")
    target = holding(manifest(theirs), MANIFEST, theirs, *LAYERS)

    assert await find_same(put_of(manifest(ours), ours, *LAYERS), "1", target) is None


async def test_an_index_with_our_image_written_otherwise_is_the_same_and_one_without_is_not() -> None:
    ours = config()
    inner = manifest(ours, kind=DOCKER_MANIFEST)
    entry = {"mediaType": DOCKER_MANIFEST, "digest": name(inner), "size": len(inner)}
    index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}).encode()
    target = holding(index, INDEX, ours, *LAYERS)
    put = put_of(manifest(ours), ours, *LAYERS)

    assert await find_same(put, "1", target) is None  # the index names what is not there
    target.folder(REPOSITORY).manifests[digest_of(inner)] = (DOCKER_MANIFEST, inner)
    found = await find_same(put, "1", target)

    assert found is not None
    assert [blob.digest for blob in found.blobs] == [digest_of(data) for data in (ours, *LAYERS)]


async def test_the_one_image_of_an_index_may_stand_alone_and_one_of_two_may_not() -> None:
    amd, _ = make_image([LAYERS[0]], "amd")
    arm, _ = make_image([LAYERS[1]], "arm", platform="linux/arm64")
    single, double = make_index([amd]), make_index([amd, arm])
    assert single.raw
    assert double.raw
    alone = put_of(single.raw, children=(amd.digest,))
    both = put_of(double.raw, children=(amd.digest, arm.digest))
    target = holding(amd.raw or b"", MANIFEST)

    assert await find_same(alone, "1", target) is not None
    assert await find_same(both, "1", target) is None


async def test_an_index_written_otherwise_with_the_same_images_is_the_same_while_they_are_all_there() -> None:
    amd, _ = make_image([LAYERS[0]], "amd")
    arm, _ = make_image([LAYERS[1]], "arm", platform="linux/arm64")
    ours, theirs = make_index([amd, arm]), make_index([arm, amd])
    target = holding(theirs.raw or b"", INDEX)
    put = put_of(ours.raw or b"", children=(amd.digest, arm.digest))

    assert await find_same(put, "1", target) is None
    for image in (amd, arm):
        target.folder(REPOSITORY).manifests[image.digest] = (MANIFEST, image.raw or b"")
    assert await find_same(put, "1", target) is not None


async def test_an_image_in_another_form_is_complete_only_while_its_own_blobs_are_whole() -> None:
    image, blobs = make_image(LAYERS, "app")
    plan = plan_verify(inventory(whole("app:1", [image], make_index([image]))), "t", "p", "plain")
    repository = plan.manifests[0].repository
    target = MemoryTarget()
    folder = target.folder(repository)
    folder.manifests[image.digest] = (MANIFEST, image.raw or b"")
    folder.tags["1"] = image.digest
    for digest, data in blobs.items():
        folder.blobs.add(digest)
        target.data[digest] = data

    assert (await verify(plan, target, "deep", VerifyOptions())).complete
    folder.blobs.discard(digest_of(LAYERS[1]))
    lost = await verify(plan, target, "blobs")

    assert not lost.complete
    assert lost.missing == ("docker.io/library/app:1",)
    target.data[digest_of(LAYERS[0])] = b"x" * len(LAYERS[0])
    assert any("other bytes" in each for each in (await verify(plan, target, "deep")).details)
