"""Several sources in order: a tree on a disk that was harmed, and behind it the registry that the images are from."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from cli.running import regplan
from support import http, images

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cli.running import Said
    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = [pytest.mark.registry, pytest.mark.docker_registry]

LARGE, SMALL, WHOLE, SHORT = (
    images.layer(size, seed) for size, seed in ((2_500_000, 1), (9_000, 2), (7_000, 3), (5_000, 4))
)
APP, TOOL = images.image([LARGE, SMALL, WHOLE], label="app"), images.image([SHORT, WHOLE], label="tool")


def tree_of(source: Registry, folder: Path) -> Path:
    assert seed(source, f"oci:{folder}").code == 0
    return folder


def seed(source: Registry, to: str, *more: str) -> Said:
    names = [f"{source.address}/edge/{name}:1" for name in ("app", "tool")]
    return regplan("seed", *names, "--to", to, "--yes", f"--plain-http={source.address}", "--no-journal", *more)


def write(folder: Path, digest: str, data: bytes) -> None:
    """Write another content wherever the tree has a blob, whose names may be one file."""
    for file in list(folder.rglob(digest.removeprefix("sha256:"))):
        file.unlink()
        file.write_bytes(data)


def flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


@pytest.fixture
def source(start_registry: StartRegistry) -> Registry:
    registry = start_registry()
    for name, tree in (("app", APP), ("tool", TOOL)):
        images.push(registry, f"edge/{name}", tree, ["1"])
    return registry


def blobs_read(registry: Registry) -> list[str]:
    read = (each.path for each in registry.requests() if each.method == "GET" and "/blobs/" in each.path)
    return sorted(path.rpartition("/")[2] for path in read)


def single_layout(folder: Path) -> Path:
    """A layout with the one image, as any tool writes it."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    for blob in (*TOOL.blobs(), TOOL.manifest):
        (blobs / blob.digest.removeprefix("sha256:")).write_bytes(blob.data)
    entry = {"mediaType": TOOL.manifest.media_type, "digest": TOOL.manifest.digest, "size": TOOL.manifest.size}
    listed = {**entry, "annotations": {"org.opencontainers.image.ref.name": "1"}}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [listed]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return folder


def digests(*layers: images.Layer) -> list[str]:
    return sorted(layer.blob.digest for layer in layers)


def lines_of(said: Said, texts: Iterable[str]) -> list[str]:
    return [line for line in said.err.splitlines() if all(text in line for text in texts)]


def test_blobs_that_the_first_source_gives_wrong_come_from_the_next_one_and_it_is_told_who_gave_them(
    source: Registry, start_registry: StartRegistry, tmp_path: Path
) -> None:
    folder, target = tree_of(source, tmp_path / "tree"), start_registry()
    write(folder, LARGE.blob.digest, flip(LARGE.blob.data))
    write(folder, SMALL.blob.digest, flip(SMALL.blob.data))
    write(folder, SHORT.blob.digest, SHORT.blob.data[:-1])
    source.forget_requests()

    said = seed(
        source,
        f"docker://{target.address}/p",
        "--from",
        f"oci:{folder}",
        "--from",
        "origin",
        f"--plain-http={target.address}",
    )

    assert said.code == 0, said.err
    assert blobs_read(source) == digests(LARGE, SMALL, SHORT)
    for layer, what in ((LARGE, "other bytes"), (SMALL, "other bytes"), (SHORT, "4999 of the 5000 bytes")):
        assert len(lines_of(said, [layer.blob.digest, str(folder), f"gives {what}", "asking origin"])) == 1
    assert lines_of(said, [WHOLE.blob.digest]) == []
    for name, tree in (("app", APP), ("tool", TOOL)):
        place = f"{target.url}/v2/p/{source.address.replace(':', '_')}/edge/{name}"
        for blob in tree.blobs():
            got = http.request("GET", f"{place}/blobs/{blob.digest}").body
            assert f"sha256:{hashlib.sha256(got).hexdigest()}" == blob.digest
        accept = {"Accept": tree.manifest.media_type}
        named = http.request("HEAD", f"{place}/manifests/1", headers=accept)
        assert named.headers["docker-content-digest"] == tree.manifest.digest


def test_what_every_source_gives_wrong_is_told_with_the_last_one_and_the_other_images_are_seeded(
    source: Registry, start_registry: StartRegistry, tmp_path: Path
) -> None:
    folder, other = tree_of(source, tmp_path / "tree"), tree_of(source, tmp_path / "other")
    for each in (folder, other):
        write(each, LARGE.blob.digest, flip(LARGE.blob.data))
    target = start_registry()

    said = seed(
        source, f"docker://{target.address}/p", "--from", f"oci:{folder}", "--from", f"oci:{other}", f"--plain-http={target.address}", "-o", "json",
    )  # fmt: skip

    assert said.code == 5
    [failed] = said.document["failed"]
    assert (str(other) in failed, str(folder) in failed, LARGE.blob.digest in failed) == (True, False, True)
    assert len(said.document["blocked"]) == 1
    assert LARGE.blob.digest not in target.blob_files()


@pytest.mark.parametrize("is_manifest", [False, True])
def test_a_single_layout_with_a_file_cut_off_is_named_before_the_next_source_is_asked(
    is_manifest: bool, source: Registry, start_registry: StartRegistry, tmp_path: Path
) -> None:
    folder, target = single_layout(tmp_path / "layout"), start_registry()
    cut = TOOL.manifest if is_manifest else SHORT.blob
    write(folder, cut.digest, cut.data[:-1])
    source.forget_requests()

    said = regplan(
        "seed", f"{source.address}/edge/tool:1", "--from", f"oci:{folder}", "--from", "origin",
        "--to", f"docker://{target.address}/p", "--yes", "--no-journal",
        f"--plain-http={source.address}", f"--plain-http={target.address}",
    )  # fmt: skip

    assert said.code == 0, said.err
    file = folder / "blobs" / "sha256" / cut.digest.removeprefix("sha256:")
    assert len(lines_of(said, [f"oci:{folder}", cut.digest, str(file)])) == 1
    # Of an image whose manifest is another source's the config is read there, to know its platform.
    assert blobs_read(source) == ([TOOL.config.digest] if is_manifest else digests(SHORT))
