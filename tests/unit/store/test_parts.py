from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regplan.errors import InputError
from regplan.store.opening import open_archive
from regplan.store.parts import find_parts
from support import images
from support.archives import tar_of
from support.bundles import layout_files, packed

if TYPE_CHECKING:
    from pathlib import Path

PARTS = [f"core.tar.zst_part{number:02}" for number in range(12)]


def split(folder: Path, names: list[str] = PARTS) -> bytes:
    """Write a bundle in parts of equal size; gives it whole."""
    files = layout_files(folder / "layout", {"a:1": images.layer_twice(size=90_000)}, "bundle-pkg/")
    data = packed(tar_of(files), "zstd")
    size = -(-len(data) // len(names))
    for number, name in enumerate(names):
        (folder / name).write_bytes(data[number * size : (number + 1) * size])
    return data


@pytest.mark.parametrize("given", ["core.tar.zst", "core.tar.zst_part00", "core.tar.zst_part07", ""])
def test_a_split_bundle_is_found_by_its_name_by_any_part_and_in_its_folder(tmp_path: Path, given: str) -> None:
    split(tmp_path)
    (tmp_path / "notes.txt").write_text("x")

    parts = find_parts(str(tmp_path / given))

    assert [path.name for path in parts] == PARTS
    assert len(open_archive("bundle", str(tmp_path / given)).references()) == 1


def test_parts_may_have_an_ending_and_more_digits(tmp_path: Path) -> None:
    names = [f"core_part{number:03}.zst" for number in range(3)]
    split(tmp_path, names)

    assert [path.name for path in find_parts(str(tmp_path / "core_part001.zst"))] == names
    assert [path.name for path in find_parts(str(tmp_path / "core.zst"))] == names


@pytest.mark.parametrize("missing", [0, 5, 10])
def test_a_missing_part_is_named(tmp_path: Path, missing: int) -> None:
    split(tmp_path)
    (tmp_path / PARTS[missing]).unlink()

    with pytest.raises(InputError, match=rf"{PARTS[missing]}: this part of core\.tar\.zst is missing"):
        find_parts(str(tmp_path / "core.tar.zst"))


def test_the_last_part_missing_is_guessed_from_where_the_archive_ends(tmp_path: Path) -> None:
    split(tmp_path)
    (tmp_path / PARTS[-1]).unlink()

    with pytest.raises(InputError, match=r"it is cut short; is a part after core\.tar\.zst_part10 missing\?"):
        open_archive("bundle", str(tmp_path / "core.tar.zst"))


def test_a_plain_archive_in_parts_is_read_at_any_place(tmp_path: Path) -> None:
    tree = images.layer_twice(size=90_000)
    data = tar_of(layout_files(tmp_path / "layout", {"a:1": tree}))
    for number in range(3):
        (tmp_path / f"b.tar_part0{number}").write_bytes(
            data[number * 40_000 : (number + 1) * 40_000 if number < 2 else None]
        )

    source = open_archive("bundle", str(tmp_path / "b.tar"))

    blob = tree.layers[0].blob
    assert source.read(f"blobs/sha256/{blob.digest[7:]}", 2**20) == blob.data


def test_a_folder_with_several_bundles_or_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no bundle \(\.tar, "):
        find_parts(str(tmp_path))
    split(tmp_path)
    (tmp_path / "other.tar.zst").write_bytes(b"")
    with pytest.raises(InputError, match=r"holds 2 bundles, so name one: core\.tar\.zst_part\.\., other\.tar\.zst"):
        find_parts(str(tmp_path))


def test_a_file_that_is_nowhere_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"b\.tar\.zst: no such file, nor a part of it \(b\.tar\.zst_part00\)"):
        find_parts(str(tmp_path / "b.tar.zst"))
    with pytest.raises(InputError, match=r"b_part00: no such file"):
        find_parts(str(tmp_path / "b_part03"))
