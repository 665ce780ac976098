"""Archives that are broken or made to harm: one sentence that names the file, and memory within bounds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from regplan.errors import InputError
from regplan.store.opening import open_archive
from support import images
from support.archives import END, header, tar_of
from support.bundles import WIDE_WINDOW, layout_files, packed
from support.limits import MB, measure, skip_where_memory_cannot_be_measured

if TYPE_CHECKING:
    from pathlib import Path

    from support.bundles import Compression

TREE = images.image([images.layer(300_000, 1)])


def refusal(path: Path, data: bytes, transport: str = "bundle") -> str:
    """What is said of a file with these bytes, without its name, which must stand in front."""
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        open_archive(transport, str(path))
    said = str(caught.value)
    assert said.startswith(f"{path}: ")
    assert "\n" not in said
    return said.removeprefix(f"{path}: ")


def whole(folder: Path) -> bytes:
    return tar_of(layout_files(folder / "layout", {"a:1": TREE}, "bundle-pkg/"))


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
@pytest.mark.parametrize("kept", [0.02, 0.5, 0.999])
def test_a_file_that_is_cut_short_is_told(tmp_path: Path, compression: Compression, kept: float) -> None:
    data = packed(whole(tmp_path), compression)
    data = data.rstrip(b"\0") if compression == "none" else data

    assert refusal(tmp_path / "b.tar", data[: int(len(data) * kept)]) == "this archive cannot be read: it is cut short"


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_a_checksum_at_the_very_end_that_is_lost_or_wrong_is_told(tmp_path: Path, compression: Compression) -> None:
    data = packed(whole(tmp_path), compression)

    assert "is cut short" in refusal(tmp_path / "b.tar", data[:-1])
    wrong = (
        data[:-8] + bytes([data[-8] ^ 1]) + data[-7:] if compression == "gzip" else data[:-1] + bytes([data[-1] ^ 1])
    )
    assert "it is damaged (" in refusal(tmp_path / "b.tar", wrong)


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_what_follows_a_stream_and_is_none_is_damage_and_another_stream_is_read(
    tmp_path: Path, compression: Compression
) -> None:
    data = whole(tmp_path)
    halves = packed(data[:1000], compression) + packed(data[1000:], compression)
    (tmp_path / "two.tar").write_bytes(halves)

    assert len(open_archive("bundle", str(tmp_path / "two.tar")).references()) == 1
    assert "it is damaged (" in refusal(tmp_path / "b.tar", halves + b"something else")


def test_a_frame_that_is_damaged_in_the_middle_is_told(tmp_path: Path) -> None:
    data = bytearray(packed(whole(tmp_path), "zstd"))
    data[len(data) // 2] ^= 0xFF

    assert refusal(tmp_path / "b.tar.zst", bytes(data)).startswith("this archive cannot be read: it is damaged (")


def test_a_window_that_would_fill_the_memory_is_refused_with_the_reason(tmp_path: Path) -> None:
    assert refusal(tmp_path / "b.tar.zst", WIDE_WINDOW) == (
        "this archive cannot be read: it was compressed with a window of more than 128 MiB; "
        "compress it again without zstd's --long"
    )


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is empty"),
        (b"name: x\n" * 100, "it is no tar archive, with gzip, with zstd or without"),
        (header("bundle-pkg/blobs/sha256/" + "a" * 64, 8 * 2**30) + b"x" * 512, "it is cut short"),
        (header("a", kind=b"x", size=2**40) + b"x" * 512, "it is damaged: a header tells a length that cannot be"),
        (header("a", 3) + b"abc" + b"\0" * 509 + b"x" * 512 + END, "it is damaged, or no tar archive"),
    ],
    ids=["nothing", "a text", "a member of 8 GiB", "a header of 1 TiB", "no header"],
)
def test_what_is_no_archive_and_what_claims_too_much_is_told(tmp_path: Path, data: bytes, why: str) -> None:
    assert refusal(tmp_path / "b.tar", data) == f"this archive cannot be read: {why}"


@pytest.mark.parametrize("name", ["../blobs/x", "/etc/passwd", "a/../../b", "C:\\x", "\\x"])
def test_a_name_that_leads_out_is_refused_and_named(tmp_path: Path, name: str) -> None:
    assert refusal(tmp_path / "b.tar", tar_of({name: b"x"})).endswith(
        ": leads out of the archive, as no image's file does"
    )


def test_a_layout_that_cannot_be_understood_is_told_with_its_place(tmp_path: Path) -> None:
    files = layout_files(tmp_path / "layout", {"a:1": TREE}, "a/")

    assert refusal(tmp_path / "b.tar", tar_of(files | {"a/oci-layout": b'{"imageLayoutVersion": "2"}'})).startswith(
        "a/oci-layout: imageLayoutVersion '2' is not one that regplan reads"
    )
    assert refusal(tmp_path / "b.tar", tar_of(files | {"a/index.json": b"[" * 5000})) == "a/index.json is not JSON"
    large = json.dumps({"schemaVersion": 2, "manifests": [], "x": "y" * 9 * 2**20}).encode()
    assert refusal(tmp_path / "b.tar", tar_of(files | {"a/index.json": large})).startswith(
        "a/index.json: is larger than the 8,388,608 bytes"
    )


def test_an_archive_without_images_is_told_with_what_it_holds_and_the_sure_way(tmp_path: Path) -> None:
    files = {"packs/a.yaml": b"a", "packs/b.yaml": b"b", "content.db": b"x"}

    said = refusal(tmp_path / "b.tar", tar_of(files, [("packs/c", b"2", "a.yaml")]))

    assert said == (
        "holds no image layout (index.json with oci-layout and blobs beside it), so it is not understood. "
        "It has 4 members (3 x file, 1 x symlink); the first are packs/a.yaml, packs/b.yaml, content.db, packs/c; "
        "at the top stand packs (3), content.db (1). No content bundle of Palette's own has been tried with this version: "
        "`palette content serve`, and --from docker://HOST:PORT with the address that it serves at, is the documented sure way"
    )
    assert "It is empty" in refusal(tmp_path / "b.tar", END)


def test_an_archive_of_another_kind_is_told_with_its_transport(tmp_path: Path) -> None:
    deep = tar_of(layout_files(tmp_path / "layout", {"a:1": TREE}, "pkg/"))
    saved = tar_of({"manifest.json": b"[]"})

    assert refusal(tmp_path / "b.tar", deep, "oci-archive") == (
        f"has no image layout at its top, and seems to have one in pkg; write bundle:{tmp_path / 'b.tar'}"
    )
    assert (
        refusal(tmp_path / "b.tar", saved) == f"is what docker save writes; write docker-archive:{tmp_path / 'b.tar'}"
    )
    assert refusal(tmp_path / "b.tar", deep, "docker-archive") == (
        "has no manifest.json at the top, so this is not what docker save writes"
    )
    assert refusal(tmp_path / "b.tar", saved, "docker-archive") == "manifest.json names no image"


@pytest.mark.slow
def test_a_million_members_and_a_terabyte_of_zeros_end_within_bounds(tmp_path: Path) -> None:
    skip_where_memory_cannot_be_measured()
    members = packed(b"".join(header(f"{'n' * 90}{number:08}") for number in range(1000)), "zstd")
    (tmp_path / "many.tar.zst").write_bytes(members * 1000)
    zeros = packed(b"\0" * 2**27, "zstd")
    claim = packed(header("bundle-pkg/blobs/sha256/" + "a" * 64, 8 * 2**30 - 1), "zstd")
    (tmp_path / "zeros.tar.zst").write_bytes(claim + zeros * 64)

    many = measure("bundle", "inspect", str(tmp_path / "many.tar.zst"))
    bomb = measure("bundle", "inspect", str(tmp_path / "zeros.tar.zst"))

    assert (many.code, bomb.code) == (2, 2)
    assert many.err.endswith("many.tar.zst: holds more than 200,000 members, as no archive of images does\n")
    assert bomb.err.endswith("unpacks to more than 1,000 times its size, as no archive of images does\n")
    assert max(many.peak_bytes, bomb.peak_bytes) < 150 * MB


@pytest.mark.slow
def test_an_archive_full_of_documents_keeps_within_bounds(tmp_path: Path) -> None:
    skip_where_memory_cannot_be_measured()
    document = json.dumps({"schemaVersion": 2, "x": "y" * 4 * 2**20}).encode()
    files = {f"blobs/sha256/{number:064x}": document for number in range(60)}
    index = json.dumps({"schemaVersion": 2, "manifests": []}).encode()
    (tmp_path / "b.tar").write_bytes(
        tar_of(files | {"index.json": index, "oci-layout": b'{"imageLayoutVersion": "1.0.0"}'})
    )

    taken = measure("bundle", "inspect", str(tmp_path / "b.tar"))

    assert taken.code == 2
    assert "has an image layout whose index.json names no image" in taken.err
    assert taken.peak_bytes < 150 * MB
