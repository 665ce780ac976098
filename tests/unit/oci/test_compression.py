from __future__ import annotations

import gzip
import io
import subprocess
import tarfile
import zlib

import pytest

from regplan.oci.compression import UnpackedSize, frame_content_size, is_unpacked, measure_layer
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from support.tools import skip_without

OCI = "application/vnd.oci.image.layer.v1.tar"
DOCKER = "application/vnd.docker.image.rootfs.diff.tar"
# What any writer packs about threefold, and none twentyfold.
WORDS = b"".join(f"{number * 7919 % 10007} is what line {number} says\n".encode() for number in range(20_000))


def tar(content: bytes = WORDS) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo("words")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def told(data: bytes, media_type: str, size: int | None = None) -> tuple[UnpackedSize, list[tuple[int, int]]]:
    """Drive the measuring by the bytes of a blob; tell its answer, and the pieces that it wanted."""
    length = len(data) if size is None else size
    flow = measure_layer(Descriptor(media_type, Digest.of(data), length))
    pieces: list[tuple[int, int]] = []
    try:
        piece = next(flow)
        while True:
            pieces.append((piece.first, piece.last))
            start = piece.first - (length - len(data) if piece.first else 0)
            piece = flow.send(data[start : start + piece.last - piece.first + 1])
    except StopIteration as end:
        value: UnpackedSize = end.value
        return value, pieces


def zstd(data: bytes, *flags: str) -> bytes:
    skip_without("zstd")
    return subprocess.run(["zstd", "-q", "-c", *flags], input=data, capture_output=True, check=True).stdout


def raw_frame(descriptor: int, field: bytes, before: bytes = b"") -> bytes:
    """A zstd frame's header as RFC 8878 draws it, and what could be blocks."""
    return b"\x28\xb5\x2f\xfd" + bytes([descriptor]) + before + field + bytes(30)


@pytest.mark.parametrize("level", [1, 6, 9])
@pytest.mark.parametrize("media_type", [f"{OCI}+gzip", f"{DOCKER}.gzip"])
def test_a_gzip_layer_tells_its_size_in_its_last_four_bytes(level: int, media_type: str) -> None:
    data = gzip.compress(tar(), level)

    assert told(data, media_type) == (UnpackedSize(len(tar())), [(len(data) - 4, len(data) - 1)])


@pytest.mark.parametrize("media_type", [OCI, DOCKER])
def test_a_tar_is_as_large_as_it_is_and_nothing_is_read(media_type: str) -> None:
    assert told(tar(), media_type) == (UnpackedSize(len(tar())), [])


@pytest.mark.parametrize("media_type", [f"{OCI}+zstd", f"{DOCKER}.zstd"])
@pytest.mark.parametrize("level", ["-1", "-19"])
def test_a_zstd_layer_tells_its_size_in_its_first_bytes(media_type: str, level: str) -> None:
    data = zstd(tar(), level, f"--stream-size={len(tar())}")

    assert told(data, media_type) == (UnpackedSize(len(tar())), [(0, 17)])


def test_a_zstd_layer_that_was_packed_from_a_stream_does_not_tell() -> None:
    assert told(zstd(tar()), f"{OCI}+zstd")[0] == UnpackedSize(None, "its zstd frame does not tell its content's size")


@pytest.mark.parametrize(
    ("frame", "size"),
    [
        (raw_frame(0b0010_0000, b"\x07"), 7),
        (raw_frame(0b0110_0000, b"\x00\x01"), 512),
        (raw_frame(0b1010_0000, (70_000).to_bytes(4, "little")), 70_000),
        (raw_frame(0b1110_0000, (2**40).to_bytes(8, "little")), 2**40),
        (raw_frame(0b1000_0000, (99).to_bytes(4, "little"), b"\x58"), 99),
        (raw_frame(0b1000_0011, (99).to_bytes(4, "little"), b"\x58dict"), 99),
        (raw_frame(0b1010_0010, (99).to_bytes(4, "little"), b"di"), 99),
        (raw_frame(0b0000_0000, b"", b"\x58"), None),
        (raw_frame(0b0010_1000, b"\x07"), None),
        (raw_frame(0b1110_0000, b"")[:9], None),
        (b"\x28\xb5\x2f\xfd", None),
        (b"", None),
    ],
)
def test_a_frame_header_is_read_as_rfc_8878_draws_it(frame: bytes, size: int | None) -> None:
    assert frame_content_size(frame[:18]) == size


def test_of_several_gzip_members_the_last_one_alone_is_not_believed() -> None:
    whole = tar()
    data = gzip.compress(whole[:-512], 1) + gzip.compress(whole[-512:])
    footer = gzip.compress(whole) + gzip.compress(b"")  # as eStargz and bgzip end

    for each in (data, footer):
        assert told(each, f"{OCI}+gzip")[0] == UnpackedSize(None, "ISIZE tells of fewer bytes than the layer has")
    halves = gzip.compress(whole[:300_001]) + gzip.compress(whole[300_001:])
    assert told(halves, f"{OCI}+gzip")[0] == UnpackedSize(None, "ISIZE is no tar's: it has several gzip members")


