from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from regplan.model.source import Content
from regplan.oci.digest import Digest
from regplan.oci.reference import Reference
from regplan.store.cache import DigestCache
from regplan.store.tags import SeenTag, TagMemory

if TYPE_CHECKING:
    from pathlib import Path

TYPE = "application/vnd.oci.image.index.v1+json"
NGINX = Reference.parse("nginx:1.27")
ONE, TWO = Digest.of(b"1"), Digest.of(b"2")
NOON = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
PLACE = "docker.io/library/nginx"


def memory(folder: Path, now: datetime = NOON) -> TagMemory:
    return TagMemory(folder, lambda: now)


def remembered(folder: Path) -> Path:
    (file,) = [path for path in folder.rglob("*") if path.is_file()]
    return file


def test_what_a_tag_named_comes_back_in_the_next_run_with_the_time(tmp_path: Path) -> None:
    memory(tmp_path).remember("origin", NGINX, ONE, TYPE, PLACE)

    assert memory(tmp_path).recall("origin", NGINX) == SeenTag(ONE, TYPE, "2026-11-20T12:00:00+00:00", PLACE)


def test_the_last_time_counts(tmp_path: Path) -> None:
    memory(tmp_path).remember("origin", NGINX, ONE, TYPE, PLACE)
    memory(tmp_path, NOON + timedelta(days=1)).remember("origin", NGINX, TWO, TYPE, PLACE)

    seen = memory(tmp_path).recall("origin", NGINX)

    assert seen is not None
    assert (seen.digest, seen.seen_at) == (TWO, "2026-11-21T12:00:00+00:00")
    assert memory(tmp_path).info().entries == 1


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("docker://mirror.example", "nginx:1.27"),
        ("origin", "nginx:1.28"),
        ("origin", "quay.io/library/nginx:1.27"),
        ("origin", "other/nginx:1.27"),
        ("origin", "registry.example:5000/library/nginx:1.27"),
    ],
)
def test_no_other_source_host_repository_or_tag_is_answered_for(tmp_path: Path, source: str, text: str) -> None:
    memory(tmp_path).remember("origin", NGINX, ONE, TYPE, PLACE)

    assert memory(tmp_path).recall(source, Reference.parse(text)) is None


GOOD = {
    "source": "origin",
    "reference": "docker.io/library/nginx:1.27",
    "digest": str(ONE),
    "media_type": TYPE,
    "seen_at": "2026-11-20T12:00:00+00:00",
    "place": PLACE,
}


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b"{}" + b" " * 20_000,
        *(json.dumps({key: value for key, value in GOOD.items() if key != left}).encode() for left in GOOD),
        *(json.dumps({**GOOD, key: 1}).encode() for key in GOOD),
        json.dumps({**GOOD, "reference": "docker.io/library/nginx:1.28"}).encode(),
        json.dumps({**GOOD, "source": "docker://mirror.example"}).encode(),
        json.dumps({**GOOD, "digest": "sha256:abc"}).encode(),
        json.dumps({**GOOD, "seen_at": "yesterday"}).encode(),
    ],
)
def test_a_damaged_file_is_not_believed_and_removed(tmp_path: Path, damage: bytes) -> None:
    memory(tmp_path).remember("origin", NGINX, ONE, TYPE, PLACE)
    file = remembered(tmp_path)
    file.write_bytes(f"sha256:{hashlib.sha256(damage).hexdigest()}\n".encode() + damage)

    assert memory(tmp_path).recall("origin", NGINX) is None
    assert not file.exists()


def test_a_single_bit_that_turns_is_noticed(tmp_path: Path) -> None:
    memory(tmp_path).remember("origin", NGINX, ONE, TYPE, PLACE)
    raw = remembered(tmp_path).read_bytes()
    for place in range(len(raw)):
        memory(tmp_path).remember("origin", NGINX, ONE, TYPE, PLACE)
        remembered(tmp_path).write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])

        assert memory(tmp_path).recall("origin", NGINX) is None


def test_a_time_is_told_in_utc_however_it_was_written(tmp_path: Path) -> None:
    memory(tmp_path, NOON.astimezone(timezone(timedelta(hours=5)))).remember("origin", NGINX, ONE, TYPE, PLACE)

    seen = memory(tmp_path).recall("origin", NGINX)

    assert seen is not None
    assert seen.seen_at == "2026-11-20T12:00:00+00:00"


def test_a_folder_that_cannot_be_read_or_written_fails_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    nowhere = memory(tmp_path / "file")
    nowhere.remember("origin", NGINX, ONE, TYPE, PLACE)

    assert nowhere.recall("origin", NGINX) is None
    assert (nowhere.info().entries, nowhere.clear().entries) == (0, 0)


def test_tags_and_manifests_are_counted_and_cleared_each_by_themselves(tmp_path: Path) -> None:
    memory(tmp_path).remember("origin", NGINX, ONE, TYPE, PLACE)
    cache = DigestCache(tmp_path)
    cache.put(Content(TYPE, ONE, b"1"))
    size = sum(path.stat().st_size for path in (tmp_path / "tags-v1").rglob("*") if path.is_file())

    assert (memory(tmp_path).info().entries, memory(tmp_path).info().size_bytes) == (1, size)
    assert cache.info().entries == 1
    assert memory(tmp_path).clear().entries == 1
    assert memory(tmp_path).recall("origin", NGINX) is None
    assert cache.get(ONE) is not None


@pytest.mark.parametrize(
    ("later", "fresh"),
    [
        (timedelta(), True),
        (timedelta(minutes=59), True),
        (timedelta(minutes=61), False),
        (timedelta(days=9), False),
        (-timedelta(seconds=1), False),
    ],
)
def test_what_was_seen_within_the_hour_need_not_be_written_again(tmp_path: Path, later: timedelta, fresh: bool) -> None:
    whole = NOON.replace(microsecond=0)
    memory(tmp_path, whole).remember("origin", NGINX, ONE, TYPE, PLACE)
    seen = memory(tmp_path).recall("origin", NGINX)

    assert seen is not None
    assert memory(tmp_path, whole + later).is_fresh(seen) is fresh
