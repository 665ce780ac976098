from __future__ import annotations

import json
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import DigestMismatch, InputError, NotFound, SizeMismatch
from regplan.model.source import ImageSource
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.reference import Reference
from regplan.store.layout import ImageLayout
from support import images

if TYPE_CHECKING:
    from pathlib import Path

    from support.content import Blob, Tree

pytestmark = pytest.mark.anyio

NAME = "docker.io/library/nginx:1.27"


def layout(folder: Path, trees: dict[str, Tree], *, sparse: bool = False) -> ImageLayout:
    images.write_layout(folder, trees, sparse=sparse)
    return ImageLayout(folder)


def descriptor(blob: Blob, size: int | None = None) -> Descriptor:
    return Descriptor(blob.media_type, Digest.parse(blob.digest), blob.size if size is None else size)


async def read(source: ImageLayout, blob: Blob, *span: int, size: int | None = None) -> bytes:
    chunks = source.blob("any/name", descriptor(blob, size), *span)
    async with aclosing(chunks):
        return b"".join([chunk async for chunk in chunks])


def path_of(folder: Path, blob: Blob) -> Path:
    return folder / "blobs" / "sha256" / blob.digest.removeprefix("sha256:")


def edit_index(folder: Path, entries: list[dict[str, Any]]) -> ImageLayout:
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": entries}))
    return ImageLayout(folder)


async def test_a_layout_is_an_image_source(tmp_path: Path) -> None:
    source = layout(tmp_path, {NAME: images.layer_twice()})

    assert isinstance(source, ImageSource)
    assert source.name == f"oci:{tmp_path}"


async def test_an_image_is_found_by_its_full_name_by_any_form_of_it_and_by_digest(tmp_path: Path) -> None:
    nginx, other = images.layer_twice(seed=1), images.multi_platform(seed=5)
    source = layout(tmp_path, {NAME: nginx, "quay.io/a/b:1": other})

    assert (await source.manifest(Reference.parse("nginx:1.27"))).data == nginx.manifest.data
    assert (await source.manifest(Reference.parse("quay.io/a/b:1"))).data == other.manifest.data
    child = other.manifests()[0]
    content = await source.manifest(Reference.parse(f"anything@{child.digest}"))
    assert content.data == child.data
    with pytest.raises(NotFound, match=r"has no docker.io/library/nginx:1.28"):
        await source.manifest(Reference.parse("nginx:1.28"))
    with pytest.raises(NotFound):
        await source.manifest(Reference.parse("quay.io/library/nginx:1.27"))


async def test_a_familiar_name_in_the_index_is_made_whole(tmp_path: Path) -> None:
    source = layout(tmp_path, {"busybox:1.38.0-musl": images.layer_twice()})

    assert (await source.manifest(Reference.parse("docker.io/library/busybox:1.38.0-musl"))).data


async def test_a_bare_tag_as_skopeo_writes_it_serves_any_repository_with_that_tag(tmp_path: Path) -> None:
    source = layout(tmp_path, {"1.27": images.layer_twice(seed=1), "1.28": images.layer_twice(seed=9)})

    one = await source.manifest(Reference.parse("nginx:1.27"))
    assert one.data == images.layer_twice(seed=1).manifest.data
    with pytest.raises(NotFound):
        await source.manifest(Reference.parse("nginx:1.29"))


async def test_the_only_image_without_a_name_is_the_one(tmp_path: Path) -> None:
    image = images.layer_twice()
    images.write_layout(tmp_path, {"x": image})
    source = edit_index(tmp_path, [image.manifest.descriptor()])

    assert (await source.manifest(Reference.parse("nginx:1.27"))).data == image.manifest.data


async def test_containerd_keeps_the_whole_name_under_a_key_of_its_own(tmp_path: Path) -> None:
    image = images.layer_twice()
    images.write_layout(tmp_path, {"x": image})
    annotations = {"org.opencontainers.image.ref.name": "1.27", "io.containerd.image.name": NAME}
    source = edit_index(tmp_path, [image.manifest.descriptor(annotations=annotations)])

    assert (await source.manifest(Reference.parse(NAME))).data
    with pytest.raises(NotFound):
        await source.manifest(Reference.parse("quay.io/other:1.27"))


async def test_every_image_has_a_reference_under_which_it_is_found(tmp_path: Path) -> None:
    named, tagged, nameless = (images.layer_twice(seed=seed) for seed in (1, 5, 9))
    folder = tmp_path / "My Images"
    images.write_layout(folder, {NAME: named, "1.27": tagged, "": nameless})
    source = ImageLayout(folder)
    found = [(await source.manifest(reference)).data for reference in source.references()]

    assert [str(reference) for reference in source.references()] == [
        NAME,
        "localhost/my-images:1.27",
        f"localhost/my-images@{nameless.manifest.digest}",
    ]
    assert found == [image.manifest.data for image in (named, tagged, nameless)]


async def test_two_images_of_one_name_must_be_asked_for_by_digest(tmp_path: Path) -> None:
    one, two = images.layer_twice(seed=1), images.layer_twice(seed=9)
    images.write_layout(tmp_path, {"1": one, "2": two})
    annotations = {"org.opencontainers.image.ref.name": NAME}
    source = edit_index(tmp_path, [image.manifest.descriptor(annotations=annotations) for image in (one, two, one)])

    with pytest.raises(NotFound, match=f"has 2 images named {NAME}: ask for one by its digest"):
        await source.manifest(Reference.parse(NAME))
    assert (await source.manifest(Reference.parse(f"{NAME}@{two.manifest.digest}"))).data


