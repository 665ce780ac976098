from __future__ import annotations

import gzip
import hashlib
import json
import tarfile
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import DigestMismatch, InputError, NotFound
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.reference import Reference
from regplan.store.opening import open_archive
from support import images
from support.archives import tar_of
from support.bundles import layout_files, packed, saved_files, saved_tar

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.store.archived import ArchivedImages
    from support.bundles import Compression

pytestmark = pytest.mark.anyio

BASE = images.layer(40_000, 1)
WEB = images.image([BASE, images.layer(20_000, 2)], label="web")
API = images.image([BASE, images.layer(30_000, 3)], label="api")


def saved(folder: Path, compression: Compression = "none") -> ArchivedImages:
    data = saved_tar([(WEB, ["web:1", "web:stable"]), (API, [])])
    (folder / "saved.tar").write_bytes(packed(data, compression))
    return open_archive("docker-archive", str(folder / "saved.tar"))


def expected(image: images.Image) -> dict[str, Any]:
    """The manifest that one would write by hand: the config as it is, the layers as plain tars."""
    layers = [gzip.decompress(layer.blob.data) for layer in image.layers]
    return {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": image.config.digest,
            "size": image.config.size,
        },
        "layers": [
            {
                "mediaType": "application/vnd.oci.image.layer.v1.tar",
                "digest": f"sha256:{hashlib.sha256(layer).hexdigest()}",
                "size": len(layer),
            }
            for layer in layers
        ],
    }


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
async def test_a_manifest_is_made_of_the_config_s_bytes_and_the_layers_as_they_stand(
    tmp_path: Path, compression: Compression
) -> None:
    source = saved(tmp_path, compression)

    content = await source.manifest(Reference.parse("web:1"))

    assert content.data == json.dumps(expected(WEB), separators=(",", ":")).encode()
    assert str(content.digest) == f"sha256:{hashlib.sha256(content.data).hexdigest()}"
    assert (await source.manifest(Reference.parse("web:stable"))).digest == content.digest
    assert (await source.manifest(Reference("a", "b", None, content.digest))).data == content.data
    for layer, told in zip(WEB.layers, expected(WEB)["layers"], strict=True):
        blob = source.blob("any", Descriptor("", Digest.parse(told["digest"]), told["size"]))
        async with aclosing(blob) as chunks:
            assert b"".join([chunk async for chunk in chunks]) == gzip.decompress(layer.blob.data)
    assert "uncompressed layers, as docker save writes them" in source.found.notes[0]


async def test_images_are_named_by_their_tags_and_a_nameless_one_by_the_file_and_its_digest(tmp_path: Path) -> None:
    source = saved(tmp_path)

    digest = hashlib.sha256(json.dumps(expected(API), separators=(",", ":")).encode()).hexdigest()
    assert [str(each) for each in source.references()] == [
        "docker.io/library/web:1",
        "docker.io/library/web:stable",
        f"localhost/saved@sha256:{digest}",
    ]


async def test_one_image_that_is_wrong_does_not_hide_the_others(tmp_path: Path) -> None:
    files, links = saved_files([(WEB, ["web:1"]), (API, ["api:1"])])
    second = json.loads(files["manifest.json"])[1]["Layers"][1]
    files[second] = b"!" + files[second][1:]
    (tmp_path / "s.tar").write_bytes(tar_of(files, links))
    source = open_archive("docker-archive", str(tmp_path / "s.tar"))

    assert [str(each) for each in source.references()] == ["docker.io/library/web:1", "docker.io/library/api:1"]
    assert (await source.manifest(Reference.parse("web:1"))).data
    with pytest.raises(DigestMismatch, match=API.layers[1].diff_id):
        await source.manifest(Reference.parse("api:1"))

    del files[second]
    (tmp_path / "s.tar").write_bytes(tar_of(files, links))
    with pytest.raises(NotFound, match=f"layer {second} is not in the archive"):
        await open_archive("docker-archive", str(tmp_path / "s.tar")).manifest(Reference.parse("api:1"))


async def test_a_config_with_other_bytes_than_its_name_says_is_told(tmp_path: Path) -> None:
    files, links = saved_files([(WEB, ["web:1"])])
    config = json.loads(files["manifest.json"])[0]["Config"]
    files[config] += b" "
    (tmp_path / "s.tar").write_bytes(tar_of(files, links))

    with pytest.raises(DigestMismatch, match=f"config {config} has other content"):
        await open_archive("docker-archive", str(tmp_path / "s.tar")).manifest(Reference.parse("web:1"))


async def test_the_form_of_docker_25_is_read_as_the_layout_that_it_is(tmp_path: Path) -> None:
    files = layout_files(tmp_path / "layout", {"docker.io/library/web:1": WEB})
    files["manifest.json"] = b'[{"Config": "blobs/sha256/x", "RepoTags": ["web:1"], "Layers": []}]'
    (tmp_path / "s.tar").write_bytes(tar_of(files))

    source = open_archive("docker-archive", str(tmp_path / "s.tar"))

    assert (await source.manifest(Reference.parse("web:1"))).data == WEB.manifest.data


async def test_a_number_names_an_image_as_skopeo_numbers_them(tmp_path: Path) -> None:
    saved(tmp_path)

    first = open_archive("docker-archive", f"{tmp_path}/saved.tar", "@0")
    second = open_archive("docker-archive", f"{tmp_path}/saved.tar", "@1")

    assert [str(each) for each in first.references()] == ["docker.io/library/web:1", "docker.io/library/web:stable"]
    assert [each.repository for each in second.references()] == ["saved"]


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        (b"{}", "manifest.json: is not a list of images"),
        (b"[", "manifest.json: is not JSON"),
        (b'[{"Layers": []}]', "manifest.json: [0]: has no Config"),
        (b'[{"Config": "a", "Layers": [1]}]', "manifest.json: [0]: Layers is not a list of texts"),
        (b'[{"Config": "a", "RepoTags": ["A B"]}]', "manifest.json: RepoTags: "),
    ],
)
async def test_a_list_of_images_that_cannot_be_understood_is_told(tmp_path: Path, manifest: bytes, why: str) -> None:
    (tmp_path / "s.tar").write_bytes(tar_of({"manifest.json": manifest}))

    with pytest.raises(InputError) as caught:
        open_archive("docker-archive", str(tmp_path / "s.tar"))
    assert str(caught.value).startswith(f"{tmp_path / 's.tar'}: {why}")


async def test_what_docker_wrote_before_1_10_is_told_as_that(tmp_path: Path) -> None:
    (tmp_path / "s.tar").write_bytes(tar_of({"repositories": b"{}"}, [("a/layer.tar", tarfile.DIRTYPE, "")]))

    with pytest.raises(InputError, match=r"has `repositories` only, as Docker before 1\.10 wrote it"):
        open_archive("docker-archive", str(tmp_path / "s.tar"))
