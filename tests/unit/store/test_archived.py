from __future__ import annotations

import random
import tarfile
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from regplan.errors import DigestMismatch, InputError, NotFound, SizeMismatch
from regplan.model.source import ImageSource, OrderedSource
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.reference import Reference
from regplan.store.opening import open_archive
from support import images
from support.archives import tar_of
from support.bundles import layout_files, ordered, packed, pax_tar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from regplan.model.progress import Progress
    from regplan.store.archived import ArchivedImages
    from support.bundles import Compression, Order
    from support.content import Blob, Tree

pytestmark = pytest.mark.anyio

NAME = "docker.io/library/nginx:1.27"
TREES: dict[str, Tree] = {NAME: images.multi_platform(), "quay.io/a/b:1": images.layer_twice(seed=3)}
LARGE = images.image([images.layer(400_000, 7), images.layer(300_000, 8), images.layer(200_000, 9)])


def written(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return str(path)


def bundle(folder: Path, files: Mapping[str, bytes], compression: Compression = "zstd") -> ArchivedImages:
    return open_archive("bundle", written(folder / "b.tar", packed(tar_of(files), compression)))


def descriptor(blob: Blob, size: int | None = None) -> Descriptor:
    return Descriptor(blob.media_type, Digest.parse(blob.digest), blob.size if size is None else size)


async def read(source: ArchivedImages, blob: Blob, *span: int, size: int | None = None) -> bytes:
    async with aclosing(source.blob("any/name", descriptor(blob, size), *span)) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def check_whole(source: ArchivedImages, trees: Mapping[str, Tree]) -> None:
    """Every manifest by its name and digest, and every blob, is what was built."""
    for name, tree in trees.items():
        assert (await source.manifest(Reference.parse(name))).data == tree.manifest.data
        for manifest in tree.manifests():
            content = await source.manifest(Reference("any", "name", None, Digest.parse(manifest.digest)))
            assert (str(content.digest), content.data) == (manifest.digest, manifest.data)
        for blob in tree.blobs():
            assert await read(source, blob) == blob.data


@pytest.mark.parametrize("order", ["first", "middle", "last"])
@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
async def test_an_archive_is_read_whatever_the_order_of_its_members_and_however_it_is_compressed(
    tmp_path: Path, order: Order, compression: Compression
) -> None:
    files = ordered(layout_files(tmp_path / "layout", TREES), order)
    path = written(tmp_path / "images.tar", packed(tar_of(files), compression))

    source = open_archive("oci-archive", path)

    assert isinstance(source, ImageSource)
    assert isinstance(source, OrderedSource)
    assert source.name == f"oci-archive:{path}"
    assert [str(each) for each in source.references()] == list(TREES)
    assert source.packed.compression == compression
    await check_whole(source, TREES)


@pytest.mark.parametrize("top", ["", "./", "bundle-pkg/", "./a/.hidden/c/"])
async def test_a_bundle_s_layout_is_found_at_any_depth(tmp_path: Path, top: str) -> None:
    source = bundle(tmp_path, {"readme.txt": b"x", **layout_files(tmp_path / "layout", TREES, top)})

    assert source.found.folders == (top.removeprefix("./").rstrip("/"),)
    await check_whole(source, TREES)


async def test_headers_of_the_pax_kind_and_long_names_are_read(tmp_path: Path) -> None:
    files = layout_files(tmp_path / "layout", TREES, "x" * 120 + "/" + "y" * 120 + "/")

    await check_whole(open_archive("bundle", written(tmp_path / "p.tar", pax_tar(files))), TREES)
    await check_whole(open_archive("bundle", written(tmp_path / "g.tar", tar_of(files))), TREES)


async def test_links_between_blobs_and_to_folders_are_followed(tmp_path: Path) -> None:
    files = layout_files(tmp_path / "layout", TREES, "a/")
    first, second, *_ = sorted(name for name in files if "/blobs/" in name)
    files["shared/one"], files["shared/two"] = files.pop(first), files.pop(second)
    links = [
        (first, tarfile.LNKTYPE, "shared/one"),
        (second, tarfile.SYMTYPE, "../../../shared/two"),
        ("b/blobs", tarfile.SYMTYPE, "../a/blobs"),
        ("out", tarfile.SYMTYPE, "/etc/passwd"),
    ]
    files |= {"b/index.json": files["a/index.json"], "b/oci-layout": files["a/oci-layout"]}

    source = open_archive("bundle", written(tmp_path / "b.tar", tar_of(files, links)))

    assert source.found.folders == ("a", "b")
    assert source.index.unread == ["out is a link that leads out of the archive"]
    await check_whole(source, TREES)


async def test_links_in_a_circle_lead_nowhere(tmp_path: Path) -> None:
    files = layout_files(tmp_path / "layout", TREES)
    lost = next(name for name in files if name.endswith(TREES[NAME].manifest.digest[7:]))
    del files[lost]
    links = [(lost, tarfile.SYMTYPE, "../../x"), ("x", tarfile.SYMTYPE, lost)]
    source = open_archive("oci-archive", written(tmp_path / "b.tar", tar_of(files, links)))

    with pytest.raises(NotFound, match=TREES[NAME].manifest.digest):
        await source.manifest(Reference.parse(NAME))


async def test_layouts_in_folders_that_name_repositories_are_told_apart(tmp_path: Path) -> None:
    nginx, redis = images.layer_twice(seed=1), images.layer_twice(seed=2)
    files = {
        **layout_files(tmp_path / "n", {"1": nginx}, "spectro-images/docker.io/library/nginx/"),
        **layout_files(tmp_path / "r", {"7": redis}, "spectro-images/docker.io/library/redis/"),
    }
    source = bundle(tmp_path, files)

    assert [str(each) for each in source.references()] == ["docker.io/library/nginx:1", "docker.io/library/redis:7"]
    assert (await source.manifest(Reference.parse("redis:7"))).data == redis.manifest.data
    # A tag of another repository is another image.
    with pytest.raises(NotFound, match=r"has no docker\.io/library/nginx:7"):
        await source.manifest(Reference.parse("nginx:7"))


async def test_a_bare_tag_and_a_nameless_image_are_named_after_the_file(tmp_path: Path) -> None:
    image = images.layer_twice()
    tagged = open_archive(
        "oci-archive",
        written(tmp_path / "My App.tar.gz", packed(tar_of(layout_files(tmp_path / "t", {"1.0": image})), "gzip")),
    )

    assert [str(each) for each in tagged.references()] == ["localhost/my-app:1.0"]
    assert (await tagged.manifest(Reference.parse("quay.io/whatever:1.0"))).data == image.manifest.data


async def test_a_name_narrows_an_archive_to_one_image(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tar", tar_of(layout_files(tmp_path / "layout", TREES)))

    for ref in ("nginx:1.27", NAME, "1.27", "@0"):
        source = open_archive("oci-archive", path, ref)
        assert [str(each) for each in source.references()] == [NAME]
        assert source.name == f"oci-archive:{path}:{ref}"
    with pytest.raises(
        InputError, match=r"a\.tar: holds no image 'redis:7'; it holds docker\.io/library/nginx:1\.27, quay"
    ):
        open_archive("oci-archive", path, "redis:7")


async def test_a_part_of_a_blob_can_be_read(tmp_path: Path) -> None:
    source = bundle(tmp_path, layout_files(tmp_path / "layout", {NAME: LARGE}))
    layer = LARGE.layers[0].blob

    assert await read(source, layer, 5, 99) == layer.data[5:100]
    assert await read(source, layer, layer.size - 4) == layer.data[-4:]
    assert await read(source, layer, layer.size) == b""
    assert await read(source, LARGE.config, 1, 4) == LARGE.config.data[1:5]


async def test_blobs_in_the_archive_s_order_are_read_in_one_pass_and_one_before_begins_again(tmp_path: Path) -> None:
    source = bundle(tmp_path, layout_files(tmp_path / "layout", {NAME: LARGE}))
    layers = sorted((layer.blob for layer in LARGE.layers), key=lambda blob: blob.digest)
    places = [source.offset_of(Digest.parse(blob.digest)) for blob in layers]
    assert places == sorted(places, key=lambda place: place or 0)
    assert None not in places

    for blob in layers:
        assert await read(source, blob) == blob.data
    assert source.unpacked_bytes <= source.index.unpacked_bytes

    passed = source.unpacked_bytes
    assert await read(source, layers[0]) == layers[0].data
    again = source.unpacked_bytes - passed
    assert 0 < again == (places[0] or 0) + layers[0].size
    source.close()


async def test_order_is_all_the_same_in_a_plain_archive_and_for_what_is_kept_in_memory(tmp_path: Path) -> None:
    files = layout_files(tmp_path / "layout", {NAME: LARGE})
    layer, config = Digest.parse(LARGE.layers[0].blob.digest), Digest.parse(LARGE.config.digest)

    assert bundle(tmp_path, files, "none").offset_of(layer) is None
    compressed = bundle(tmp_path, files, "zstd")
    assert compressed.offset_of(config) is None
    assert compressed.offset_of(Digest("sha256", "0" * 64)) is None


async def test_a_reader_that_stops_early_leaves_the_archive_as_it_was(tmp_path: Path) -> None:
    source = bundle(tmp_path, layout_files(tmp_path / "layout", {NAME: images.image([images.layer(3_000_000, 1)])}))
    layer = images.layer(3_000_000, 1).blob
    async with aclosing(source.blob("any", descriptor(layer))) as chunks:
        async for chunk in chunks:
            assert layer.data.startswith(chunk)
            break

    assert await read(source, layer) == layer.data


async def test_other_content_than_a_digest_s_is_an_error_that_names_it(tmp_path: Path) -> None:
    files = layout_files(tmp_path / "layout", {NAME: LARGE})
    layer = LARGE.layers[0].blob
    for blob in (LARGE.manifest, layer):
        files[f"blobs/sha256/{blob.digest[7:]}"] = blob.data[:-1] + b"!"
    source = bundle(tmp_path, files)

    with pytest.raises(DigestMismatch, match=LARGE.manifest.digest):
        await source.manifest(Reference.parse(NAME))
    with pytest.raises(DigestMismatch, match=layer.digest):
        await read(source, layer)
    with pytest.raises(SizeMismatch, match=f"has {layer.size} bytes and not {layer.size + 1}"):
        await read(source, layer, size=layer.size + 1)


async def test_a_sparse_archive_lacks_layers(tmp_path: Path) -> None:
    files = layout_files(tmp_path / "layout", {NAME: LARGE})
    layer = LARGE.layers[0].blob
    del files[f"blobs/sha256/{layer.digest[7:]}"]

    with pytest.raises(NotFound, match=layer.digest):
        await read(bundle(tmp_path, files), layer)


async def test_referrers_are_found_by_their_subject(tmp_path: Path) -> None:
    tree = images.multi_platform()
    source = bundle(tmp_path, layout_files(tmp_path / "layout", {NAME: tree}))

    assert await source.referrers("any", Digest.parse(tree.manifest.digest)) == ()


async def test_the_edges_of_layers_are_known_without_going_over_the_archive_again(tmp_path: Path) -> None:
    source = bundle(tmp_path, layout_files(tmp_path / "layout", {NAME: LARGE}))

    for layer in (layer.blob for layer in LARGE.layers):
        assert await read(source, layer, layer.size - 4, layer.size - 1) == layer.data[-4:]
        assert await read(source, layer, layer.size - 2) == layer.data[-2:]
        assert await read(source, layer, 0, 17) == layer.data[:18]
        assert await read(source, layer, 3, 5) == layer.data[3:6]
    assert source.unpacked_bytes == 0

    layer = LARGE.layers[0].blob
    assert await read(source, layer, 10, 20) == layer.data[10:21]
    assert await read(source, layer, layer.size - 9, layer.size - 2) == layer.data[-9:-1]


async def test_reading_a_large_archive_tells_how_far_it_has_come(tmp_path: Path) -> None:
    files = {f"bundle-pkg/{name}": data for name, data in layout_files(tmp_path / "layout", {NAME: LARGE}).items()}
    filler = {f"filler/{number}": random.Random(number).randbytes(2**24) for number in range(9)}
    path = written(tmp_path / "large.tar", packed(tar_of(files | filler), "zstd"))
    told: list[Progress] = []

    open_archive("bundle", path, report=told.append)

    assert [(each.unit, each.what) for each in told] == [("bytes", "reading large.tar")] * 2
    assert 0 < told[0].done < told[1].done <= told[1].total == (tmp_path / "large.tar").stat().st_size
