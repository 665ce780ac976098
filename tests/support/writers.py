"""Layers as different writers pack them, and what they unpack to by other programs; written without regplan."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import shutil
import subprocess
import tarfile
import tempfile
import zlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support import skopeo
from support.content import Blob, Image, Layer, encode
from support.delivery import write_layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = [
    "BLOCKWISE",
    "PLAIN",
    "Packed",
    "image_of",
    "packed_by_skopeo",
    "pipe",
    "tar_of",
    "unpacked_bytes",
    "written",
]

# No few bytes tell of this one: the last member looks like a whole tar.
BLOCKWISE = "two gzip members, cut between two blocks of the tar"
PLAIN = "application/vnd.oci.image.layer.v1.tar"
GZIP = f"{PLAIN}+gzip"
ZSTD = f"{PLAIN}+zstd"
OF_DOCKER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


@dataclass(frozen=True, slots=True)
class Packed:
    """A layer, who wrote it and how."""

    writer: str
    blob: Blob
    diff_id: str = ""


def tar_of(kind: str, size: int, seed: int = 1) -> bytes:
    """A tar of about `size` bytes: `words` pack threefold or more, `noise` not at all, `files` are many small ones."""
    chance = random.Random(seed)
    if kind == "noise":
        return _tar({"noise": chance.randbytes(size)})
    if kind == "files":
        return _tar({f"etc/{number}.conf": _words(chance, 900) for number in range(size // 2048)})
    return _tar({"words": _words(chance, size)})


def written(tar: bytes) -> Iterator[tuple[str, str, Callable[[], bytes]]]:
    """Tell of every writer its name, the media type and how to have it pack `tar`; one whose program is absent is left out."""
    for level in (1, 4, 6, 9):
        yield f"gzip -{level}", GZIP, partial(pipe, tar, "gzip", f"-{level}")
    yield "gzip of a named file", GZIP, lambda: _of_file(tar, "gzip", "-c")
    for level in (0, 1, 6, 9):
        yield f"python gzip {level}", GZIP, partial(gzip.compress, tar, level)
    yield "python zlib, 31 window bits", GZIP, lambda: _zlib(tar)
    yield "python gzip under Docker's type", OF_DOCKER, lambda: gzip.compress(tar)
    if shutil.which("pigz"):
        for flags in (("-1",), ("-6",), ("-9",), ("-6", "-i"), ("-6", "-p", "1"), ("-6", "-R")):
            yield " ".join(("pigz", *flags)), GZIP, partial(pipe, tar, "pigz", *flags)
    third = len(tar) // 3 | 1
    yield "two gzip members", GZIP, lambda: gzip.compress(tar[:third]) + gzip.compress(tar[third:])
    half = len(tar) // 1024 * 512
    yield BLOCKWISE, GZIP, lambda: gzip.compress(tar[:half]) + gzip.compress(tar[half:])
    yield "a gzip member for each 64 KiB", GZIP, lambda: _members(tar, 65_536)
    yield (
        "a gzip member for each 64 KiB, and an empty one (eStargz, bgzip)",
        GZIP,
        lambda: _members(tar, 65_536) + gzip.compress(b""),
    )
    if shutil.which("zstd"):
        for flags in (("-1",), ("-3",), ("-19",), ("-3", "-T0"), ("-3", "--long"), ("-3", "--no-check")):
            yield " ".join(("zstd of a file", *flags)), ZSTD, partial(_of_file, tar, "zstd", "-c", *flags)
        yield "zstd of a file, --no-content-size", ZSTD, lambda: _of_file(tar, "zstd", "-c", "--no-content-size")
        yield "zstd of a stream", ZSTD, lambda: pipe(tar, "zstd", "-c")
        yield "zstd of a stream, --stream-size", ZSTD, lambda: pipe(tar, "zstd", "-c", f"--stream-size={len(tar)}")
        yield "two zstd frames", ZSTD, lambda: _frames(tar, len(tar) // 2 + 1)
        yield "zstd under Docker's gzip type", OF_DOCKER, lambda: _of_file(tar, "zstd", "-c")
    if shutil.which("pzstd"):
        yield "pzstd", ZSTD, lambda: _of_file(tar, "pzstd", "-c", "-p", "2")
    yield "not packed", PLAIN, lambda: tar
    yield (
        "not packed, under Docker's type",
        PLAIN.replace("oci.image.layer.v1", "docker.image.rootfs.diff"),
        lambda: tar,
    )


def image_of(layers: Sequence[Packed], label: str = "") -> Image:
    """An OCI image of these layers under their own media types, base first."""
    diff_ids = [each.diff_id or f"sha256:{hashlib.sha256(each.blob.data).hexdigest()}" for each in layers]
    config: dict[str, Any] = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Labels": {"label": label}},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    }
    told = Blob("application/vnd.oci.image.config.v1+json", encode(config))
    media_type = "application/vnd.oci.image.manifest.v1+json"
    descriptors = [each.blob.descriptor() for each in layers]
    manifest = {"schemaVersion": 2, "mediaType": media_type, "config": told.descriptor(), "layers": descriptors}
    return Image(
        Blob(media_type, encode(manifest)),
        told,
        tuple(Layer(each.blob, diff_id) for each, diff_id in zip(layers, diff_ids, strict=True)),
    )


def packed_by_skopeo(tar: bytes, form: str) -> Packed:
    """The layer that skopeo makes of a tar that is not packed, in `form` gzip or zstd, as Go's libraries write it."""
    diff_id = f"sha256:{hashlib.sha256(tar).hexdigest()}"
    with tempfile.TemporaryDirectory() as folder:
        write_layout(Path(folder, "plain"), {"it": image_of([Packed("", Blob(PLAIN, tar), diff_id)])})
        flags = ("--quiet", "--dest-compress", "--dest-compress-format", form)
        skopeo.run("copy", *flags, f"oci:{folder}/plain:it", f"oci:{folder}/packed:it")
        manifest = json.loads(skopeo.manifest(f"oci:{folder}/packed:it"))
        (layer,) = manifest["layers"]
        data = Path(folder, "packed/blobs", layer["digest"].replace(":", "/")).read_bytes()
    return Packed(f"skopeo, {form}", Blob(layer["mediaType"], data), diff_id)


