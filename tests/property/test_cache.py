"""The laws of the cache: what it tells hashes to its digest, and online no tag is ever told as it was."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regplan.errors import NotFound, Unreachable
from regplan.model.source import Content
from regplan.oci.digest import Digest
from regplan.oci.reference import Reference
from regplan.store.cache import DigestCache
from regplan.store.cached import CachedSource
from regplan.store.tags import TagMemory
from support.images import image, layer
from unit.sources import DictSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support.content import Blob

pytestmark = pytest.mark.property

BUILT = [image([layer(700 + number, number)], label=str(number)).manifest for number in range(4)]
NAMES = ["quay.io/a:1", "quay.io/a:2", "r.example/a:1"]

tags, manifests = st.sampled_from(NAMES), st.integers(0, len(BUILT) - 1)
Step = tuple[str, str, int]
steps = st.lists(
    st.one_of(
        st.tuples(st.just("tag"), tags, manifests),
        st.tuples(st.sampled_from(["run", "offline", "untag"]), tags, st.just(0)),
        st.tuples(st.sampled_from(["spoil", "lose", "forget"]), st.just(""), st.integers(0, 255)),
        st.tuples(st.sampled_from(["mute", "lie"]), tags, manifests),
    ),
    max_size=25,
)


class Registry(DictSource):
    """A registry whose tags move, and whose HEAD may tell nothing or something untrue."""

    def __init__(self) -> None:
        super().__init__({})
        self.types = {blob.digest: blob.media_type for blob in BUILT}
        self.data = {blob.digest: blob.data for blob in BUILT}
        self.says: dict[str, Digest | None] = {}

    async def look(self, reference: Reference, place: str = "") -> Digest | None:
        del place
        name = str(reference)
        there = self.names.get(name)
        return self.says.get(name, None if there is None else Digest.parse(there.digest))

    def place_of(self, repository: str) -> str:
        return repository


class History:
    """A cache through many runs, beside what a user must be told in each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.registry = Registry()
        self.last_told: dict[str, Blob] = {}

    async def take(self, step: Step) -> None:
        act, name, number = step
        match act:
            case "tag":
                self.registry.names[name] = BUILT[number]
                self.registry.says.pop(name, None)
            case "untag":
                self.registry.names.pop(name, None)
                self.registry.says.pop(name, None)
            case "mute":
                self.registry.says[name] = None
            case "lie":
                # Any digest but what was seen before: the one lie that only the registry itself could notice.
                if self.last_told.get(name) is not BUILT[number]:
                    self.registry.says[name] = Digest.parse(BUILT[number].digest)
            case "run":
                await self._run(name)
            case "offline":
                await self._offline(name)
            case _:
                self._harm(act, number)

    async def _run(self, name: str) -> None:
        there = self.registry.names.get(name)
        told = await self._told(name, offline=False)
        assert told == (None if there is None else there.data)
        if there is not None:
            self.last_told[name] = there

    async def _offline(self, name: str) -> None:
        told = await self._told(name, offline=True)
        # None where the cache was harmed or cleared; never anything else than what was last told.
        assert told is None or told == self.last_told[name].data

    async def _told(self, name: str, *, offline: bool) -> bytes | None:
        source = CachedSource(self.registry, DigestCache(self.folder), TagMemory(self.folder), offline=offline)
        try:
            content = await source.manifest(Reference.parse(name))
        except (NotFound, Unreachable):
            return None
        assert Digest.of(content.data) == content.digest
        assert bool(content.seen_at) == offline
        return content.data

    def _harm(self, act: str, number: int) -> None:
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        if act == "forget":
            TagMemory(self.folder).clear()
        elif files and act == "lose":
            files[number % len(files)].unlink()
        elif files:
            file = files[number % len(files)]
            data = bytearray(file.read_bytes())
            data[number % len(data)] ^= 1 + number % 255
            file.write_bytes(data)


@settings(max_examples=150)
@given(steps)
def test_online_a_tag_is_what_its_registry_says_now_and_offline_what_was_told_last(told: Sequence[Step]) -> None:
    async def live() -> None:
        with tempfile.TemporaryDirectory() as folder:
            history = History(Path(folder))
            for step in told:
                await history.take(step)

    anyio.run(live)


@settings(max_examples=150)
@given(st.binary(max_size=300), st.data())
def test_what_the_cache_tells_hashes_to_its_digest_whatever_lies_there(data: bytes, harm: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cache, digest = DigestCache(Path(folder)), Digest.of(data)
        cache.put(Content("application/json", digest, data))
        (file,) = [path for path in Path(folder).rglob("*") if path.is_file()]
        raw = file.read_bytes()
        start = harm.draw(st.integers(0, len(raw)))
        end = harm.draw(st.integers(start, len(raw)))
        file.write_bytes(raw[:start] + harm.draw(st.binary(max_size=20)) + raw[end:])
        found = cache.get(digest)

    assert found is None or Digest.of(found.data) == digest == found.digest
