from __future__ import annotations

import gzip
import hashlib
import json
import math
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import jsonschema
import pytest

from cli.running import regplan
from support import images
from support.content import Blob
from support.writers import Packed, image_of, tar_of

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = tar_of("noise", 5000)
LAYERS = [images.layer(40_000, 1), images.layer(30_000, 2)]
NAME = "quay.io/shop/till:1"


def isize(layer: images.Layer) -> int:
    return int.from_bytes(layer.blob.data[-4:], "little")


@pytest.fixture
def layout(tmp_path: Path) -> str:
    odd = Packed("", Blob("application/vnd.example.odd", PLAIN))
    trees = {NAME: images.image(LAYERS), "quay.io/shop/odd:1": image_of([odd])}
    images.write_layout(tmp_path / "layout", trees)
    return f"oci:{tmp_path / 'layout'}"


def site(folder: Path, layout: str, **more: object) -> str:
    host = {"name": "node-1", "cpu": 8, "memory": "16GiB", "storage": "512GB"}
    file = folder / "site.yaml"
    file.write_text(json.dumps({"name": "store", "images": [NAME], "from": [layout], "hosts": [host], **more}))
    return str(file)


def test_layers_shows_what_is_unpacked_and_why_not_all_of_it_was_measured(layout: str) -> None:
    said = regplan("layers", layout, "--unpacked")

    assert said.code == 0, said.err
    head, *rows = said.out.splitlines()
    assert head.split() == ["IMAGE", "PLATFORM", "SIZE", "SHARED", "UNIQUE", "FAIR", "UNPACKED"]
    unpacked = {row.split()[0]: row.split()[-2] for row in rows if row.startswith("quay.io")}
    assert unpacked[NAME] == f"{sum(map(isize, LAYERS)) / 1000:.1f}"
    assert unpacked["quay.io/shop/odd:1"].startswith("~")
    assert "in 3 chains of layers: 2 of 3 layers measured, the others (~) 2.44 times" in said.out
    assert "not measured: 1 layer: its media type application/vnd.example.odd is no layer's" in said.out


def test_without_the_flag_layers_says_nothing_of_it(layout: str) -> None:
    said = regplan("layers", layout)

    assert "UNPACKED" not in said.out
    document = regplan("layers", layout, "-o", "json").document
    assert (document["unpacked_bytes"], document["unpacked"]) == (None, None)
    assert [image["unpacked_bytes"] for image in document["images"]] == [None, None]


