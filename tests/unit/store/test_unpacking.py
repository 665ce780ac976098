"""A layer is unpacked to see how fast, and nothing of it stays."""

from __future__ import annotations

import gzip
import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from regplan.errors import InputError
from regplan.model.probe import UnpackFound
from regplan.store.unpacking import measure_unpacking

if TYPE_CHECKING:
    from pathlib import Path

BODY = b"an edge host has a disk of its own\n" * 60_000


def packed(name: str = "srv/log") -> bytes:
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as opened:
        link = tarfile.TarInfo("srv/again")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        opened.addfile(link)
        member = tarfile.TarInfo(name)
        member.size = len(BODY)
        opened.addfile(member, io.BytesIO(BODY))
    return gzip.compress(tar.getvalue())


@pytest.mark.parametrize("name", ["srv/log", "../../outside", "/outside"])
def test_whole_rounds_are_counted_and_nothing_stays_wherever_the_layer_says_that_it_goes(
    tmp_path: Path, name: str
) -> None:
    layer, disk = tmp_path / "layer", tmp_path / "disk"
    disk.mkdir()
    layer.write_bytes(packed(name))

    found = measure_unpacking(layer, disk)

    assert found is not None
    assert found.unpacked_bytes % len(BODY) == 0
    assert found.unpacked_bytes >= len(BODY)
    assert found.packed_bytes == found.unpacked_bytes // len(BODY) * layer.stat().st_size
    assert found.bytes_per_s == round(found.unpacked_bytes / found.seconds)
    assert found.inflate_s > 0
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["disk", "layer"]


def test_a_layer_that_was_cut_off_counts_as_far_as_it_goes(tmp_path: Path) -> None:
    layer = tmp_path / "layer"
    layer.write_bytes(packed()[:-200])

    found = measure_unpacking(layer, tmp_path)

    assert found is not None
    assert 0 < found.unpacked_bytes % len(BODY) < len(BODY) or found.unpacked_bytes > 0


def test_what_is_no_tar_tells_nothing(tmp_path: Path) -> None:
    layer = tmp_path / "layer"
    layer.write_bytes(b"{}" * 4_000)

    assert measure_unpacking(layer, tmp_path) is None


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    layer = tmp_path / "layer"
    layer.write_bytes(packed())

    with pytest.raises(InputError, match="nothing can be unpacked here"):
        measure_unpacking(layer, tmp_path / "gone")


def test_inflating_and_writing_are_told_apart_where_each_is_a_tenth_of_it_at_least() -> None:
    found = UnpackFound("/disk", 30_000_000, 100_000_000, 2.0, 1.5)
    assert (found.bytes_per_s, found.inflate_bytes_per_s, found.write_bytes_per_s) == (
        50_000_000,
        20_000_000,
        200_000_000,
    )
    for inflate_s in (0.1, 1.9, 2.5):
        blurred = UnpackFound("/disk", 30_000_000, 100_000_000, 2.0, inflate_s)
        assert (blurred.bytes_per_s, blurred.inflate_bytes_per_s, blurred.write_bytes_per_s) == (50_000_000, None, None)
