"""`--unpacked` against Debian's docker-registry: right sizes for one small request a layer."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from cli.running import regplan
from support import images, skopeo
from support.content import Blob
from support.tools import skip_without
from support.writers import BLOCKWISE, Packed, image_of, packed_by_skopeo, tar_of, unpacked_bytes, written

if TYPE_CHECKING:
    from pathlib import Path

    from support.starter import StartRegistry

pytestmark = [pytest.mark.registry, pytest.mark.ours_later]

# Whose layers have several parts, or do not tell.
NOT_TOLD = {
    "two gzip members",
    "a gzip member for each 64 KiB",
    "a gzip member for each 64 KiB, and an empty one (eStargz, bgzip)",
    "zstd of a file, --no-content-size",
    "zstd of a stream",
    "two zstd frames",
    "pzstd",
    "skopeo, zstd",
    "zstd under Docker's gzip type",
}


def packed() -> list[Packed]:
    """A layer of every writer that is here, each of a tar of its own."""
    skip_without("zstd", "skopeo")
    found = []
    for number, (name, _, _) in enumerate(written(b"")):
        tar = tar_of("words", 300_000 + 5000 * number, number)
        _, media_type, pack = list(written(tar))[number]
        diff_id = f"sha256:{hashlib.sha256(tar).hexdigest()}"
        found.append(Packed(name, Blob(media_type, pack()), diff_id))
    return [
        *found,
        *(packed_by_skopeo(tar_of("words", 200_000, 90 + place), form) for place, form in enumerate(("gzip", "zstd"))),
    ]


def test_unpacked_sizes_are_what_skopeo_and_unpacking_give_for_one_small_range_a_layer(
    start_registry: StartRegistry, tmp_path: Path
) -> None:
    registry = start_registry()
    layers = packed()
    images.push(registry, "writers", image_of(layers), ["1"])
    one_by_one = [f"{registry.address}/each:{place}" for place in range(len(layers))]
    for place, layer in enumerate(layers):
        images.push(registry, "each", image_of([layer], layer.writer), [str(place)])
    skopeo.copy(f"docker://{registry.address}/writers:1", f"oci:{tmp_path}/layout:1", source_registry=registry)
    files = {each.blob.digest: tmp_path / "layout/blobs" / each.blob.digest.replace(":", "/") for each in layers}
    truth = {digest: unpacked_bytes(file) for digest, file in files.items()}
    registry.forget_requests()

    said = regplan("layers", *one_by_one, "--unpacked", "--plain-http", "-o", "json")

    assert said.code == 0, said.err
    rows = {each["reference"]: each for each in said.document["images"]}
    for reference, layer in zip(one_by_one, layers, strict=True):
        row, exact = rows[reference], truth[layer.blob.digest]
        if layer.writer == BLOCKWISE:  # the documented limit
            assert row["unpacked_bytes"] < exact
        elif row["unpacked_provenance"] == "measured":
            assert row["unpacked_bytes"] == exact, layer.writer
        else:
            assert layer.writer in NOT_TOLD, layer.writer
            assert row["unpacked_bytes"] == -(-layer.blob.size * 244 // 100), layer.writer
    asked = [each for each in registry.requests() if "/blobs/" in each.path]
    of_layers = [each for each in asked if each.path.rpartition("/")[2] in truth]
    # A tar that is not packed tells without a request. What looks like a lie is looked at twice.
    odd = {each.blob.digest for each in layers if each.writer in NOT_TOLD or "gzip type" in each.writer}
    expected = Counter(each.blob.digest for each in layers if "not packed" not in each.writer)
    once = Counter(each.path.rpartition("/")[2] for each in of_layers)
    assert once.keys() == expected.keys()
    assert {digest for digest, count in once.items() if count > 1} <= odd
    assert max(once.values()) <= 2
    assert {each.status for each in of_layers} == {206}
    assert {each.size for each in of_layers} <= {4, 18, 1024}


def test_a_second_run_asks_for_no_layer_again_and_says_the_same(start_registry: StartRegistry) -> None:
    registry = start_registry()
    layers = [images.layer(40_000, 1), images.layer(30_000, 2)]
    images.push(registry, "app/one", images.image(layers), ["1"])
    reference = f"{registry.address}/app/one:1"
    first = regplan("layers", reference, "--unpacked", "--plain-http", "-o", "json")
    registry.forget_requests()

    again = regplan("layers", reference, "--unpacked", "--plain-http", "-o", "json")

    assert again.document == first.document
    assert first.document["unpacked_provenance"] == "measured"
    assert [each for each in registry.requests() if "/blobs/" in each.path] == []


def test_without_the_flag_no_layer_is_asked_and_a_plan_takes_what_was_measured_before(
    start_registry: StartRegistry, tmp_path: Path
) -> None:
    registry = start_registry()
    images.push(registry, "app/one", images.image([images.layer(40_000, 1)]), ["1"])
    site = tmp_path / "site.yaml"
    site.write_text(
        json.dumps(
            {
                "name": "store",
                "images": [f"{registry.address}/app/one:1"],
                "hosts": [{"name": "node-1", "cpu": 8, "memory": "16GiB", "storage": "512GB"}],
            }
        )
    )

    def host(*flags: str) -> dict[str, object]:
        said = regplan("plan", str(site), "--plain-http", "-o", "json", *flags)
        value: dict[str, object] = said.document["hosts"][0]
        return value

    layer = images.layer(40_000, 1).blob.digest
    registry.forget_requests()
    before = host()
    assert [each for each in registry.requests() if each.path.endswith(layer)] == []
    measured = host("--unpacked")
    registry.forget_requests()
    after = host()
    assert [each for each in registry.requests() if "/blobs/" in each.path] == []

    assert (before["unpacked_provenance"], before["unpacked_bytes"]) == ("assumed", 97_600)
    assert measured["unpacked_provenance"] == "measured"
    assert after == measured


def test_many_references_to_one_layer_cost_one_request(start_registry: StartRegistry) -> None:
    registry = start_registry()
    base = images.layer(40_000, 1)
    for number in range(6):
        images.push(registry, f"app/{number}", images.image([base], label=str(number)), ["1"])
    registry.forget_requests()

    said = regplan(
        "layers", *(f"{registry.address}/app/{number}:1" for number in range(6)), "--unpacked", "--plain-http"
    )

    assert "measured" in said.out
    assert "UNPACKED" in said.out
    assert [each.size for each in registry.requests() if each.path.endswith(base.blob.digest)] == [4]
