"""The last byte of a blob, and what its absence looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from regplan.model.verifying import BlobLength
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.registry.push import Pusher

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from unit.registry.conftest import World

pytestmark = pytest.mark.anyio

HOST = "registry.example"
BLOB = Descriptor("application/vnd.oci.image.layer.v1.tar+gzip", Digest("sha256", "b" * 64), 1000)


class Fails(httpx.AsyncByteStream):
    """A body that raises as soon as it is read."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        raise self._error


async def length(world: World, blob: Descriptor = BLOB) -> BlobLength | None:
    async with world.client() as client:
        return await Pusher(client, HOST).blob_length("p/a", blob)


def ranged(status: int, told: str, body: bytes = b"") -> httpx.Response:
    return httpx.Response(status, content=body, headers={"content-range": told})


async def test_the_last_byte_proves_the_length(world: World) -> None:
    world.handler = lambda _: ranged(206, "bytes 999-999/1000", b"x")

    assert await length(world) == BlobLength(1000)
    assert [(each.method, each.headers["range"]) for each in world.requests] == [("GET", "bytes=999-999")]


async def test_a_longer_file_is_told_with_its_length(world: World) -> None:
    world.handler = lambda _: ranged(206, "bytes 999-999/1001", b"x")
    assert await length(world) == BlobLength(1001)


async def test_a_registry_that_does_not_tell_the_whole_is_believed_the_byte(world: World) -> None:
    world.handler = lambda _: ranged(206, "bytes 999-999", b"x")
    assert await length(world) == BlobLength(1000)


async def test_a_whole_of_thousands_of_digits_is_none_that_was_told(world: World) -> None:
    world.handler = lambda _: ranged(206, f"bytes 999-999/{'9' * 5000}", b"x")
    assert await length(world) == BlobLength(1000)


async def test_a_shorter_file_is_told_by_the_refusal(world: World) -> None:
    world.handler = lambda _: ranged(416, "bytes */17")
    assert await length(world) == BlobLength(17)
    world.handler = lambda _: httpx.Response(416)
    assert await length(world) == BlobLength(0)


async def test_an_absent_blob_is_none(world: World) -> None:
    world.handler = lambda _: httpx.Response(404)
    assert await length(world) is None


async def test_a_whole_answer_proves_nothing_and_is_not_read(world: World) -> None:
    world.handler = lambda _: httpx.Response(
        200, headers={"content-length": "1000"}, stream=Fails(AssertionError("it was read"))
    )
    assert await length(world) == BlobLength(1000, is_proven=False)


async def test_an_answer_that_breaks_off_before_its_byte_is_asked_for_twice_and_has_no_length(world: World) -> None:
    world.handler = lambda _: httpx.Response(
        206, headers={"content-range": "bytes 999-999/1000"}, stream=Fails(httpx.RemoteProtocolError("it broke"))
    )
    assert await length(world) == BlobLength(None)
    assert len(world.requests) == 2


async def test_a_blob_without_bytes_is_asked_for_with_a_head(world: World) -> None:
    empty = Descriptor(BLOB.media_type, BLOB.digest, 0)
    world.handler = lambda _: httpx.Response(200, headers={"content-length": "0"})
    assert await length(world, empty) == BlobLength(0)
    world.handler = lambda _: httpx.Response(404)
    assert await length(world, empty) is None
    assert {each.method for each in world.requests} == {"HEAD"}
