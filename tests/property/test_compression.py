"""Laws of unpacked sizes: any bytes give an answer, few of them are read, and real writers are told right."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.oci.compression import UnpackedSize, frame_content_size, measure_layer
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest

pytestmark = pytest.mark.property

TYPES = [
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar+zstd",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
    "application/octet-stream",
    "",
]
HEADS = st.sampled_from([b"", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\x50\x2a\x4d\x18"])


@given(st.sampled_from(TYPES), st.integers(0, 2**63), HEADS, st.lists(st.binary(max_size=18), max_size=4))
def test_any_bytes_give_an_answer_and_few_are_read(
    media_type: str, size: int, head: bytes, answers: list[bytes]
) -> None:
    flow = measure_layer(Descriptor(media_type, Digest.of(b""), size))
    answers = [*answers]
    pieces = 0
    try:
        piece = next(flow)
        while True:
            assert 0 <= piece.first <= piece.last < size
            assert piece.last - piece.first < 1024
            pieces += 1
            # A registry may answer with anything, also with too little.
            piece = flow.send(head + (answers.pop() if answers else b""))
    except StopIteration as end:
        told: UnpackedSize = end.value
    assert pieces <= 3
    if told.size_bytes is None:
        assert told.why
    else:
        assert size * 99 <= told.size_bytes * 100 <= size * 2000


@given(st.binary(max_size=40))
def test_any_frame_header_is_read_or_refused(head: bytes) -> None:
    size = frame_content_size(head)

    assert size is None or 0 <= size < 2**64


@given(st.lists(st.binary(min_size=512, max_size=512), min_size=1, max_size=40), st.integers(0, 9))
def test_a_gzip_of_whole_blocks_is_told_right_or_not_at_all(blocks: list[bytes], level: int) -> None:
    data = gzip.compress(b"".join(blocks), level)
    flow = measure_layer(Descriptor(TYPES[1], Digest.of(data), len(data)))
    piece = next(flow)
    with pytest.raises(StopIteration) as end:
        flow.send(data[piece.first : piece.last + 1])

    told: UnpackedSize = end.value.value
    likely = 0.99 <= 512 * len(blocks) / len(data) <= 20
    assert told.size_bytes == (512 * len(blocks) if likely else None)