def test_layers_in_json_and_csv_tell_image_by_image_and_in_total(layout: str) -> None:
    document = regplan("layers", layout, "--unpacked", "-o", "json").document
    odd = -(-len(PLAIN) * 244 // 100)
    own = sum(map(isize, LAYERS))

    rows = {image["reference"]: (image["unpacked_bytes"], image["unpacked_provenance"]) for image in document["images"]}
    assert rows == {NAME: (own, "measured"), "quay.io/shop/odd:1": (odd, "assumed")}
    assert (document["unpacked_bytes"], document["unpacked_provenance"]) == (own + odd, "mixed")
    csv = regplan("layers", layout, "--unpacked", "-o", "csv").out.splitlines()
    assert csv[0].endswith(",unpacked_bytes,unpacked_provenance")
    assert any(line.endswith(f",{own},measured") for line in csv)


def test_a_plan_measures_each_host(layout: str, tmp_path: Path) -> None:
    said = regplan("plan", site(tmp_path, layout), "--unpacked", "-o", "json")

    (host,) = said.document["hosts"]
    assert host["unpacked_bytes"] == sum(map(isize, LAYERS))
    assert host["unpacked_provenance"] == "measured"
    assert host["content_bytes"] == host["image_bytes"]
    (finding,) = (each for each in said.document["findings"] if each["rule"] == "host.disk")
    assert "unpacked sizes measured" in finding["message"]
    schema = regplan("schema", "plan").document
    jsonschema.Draft202012Validator(schema).validate(said.document)


def test_a_drive_that_the_measured_images_do_not_fit_on_fails(tmp_path: Path) -> None:
    small = {"name": "node-1", "cpu": 8, "memory": "16GiB", "storage": "120GB"}
    facts = tmp_path / "rec"
    facts.mkdir()
    layer = {"digest": f"sha256:{3:064x}", "size": 40_000_000_000, "unpacked": 90_000_000_000}
    told = {
        "reference": NAME, "platform": "linux/amd64", "manifest": {"digest": f"sha256:{1:064x}", "size": 500},
        "config": {"digest": f"sha256:{2:064x}", "size": 1000}, "layers": [layer], "source": "a file",
    }  # fmt: skip
    (facts / "facts.jsonl").write_text(json.dumps(told))

    document = regplan("plan", site(tmp_path, f"recording:{facts}", hosts=[small]), "-o", "json").document

    (finding,) = (each for each in document["findings"] if each["rule"] == "host.disk")
    images = 40_000_001_500 + 90_000_000_000
    # This version and 35 % of the next below the kubelet's 85 %, and the partitions of an appliance.
    needed = math.ceil(Fraction(images * 135, 85)) + 20_000_000_000
    assert (finding["verdict"], finding["required"]) == ("FAIL", needed)


def test_a_plan_shows_the_hosts_unpacked_sizes_in_its_table_and_its_report(layout: str, tmp_path: Path) -> None:
    measured = regplan("plan", site(tmp_path, layout), "--unpacked")
    assumed = regplan("plan", site(tmp_path, layout))
    out = tmp_path / "plan.md"
    regplan("report", site(tmp_path, layout), "--unpacked", "-O", str(out))

    assert "2 of 2 layers measured" in measured.out
    assert "~" in next(line for line in assumed.out.splitlines() if line.startswith("node-1"))
    assert "Unpacked" in out.read_text()
    assert "| measured" in out.read_text()


def test_chains_go_by_the_configs_diff_ids_which_the_flag_reads(tmp_path: Path) -> None:
    shared, packed = images.layer(40_000, 1), tar_of("noise", 30_000)
    loose = Packed("", Blob("application/vnd.oci.image.layer.v1.tar", packed))
    tight = Packed("", Blob("application/vnd.oci.image.layer.v1.tar+gzip", gzip.compress(packed)))
    diff_id = f"sha256:{hashlib.sha256(packed).hexdigest()}"
    trees: dict[str, images.Tree] = {
        "quay.io/shop/multi:1": images.index([images.image([shared], label="index")]),
        "quay.io/shop/one:1": images.image([shared], label="one"),
        "quay.io/shop/loose:1": image_of([replace(loose, diff_id=diff_id)]),
        "quay.io/shop/tight:1": image_of([replace(tight, diff_id=diff_id)]),
    }
    images.write_layout(tmp_path / "layout", trees)

    document = regplan("layers", f"oci:{tmp_path / 'layout'}", "--unpacked", "-o", "json").document

    # Two images with the same base unpack it once, and two packings of one tar are one chain.
    assert document["unpacked"]["chains"] == 2
    assert document["unpacked"]["layers"] == 3
    assert document["unpacked"]["guessed_images"] == 0
    assert document["unpacked_bytes"] == isize(shared) + len(packed)
    assert document["unpacked_provenance"] == "measured"


def test_offline_what_was_not_asked_before_is_assumed_and_nothing_fails(tmp_path: Path) -> None:
    images.write_layout(tmp_path / "layout", {NAME: images.index([images.image(LAYERS)])}, sparse=True)
    for config in (tmp_path / "layout/blobs/sha256").iterdir():
        if b"rootfs" in config.read_bytes():
            config.unlink()

    said = regplan("layers", f"oci:{tmp_path / 'layout'}", "--unpacked", "--offline", "-o", "json")

    assert said.code == 0, said.err
    assert said.document["unpacked_provenance"] == "assumed"
    assert said.document["unpacked"]["guessed_images"] == 1
    assert said.document["unpacked"]["why"] == [{"layers": 2, "why": "no source holds the layer itself"}]


def test_a_recording_keeps_what_was_measured_and_a_plan_from_it_measures(layout: str, tmp_path: Path) -> None:
    rec = tmp_path / "rec"
    said = regplan("record", layout, "--unpacked", "-O", str(rec))
    assert "unpacked sizes of 2 layers kept" in said.out
    first = (rec / "unpacked.jsonl").read_bytes()

    document = regplan("plan", site(tmp_path, f"recording:{rec}"), "--offline", "-o", "json").document

    assert [json.loads(line)["unpacked_bytes"] for line in first.splitlines()] == [
        isize(layer) for layer in sorted(LAYERS, key=lambda each: each.blob.digest)
    ]
    (host,) = document["hosts"]
    assert (host["unpacked_bytes"], host["unpacked_provenance"]) == (sum(map(isize, LAYERS)), "measured")
    again = regplan("record", layout, "--unpacked", "-O", str(rec), "-o", "json").document
    assert (again["unpacked_layers"], again["written"]["files"]) == (2, 0)


def test_a_recording_is_added_to_and_forgets_no_unpacked_size(layout: str, tmp_path: Path) -> None:
    rec = tmp_path / "rec"
    regplan("record", layout, "--unpacked", "-O", str(rec))
    other = images.layer(50_000, 9)
    images.write_layout(tmp_path / "other", {"quay.io/shop/other:1": images.image([other])})

    regplan("record", f"oci:{tmp_path / 'other'}", "--unpacked", "-O", str(rec))
    regplan("record", f"oci:{tmp_path / 'other'}", "-O", str(rec))

    kept = {json.loads(line)["digest"] for line in (rec / "unpacked.jsonl").read_text().splitlines()}
    assert kept == {layer.blob.digest for layer in (*LAYERS, other)}


def test_a_recording_without_the_flag_has_no_unpacked_sizes(layout: str, tmp_path: Path) -> None:
    regplan("record", layout, "-O", str(tmp_path / "rec"))

    assert not (tmp_path / "rec" / "unpacked.jsonl").exists()


def test_media_types_that_an_image_makes_up_neither_flood_nor_steer_the_terminal(tmp_path: Path) -> None:
    odd = [Packed("", Blob(f"application/\x1b[31m{number}{'x' * 5000}", PLAIN[number:])) for number in range(30)]
    images.write_layout(tmp_path / "layout", {NAME: image_of(odd)})

    said = regplan("layers", f"oci:{tmp_path / 'layout'}", "--unpacked")

    assert said.code == 0, said.err
    assert "\x1b" not in said.out
    assert len(said.out) < 10_000
    assert "layers for 20 more reasons" in said.out
