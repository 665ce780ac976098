from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from regplan.model.source import Content
from regplan.oci.digest import Digest
from regplan.store.cache import DigestCache

if TYPE_CHECKING:
    from pathlib import Path


def content(data: bytes, algorithm: str = "sha256") -> Content:
    return Content("application/vnd.oci.image.manifest.v1+json", Digest.of(data, algorithm), data)


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize("data", [b"", b"{}", b"\n\nlines\n", bytes(range(256))])
def test_what_is_put_comes_back_verbatim_in_the_next_run(tmp_path: Path, data: bytes, algorithm: str) -> None:
    DigestCache(tmp_path).put(content(data, algorithm))

    assert DigestCache(tmp_path).get(Digest.of(data, algorithm)) == content(data, algorithm)


def test_an_empty_cache_holds_nothing_and_makes_no_folder(tmp_path: Path) -> None:
    cache = DigestCache(tmp_path / "cache")

    assert cache.get(Digest.of(b"")) is None
    assert cache.info().entries == 0
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("damage", [b"", b"no line end", b"type\nother bytes"])
def test_a_damaged_file_is_not_believed_and_removed(tmp_path: Path, damage: bytes) -> None:
    cache = DigestCache(tmp_path)
    cache.put(content(b"{}"))
    (file,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    file.write_bytes(damage)

    assert cache.get(Digest.of(b"{}")) is None
    assert not file.exists()
    cache.put(content(b"{}"))
    assert cache.get(Digest.of(b"{}")) == content(b"{}")


def test_a_media_type_cannot_shift_the_bytes(tmp_path: Path) -> None:
    odd = Content("a\nb", Digest.of(b"{}"), b"{}")
    DigestCache(tmp_path).put(odd)
    found = DigestCache(tmp_path).get(odd.digest)

    assert found is not None
    assert (found.media_type, found.data) == ("a b", b"{}")


def test_the_cache_tells_its_size_and_is_cleared_alone(tmp_path: Path) -> None:
    cache = DigestCache(tmp_path)
    for data in (b"1", b"22"):
        cache.put(content(data))
    (tmp_path / "mine.txt").write_text("not the cache's")
    files = sum(path.stat().st_size for path in (tmp_path / "v1").rglob("*") if path.is_file())

    assert (cache.info().entries, cache.info().size_bytes) == (2, files)
    assert cache.clear() == cache.info().__class__(tmp_path, 2, files)
    assert cache.info().entries == 0
    assert (tmp_path / "mine.txt").exists()


def test_too_much_is_not_kept(tmp_path: Path) -> None:
    cache = DigestCache(tmp_path)
    cache.put(content(bytes(9 * 2**20)))

    assert cache.info().entries == 0


def test_a_folder_that_cannot_be_written_fails_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = DigestCache(tmp_path / "file")
    cache.put(content(b"{}"))

    assert cache.get(Digest.of(b"{}")) is None
    assert cache.clear().entries == 0
    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208  (the names alone)
