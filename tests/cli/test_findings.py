"""What the command line says of references and sites that cannot be told in full."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.running import regplan

DEMO = Path(__file__).parents[2] / "data" / "demo"


def test_images_ends_with_4_and_shows_what_is_no_reference(tmp_path: Path) -> None:
    names = tmp_path / "list.txt"
    names.write_text("a:1\nb:1\nc:1\nd:1\nUPPER/Case:1\na b\nnginx:\n")

    said = regplan("images", str(names))
    found = regplan("images", str(names), "-o", "json")

    assert (said.code, found.code) == (4, 4)
    for text in ("UPPER/Case:1", "a b", "nginx:"):
        assert f"{text} (not understood)" in said.out
    assert [each["rule"] for each in found.document["findings"]] == ["image.unresolved"] * 3
    assert [each["where"] for each in found.document["findings"]] == ["list.txt:5", "list.txt:6", "list.txt:7"]


def test_images_tells_of_a_moving_tag_that_stands_on_the_command_line() -> None:
    said = regplan("images", "nginx:latest", "nginx:1.27", "-o", "json")

    assert said.code == 0
    assert [(each["rule"], each["where"]) for each in said.document["findings"]] == [
        ("image.mutable-tag", "command line")
    ]


def test_a_truncated_profile_ends_with_2_and_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "t.json"
    file.write_text('{"spec": {"image": "{{.spectro.var.Host}}/a:1"')

    said = regplan("images", str(file))

    assert said.code == 2
    assert "line 1, column " in said.err


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A site without hosts whose images the demo's recording has, and one that moves twice."""
    profile = next((DEMO / "profiles").glob("retail-infra-1.0.0.json"))
    site = {
        "name": "bare",
        "profiles": [str(profile)],
        "images": ["r.invalid/tool", "r.invalid/tool"],
        "declared_sizes": {"r.invalid/tool": "5MB"},
        "from": [f"recording:{DEMO / 'recording'}"],
        "links": {"internet": {"rate": "20Mbit/s"}, "lan": {"rate": "1Gbit/s"}},
    }
    file = tmp_path / "site.json"
    file.write_text(json.dumps(site))
    return file


def test_without_hosts_the_plan_knows_nothing_of_the_link(bare: Path) -> None:
    found = regplan("plan", str(bare), "-o", "json").document

    assert (found["wire"], found["simulation"], found["hosts"]) == (None, None, [])


def test_a_sites_own_images_are_linted_once(bare: Path) -> None:
    found = regplan("plan", str(bare), "-o", "json").document

    moved = [each for each in found["findings"] if each["rule"] == "image.mutable-tag"]
    assert [each["message"].partition(" ")[0] for each in moved] == ["r.invalid/tool:latest"]


def test_without_hosts_nothing_is_simulated_and_the_key_is_named(bare: Path) -> None:
    said = regplan("simulate", str(bare))

    assert said.code == 2
    assert "the site names no hosts" in said.err
    assert "add `hosts:`" in said.err
    assert said.out == ""


def test_a_report_without_hosts_says_that_the_link_is_unknown(bare: Path, tmp_path: Path) -> None:
    out = tmp_path / "plan.md"

    assert regplan("report", str(bare), "-O", str(out)).code in {0, 1, 4}
    assert "The site names no hosts, so what the internet link carries is unknown." in out.read_text(encoding="utf-8")
