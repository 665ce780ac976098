"""`regplan fleet --draws`: the same numbers in every form, and one sentence for what cannot be done."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import openpyxl
import pytest

from cli.running import regplan
from support.fleets import write_fleet

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("years") / "f"
    write_fleet(folder, 3)
    scenario = {"reimages_per_node_year": 2, "upgrades_per_year": 1, "internet_spread": "40%"}
    told = {"scenario": scenario, "assumptions": {"version_delta": "25%"}, "links": {"lan": {"rate": "1Gbit/s"}}}
    (folder / "scenario.yaml").write_text(json.dumps(told), encoding="utf-8")
    return folder


@pytest.fixture
def folder(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(made)
    return made


DRAWN = ("fleet", "sites.csv", "--defaults", "scenario.yaml", "--draws", "30", "--seed", "8")


@pytest.mark.slow
def test_table_csv_json_and_files_tell_the_same_numbers(folder: Path) -> None:
    document = regplan(*DRAWN, "-o", "json").document
    years = document["years"]
    assert (years["seed"], years["draws"], years["blocks"], years["blocks_found"]) == (8, 30, 1, 0)
    assert len(years["workers"]) == 1
    names = ["direct", "primary", "bundle", "pull-through", "peer-to-peer"]
    assert [way["name"] for way in years["ways"]] == names
    first = years["sites"][0]
    direct, primary = first["ways"][:2]
    assert direct["wan_mean_bytes"] - primary["wan_mean_bytes"] == pytest.approx(primary["saved_mean_bytes"])
    assert primary["saved_mean_low_bytes"] < primary["saved_mean_bytes"] < primary["saved_mean_high_bytes"]
    totals = [sum(site["ways"][place]["wan_mean_bytes"] for site in years["sites"]) for place in range(5)]
    assert [way["wan_mean_bytes"] for way in years["ways"]] == pytest.approx(totals)
    # Links of 2, 3 and 4 Mbit/s, each lognormal.
    assert years["head_office"]["peak_mean_bps"] == pytest.approx(9e6 * 1.083, rel=0.2)

    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(regplan(*DRAWN, "-o", "csv").out))}
    told = rows[first["name"]]
    assert (told["drawn_seed"], told["drawn_draws"]) == ("8", "30")
    assert float(told["drawn_primary_saved_p95_bytes"]) == primary["saved_p95_bytes"]
    assert float(told["drawn_pull_through_wan_mean_bytes"]) == first["ways"][3]["wan_mean_bytes"]
    assert float(told["drawn_direct_ready_p95_s"]) == direct["ready_p95_s"]
    assert float(told["drawn_pull_through_ready_p95_s"]) == first["ways"][3]["ready_p95_s"]

    for name in ("years.csv", "years.xlsx"):
        assert regplan(*DRAWN, "-O", name, "-o", "json").code == 1
    written = next(csv.DictReader((folder / "years.csv").read_text("utf-8-sig").splitlines(), delimiter=";"))
    assert (written["regplan.drawn_seed"], written["regplan.drawn_draws"]) == ("8", "30")
    assert float(written["regplan.drawn_primary_saved_mean_bytes"]) == pytest.approx(primary["saved_mean_bytes"])
    book = openpyxl.load_workbook(folder / "years.xlsx")
    head, row, *_ = book["sites"].values
    assert dict(zip(head, row, strict=True))["regplan.drawn_direct_wan_max_bytes"] in {
        direct["wan_max_bytes"], str(direct["wan_max_bytes"]),
    }  # fmt: skip
    # Handed in again: what was appended is written anew.
    assert regplan("fleet", "years.csv", *DRAWN[2:], "-O", "again.csv").code == 1
    assert (folder / "again.csv").read_text() == (folder / "years.csv").read_text()

    shown = regplan(*DRAWN).out
    assert "Drawn 30 times, all sites together:" in shown
    assert "the same years again: --draws 30 --seed 8 (1 block)" in shown
    assert "head office while all sites pull at once: " in shown
    assert "years" not in regplan("fleet", "sites.csv", "-o", "json").document


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_resumed_runs_and_workers_change_nothing_but_who_drew(tmp_path: Path) -> None:
    once, again, apart = (
        regplan(*DRAWN, "-o", "json", *more).document
        for more in (("--resume", str(tmp_path)), ("--resume", str(tmp_path)), ("--workers", "2"))
    )

    assert (again["years"]["blocks_found"], again["years"]["workers"]) == (1, [])
    for document in (once, again, apart):
        del document["years"]["workers"], document["years"]["blocks_found"]
    assert once == again == apart
    (tmp_path / "block-00000.json").write_text("{}")
    said = regplan(*DRAWN, "-o", "json", "--resume", str(tmp_path))
    assert f"{tmp_path / 'block-00000.json'}: holds no drawn years of a fleet; its sites are drawn again" in said.err


@pytest.mark.usefixtures("folder")
def test_who_goes_on_without_naming_the_seed_goes_on_with_the_one_that_was_drawn(tmp_path: Path) -> None:
    asked = (
        "fleet",
        "sites.csv",
        "--defaults",
        "scenario.yaml",
        "--draws",
        "3",
        "-o",
        "json",
        "--resume",
        str(tmp_path),
    )
    first, again = (regplan(*asked).document["years"] for _ in range(2))

    assert (again["seed"], again["blocks_found"]) == (first["seed"], 1)
    assert again["ways"] == first["ways"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--draws", "0"), 2, "0 is not in the range 1<=x<=100000"),
        (("--draws", "-5"), 2, "-5 is not in the range"),
        (("--draws", "5", "--workers", "0"), 2, "0 is not in the range 1<=x<=256"),
        (("--draws", "5", "--seed", "-1"), 2, "-1 is not in the range x>=0"),
        (("--seed", "1"), 2, "--seed draws nothing by itself: say how many years of each site with --draws"),
        (("--resume", "kept"), 2, "--resume draws nothing by itself"),
        (("--draws", "5", "--resume", "scenario.yaml"), 2, "is a file"),
        (("--draws", "5", "--resume", "scenario.yaml/kept"), 2, "scenario.yaml/kept: no folder can be made there"),
        (("--draws", "5", "--resume", "kept", "--read-only"), 2, "read-only: --resume keeps files in a folder"),
        (("--draws", "5", "--rollout", "scenario.yaml"), 2, "ask for one of them"),
        (("--draws", "5", "--workers", "2", "--scheduler", "tcp://127.0.0.1:1"), 2, "name one of them"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_its_code(
    folder: Path, arguments: tuple[str, ...], code: int, told: str
) -> None:
    said = regplan("fleet", "sites.csv", *arguments)

    assert (said.code, said.out) == (code, "")
    assert told in said.err
    assert "Traceback" not in said.err
    assert not (folder / "kept").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_a_scheduler_that_nobody_answers_at_is_told_within_seconds() -> None:
    said = regplan("fleet", "sites.csv", "--draws", "5", "--scheduler", "tcp://127.0.0.1:9")

    assert said.code == 3
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in said.err