async def test_a_layout_can_be_narrowed_to_one_name(tmp_path: Path) -> None:
    images.write_layout(tmp_path, {"1.27": images.layer_twice(seed=1), NAME: images.layer_twice(seed=9)})

    assert [entry.name for entry in ImageLayout(tmp_path, "1.27").entries] == ["1.27"]
    assert ImageLayout(tmp_path, "1.27").name == f"oci:{tmp_path}:1.27"
    with pytest.raises(InputError, match="holds no image 'none'"):
        ImageLayout(tmp_path, "none")


async def test_blobs_come_whole_and_in_parts(tmp_path: Path) -> None:
    image = images.image([images.layer(3_000_000, seed=3)])
    source = layout(tmp_path, {NAME: image})
    blob = image.layers[0].blob

    assert await read(source, blob) == blob.data
    assert await read(source, blob, 10, 19) == blob.data[10:20]
    assert await read(source, blob, blob.size - 5) == blob.data[-5:]
    assert await read(source, blob, 0, 10 * blob.size) == blob.data


async def test_damaged_content_is_found_out_before_its_last_bytes_go_out(tmp_path: Path) -> None:
    image = images.image([images.layer(3_000_000, seed=3)])
    source = layout(tmp_path, {NAME: image})
    blob = image.layers[0].blob
    path_of(tmp_path, blob).write_bytes(b"\0" + blob.data[1:])
    chunks = source.blob("x", descriptor(blob))
    got = len(await anext(chunks)) + len(await anext(chunks))

    with pytest.raises(DigestMismatch, match=f"blob {blob.digest} has other content"):
        await anext(chunks)
    assert got < blob.size


async def test_a_truncated_blob_is_a_size_mismatch(tmp_path: Path) -> None:
    image = images.layer_twice()
    source = layout(tmp_path, {NAME: image})
    blob = image.layers[0].blob
    path_of(tmp_path, blob).write_bytes(blob.data[:-1])

    with pytest.raises(SizeMismatch, match=f"has {blob.size - 1} bytes and not {blob.size}"):
        await read(source, blob)
    with pytest.raises(SizeMismatch):
        await read(source, blob, 0, 5)
    with pytest.raises(SizeMismatch):
        await read(source, image.config, size=image.config.size + 1)


async def test_a_sparse_layout_has_configs_and_no_layers(tmp_path: Path) -> None:
    image = images.layer_twice()
    source = layout(tmp_path, {NAME: image}, sparse=True)

    assert await read(source, image.config) == image.config.data
    with pytest.raises(NotFound, match="a sparse layout leaves blobs out"):
        await read(source, image.layers[0].blob)


async def test_a_damaged_manifest_is_not_handed_out(tmp_path: Path) -> None:
    image = images.layer_twice()
    source = layout(tmp_path, {NAME: image})
    path_of(tmp_path, image.manifest).write_bytes(image.manifest.data + b" ")

    with pytest.raises(DigestMismatch, match=f"manifest {image.manifest.digest} has other content"):
        await source.manifest(Reference.parse(NAME))


async def test_a_missing_manifest_is_not_found(tmp_path: Path) -> None:
    image = images.layer_twice()
    source = layout(tmp_path, {NAME: image})
    path_of(tmp_path, image.manifest).unlink()

    with pytest.raises(NotFound, match=image.manifest.digest):
        await source.manifest(Reference.parse(NAME))


async def test_a_digest_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    image = images.layer_twice()
    images.write_layout(tmp_path / "layout", {"x": image})
    entry = {"mediaType": image.manifest.media_type, "digest": "sha256:../../../../etc/passwd", "size": 10}

    with pytest.raises(InputError, match="is not a digest"):
        edit_index(tmp_path / "layout", [entry])


async def test_referrers_are_found_by_their_subject_also_inside_indexes(tmp_path: Path) -> None:
    subject = images.layer_twice(seed=1)
    value = json.loads(images.layer_twice(seed=9).manifest.data)
    value["subject"] = subject.manifest.descriptor()
    raw = json.dumps(value).encode()
    signature = type(subject.manifest)(subject.manifest.media_type, raw)
    images.write_layout(tmp_path, {NAME: subject, "other": images.multi_platform(seed=20)})
    path_of(tmp_path, signature).write_bytes(raw)
    nested = json.dumps({"schemaVersion": 2, "manifests": [signature.descriptor()]}).encode()
    index = type(subject.manifest)("application/vnd.oci.image.index.v1+json", nested)
    path_of(tmp_path, index).write_bytes(nested)
    source = edit_index(tmp_path, [subject.manifest.descriptor(), index.descriptor()])

    found = await source.referrers("any", Digest.parse(subject.manifest.digest))
    assert [str(entry.digest) for entry in found] == [signature.digest]
    assert await source.referrers("any", Digest.parse(signature.digest)) == ()


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("oci-layout", None, "is not an OCI image layout"),
        ("oci-layout", "{}", "has no imageLayoutVersion"),
        ("oci-layout", "no", "has no imageLayoutVersion"),
        ("oci-layout", '{"imageLayoutVersion": "2.0.0"}', "'2.0.0' is not one that regplan reads"),
        ("index.json", None, r"index\.json: no such file"),
        ("index.json", "{", r"index\.json is not JSON"),
        ("index.json", "[]", r"index\.json is not a manifest"),
    ],
)
async def test_a_folder_that_is_no_layout_is_told_of(tmp_path: Path, name: str, text: str | None, message: str) -> None:
    images.write_layout(tmp_path, {NAME: images.layer_twice()})
    (tmp_path / name).unlink()
    if text is not None:
        (tmp_path / name).write_text(text)

    with pytest.raises(InputError, match=message):
        ImageLayout(tmp_path)
