from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest
import yaml

from cli.running import regplan

SITE = str(Path(__file__).parents[2] / "data" / "demo" / "site.yaml")


def test_the_drives_are_listed_for_each_size_and_hold_every_blob_once() -> None:
    said = regplan("plan", SITE, "--offline", "--media", "600MB", "--media", "32GB", "-o", "json")
    small, large = said.document["media"]
    unique = said.document["storage"]["unique_bytes"]

    for media in (small, large):
        items = [item for drive in media["drives"] for item in drive["items"]]
        assert len(items) == len(set(items))
        assert sum(drive["size_bytes"] for drive in media["drives"]) == media["total_bytes"] == unique
        assert all(drive["size_bytes"] <= media["usable_bytes"] for drive in media["drives"])
        assert len(media["drives"]) >= media["least"] == math.ceil(unique / media["usable_bytes"])
    assert len(large["drives"]) == 1
    assert "MEDIA" in regplan("plan", SITE, "--offline", "--media", "600MB").out


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ("100MB", "no blob is cut: take drives of at least"),
        ("32", "--media: '32' is not a size"),
        ("0GB", "no blob is cut"),
    ],
)
def test_a_drive_that_is_too_small_and_a_size_that_is_none_are_errors(size: str, words: str) -> None:
    said = regplan("plan", SITE, "--offline", "--media", size)

    assert said.code == 2
    assert words in said.err
    assert said.out == ""


def test_the_drive_that_is_named_is_enough() -> None:
    said = regplan("plan", SITE, "--offline", "--media", "100MB")
    (least,) = re.findall(r"at least ([\d,]+) bytes", said.err)

    assert regplan("plan", SITE, "--offline", "--media", f"{least.replace(',', '')}B").code == 0


def test_without_media_nothing_is_told_of_drives() -> None:
    assert regplan("plan", SITE, "--offline", "-o", "json").document["media"] is None


def test_values_are_written_on_request_and_parse() -> None:
    document = regplan("plan", SITE, "--offline", "-o", "json").document
    shown = regplan("plan", SITE, "--offline", "--values").out

    for value in document["values"]:
        assert (json.loads if value["format"] == "json" else yaml.safe_load)(value["text"])
        assert value["text"] in shown
        assert value["where"] in shown
    assert document["values"][0]["text"] not in regplan("plan", SITE, "--offline").out


def test_values_in_markdown_are_fenced() -> None:
    assert '```\nregistry:\n  storage: "280Gi"\n```' in regplan("plan", SITE, "--offline", "--values", "-o", "md").out


def test_the_runway_is_told_in_a_line_and_month_by_month() -> None:
    outlook = regplan("plan", SITE, "--offline", "-o", "json").document["outlook"]

    assert [each["month"] for each in outlook["months"]] == list(range(121))
    assert "runway: below 80 % of what the claim holds for at least ten years" in regplan("plan", SITE, "--offline").out


def test_a_site_that_claims_nothing_says_so(tmp_path: Path) -> None:
    text = Path(SITE).read_text(encoding="utf-8").replace("  storage: 320GiB", "  # storage: 320GiB")
    text = text.replace("profiles/", f"{Path(SITE).parent}/profiles/").replace(
        "recording:", f"recording:{Path(SITE).parent}/"
    )
    site = re.sub(r"registry:\n(?:  .*\n)+", "", text)
    (tmp_path / "site.yaml").write_text(site, encoding="utf-8")
    said = regplan("plan", str(tmp_path / "site.yaml"), "--offline")

    assert "needed, nothing claimed\n" in said.out


def test_hosts_in_markdown_have_units() -> None:
    row = next(
        line
        for line in regplan("plan", SITE, "--offline", "-o", "md").out.splitlines()
        if line.startswith("| node-1 |")
    )
    head = "| 7.84 CPU | 15.9 GB | "

    assert head in row