def unpacked_bytes(file: Path) -> int:
    """Count what a packed file unpacks to, by the program that its first bytes ask for."""
    with file.open("rb") as opened:
        head = opened.read(4)
    program = (
        "gzip" if head[:2] == b"\x1f\x8b" else "zstd" if head[:1] == b"\x28" or head[1:] == b"\x2a\x4d\x18" else ""
    )
    if not program:
        return file.stat().st_size
    total = 0
    with file.open("rb") as opened, subprocess.Popen([program, "-dc"], stdin=opened, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while chunk := process.stdout.read(2**20):
            total += len(chunk)
    assert process.returncode == 0, file
    return total


def pipe(data: bytes, *command: str) -> bytes:
    """What a program makes of what it reads from standard input."""
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def _of_file(data: bytes, *command: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "layer.tar")
        file.write_bytes(data)
        return subprocess.run([*command, str(file)], capture_output=True, check=True).stdout


def _zlib(data: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def _members(data: bytes, size: int) -> bytes:
    return b"".join(gzip.compress(data[start : start + size]) for start in range(0, len(data), size))


def _frames(data: bytes, size: int) -> bytes:
    return b"".join(_of_file(data[start : start + size], "zstd", "-c") for start in range(0, len(data), size))


def _words(chance: random.Random, size: int) -> bytes:
    lines = (f"{chance.randrange(10**6)} is what line {number} says\n" for number in range(size // 30 + 1))
    return "".join(lines).encode()[:size]


def _tar(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
