"""What a second run asks for, online and offline, where tags and contents are kept between runs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from regplan.errors import NotFound, Unreachable
from regplan.model.source import Content, TagSource
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.mediatype import OCI_INDEX, OCI_MANIFEST
from regplan.oci.reference import Reference
from regplan.store.cache import DigestCache
from regplan.store.cached import CachedSource
from regplan.store.tags import TagMemory
from support.content import Blob, encode
from support.images import image, layer
from unit.sources import DictSource

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.errors import RegplanError

pytestmark = pytest.mark.anyio

OLD, NEW = image([layer(5000, 1)], label="old"), image([layer(5000, 2)], label="new")
NAME = "quay.io/shop/till:1"
REFERENCE = Reference.parse(NAME)
THEN = datetime(2026, 11, 20, 8, tzinfo=UTC)
SEEN_AT = "2026-11-20T08:00:00+00:00"


class Registry(DictSource):
    """A source that is looked at: `heads` may be told to say what it likes, `places` is where each look went."""

    def __init__(self, name: str = "origin") -> None:
        super().__init__({NAME: OLD, "quay.io/shop/other:1": NEW}, name=name)
        self.lie: Digest | str | None = ""
        self.places: list[str] = []
        self.look_failure: RegplanError | None = None

    async def look(self, reference: Reference, place: str = "") -> Digest | None:
        self.asked.append(f"look {reference}")
        self.places.append(place)
        if self.look_failure is not None:
            raise self.look_failure
        return Digest.parse(self.names[str(reference)].digest) if isinstance(self.lie, str) else self.lie

    def place_of(self, repository: str) -> str:
        return f"place/of/{repository}"


def run(source: DictSource, folder: Path, *, offline: bool = False, now: datetime = THEN) -> CachedSource:
    """The source as one run has it."""
    return CachedSource(source, DigestCache(folder), TagMemory(folder, lambda: now), offline=offline)


@pytest.fixture
async def registry(tmp_path: Path) -> Registry:
    """A registry that an earlier run has asked for the tag."""
    source = Registry()
    await run(source, tmp_path).manifest(REFERENCE)
    assert source.asked == [NAME]
    source.asked.clear()
    return source


async def test_a_tag_that_names_what_it_named_is_looked_at_and_not_fetched(registry: Registry, tmp_path: Path) -> None:
    second = run(registry, tmp_path)

    assert (await second.manifest(REFERENCE)).data == OLD.manifest.data
    assert (await second.manifest(REFERENCE)).seen_at == ""
    assert registry.asked == [f"look {NAME}"]


async def test_where_a_source_found_the_repository_is_told_to_its_next_run(registry: Registry, tmp_path: Path) -> None:
    await run(registry, tmp_path).manifest(REFERENCE)

    assert registry.places == ["place/of/quay.io/shop/till"]


async def test_a_tag_that_names_something_else_is_fetched(registry: Registry, tmp_path: Path) -> None:
    registry.names[NAME] = NEW.manifest

    assert (await run(registry, tmp_path).manifest(REFERENCE)).data == NEW.manifest.data
    assert registry.asked == [f"look {NAME}", NAME]
    await run(registry, tmp_path).manifest(REFERENCE)
    assert registry.asked[2:] == [f"look {NAME}"]


async def test_a_source_that_does_not_say_what_a_tag_names_is_asked_for_it(registry: Registry, tmp_path: Path) -> None:
    registry.lie = None

    assert (await run(registry, tmp_path).manifest(REFERENCE)).data == OLD.manifest.data
    assert registry.asked == [f"look {NAME}", NAME]


async def test_a_digest_that_another_source_has_answered_is_not_taken_for_this_ones(
    registry: Registry, tmp_path: Path
) -> None:
    elsewhere = Registry("docker://private.example")
    await run(elsewhere, tmp_path).manifest(Reference.parse("quay.io/shop/other:1"))
    assert DigestCache(tmp_path).get(Digest.parse(NEW.manifest.digest)) is not None

    registry.lie = Digest.parse(NEW.manifest.digest)

    assert (await run(registry, tmp_path).manifest(REFERENCE)).data == OLD.manifest.data
    assert registry.asked == [f"look {NAME}", NAME]


async def test_what_has_left_the_cache_is_fetched_without_a_look(registry: Registry, tmp_path: Path) -> None:
    DigestCache(tmp_path).clear()

    assert (await run(registry, tmp_path).manifest(REFERENCE)).data == OLD.manifest.data
    assert registry.asked == [NAME]


async def test_what_is_spoilt_in_the_cache_is_fetched(registry: Registry, tmp_path: Path) -> None:
    for path in (tmp_path / "v1").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes().replace(b"layers", b"lawyer"))

    assert (await run(registry, tmp_path).manifest(REFERENCE)).data == OLD.manifest.data
    assert registry.asked == [NAME]


async def test_a_registry_that_is_away_is_an_error_and_its_tags_are_not_as_last_seen(
    registry: Registry, tmp_path: Path
) -> None:
    registry.look_failure = Unreachable("away")

    with pytest.raises(Unreachable, match="away"):
        await run(registry, tmp_path).manifest(REFERENCE)


async def test_a_tag_that_is_gone_is_not_found_although_it_was_seen(registry: Registry, tmp_path: Path) -> None:
    del registry.names[NAME]
    registry.lie = None

    with pytest.raises(NotFound):
        await run(registry, tmp_path).manifest(REFERENCE)


async def test_offline_a_tag_is_as_it_was_last_seen_and_says_when(registry: Registry, tmp_path: Path) -> None:
    registry.failure = registry.look_failure = AssertionError()  # type: ignore[assignment]
    content = await run(registry, tmp_path, offline=True).manifest(REFERENCE)

    assert (content.data, content.seen_at) == (OLD.manifest.data, SEEN_AT)
    assert registry.asked == []


async def test_a_tag_that_was_looked_at_again_is_as_seen_then(registry: Registry, tmp_path: Path) -> None:
    await run(registry, tmp_path, now=THEN + timedelta(days=8)).manifest(REFERENCE)

    assert (await run(registry, tmp_path, offline=True).manifest(REFERENCE)).seen_at == "2026-11-28T08:00:00+00:00"


async def test_offline_a_digest_that_was_fetched_is_known_and_has_no_time(registry: Registry, tmp_path: Path) -> None:
    pinned = Reference.parse(f"quay.io/shop/till@{OLD.manifest.digest}")
    content = await run(registry, tmp_path, offline=True).manifest(pinned)

    assert (content.data, content.seen_at) == (OLD.manifest.data, "")
    assert registry.asked == []


@pytest.mark.parametrize(
    "text",
    ["quay.io/shop/till:2", "quay.io/shop/till", f"quay.io/shop/till@{NEW.manifest.digest}", "docker.io/shop/till:1"],
)
async def test_offline_what_no_run_has_seen_is_refused_with_what_to_do(
    registry: Registry, tmp_path: Path, text: str
) -> None:
    with pytest.raises(Unreachable, match=r"being offline allows no connection: run once online, or .*recording:"):
        await run(registry, tmp_path, offline=True).manifest(Reference.parse(text))
    assert registry.asked == []


async def test_offline_a_config_that_was_never_read_is_refused_with_what_to_do(
    registry: Registry, tmp_path: Path
) -> None:
    config = Descriptor(OLD.config.media_type, Digest.parse(OLD.config.digest), OLD.config.size)
    with pytest.raises(Unreachable, match=rf"config {OLD.config.digest} of quay\.io/shop/till .*being offline"):
        await run(registry, tmp_path, offline=True).config("quay.io/shop/till", config)
    await run(registry, tmp_path).config("quay.io/shop/till", config)

    assert await run(registry, tmp_path, offline=True).config("quay.io/shop/till", config) == OLD.config.data


async def test_a_source_without_looks_is_asked_each_run_and_still_remembered_for_offline(tmp_path: Path) -> None:
    source = DictSource({NAME: OLD})
    assert not isinstance(source, TagSource)
    for _ in range(2):
        await run(source, tmp_path).manifest(REFERENCE)

    assert source.asked == [NAME, NAME]
    assert (await run(source, tmp_path, offline=True).manifest(REFERENCE)).seen_at == SEEN_AT


async def test_the_type_that_one_host_gives_does_not_spoil_what_another_serves(tmp_path: Path) -> None:
    """Bytes that name no type of their own: a hostile host says index, and a good one serves the same as a manifest."""
    untyped = encode({key: value for key, value in json.loads(OLD.manifest.data).items() if key != "mediaType"})
    hostile = DictSource({}, name="origin")
    hostile.names["evil.example/a:1"] = Blob(OCI_INDEX, untyped)
    digest = hostile.names["evil.example/a:1"].digest
    hostile.types[digest], hostile.data[digest] = OCI_INDEX, untyped
    await run(hostile, tmp_path).manifest(Reference.parse("evil.example/a:1"))
    good = DictSource({}, name="origin")
    good.types[digest], good.data[digest] = OCI_MANIFEST, untyped

    content = await run(good, tmp_path).manifest(Reference.parse(f"quay.io/a@{digest}"))

    assert (content.media_type, content.data) == (OCI_MANIFEST, untyped)


@pytest.mark.parametrize("data", [b"<html>", b"[]", b'{"schemaVersion": 1}'])
async def test_what_is_no_manifest_is_not_kept_for_the_next_run(tmp_path: Path, data: bytes) -> None:
    source = DictSource({})
    blob = source.names[NAME] = Blob(OCI_MANIFEST, data)
    source.types[blob.digest], source.data[blob.digest] = OCI_MANIFEST, data

    content = await run(source, tmp_path).manifest(REFERENCE)

    assert content == Content(OCI_MANIFEST, Digest.parse(blob.digest), data)
    assert DigestCache(tmp_path).info().entries == 0
