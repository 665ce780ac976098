from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import InputError, NotFound, RegistryError
from regplan.model.shelf import Shelf, WritableShelf
from regplan.model.source import Content
from regplan.oci.digest import Digest
from regplan.store.aliased import AliasedTree
from regplan.store.shelf import TreeShelf
from regplan.store.tree import LayoutFolder
from support import images

if TYPE_CHECKING:
    from pathlib import Path

SIDE = images.image([images.layer(5_000, 6000)], label="side")
OTHER = images.image([images.layer(5_000, 6000)], label="other")
LAYER = SIDE.layers[0].blob


def content(tree: images.Tree) -> Content:
    return Content(tree.manifest.media_type, Digest.parse(tree.manifest.digest), tree.manifest.data)


def upload(shelf: TreeShelf, repository: str, blob: images.Blob) -> None:
    session = shelf.open_upload(repository, shelf.start_upload(repository))
    session.write(memoryview(blob.data))
    session.finish(Digest.parse(blob.digest))
    session.close()


def filled(shelf: TreeShelf, repository: str, tree: images.Tree, *tags: str) -> None:
    for blob in tree.blobs():
        upload(shelf, repository, blob)
    shelf.put_manifest(repository, tags, content(tree))


def entries(folder: Path) -> list[tuple[str, str | None]]:
    index: dict[str, Any] = json.loads((folder / "index.json").read_text())
    key = "org.opencontainers.image.ref.name"
    return [(each["digest"], each.get("annotations", {}).get(key)) for each in index["manifests"]]


def aged(path: Path, hours: float) -> Path:
    then = time.time() - hours * 3600
    os.utime(path, (then, then))
    return path


def test_a_tree_is_a_shelf_that_can_be_written_and_its_other_names_are_not(tmp_path: Path) -> None:
    shelf = TreeShelf(tmp_path)

    assert isinstance(shelf, WritableShelf)
    assert isinstance(AliasedTree(shelf), Shelf)
    assert not isinstance(AliasedTree(shelf), WritableShelf)


def test_what_a_tag_left_stays_as_an_entry_and_loses_nothing_but_its_tag(tmp_path: Path) -> None:
    shelf = TreeShelf(tmp_path)
    filled(shelf, "a", SIDE, "1", "2")
    filled(shelf, "a", OTHER, "1")
    assert entries(tmp_path / "a") == [(SIDE.manifest.digest, "2"), (OTHER.manifest.digest, "1")]

    shelf.put_manifest("a", ["2"], content(OTHER))
    assert entries(tmp_path / "a") == [(OTHER.manifest.digest, "1"), (OTHER.manifest.digest, "2"), (SIDE.manifest.digest, None)]  # fmt: skip

    shelf.delete_manifest("a", OTHER.manifest.digest)
    assert entries(tmp_path / "a") == [(SIDE.manifest.digest, None)]
    with pytest.raises(NotFound, match="has no manifest"):
        shelf.delete_manifest("a", OTHER.manifest.digest)


def test_seeding_a_disk_forgets_what_a_tag_left(tmp_path: Path) -> None:
    folder = LayoutFolder(tmp_path / "a")
    for tree in (SIDE, OTHER):
        folder.put("1", tree.manifest.media_type, tree.manifest.data)

    assert entries(tmp_path / "a") == [(OTHER.manifest.digest, "1")]
    assert not folder.remove("2")
    assert not LayoutFolder(tmp_path / "none").remove("2")
    assert folder.remove(SIDE.manifest.digest)  # its bytes lay there without a name
    assert folder.remove("1")


def test_other_annotations_of_an_entry_are_kept(tmp_path: Path) -> None:
    shelf = TreeShelf(tmp_path)
    filled(shelf, "a", SIDE, "1")
    index = json.loads((tmp_path / "a/index.json").read_text())
    index["manifests"][0]["annotations"]["mine"] = "x"
    (tmp_path / "a/index.json").write_text(json.dumps(index))

    shelf.delete_manifest("a", "1")

    assert json.loads((tmp_path / "a/index.json").read_text())["manifests"][0]["annotations"] == {"mine": "x"}


def test_where_the_disk_has_no_links_a_mount_is_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    shelf = TreeShelf(tmp_path)
    upload(shelf, "a", LAYER)
    monkeypatch.setattr("pathlib.Path.hardlink_to", refuse)

    assert shelf.mount("b", Digest.parse(LAYER.digest), "a")
    upload(shelf, "c", LAYER)

    files = list(tmp_path.glob(f"*/blobs/sha256/{LAYER.digest[7:]}"))
    assert [file.read_bytes() for file in files] == [LAYER.data] * 3
    assert len({file.stat().st_ino for file in files}) == 3
    assert list((tmp_path / ".uploads").iterdir()) == []


def test_what_nobody_touched_for_a_day_is_removed_and_nothing_else(tmp_path: Path) -> None:
    shelf = TreeShelf(tmp_path)
    filled(shelf, "a", SIDE, "1")
    old, new = shelf.start_upload("a"), shelf.start_upload("a")
    [old_file] = tmp_path.glob(f".uploads/{old}.*")
    aged(old_file, 25)
    half = [tmp_path / "a/.index.json.7-7.tmp", tmp_path / "a/blobs/sha256/.abc.7.tmp"]
    fresh = tmp_path / "a/.index.json.8-8.tmp"
    for path in (*half, fresh):
        path.write_text("{")
    for path in half:
        aged(path, 25)

    shelf.sweep()

    assert [path.exists() for path in (*half, fresh)] == [False, False, True]
    assert shelf.upload_size("a", new) == 0
    with pytest.raises(NotFound):
        shelf.upload_size("a", old)
    assert shelf.manifest("a", "1").data == SIDE.manifest.data


def test_an_upload_is_one_requests_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("regplan.store.uploads._WAIT_S", 0.05)
    shelf = TreeShelf(tmp_path)
    name = shelf.start_upload("a")
    first = shelf.open_upload("a", name)

    with pytest.raises(RegistryError, match="another request") as caught:
        shelf.open_upload("a", name)
    assert caught.value.status == 409
    first.close()
    shelf.open_upload("a", name).close()


@pytest.mark.parametrize("name", ["a/blobs", "blobs/a", "a/index.json", "oci-layout"])
def test_what_a_layout_keeps_in_its_folder_is_no_repository(tmp_path: Path, name: str) -> None:
    with pytest.raises(RegistryError, match="cannot have") as caught:
        TreeShelf(tmp_path).start_upload(name)

    assert caught.value.errors[0].code == "NAME_INVALID"


def test_a_single_layout_is_no_tree(tmp_path: Path) -> None:
    images.write_layout(tmp_path, {"1": SIDE})

    with pytest.raises(InputError, match="is a single image layout"):
        TreeShelf(tmp_path)


def test_a_name_in_an_index_that_is_no_tag_is_not_listed_as_one(tmp_path: Path) -> None:
    images.write_layout(tmp_path / "a", {"docker.io/library/side:1": SIDE, "2": SIDE})

    assert TreeShelf(tmp_path).tags("a") == ["2"]
