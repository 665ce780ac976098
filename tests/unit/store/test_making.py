from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
from typing import TYPE_CHECKING

import pytest

from regplan.store.making import make_layer, write_image
from regplan.store.tree import LayoutFolder
from support import skopeo

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def files(tmp_path: Path) -> list[tuple[str, Path]]:
    made = []
    for name, data in {"a.py": b"print(1)\n", "b.py": b"x" * 70_000}.items():
        (tmp_path / name).write_bytes(data)
        made.append((f"opt/{name}", tmp_path / name))
    return made


def test_a_layer_holds_the_files_under_their_names_and_tells_the_digest_of_its_archive(
    files: list[tuple[str, Path]],
) -> None:
    layer = make_layer(files)

    raw = gzip.decompress(layer.data)
    assert layer.diff_id == f"sha256:{hashlib.sha256(raw).hexdigest()}"
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        held = {entry.name: archive.extractfile(entry) for entry in archive}
        assert {name: file.read() for name, file in held.items() if file} == {
            name: path.read_bytes() for name, path in files
        }


def test_equal_files_give_equal_bytes_whenever_they_were_written(files: list[tuple[str, Path]]) -> None:
    first = make_layer(files)
    for _, path in files:
        os.utime(path, (1, 1))

    assert make_layer(files) == first


def test_a_file_that_is_gone_is_left_out(files: list[tuple[str, Path]]) -> None:
    files[0][1].unlink()

    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(make_layer(files).data))) as archive:
        assert archive.getnames() == ["opt/b.py"]


def test_an_image_is_one_that_skopeo_reads(files: list[tuple[str, Path]], tmp_path: Path) -> None:
    base, own = make_layer(files[:1]), make_layer(files[1:])
    write_image(LayoutFolder(tmp_path / "layout"), [base, own], "1.0", "shop")

    seen = json.loads(skopeo.run("inspect", f"oci:{tmp_path / 'layout'}:1.0"))

    assert seen["Layers"] == [f"sha256:{hashlib.sha256(each.data).hexdigest()}" for each in (base, own)]
    assert seen["Labels"] == {"org.opencontainers.image.title": "shop"}
    assert (seen["Os"], seen["Architecture"]) == ("linux", "amd64")
