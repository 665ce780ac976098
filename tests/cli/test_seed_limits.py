"""The limits of a seeding as a user gives them: told before anything moves, and refused where they cannot be."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from cli.running import regplan
from support import images

if TYPE_CHECKING:
    from pathlib import Path

BERLIN = ZoneInfo("Europe/Berlin")
REFERENCE = "registry.example/shop/web:1.0"
SITE = """
name: store
images: [registry.example/shop/web:1.0]
from: [oci:source]
timezone: Europe/Berlin
links: {internet: {rate: 20Mbit/s, latency: 60ms}}
registry: {kind: other, address: "10.0.0.5:30003", project: p, storage: 300GB}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a source of one image of a million bytes and a bit, and a site file."""
    images.write_layout(tmp_path / "source", {REFERENCE: images.image([images.layer(1_000_000, 1)])})
    (tmp_path / "site.yaml").write_text(SITE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def later(hours: float) -> str:
    return f"{datetime.now(BERLIN) + timedelta(hours=hours):%H:%M}"


@pytest.mark.usefixtures("folder")
def test_limits_and_the_time_they_make_it_take_are_told_before_anything_moves() -> None:
    window = f"{later(2)}-{later(4)}"
    said = regplan(
        "seed", "site.yaml", "--to", "oci:disk", "--dry-run", "--max-rate", "1Mbit/s", "--window", window,
        "--max-pulls", "80", "-o", "json",
    )  # fmt: skip

    assert said.code == 0, said.err
    told = said.document
    assert told["limits"] == {
        "max_bps": 1_000_000, "windows": [window], "zone": "Europe/Berlin", "most_pulls": 80,
        "min_bps": 8_000, "patience_s": 60.0,
    }  # fmt: skip
    ahead = told["forecast"]
    assert (ahead["rate_bps"], ahead["bound"], ahead["windows"]) == (1_000_000, "cap", 1)
    assert ahead["moving_s"] == pytest.approx(told["left_bytes"] * 8 / 1_000_000, abs=0.1)
    begins, ends = (datetime.fromisoformat(ahead[key]) for key in ("begins_at", "ends_at"))
    assert f"{begins.astimezone(BERLIN):%H:%M}" == window[:5]
    assert (ends - begins).total_seconds() == pytest.approx(ahead["moving_s"], abs=1.1)


@pytest.mark.usefixtures("folder")
def test_a_plan_says_in_words_what_holds_and_by_when_it_is_done() -> None:
    window = f"{later(2)}-{later(4)}"
    said = regplan("seed", "site.yaml", "--to", "oci:disk", "--dry-run", "--max-rate", "1Mbit/s", "--window", window)

    assert f"limits: at most 1.00 Mbit/s; only {window} (Europe/Berlin)" in said.out
    assert re.search(
        r"1\.0\d MB take 8\.\d s at 1\.00 Mbit/s, the cap: done by .*\d\d:\d\d in the first window", said.out
    )


@pytest.mark.usefixtures("folder")
def test_without_a_site_the_clock_is_this_machines_and_the_plan_says_so() -> None:
    said = regplan(
        "seed", REFERENCE, "--from", "oci:source", "--to", "oci:disk", "--dry-run", "--window", "22:00-05:00"
    )

    assert "only 22:00-05:00 (this machine's clock)" in said.out


@pytest.mark.usefixtures("folder")
def test_a_blob_that_no_window_lets_through_is_told_before_anything_is_written(folder: Path) -> None:
    call = ["seed", "site.yaml", "--to", "oci:disk", "--max-rate", "8kbit/s", "--window", "22:00-22:10", "-o", "json"]
    said = regplan(*call, "--yes")

    finding = next(each for each in said.document["findings"] if each["rule"] == "seed.window")
    assert (said.code, finding["verdict"], finding["measured"]) == (1, "FAIL", 600_000)
    assert 1_000_000 <= finding["required"] <= 1_010_000
    assert not (folder / "disk").exists()


@pytest.mark.usefixtures("folder")
def test_what_is_there_already_needs_no_window() -> None:
    call = ["seed", "site.yaml", "--to", "oci:disk", "--yes", "-o", "json"]
    assert regplan(*call).code == 0

    said = regplan(*call, "--max-rate", "8kbit/s", "--window", "22:00-22:10")
    assert said.code == 0, said.err
    assert [each["verdict"] for each in said.document["findings"] if each["rule"] == "seed.window"] == ["PASS"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--max-rate", "15"], "'15' is not a rate"),
        (["--max-rate", "0Mbit/s"], "is a rate of zero"),
        (["--window", "22-05"], "is not a window; write two times of day, such as 22:00-05:00"),
        (["--window", "22:00-22:00"], "never opens"),
        (["--max-pulls", "0"], "0 is not in the range x>=1"),
        (["--min-rate", "slow"], "'slow' is not a rate"),
        (["--stall-after", "60"], "'60' is not a duration"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_limit_that_cannot_be_is_refused_in_one_sentence(options: list[str], says: str) -> None:
    said = regplan("seed", "site.yaml", "--to", "oci:disk", "--yes", *options)

    assert (said.code, said.out) == (2, "")
    assert says in said.err


def test_the_site_file_has_a_say_only_where_it_names_a_zone(folder: Path) -> None:
    (folder / "site.yaml").write_text(SITE.replace("timezone: Europe/Berlin\n", ""))
    said = regplan("seed", "site.yaml", "--to", "oci:disk", "--dry-run", "--window", "22:00-05:00", "-o", "json")

    assert said.document["limits"]["zone"] is None
