"""Damage made on the disk of Zot itself, where REGPLAN_ZOT names it: what its deduplication keeps, and what it writes anew."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from cli.running import regplan
from faults.real_zot import RealZot, zot_program
from registry.test_seed_harm import APP, OWN_DIGEST, SHARED_DIGEST, TOOL
from support import images
from support.zot import ZotOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.starter import StartRegistry

pytestmark = [pytest.mark.registry, pytest.mark.docker_registry, pytest.mark.slow]


def cut(data: bytes) -> bytes:
    return data[:100]


def flip(data: bytes) -> bytes:
    return data[:50] + bytes([data[50] ^ 1]) + data[51:]


def nothing(_: bytes) -> bytes:
    return b""


@pytest.mark.parametrize("digest", [SHARED_DIGEST, OWN_DIGEST], ids=["shared", "own"])
@pytest.mark.parametrize(
    ("harm", "level", "dedupe", "is_kept"),
    [
        (cut, "blobs", True, False),
        (nothing, "blobs", True, False),
        (cut, "blobs", False, False),
        (flip, "deep", True, True),
        (flip, "deep", False, False),
    ],
)
def test_zot_writes_a_file_anew_whose_length_is_wrong_and_deduplication_keeps_flipped_bytes(
    start_registry: StartRegistry,
    tmp_path: Path,
    digest: str,
    harm: Callable[[bytes], bytes],
    level: str,
    *,
    dedupe: bool,
    is_kept: bool,
) -> None:
    zot_program()
    source = start_registry()
    for name, tree in (("app", APP), ("tool", TOOL)):
        images.push(source, f"edge/{name}", tree, ["1"])
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    with RealZot(tmp_path / "zot", ZotOptions(dedupe=dedupe), port) as zot:
        references = [f"{source.address}/edge/{name}:1" for name in ("app", "tool")]
        to = f"docker://{zot.address}/p"
        hosts = (f"--plain-http={source.address}", f"--plain-http={zot.address}", "-o", "json", "--quiet")
        assert regplan("seed", *references, "--to", to, "--yes", *hosts).code == 0
        for inode, file in {file.stat().st_ino: file for file in _files(tmp_path, digest)}.items():
            assert inode
            file.write_bytes(harm(file.read_bytes()))
        assert regplan("verify", *references, "--at", to, "--mapping", "host", "--level", level, *hosts).code == 1

        said = regplan("seed", *references, "--to", to, "--yes", "--check", level, *hosts)

        assert said.code == (5 if is_kept else 0)
        if is_kept:
            assert any(
                f"REPOSITORY/blobs/sha256/{digest.partition(':')[2]}" in each for each in said.document["failed"]
            )
            for file in _files(tmp_path, digest):
                file.unlink()
            assert regplan("seed", *references, "--to", to, "--yes", "--check", level, *hosts).code == 0
        assert regplan("verify", *references, "--at", to, "--mapping", "host", "--level", "deep", *hosts).code == 0


def _files(folder: Path, digest: str) -> list[Path]:
    return sorted((folder / "zot/root").rglob(digest.partition(":")[2]))
