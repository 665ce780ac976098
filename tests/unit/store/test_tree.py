from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regplan.errors import DigestMismatch, InputError, NotFound, RegistryError
from regplan.model.source import ImageSource
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.reference import Reference
from regplan.store.tree import LayoutTree
from support import images

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

APP = images.image([images.layer(2_000_000, 1)], label="app")
OTHER = images.image([images.layer(3_000, 2)], label="other")


def tree(folder: Path, **repositories: images.Tree) -> LayoutTree:
    """A tree with these images under the tag 1; two underscores stand for a slash."""
    for name, built in repositories.items():
        images.write_layout(folder / name.replace("__", "/").replace("docker_io", "docker.io"), {"1": built})
    return LayoutTree(folder)


async def read(source: LayoutTree, name: str, blob: images.Blob, first: int = 0, last: int | None = None) -> bytes:
    descriptor = Descriptor(blob.media_type, Digest.parse(blob.digest), blob.size)
    return b"".join([chunk async for chunk in source.blob(name, descriptor, first, last)])


@pytest.mark.parametrize(
    "folder", ["docker_io__library__nginx", "edge__docker_io__library__nginx", "a__b__docker_io__library__nginx",
               "library__nginx", "edge__library__nginx"],
)  # fmt: skip
async def test_an_image_is_found_under_any_project_by_its_full_name_or_its_path(tmp_path: Path, folder: str) -> None:
    source = tree(tmp_path, **{folder: APP})

    content = await source.manifest(Reference.parse("nginx:1"))

    assert (content.data, str(content.digest)) == (APP.manifest.data, APP.manifest.digest)
    assert content.media_type == APP.manifest.media_type
    assert await read(source, "docker.io/library/nginx", APP.config) == APP.config.data


async def test_a_port_in_the_host_is_an_underscore_in_the_folder(tmp_path: Path) -> None:
    source = tree(tmp_path, **{"edge/harbor.corp_8443/a": APP})

    assert (await source.manifest(Reference.parse("harbor.corp:8443/a:1"))).data == APP.manifest.data


async def test_an_image_of_another_host_is_not_taken_for_it(tmp_path: Path) -> None:
    source = tree(tmp_path, **{"quay.io/library/nginx": OTHER, "edge/quay.io/library/nginx": OTHER})

    with pytest.raises(NotFound, match=r"oci:.* does not hold docker\.io/library/nginx:1"):
        await source.manifest(Reference.parse("nginx:1"))


async def test_the_full_name_goes_before_the_path_alone(tmp_path: Path) -> None:
    source = tree(tmp_path, library__nginx=OTHER, edge__docker_io__library__nginx=APP)

    assert (await source.manifest(Reference.parse("nginx:1"))).data == APP.manifest.data


async def test_a_digest_is_found_whether_the_index_lists_it_or_not(tmp_path: Path) -> None:
    multi = images.multi_platform()
    source = tree(tmp_path, **{"docker.io/library/nginx": multi})

    for manifest in multi.manifests():
        content = await source.manifest(Reference.parse(f"nginx@{manifest.digest}"))
        assert (content.data, content.media_type) == (manifest.data, manifest.media_type)


async def test_a_part_of_a_blob_can_be_read(tmp_path: Path) -> None:
    source, blob = tree(tmp_path, **{"docker.io/library/nginx": APP}), APP.layers[0].blob

    assert await read(source, "docker.io/library/nginx", blob) == blob.data
    assert await read(source, "docker.io/library/nginx", blob, 1_048_570, 1_048_590) == blob.data[1_048_570:1_048_591]
    assert await read(source, "docker.io/library/nginx", blob, 1_999_999) == blob.data[1_999_999:]


async def test_what_is_absent_is_said_to_be(tmp_path: Path) -> None:
    source = tree(tmp_path, **{"docker.io/library/nginx": APP})

    with pytest.raises(NotFound):
        await source.manifest(Reference.parse("nginx:2"))
    with pytest.raises(NotFound):
        await source.manifest(Reference.parse(f"nginx@sha256:{'0' * 64}"))
    with pytest.raises(NotFound, match=OTHER.config.digest):
        await read(source, "docker.io/library/nginx", OTHER.config)


async def test_a_manifest_with_other_bytes_than_its_name_is_refused(tmp_path: Path) -> None:
    source = tree(tmp_path, **{"docker.io/library/nginx": APP})
    file = tmp_path / "docker.io/library/nginx/blobs/sha256" / APP.manifest.digest.removeprefix("sha256:")
    file.write_bytes(file.read_bytes() + b" ")

    with pytest.raises(DigestMismatch, match=file.name):
        await source.manifest(Reference.parse("nginx:1"))


async def test_a_manifest_of_more_than_4_mib_is_told_as_too_large_and_not_as_absent(tmp_path: Path) -> None:
    source = tree(tmp_path, **{"docker.io/library/nginx": APP})
    digest = APP.manifest.digest
    (tmp_path / "docker.io/library/nginx/blobs/sha256" / digest.removeprefix("sha256:")).write_bytes(b" " * 4_194_305)

    with pytest.raises(RegistryError, match="has 4,194,305 bytes: a manifest of more than 4 MiB is not read"):
        await source.manifest(Reference.parse("nginx:1"))


async def test_a_folder_without_layouts_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no image layout"):
        await LayoutTree(tmp_path).manifest(Reference.parse("nginx:1"))


async def test_a_tree_is_an_image_source_and_nothing_refers_to_what_nothing_refers_to(tmp_path: Path) -> None:
    source = tree(tmp_path, **{"docker.io/library/nginx": APP})

    assert isinstance(source, ImageSource)
    assert await source.tags_among("docker.io/library/nginx", frozenset({"sha256-0.sig"})) == frozenset()
    assert await source.referrers("docker.io/library/nginx", Digest.parse(APP.manifest.digest)) == ()
