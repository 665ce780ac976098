"""No archive of images breaks its reader: it is read, or refused with one of regplan's own errors."""

from __future__ import annotations

from collections import Counter
from contextlib import aclosing
from random import Random
from typing import TYPE_CHECKING

import anyio
import pytest

from fuzz.spoilt import spoil_bytes, spoil_text
from regplan.errors import RegplanError
from regplan.oci.platform import Platform
from regplan.resolve import CachedSource, Choice, resolve
from regplan.store.opening import ARCHIVES, open_archive
from support import images
from support.archives import tar_of
from support.bundles import layout_files, ordered, packed, pax_tar, saved_files

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.store.archived import ArchivedImages
    from support.bundles import Compression

WEB = images.image([images.layer(2_000, 1), images.layer(1_000, 2)])
TREES: dict[str, images.Tree] = {"quay.io/edge/web:1": WEB, "list:2": images.multi_platform(size=2_000)}
COMPRESSIONS: tuple[Compression, ...] = ("none", "gzip", "zstd")


def bases(folder: Path) -> list[dict[str, bytes]]:
    files = layout_files(folder / "layout", TREES)
    return [
        ordered(files, "last"),
        {f"bundle-pkg/{name}": data for name, data in files.items()},
        saved_files([(WEB, ["web:1"]), (WEB, [])])[0],
    ]


def spoilt(files: dict[str, bytes], rng: Random) -> bytes:
    """One archive, changed in its documents, in its tar, or in its compressed bytes; sometimes in none."""
    where = rng.choice(("document", "tar", "packed", "nothing"))
    if where == "document":
        texts = [name for name, data in files.items() if data[:1] in {b"{", b"["}]
        for name in rng.sample(texts, min(2, len(texts))):
            text = spoil_text(files[name].decode(), rng, [files[texts[0]].decode()])
            files = {**files, name: text.encode("utf-8", "replace")}
    data = (pax_tar if rng.random() < 0.3 else tar_of)(files)
    data = spoil_bytes(data, rng) if where == "tar" else data
    data = packed(data, rng.choice(COMPRESSIONS))
    return spoil_bytes(data, rng) if where == "packed" else data


async def read_whole(source: ArchivedImages) -> int:
    """Resolve every image and read every blob of it; gives how many blobs were as they should be."""
    choice = Choice((Platform("linux", "amd64"),), all_platforms=True, configs=True)
    found = await resolve(dict.fromkeys(source.references(), ()), [CachedSource(source)], choice)
    whole = 0
    for image in found.inventory.images():
        for layer in image.kept_layers:
            try:
                async with aclosing(source.blob("any", layer)) as chunks:
                    whole += sum([len(chunk) async for chunk in chunks]) == layer.size
            except RegplanError:
                continue
    return whole


@pytest.mark.parametrize("seed", ["2026", "edge"])
def test_nothing_that_is_spoilt_breaks_the_reader_of_archives(seed: str, tmp_path: Path) -> None:
    rng, tally = Random(seed), Counter[str]()
    given = bases(tmp_path)
    path = tmp_path / "b.tar"
    for _ in range(400):
        path.write_bytes(spoilt(rng.choice(given), rng))
        try:
            source = open_archive(rng.choice(ARCHIVES), str(path))
            tally["blobs"] += anyio.run(read_whole, source)
            source.close()
            tally["read"] += 1
        except RegplanError as error:
            tally["refused"] += 1
            tally["without the file's name"] += str(path) not in str(error)

    assert min(tally["read"], tally["refused"]) > 40, tally
    assert tally["blobs"] > 100, tally
    assert tally["without the file's name"] == 0
