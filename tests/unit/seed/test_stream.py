from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regplan.errors import DigestMismatch, NotFound, SizeMismatch
from regplan.oci.descriptor import Descriptor
from regplan.seed.stream import CheckedStream, check_blob
from unit.seed.samples import LAYER, digest_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio
DATA = b"0123456789abcdef"
WANTED = Descriptor(LAYER, digest_of(DATA), len(DATA))


async def chunks(data: bytes, size: int = 5) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def given(stream: CheckedStream, into: list[bytes]) -> None:
    async for chunk in stream.open():
        into += [chunk]


@pytest.mark.parametrize("size", [1, 5, 16, 99])
async def test_right_bytes_pass_unchanged(size: int) -> None:
    passed: list[bytes] = []
    await given(CheckedStream(chunks(DATA, size), WANTED, "there"), passed)
    assert b"".join(passed) == DATA


async def test_no_bytes_at_all_are_right_for_the_empty_blob() -> None:
    await check_blob(chunks(b""), Descriptor(LAYER, digest_of(b""), 0), "there")


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        (b"0123456789abcdeX", DigestMismatch, "there gives other bytes than those of sha256:"),
        (b"X123456789abcdef", DigestMismatch, "there gives other bytes"),
        (DATA[:-1], SizeMismatch, "there gives 15 of the 16 bytes"),
        (b"", SizeMismatch, "there gives 0 of the 16 bytes"),
        (DATA + b"!", SizeMismatch, "there gives more than the 16 bytes"),
    ],
)
@pytest.mark.parametrize("size", [1, 5, 99])
async def test_wrong_bytes_never_pass_to_the_last(data: bytes, error: type[Exception], says: str, size: int) -> None:
    passed: list[bytes] = []
    stream = CheckedStream(chunks(data, size), WANTED, "there")

    with pytest.raises(error, match=says):
        await given(stream, passed)

    assert sum(map(len, passed)) < len(DATA)
    assert isinstance(stream.error, error)


async def test_a_stream_without_end_is_left_at_the_first_byte_too_many() -> None:
    read: list[int] = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            read.append(5)
            yield b"01234"

    with pytest.raises(SizeMismatch):
        await check_blob(endless(), WANTED, "there")
    assert sum(read) == 20


async def test_the_sources_own_error_passes_and_is_remembered_as_the_sources() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield DATA[:3]
        raise NotFound("no such blob")

    stream = CheckedStream(broken(), WANTED, "there")
    with pytest.raises(NotFound):
        await given(stream, [])
    assert isinstance(stream.error, NotFound)


async def test_a_targets_error_is_not_the_sources() -> None:
    stream = CheckedStream(chunks(DATA), WANTED, "there")
    opened = stream.open()
    await anext(opened)

    await opened.aclose()

    assert stream.error is None


async def test_bytes_on_their_way_are_told() -> None:
    told: list[int] = []
    await given(CheckedStream(chunks(DATA), WANTED, "there", told.append), [])
    assert told == [5, 10, 15]
