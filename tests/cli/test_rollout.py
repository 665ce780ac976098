"""A rollout from the command line: a small recording whose bytes are added up here by hand."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from typing import TYPE_CHECKING, Any

import jsonschema
import openpyxl
import pytest

from cli.running import regplan

if TYPE_CHECKING:
    from pathlib import Path

MB = 10**6
# Layers by name in MB; each image has its own config of 4 kB and manifest of 2 kB.
LAYERS = {"base": 300, "web-1": 100, "web-2": 110, "db": 600, "tool": 50}
IMAGES = {
    "docker.io/library/web:1": ("base", "web-1"),
    "docker.io/library/web:2": ("base", "web-2"),
    "quay.io/house/db:1": ("base", "db"),
    "docker.io/house/tool:1": ("tool",),
}
SMALL = 6_000  # a config and a manifest
# web:1, db:1 and tool:1 with base once; and what web:2 brings.
FIRST = (300 + 100 + 600 + 50) * MB + 3 * SMALL
NEXT = 110 * MB + SMALL
HEAD = "uplink: {rate: 8Mbit/s, window: 22:00-23:00, overhead: 0%}\n"


def digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "rec").mkdir()
    facts = [
        {
            "reference": name, "platform": "linux/amd64", "media_type": "application/vnd.oci.image.manifest.v1+json",
            "manifest": {"digest": digest(f"manifest {name}"), "size": 2000},
            "config": {"digest": digest(f"config {name}"), "size": 4000},
            "layers": [{"digest": digest(each), "size": LAYERS[each] * MB} for each in layers], "source": "made up",
        }
        for name, layers in IMAGES.items()
    ]  # fmt: skip
    (tmp_path / "rec" / "facts.jsonl").write_text("\n".join(map(json.dumps, facts)) + "\n", encoding="utf-8")
    (tmp_path / "now.txt").write_text("web:1\nquay.io/house/db:1\nhouse/tool:1\n", encoding="utf-8")
    (tmp_path / "next.txt").write_text("web:2\nquay.io/house/db:1\nhouse/tool:1\n", encoding="utf-8")
    rows = [
        "name,profiles,from,upgrade_to,hosts.count,links.internet.rate,timezone,Welle",
        "s1,now.txt,recording:rec/,next.txt,2,4Mbit/s,UTC,2",
        "s2,now.txt,recording:rec/,next.txt,2,8Mbit/s,UTC,10",
        "s3,now.txt,recording:rec/,next.txt,2,4Mbit/s,UTC,9",
        "ship-1,now.txt,recording:rec/,next.txt,2,4Mbit/s,UTC,2",
    ]
    (tmp_path / "sites.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, text: str) -> str:
    (folder / "rollout.yaml").write_text(text, encoding="utf-8")
    return "rollout.yaml"


def told(folder: Path, text: str, *more: str, code: int = 0) -> dict[str, Any]:
    said = regplan("fleet", "sites.csv", "--rollout", write(folder, text), "-o", "json", *more)
    assert said.code == code, said.err
    jsonschema.validate(said.document, regplan("schema", "rollout").document)
    return said.document


def nights_of(document: dict[str, Any]) -> dict[str, list[tuple[str, int]]]:
    return {site["name"]: [(part["night"], part["size_bytes"]) for part in site["parts"]] for site in document["sites"]}


def test_a_first_bootstrap_is_told_night_by_night(folder: Path) -> None:
    document = told(
        folder, f"start: 2035-06-04\nuntil: 2035-06-04\n{HEAD}groups: [{{sites: ship-*, way: bundle}}]\n", code=1
    )

    # 60 MB a minute for an hour each night. For 35 minutes s1 and s2 take 30 MB each; then s3 has 25 minutes of 30 MB.
    assert document["totals"]["size_bytes"] == 3 * FIRST
    assert nights_of(document) == {
        "s1": [("2035-06-04", FIRST)],
        "s2": [("2035-06-04", FIRST)],
        "s3": [("2035-06-04", 750 * MB), ("2035-06-05", FIRST - 750 * MB)],
        "ship-1": [("2035-06-04", 0)],
    }
    assert (document["late"], document["last_night"], document["ends_at"]) == (
        True,
        "2035-06-05",
        "2035-06-05T22:11+00:00",
    )
    assert document["totals"]["sites_without_uplink"] == 1
    assert [(night["bound_by"], night["held_minutes"]) for night in document["nights"]] == [
        ("uplink", {"uplink": 35, "link": 25}),
        ("link", {"link": 11}),
    ]
    assert [(each["night"], each["last_night"], each["moved_count"]) for each in document["failures"]] == [
        ("2035-06-04", "2035-06-06", 4),
        ("2035-06-05", "2035-06-06", 1),
    ]


def test_an_upgrade_needs_what_the_new_version_brings_and_pulls_what_is_new_of_docker_hub(folder: Path) -> None:
    first = told(folder, f"start: 2035-06-04\n{HEAD}")
    then = told(folder, f"start: 2035-06-04\nevent: upgrade\n{HEAD}")

    assert {(site["size_bytes"], site["pulls"]) for site in first["sites"]} == {(FIRST, 2)}
    assert {(site["size_bytes"], site["pulls"]) for site in then["sites"]} == {(NEXT, 1)}
    direct = told(folder, f"start: 2035-06-04\nway: direct\n{HEAD}")["sites"][0]
    # Images of unknown placement are on one host.
    assert (direct["size_bytes"], direct["pulls"]) == (FIRST, 2)


def test_waves_come_from_a_column_with_their_numbers_as_numbers_and_wait(folder: Path) -> None:
    document = told(folder, f"start: 2035-06-04\nevent: upgrade\nwave_column: welle\nwait: 3d\n{HEAD}")

    assert [(wave["name"], wave["first_night"], wave["sites_count"]) for wave in document["waves"]] == [
        ("2", "2035-06-04", 2),
        ("9", "2035-06-07", 1),
        ("10", "2035-06-10", 1),
    ]
    assert [site["name"] for site in document["sites"]] == ["s1", "ship-1", "s3", "s2"]
    # The column is read, and not told as one that is not.
    assert not any("Welle" in note for note in document["notes"])


def test_only_the_nights_that_are_asked_about_are_tried(folder: Path) -> None:
    document = told(folder, f"start: 2035-06-04\n{HEAD}", "--fail", "2035-06-05")

    assert [each["night"] for each in document["failures"]] == ["2035-06-05"]


def test_a_night_in_which_nothing_is_sent_is_told_as_such(folder: Path) -> None:
    document = told(folder, f"start: 2035-06-04\n{HEAD}", "--fail", "2035-07-01")

    assert document["failures"] == []
    assert "failing night 2035-07-01: nothing is sent in that night" in document["notes"]


@pytest.mark.parametrize(
    ("column", "what"), [("hosts.count", "hosts: this key is needed"), ("upgrade_to", "upgrade_to: this key is needed")]
)
def test_a_site_of_which_nobody_knows_what_it_needs_is_a_problem_and_not_a_site_of_no_bytes(
    folder: Path, column: str, what: str
) -> None:
    rows = list(csv.DictReader(io.StringIO((folder / "sites.csv").read_text(encoding="utf-8"))))
    rows[1][column] = ""
    with (folder / "sites.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    document = told(folder, f"start: 2035-06-04\nevent: upgrade\n{HEAD}", code=2)

    assert [site["name"] for site in document["sites"]] == ["s1", "s3", "ship-1"]
    assert [(each["line"], each["site"]) for each in document["problems"]] == [(3, "s2")]
    assert document["problems"][0]["problem"].startswith(what)


def test_tables_csv_markdown_and_workbook_have_the_same_sites(folder: Path) -> None:
    file = write(folder, f"start: 2035-06-04\nuntil: 2035-06-30\n{HEAD}sites: {{per_night: 1}}\n")
    table = regplan("fleet", "sites.csv", "--rollout", file)
    rows = list(csv.DictReader(io.StringIO(regplan("fleet", "sites.csv", "--rollout", file, "-o", "csv").out)))
    written = regplan("fleet", "sites.csv", "--rollout", file, "-O", "nights.xlsx", "-o", "md")
    book = openpyxl.load_workbook(folder / "nights.xlsx")

    assert table.code == 0
    assert "4 nights, from 2035-06-04 to 2035-06-07" in table.out
    assert "sites a night" in table.out
    assert "1 night at 4.00 Mbit/s" in table.out
    assert "in time: all sites by 2035-06-30" in table.out
    assert [(row["name"], row["last_night"]) for row in rows] == [
        ("s1", "2035-06-04"), ("s2", "2035-06-05"), ("s3", "2035-06-06"), ("ship-1", "2035-06-07")
    ]  # fmt: skip
    assert "| s1 |" in written.out
    assert book.sheetnames == ["sites", "nights", "waves", "failures"]
    head, *cells = book["sites"].iter_rows(values_only=True)
    assert [dict(zip(head, row, strict=True))["size_bytes"] for row in cells] == [FIRST] * 4
    assert regplan("fleet", "sites.csv", "--rollout", file, "-O", "nights.csv").code == 0
    assert (folder / "nights.csv").read_text(encoding="utf-8").splitlines()[1].startswith("s1,all,primary,")


def test_a_row_that_is_wrong_has_no_part_in_it_and_stops_no_other(folder: Path) -> None:
    text = (folder / "sites.csv").read_text(encoding="utf-8")
    (folder / "sites.csv").write_text(
        text + "s5,gone.txt,recording:rec/,,1,4Mbit/s,UTC,2\ns1,now.txt,recording:rec/,,1,4Mbit/s,UTC,2\n",
        encoding="utf-8",
    )
    said = regplan("fleet", "sites.csv", "--rollout", write(folder, f"start: 2035-06-04\n{HEAD}"), "-o", "json")

    assert said.code == 2
    assert [site["name"] for site in said.document["sites"]] == ["s1", "s2", "s3", "ship-1"]
    assert [(each["line"], each["site"]) for each in said.document["problems"]] == [(6, "s5"), (7, "s1")]
    assert "line 6 (s5): gone.txt" in said.err


def test_what_could_not_be_resolved_makes_a_lower_bound(folder: Path) -> None:
    (folder / "now.txt").write_text("web:1\nquay.io/house/gone:1\n", encoding="utf-8")
    document = told(folder, f"start: 2035-06-04\n{HEAD}", code=4)

    assert {site["lower_bound"] for site in document["sites"]} == {True}
    assert document["totals"]["sites_of_lower_bound"] == 4


def test_a_site_without_internet_is_brought_a_bundle_and_that_is_said(folder: Path) -> None:
    (folder / "common.yaml").write_text("internet: none\n", encoding="utf-8")
    document = told(folder, f"start: 2035-06-04\n{HEAD}", "--defaults", "common.yaml")

    assert {(site["way"], site["size_bytes"]) for site in document["sites"]} == {("bundle", 0)}
    assert "4 sites without internet: taken to be brought a bundle" in document["notes"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("start: 2020-01-01\n" + HEAD, "line 1, column 1: start: 2020-01-01 is over: today is "),
        ("start: 2035-06-04\nwave_column: Wele\n" + HEAD, "has no column 'Wele'; did you mean Welle?"),
        (
            "start: 2035-06-04\nsites: {window: 01:00-02:00}\n" + HEAD,
            "would never end: s1, s2, s3, ship-1: 01:00-02:00 (UTC) never meets head office's 22:00-23:00 (UTC)",
        ),
        ("start: 2035-06-04\nuplink: {rate: 8bit/s, window: 22:00-22:01}\n", "takes over ten years"),
        ("start: 2035-06-04\nwaves: [{name: a, sites: 4}, {name: b, sites: 1}]\n" + HEAD, "waves[1]: no site is left"),
        ("start: 2035-06-04\nwave_column: Welle\nwaves: [{name: 2}, {name: 9}]\n" + HEAD, "'10' of s2 is none of 2, 9"),
    ],
)
def test_a_rollout_that_cannot_be_is_told_in_one_error(folder: Path, text: str, what: str) -> None:
    said = regplan("fleet", "sites.csv", "--rollout", write(folder, text))

    assert said.code == 2
    assert what in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    "more",
    [
        ["--fail", "2035-06-04"],
        ["--rollout", "rollout.yaml", "--workers", "2"],
        ["--rollout", "rollout.yaml", "--fail", "someday"],
        ["--rollout", "rollout.yaml", "--fail", "2035-06-03"],
        ["--rollout", "rollout.yaml", "--rules", "own.yaml"],
        ["--rollout", "gone.yaml"],
        ["--rollout", "rollout.yaml", "-O", "out.pdf"],
        ["--rollout", "rollout.yaml", "-O", "sites.csv"],
        ["--rollout", "rollout.yaml", "--read-only", "-O", "out.csv"],
    ],
    ids=" ".join,
)
def test_what_does_not_go_together_is_refused(folder: Path, more: list[str]) -> None:
    write(folder, f"start: 2035-06-04\n{HEAD}")
    said = regplan("fleet", "sites.csv", *more)

    assert said.code == 2
    assert said.err
    assert "Traceback" not in said.err


def test_a_file_to_start_from_is_written_and_never_overwritten(folder: Path) -> None:
    assert regplan("init", "--rollout", "mine.yaml").code == 0
    assert regplan("fleet", "sites.csv", "--rollout", "mine.yaml").code == 0
    before = (folder / "mine.yaml").read_bytes()

    again = regplan("init", "--rollout", "mine.yaml")
    both = regplan("init", "--rollout", "new.yaml", "--fleet", "new.csv")
    assert (again.code, both.code) == (2, 2)
    assert "there already" in again.err
    assert regplan("init", "--rollout", "new.yaml", "--read-only").code == 2
    assert (folder / "mine.yaml").read_bytes() == before
    assert not (folder / "new.yaml").exists()