def test_members_cut_where_a_tar_has_blocks_are_the_case_that_no_few_bytes_tell() -> None:
    # Documented: the only honest writer that is told wrong; none is known that does this.
    whole = tar()
    data = gzip.compress(whole[:307_200]) + gzip.compress(whole[307_200:])

    assert told(data, f"{OCI}+gzip")[0] == UnpackedSize(len(whole) - 307_200)


def test_more_than_twentyfold_is_not_believed() -> None:
    data = gzip.compress(bytes(5_000_000))

    assert told(data, f"{OCI}+gzip")[0] == UnpackedSize(None, "ISIZE tells of more than 20 times the layer's bytes")
    assert told(zstd(tar(bytes(5_000_000)), "--stream-size=5007360"), f"{OCI}+zstd")[0].size_bytes is None


@pytest.mark.parametrize(("percent", "believed"), [(98, False), (99, True), (2000, True), (2001, False)])
def test_the_ratio_is_believed_from_099_to_20(percent: int, *, believed: bool) -> None:
    size = 51_200
    isize = size * percent // 100
    data = b"\x1f\x8b\x08" + bytes(size - 7) + isize.to_bytes(4, "little")

    assert told(data, f"{OCI}+gzip")[0].size_bytes == (isize if believed else None)


def test_two_hundred_megabytes_of_gzip_are_not_asked() -> None:
    tail = (400_000_000 // 512 * 512).to_bytes(4, "little")

    below, pieces = told(tail, f"{OCI}+gzip", 199_999_999)
    assert (below.size_bytes, pieces) == (400_000_000 // 512 * 512, [(199_999_995, 199_999_998)])
    above, pieces = told(tail, f"{OCI}+gzip", 200_000_000)
    assert (above.size_bytes, pieces) == (None, [])


def test_large_zstd_layers_are_asked_since_their_field_does_not_wrap() -> None:
    head = raw_frame(0b1110_0000, (5 * 2**30).to_bytes(8, "little"))

    assert told(head, f"{OCI}+zstd", 2**30)[0] == UnpackedSize(5 * 2**30)


def test_a_media_type_that_lies_is_found_out_by_the_first_bytes() -> None:
    packed = zstd(tar(), f"--stream-size={len(tar())}")
    # Four bytes at the end that would pass for a size.
    as_gzip = packed[:-4] + (len(packed) * 2 | 1).to_bytes(4, "little")

    assert told(as_gzip, f"{DOCKER}.gzip") == (
        UnpackedSize(len(tar())), [(len(packed) - 4, len(packed) - 1), (0, 1023)]
    )  # fmt: skip
    gzipped = gzip.compress(tar())
    assert told(gzipped, f"{OCI}+zstd")[0] == UnpackedSize(len(tar()))
    assert told(packed, OCI)[0] == UnpackedSize(len(tar()))
    neither = b"no gzip at all, but long enough" + (63).to_bytes(4, "little")
    assert told(neither, f"{OCI}+gzip")[0] == UnpackedSize(None, "it is no gzip")
    assert told(neither, f"{OCI}+zstd")[0] == UnpackedSize(None, "it does not begin as zstd does")


def test_what_is_gzip_and_no_tar_is_believed_after_a_second_look() -> None:
    data = gzip.compress(WORDS[:100_001])

    assert told(data, f"{OCI}+gzip") == (UnpackedSize(100_001), [(len(data) - 4, len(data) - 1), (0, 1023)])


def test_several_zstd_frames_are_found_out_where_they_can_be() -> None:
    whole = tar()
    skippable = b"\x5a\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"meta" + zstd(whole)
    split = b"".join(zstd(part, f"--stream-size={len(part)}") for part in (whole[:300_001], whole[300_001:]))

    assert told(skippable, f"{OCI}+zstd")[0] == UnpackedSize(None, "it has several zstd frames")
    assert told(split, f"{OCI}+zstd")[0] == UnpackedSize(None, "its first zstd frame holds no whole tar")


@pytest.mark.parametrize("media_type", ["", "application/vnd.cncf.helm.chart.content.v1.tar+gzip", f"{OCI}+encrypted"])
def test_an_unknown_media_type_is_not_asked_and_named(media_type: str) -> None:
    value, pieces = told(gzip.compress(tar()), media_type)

    assert (value.size_bytes, pieces) == (None, [])
    assert media_type in value.why
    assert "media type" in value.why


@pytest.mark.parametrize("media_type", [OCI, f"{OCI}+gzip", f"{OCI}+zstd"])
@pytest.mark.parametrize("data", [b"", b"x", b"\x28\xb5\x2f\xfd", zlib.compress(b""), bytes(511)])
def test_odd_little_layers_have_an_answer(media_type: str, data: bytes) -> None:
    value, pieces = told(data, media_type)

    assert value.size_bytes is not None or value.why
    assert all(0 <= first <= last < len(data) for first, last in pieces)


def test_an_empty_tar_layer_takes_nothing() -> None:
    assert told(b"", OCI) == (UnpackedSize(0), [])


def test_foreign_layers_and_attestations_are_not_unpacked() -> None:
    assert not is_unpacked("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")
    assert not is_unpacked("application/vnd.oci.image.layer.nondistributable.v1.tar+zstd")
    assert not is_unpacked("application/vnd.in-toto+json")
    assert is_unpacked(f"{DOCKER}.gzip")
    assert is_unpacked("")
