from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from regplan.errors import RegistryError
from regplan.loops import in_thread
from regplan.oci.descriptor import Descriptor
from regplan.seed.flow import Flow, Gate
from regplan.seed.passing import Passing
from regplan.seed.settings import Settings
from regplan.seed.targets import RegistryTarget
from unit.seed.samples import LAYER, Counted, MemorySource, digest_of

if TYPE_CHECKING:
    from regplan.oci.digest import Digest
    from regplan.registry.bulk import Body
    from regplan.registry.push import Pusher

pytestmark = pytest.mark.anyio
BLOB = Descriptor(LAYER, digest_of(b"blob"), 4)


class Registry:
    """A pusher of which one chooses whether it mounts and what it has."""

    host = "h:5000"
    counts = Counted(3, 1)

    def __init__(self, *, mounts: bool = True, has: bool = False) -> None:
        self.mounts, self.has = mounts, has
        self.asked: list[str] = []
        self.got = b""

    async def start_upload(self, repository: str, mount: Digest | None = None, source: str | None = None) -> str | None:
        self.asked.append(f"POST {repository} from {source}" if mount else f"POST {repository}")
        return None if mount and self.mounts and self.has else "session"

    async def head_blob(self, repository: str, digest: Digest) -> int | None:  # noqa: ARG002
        self.asked.append(f"HEAD {repository}")
        return 4 if self.has else None

    async def put_blob(self, upload: str, descriptor: Descriptor, body: bytes | Body) -> None:  # noqa: ARG002
        self.asked.append(f"PUT {upload}")
        self.got = body if isinstance(body, bytes) else await in_thread(lambda: b"".join(map(bytes, body)), body.cut)

    def widen(self, at_once: int) -> None:
        """Any number will do."""


def passing(data: bytes = b"blob", *, is_new: bool = False) -> Passing:
    """This blob on its way from a source that gives it in pieces."""
    source = MemorySource({digest_of(data): data}, chunk=max(2, len(data) // 3))
    flow = Flow(Settings(), Gate(), lambda _: None)
    made = Passing(source, "docker.io/library/a", Descriptor(LAYER, digest_of(data), len(data)), flow)
    made.is_new = is_new
    return made


def target_of(registry: Registry) -> RegistryTarget:
    return RegistryTarget(cast("Pusher", registry))


async def test_a_blob_that_is_there_costs_one_request_and_no_bytes() -> None:
    registry = Registry(has=True)

    assert not await target_of(registry).copy_blob("p/a", "p/a", passing())
    assert registry.asked == ["POST p/a from p/a"]


async def test_a_refused_mount_is_the_session_of_the_upload() -> None:
    registry = Registry()

    assert await target_of(registry).copy_blob("p/a", "p/a", passing())
    assert registry.asked == ["POST p/a from p/a", "PUT session"]
    assert registry.got == b"blob"


async def test_after_three_refused_mounts_from_elsewhere_a_head_goes_first() -> None:
    registry = Registry(mounts=False)
    target = target_of(registry)
    for _ in range(3):
        assert await target.copy_blob("p/b", "p/a", passing())
    registry.asked.clear()
    registry.has = True

    assert not await target.copy_blob("p/b", "p/a", passing())
    registry.has = False
    assert await target.copy_blob("p/b", "p/b", passing())

    assert registry.asked == ["HEAD p/b", "HEAD p/b", "POST p/b", "PUT session"]


async def test_blobs_that_are_simply_not_there_yet_do_not_count_as_refused_mounts() -> None:
    registry = Registry()
    target = target_of(registry)
    for _ in range(5):
        await target.copy_blob("p/a", "p/a", passing())

    assert not any(line.startswith("HEAD") for line in registry.asked)


async def test_blobs_are_read_back_only_through_a_reader() -> None:
    with pytest.raises(RegistryError, match="h:5000"):
        target_of(Registry()).read_blob("p/a", BLOB)
