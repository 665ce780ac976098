"""One cache under several processes at once, and under a disk that takes no more."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from regplan.model.source import Content
from regplan.oci.digest import Digest
from regplan.oci.reference import Reference
from regplan.store.cache import DigestCache
from regplan.store.tags import TagMemory

_SOURCE: Final = Path(__file__).parents[3] / "src"
# Every process writes, reads, spoils and clears the same thirty entries, and counts the answers that were wrong.
_BUSY: Final = """
import pathlib, random, sys
sys.path.insert(0, sys.argv[1])
from regplan.model.source import Content
from regplan.oci.digest import Digest
from regplan.oci.reference import Reference
from regplan.store.cache import DigestCache
from regplan.store.tags import TagMemory
folder, chance = pathlib.Path(sys.argv[2]), random.Random(int(sys.argv[3]))
cache, memory = DigestCache(folder), TagMemory(folder)
pieces = [str(number).encode() * 2000 for number in range(30)]
wrong = found = 0
for _ in range(600):
    number = chance.randrange(30)
    digest, reference = Digest.of(pieces[number]), Reference("r.example", "a/b", str(number))
    act = chance.random()
    if act < 0.45:
        cache.put(Content("application/json", digest, pieces[number]))
        memory.remember("origin", reference, digest, "t", "p")
    elif act < 0.93:
        kept, seen = cache.get(digest), memory.recall("origin", reference)
        wrong += kept is not None and kept.data != pieces[number]
        wrong += seen is not None and seen.digest != digest
        found += kept is not None
    elif act < 0.99:
        for path in (cache._path(digest), memory._path("origin", reference)):
            if path.exists():
                path.write_bytes(b"type\\nspoilt")
    else:
        cache.clear()
        memory.clear()
print(wrong, found)
"""
# A limit on the size of files is what a full disk is: a write that stops in the middle.
_FULL: Final = """
import pathlib, resource, sys
sys.path.insert(0, sys.argv[1])
from regplan.model.source import Content
from regplan.oci.digest import Digest
from regplan.oci.reference import Reference
from regplan.store.cache import DigestCache
from regplan.store.tags import TagMemory
resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))
folder = pathlib.Path(sys.argv[2])
data = b"{}" * 1000
DigestCache(folder).put(Content("application/json", Digest.of(data), data))
TagMemory(folder).remember("origin", Reference("r.example", "a/b", "1"), Digest.of(data), "t", "p")
assert DigestCache(folder).get(Digest.of(data)) is None
"""


def test_processes_share_a_cache_and_none_is_ever_told_wrong_bytes(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _BUSY, str(_SOURCE), str(tmp_path)]
    running = [subprocess.Popen([*command, str(seed)], stdout=subprocess.PIPE, text=True) for seed in range(4)]
    said = [process.communicate(timeout=120)[0].split() for process in running]

    assert [process.returncode for process in running] == [0] * 4
    assert [wrong for wrong, _ in said] == ["0"] * 4
    assert all(int(found) > 0 for _, found in said)
    assert [path for path in tmp_path.rglob("*.tmp") if path.is_file()] == []


def test_a_full_disk_fails_nothing_and_leaves_no_half_of_a_file(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(_SOURCE), str(tmp_path)], check=False, capture_output=True, timeout=60
    )

    assert done.returncode == 0, done.stderr.decode()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_an_entry_is_one_readable_file(tmp_path: Path) -> None:
    digest = Digest.of(b"{}")
    DigestCache(tmp_path).put(Content("application/json", digest, b"{}"))
    TagMemory(tmp_path).remember(
        "origin", Reference.parse("nginx:1"), digest, "application/json", "docker.io/library/nginx"
    )
    files = {path.relative_to(tmp_path).parts[0]: path for path in tmp_path.rglob("*") if path.is_file()}

    assert sorted(files) == ["tags-v1", "v1"]
    assert json.loads(files["tags-v1"].read_text().partition("\n")[2])["reference"] == "docker.io/library/nginx:1"
    assert files["v1"].read_bytes().partition(b"\n")[2] == b"{}"
