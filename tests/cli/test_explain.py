"""`regplan explain`: every form of output, every kind of key, and what is no key."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from cli.running import regplan
from independent.arithmetic import gives, read_lines

SITE = str(Path(__file__).parents[2] / "data" / "demo" / "site.yaml")


def explain(*arguments: str) -> Any:
    return regplan("explain", SITE, *arguments, "--offline", "--quiet")


def test_the_text_is_enough_to_reckon_the_number_again() -> None:
    plan = regplan("plan", SITE, "--offline", "-o", "json").document

    said = explain("storage.required_bytes")

    assert said.code == 0
    formulas = read_lines(said.out)
    assert all(gives(each, each["value"]) for each in formulas)
    assert formulas[0]["value"] == plan["storage"]["required_bytes"]
    assert said.out.startswith("storage.required_bytes\n")


def test_the_document_is_enough_too() -> None:
    document = explain("wire.primary_boot_s", "-o", "json").document

    assert document["kind"] == "explanation"
    assert gives(document["formulas"][0], document["value"])


@pytest.mark.parametrize("form", ["jsonl", "csv", "md"])
def test_every_form_has_the_number_and_its_inputs(form: str) -> None:
    said = explain("upgrade.peak_bytes", "-o", form)

    assert said.code == 0
    if form == "md":
        assert "| upgrade.peak_bytes |" in said.out
        return
    rows = (
        [json.loads(line) for line in said.out.splitlines()]
        if form == "jsonl"
        else list(csv.DictReader(io.StringIO(said.out)))
    )
    values = [int(row["value"]) for row in rows]
    assert values[0] == sum(values[1:])
    assert [row["name"] for row in rows[1:]] == ["kept_bytes", "new_bytes", "dropped_bytes"]


def test_without_a_key_every_key_is_listed_with_its_value() -> None:
    lines = explain().out.splitlines()

    assert lines[0].split() == ["KEY", "VALUE", "FROM"]
    keys = [line.split()[0] for line in lines[1:]]
    for key in ("storage.claim", "free_space", "storage.required_bytes", "hosts[0].image_bytes", "wire.saved_ratio"):
        assert key in keys
    records = [json.loads(line) for line in explain("-o", "jsonl").out.splitlines()]
    assert [each["key"] for each in records] == keys


def test_a_failing_site_is_explained_with_exit_code_0(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text("name: a\nimages: [busybox:1.36]\nregistry: {storage: 5GB}\nhosts: [{name: n, cpu: 1}]\n")

    said = regplan(
        "explain",
        str(site),
        "storage.minimum",
        "--from",
        f"recording:{SITE.removesuffix('site.yaml')}recording",
        "--offline",
    )

    assert said.code == 0
    assert "✗ FAIL" in said.out


def test_a_mistaken_key_is_a_mistake_that_is_told_what_comes_near() -> None:
    said = explain("storage.requird_bytes")

    assert said.code == 2
    assert said.out == ""
    assert "did you mean storage.required_bytes" in said.err
    assert len(said.err.splitlines()) == 1


def test_a_site_that_is_not_there_is_one_sentence() -> None:
    said = regplan("explain", "./absent.yaml", "storage.claim")

    assert said.code == 2
    assert "absent.yaml" in said.err


def test_a_plan_that_was_saved_is_explained_without_its_site(tmp_path: Path) -> None:
    saved = tmp_path / "plan.json"
    saved.write_text(regplan("plan", SITE, "--offline", "-o", "json").out)

    said = regplan("explain", str(saved), "storage.required_bytes")

    assert said.code == 0
    assert said.out == explain("storage.required_bytes").out


@pytest.mark.parametrize("text", ['{"kind": "plan"}', '{"kind": "plan", "schema_version": 1, "site": {}}', "[]", "{"])
def test_a_file_that_is_no_plan_is_one_sentence(tmp_path: Path, text: str) -> None:
    saved = tmp_path / "plan.json"
    saved.write_text(text)

    said = regplan("explain", str(saved), "storage.required_bytes")

    assert said.code == 2
    assert "Traceback" not in said.err
    assert "plan.json" in said.err


def test_a_link_that_was_measured_says_so_by_itself_and_in_what_is_reckoned_from_it(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    link = "{rate: 19.31Mbit/s, latency: 41ms, connection_rate: 5Mbit/s, measured: 2026-11-29}"
    site.write_text(
        f"name: a\nimages: [nginx:1.27]\ndeclared_sizes: {{nginx:1.27: 100MB}}\n"
        f"hosts: [{{name: n}}]\nlinks: {{internet: {link}, lan: {{rate: 1Gbit/s}}}}\n"
    )

    internet, lan, boot = (
        regplan("explain", str(site), key, "--offline", "--quiet", "-o", "json").document
        for key in ("site.internet_bps", "site.lan_bps", "wire.direct_boot_s")
    )

    assert (internet["value"], internet["provenance"]) == (19_310_000, "measured")
    assert internet["source"] == "site file, links.internet.rate, measured on 2026-11-29"
    assert (lan["provenance"], lan["source"]) == ("declared", "site file, links.lan.rate")
    [rate] = [each for each in boot["formulas"][0]["inputs"] if each["name"] == "internet_bps"]
    assert (rate["value"], rate["provenance"]) == (19_310_000, "measured")
    assert gives(boot["formulas"][0], boot["value"])
    plan = regplan("plan", str(site), "--offline", "--quiet", "-o", "json").document
    assert plan["site"]["measured"] == {"internet": "2026-11-29"}
