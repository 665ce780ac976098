#!/usr/bin/env python3
"""Hold `regplan layers --unpacked` against what skopeo copies and gzip and zstd unpack, for 50 layers of many writers.

    .venv/bin/python benchmarks/unpacked.py [--without-5-GiB]

Each layer is an image in a real registry. Prints how many sizes are equal to the byte, how many are assumed and why, how
many are wrong, and what was asked for. Needs docker-registry, skopeo and zstd; pigz and pzstd where they are there.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support import images, skopeo
from support.certificates import new_authority
from support.content import Blob
from support.starter import StartRegistry
from support.writers import GZIP, PLAIN, Packed, image_of, packed_by_skopeo, tar_of, unpacked_bytes, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.registry import Registry

MB = 10**6


def layers(*, with_zeros: bool) -> Iterator[Packed]:
    """Pack a layer with every writer, and the odd ones."""
    for number, (name, _, _) in enumerate(written(b"")):
        yield _written(name, tar_of("words", 2 * MB + 10_000 * number, number))
    for kind, seed in (("noise", 90), ("files", 91)):
        for name in ("gzip -6", "python gzip 9", "pigz -6", "zstd of a file -3"):
            yield _written(name, tar_of(kind, 2 * MB, seed), f"{name}, {kind}")
    for place, form in enumerate(("gzip", "zstd")):
        yield packed_by_skopeo(tar_of("words", 2 * MB, 100 + place), form)
    empty, one = bytes(1024), tar_of("words", 1)
    yield Packed("an empty tar, gzip", Blob(GZIP, gzip.compress(empty)))
    yield Packed("an empty tar, not packed", Blob(PLAIN, empty))
    yield Packed("a tar of one byte, gzip", Blob(GZIP, gzip.compress(one)))
    yield Packed("one byte that is no tar, gzip", Blob(GZIP, gzip.compress(b"1")))
    yield Packed("one byte that is no tar, not packed", Blob(PLAIN, b"1"))
    if with_zeros:
        buffer, zeros = io.BytesIO(), bytes(2**24)
        with gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=1) as packer:
            for _ in range(5 * 2**30 // len(zeros)):
                packer.write(zeros)
        yield Packed("5 GiB of zeros, gzip", Blob(GZIP, buffer.getvalue()))


def compare(registry: Registry, packed: list[Packed], folder: Path) -> None:
    """Push, measure, copy and unpack; print what came of it."""
    references = {}
    for place, layer in enumerate(packed):
        images.push(registry, f"writers/{place}", image_of([layer], layer.writer), ["1"])
        references[f"{registry.address}/writers/{place}:1"] = layer
    registry.forget_requests()
    document = measured([*references], folder)
    asked = [each for each in registry.requests() if "/blobs/" in each.path]
    rows = {each["reference"]: each for each in document["images"]}
    kinds: Counter[str] = Counter()
    for reference, layer in references.items():
        skopeo.copy(f"docker://{reference}", f"oci:{folder}/layout:{reference[-8:-2]}", source_registry=registry)
        exact = unpacked_bytes(folder / "layout" / "blobs" / layer.blob.digest.replace(":", "/"))
        row = rows[reference]
        kind = "assumed" if row["unpacked_provenance"] != "measured" else "wrong"
        kind = "equal" if kind == "wrong" and row["unpacked_bytes"] == exact else kind
        kinds[kind] += 1
        print(f"{kind:8} {layer.blob.size:>10,} -> {exact:>13,}  told {row['unpacked_bytes']:>13,}  {layer.writer}")
    print(f"\n{len(references)} layers: " + ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()))
    for each in document["unpacked"]["why"]:
        print(f"  assumed: {each['layers']}, {each['why']}")
    sizes = {layer.blob.digest: layer.blob.size for layer in packed}
    of_layers = [each for each in asked if each.path.rpartition("/")[2] in sizes]
    whole = sum(each.status != 206 for each in of_layers)
    print(
        f"{len(of_layers)} requests for {len(sizes)} distinct layers of {sum(sizes.values()):,} bytes brought "
        f"{sum(each.size for each in of_layers):,} bytes; {whole} brought all of a layer"
    )


def measured(references: list[str], folder: Path) -> dict[str, Any]:
    """Run regplan as a process with an empty cache."""
    command = [sys.executable, "-m", "regplan", "layers", *references, "--unpacked", "--plain-http", "-o", "json"]
    done = subprocess.run([*command, "--cache-dir", str(folder / "cache")], capture_output=True, check=False)
    if done.returncode:
        sys.exit(done.stderr.decode())
    value: dict[str, Any] = json.loads(done.stdout)
    return value


def _written(name: str, tar: bytes, shown: str = "") -> Packed:
    media_type, pack = next((media_type, pack) for each, media_type, pack in written(tar) if each == name)
    return Packed(shown or name, Blob(media_type, pack()), f"sha256:{hashlib.sha256(tar).hexdigest()}")


def main() -> None:
    """Start a registry and compare."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stops:
        folder = Path(name)
        os.environ["HOME"] = name
        start = StartRegistry(
            lambda kind: Path(tempfile.mkdtemp(prefix=kind, dir=folder)), new_authority(folder), stops
        )
        compare(start(), list(layers(with_zeros="--without-5-GiB" not in sys.argv)), folder)


if __name__ == "__main__":
    main()
