from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from regplan.errors import InputError
from regplan.store.files import is_file, is_folder, read_bytes, read_text, readable, write_atomic

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_text_is_read_as_its_mark_says(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.yaml").write_bytes("name: Zürich\n".encode(encoding))

    assert read_text(tmp_path / "a.yaml") == "name: Zürich\n"


def test_a_text_that_is_none_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"one\ntwo\nthr\xffe\n")

    with pytest.raises(InputError, match=r"a\.yaml: line 3 is not text in UTF-8"):
        read_text(tmp_path / "a.yaml")


def test_a_file_that_is_not_there_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.json: no such file"):
        read_text(str(tmp_path / "none.json"))
    with pytest.raises(InputError, match=r"no\0ne\.json: no such file"):
        read_text(str(tmp_path / "no\0ne.json"))
    with pytest.raises(InputError, match="is a folder, and a file is wanted"):
        read_text(tmp_path)


def test_reading_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")

    assert read_bytes(tmp_path / "a", 5) == b"12345"
    with pytest.raises(InputError, match="larger than the 4 bytes"):
        read_bytes(tmp_path / "a", 4)


def test_a_file_is_written_whole_with_its_folder_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "plan.json"
    write_atomic(path, b"one")
    write_atomic(path, b"two")

    assert path.read_bytes() == b"two"
    assert [entry.name for entry in path.parent.iterdir()] == ["plan.json"]


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_a_new_file_has_the_users_mode_and_a_replaced_one_keeps_its_own(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        write_atomic(tmp_path / "new", b"")
        write_atomic(tmp_path / "old", b"")
        (tmp_path / "old").chmod(0o600)
        write_atomic(tmp_path / "old", b"again")
    finally:
        os.umask(mask)

    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "old").stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_written_is_named_and_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match=r"file.plan\.json: cannot be written"):
        write_atomic(tmp_path / "file" / "plan.json", b"x")

    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="folder: cannot be written"):
        write_atomic(tmp_path / "folder", b"x")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "folder"]


def test_what_cannot_be_looked_at_is_no_file_and_is_named_where_it_is_needed(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 5000)

    assert not is_file(long)
    assert not is_folder(long)
    with pytest.raises(InputError, match=r"xxx: cannot be read \(File name too long\)"), readable():
        long.stat()
    with pytest.raises(InputError, match=r"xxx: cannot be read \(File name too long\)"):
        read_bytes(long, 10)


def test_what_names_no_file_is_no_matter_of_reading() -> None:
    with pytest.raises(ConnectionResetError), readable():
        raise ConnectionResetError(104, "reset")
