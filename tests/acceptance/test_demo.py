"""The demo's numbers, computed again by scripts that import nothing of regplan."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cli.running import regplan
from independent.bytes import measure
from independent.material import pick, read_facts, read_packs, read_yaml
from independent.wire import site_wire

DEMO = Path(__file__).parents[2] / "data" / "demo"


def _measured(folder: Path) -> dict[str, Any]:
    site = read_yaml(folder / "site.yaml")
    packs = read_packs([folder / each for each in site["profiles"]], site.get("variables"))
    references = sorted({reference for pack in packs for reference in pack.references})
    return measure(pick(read_facts([folder / "recording" / "facts.jsonl"]), references, "linux/amd64"))


def test_the_demo_runs_without_a_network_in_under_forty_lines() -> None:
    said = regplan("demo")

    assert said.code == 0, said.err
    assert len(said.out.splitlines()) < 40


def test_the_demos_sizes_are_those_of_the_independent_script() -> None:
    document = regplan("demo", "-o", "json").document

    expected = _measured(DEMO)
    assert document["storage"]["unique_bytes"] == expected["unique_bytes"]
    assert document["storage"]["referenced_bytes"] == expected["referenced_bytes"]
    assert document["storage"]["blobs"] == expected["blobs"]
    assert {row["reference"]: row["unique_bytes"] for row in document["layers"]} == {
        row["reference"]: row["unique_bytes"] for row in expected["images"]
    }


@pytest.mark.parametrize("name", ["site.yaml", "site-single.yaml"])
def test_internet_bytes_are_those_of_the_set_algebra(name: str) -> None:
    wire = regplan("plan", str(DEMO / name), "--offline", "-o", "json").document["wire"]

    expected = site_wire(DEMO / name)
    keys = ("direct_bytes", "primary_bytes", "saved_bytes", "saved_ratio", "saved_low_bytes", "saved_high_bytes")
    assert {key: wire[key] for key in keys} == pytest.approx({key: expected[key] for key in keys})


def test_the_demos_verdict_is_complete() -> None:
    document = regplan("demo", "-o", "json").document

    assert document["images"]["unresolved"] == []
    assert document["verdict"] in {"PASS", "MARGINAL"}


def grown_by_a_byte(folder: Path) -> int:
    """Copy the demo into `folder` with its largest layer a byte larger; tell that layer's new size."""
    shutil.copytree(DEMO, folder, dirs_exist_ok=True)
    facts = folder / "recording" / "facts.jsonl"
    rows = [json.loads(line) for line in facts.read_text(encoding="utf-8").splitlines() if line]
    used = {row["reference"] for row in _measured(folder)["images"]}
    layers = [layer for row in rows if row["reference"] in used for layer in row["layers"]]
    largest = max(layers, key=lambda layer: layer["size"])
    for row in rows:
        for layer in row["layers"]:
            if layer["digest"] == largest["digest"]:
                layer["size"] += 1
    facts.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return int(largest["size"])


def test_a_byte_more_in_one_layer_is_a_byte_more_in_the_plan(tmp_path: Path) -> None:
    grown_by_a_byte(tmp_path)

    before = regplan("demo", "-o", "json").document["storage"]
    after = regplan("plan", str(tmp_path / "site.yaml"), "--offline", "-o", "json").document["storage"]

    assert after["unique_bytes"] == before["unique_bytes"] + 1
