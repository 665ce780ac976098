from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import openpyxl
import pytest

from cli.running import regplan
from support.fleets import site_file, sites, write_fleet, write_table

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_fleet(tmp_path / "f", 8)
    monkeypatch.chdir(tmp_path / "f")
    return tmp_path / "f"


def write(folder: Path, *changes: dict[str, str], name: str = "few.csv") -> str:
    rows = [{**row, **change} for row, change in zip(sites(len(changes)), changes, strict=True)]
    write_table(folder / name, iter(rows))
    return name


GOOD = {
    "versions.palette": "4.7.2", "versions.agent": "4.7.2", "content.palette_images": "none", "registry.storage": "400GB",
    "registry.replicas": "1", "hosts.cpu": "8", "hosts.memory": "16GiB", "hosts.storage": "1TB", "hosts.worker.cpu": "8",
    "management": "central", "internet": "full",
}  # fmt: skip


def test_the_document_has_sites_worst_first_hardware_and_totals(folder: Path) -> None:
    write(
        folder,
        GOOD,
        {**GOOD, "versions.agent": "4.6.2"},
        {**GOOD, "hosts.cpu": "2", "hosts.count": "1", "hosts.worker.count": "0"},
    )
    said = regplan("fleet", "few.csv", "-o", "json")
    document = said.document

    assert said.code == 1
    assert (document["kind"], document["schema_version"]) == ("fleet", 1)
    assert [(each["name"], each["verdict"], each["binding_constraint"]) for each in document["sites"]][:2] == [
        ("store-00001", "FAIL", "version.agent"),
        ("store-00002", "FAIL", "host.requests"),  # nothing of one host is left where 11 CPUs are asked for
    ]
    assert document["sites"][-1]["name"] == "store-00000"
    assert document["sites"][-1]["verdict"] != "FAIL"
    assert document["sites"][1]["hardware"][0]["failing_rules"] == {"host.cpu": 1}
    weak = next(each for each in document["hardware"] if each["cpu_milli"] == 2000)
    assert (weak["hosts"], weak["sites"], weak["failing_hosts"], weak["failing_rules"]) == (1, 1, 1, {"host.cpu": 1})
    assert document["totals"]["sites"] == 3
    bound = document["totals"]["binding_constraints"]
    assert (bound["host.requests"], bound["version.agent"], sum(bound.values())) == (1, 1, 3)
    assert sum(each["sites"] for each in document["profile_sets"]) == 3


def test_a_bad_row_ends_with_2_is_named_on_stderr_and_stops_no_other(folder: Path) -> None:
    write(folder, {"versions.agent": "4.6.2"}, {"registry.storage": "300"}, {"hosts.cpu": "-4"})
    said = regplan("fleet", "few.csv", "-o", "json")

    assert said.code == 2
    assert [each["name"] for each in said.document["sites"]] == ["store-00000"]
    assert "regplan: few.csv: line 3, column registry.storage (store-00001): '300' is not a size" in said.err
    assert "regplan: few.csv: line 4, column hosts.cpu (store-00002): " in said.err
    assert [(each["line"], each["column"]) for each in said.document["problems"]] == [
        (3, "registry.storage"),
        (4, "hosts.cpu"),
    ]


def test_a_site_that_passes_is_bound_by_nothing_in_the_table_and_by_what_its_plan_says_elsewhere(
    tmp_path: Path,
) -> None:
    demo = Path(__file__).parents[2] / "data" / "demo"
    site = {
        "name": "good",
        "profiles": [str(demo / "profiles" / f"retail-{each}") for each in ("infra-1.0.0.json", "apps-1.0.0.yaml")],
        "from": [f"recording:{demo / 'recording'}"],
        "versions": {"palette": "4.7.2", "agent": "4.7.2"},
        "content": {"palette_images": "none"},
        "registry": {"kind": "zot", "storage": "320GiB", "storage_class": "longhorn"},
        "hosts": [{"name": "n", "cpu": 8, "memory": "16GiB", "storage": "1TB", "count": 3}],
    }
    (tmp_path / "sites.json").write_text(json.dumps({"sites": [site]}))

    (told,) = regplan("fleet", str(tmp_path / "sites.json"), "-o", "json").document["sites"]
    rows = [line.split() for line in regplan("fleet", str(tmp_path / "sites.json")).out.splitlines()]

    assert (told["verdict"], bool(told["binding_constraint"])) == ("PASS", True)
    assert [row[3] for row in rows if row[2:3] == ["good"]] == ["-"]


def test_the_form_and_the_workers_change_nothing(folder: Path) -> None:
    del folder
    one, two = (regplan("fleet", "sites.csv", "-o", "json", "--workers", count) for count in ("1", "2"))
    assert one == two

    table = regplan("fleet", "sites.csv")
    told = list(csv.DictReader(io.StringIO(regplan("fleet", "sites.csv", "-o", "csv").out)))
    lines = [json.loads(line) for line in regplan("fleet", "sites.csv", "-o", "jsonl").out.splitlines()]
    assert (
        [each["name"] for each in told]
        == [each["name"] for each in lines]
        == [each["name"] for each in one.document["sites"]]
    )
    assert "8 sites:" in table.out
    assert "Hardware:" in table.out
    assert "of profiles, each read and resolved once" in table.out


def test_a_table_of_other_columns_is_mapped_and_the_rest_comes_from_defaults(folder: Path) -> None:
    row = next(iter(sites(1)))
    text = json.loads(site_file(row))
    del text["name"], text["registry"]["storage"]
    (folder / "common.yaml").write_text(json.dumps(text), encoding="utf-8")
    raw = "Store No;PVC;Leiter\n0421;0,4 TB;Müller\n".encode("cp1252")
    (folder / "stores.csv").write_bytes(raw)
    said = regplan(
        "fleet", "stores.csv", "--map", "Store No=name", "--map", "pvc=registry.storage", "--defaults", "common.yaml",
        "-o", "json",
    )  # fmt: skip

    assert [(each["name"], each["claimed_bytes"]) for each in said.document["sites"]] == [("0421", 400_000_000_000)]
    assert "stores.csv is read as Windows-1252 (Latin-1), since it is not UTF-8" in said.err
    assert "columns that are no keys of the site file, and are not read: Leiter" in said.err


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_template_can_be_filled_in_and_comes_back_with_verdicts(folder: Path, ending: str) -> None:
    made = regplan("init", "--fleet", f"t.{ending}")
    assert (made.code, made.out) == (0, "")
    assert regplan("init", "--fleet", f"t.{ending}").code == 2
    if ending == "xlsx":
        book = openpyxl.load_workbook(folder / "t.xlsx")
        assert book.sheetnames == ["sites", "columns"]
        sheet = book["sites"]
        place = [cell.value for cell in sheet[1]].index("profiles")
        sheet.cell(2, place + 1).value = "infra.json"
        book.save(folder / "t.xlsx")
    else:
        text = (folder / "t.csv").read_text(encoding="utf-8-sig").replace('"infra.json, retail.yaml"', "infra.json")
        (folder / "t.csv").write_text(text, encoding="utf-8")

    said = regplan("fleet", f"t.{ending}", "--recording", "recording", "-O", "o.xlsx", "-o", "json")

    assert said.code == {"FAIL": 1, "INCOMPLETE": 4}.get(said.document["sites"][0]["verdict"], 0)
    sheet = openpyxl.load_workbook(folder / "o.xlsx")["sites"]
    told = dict(zip((cell.value for cell in sheet[1]), (cell.value for cell in sheet[2]), strict=True))
    assert told["name"] == "store-0421"
    assert told["regplan.verdict"] == said.document["sites"][0]["verdict"]
    assert told["regplan.fix"] == said.document["sites"][0]["fix"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["gone.csv"], "gone.csv: no such file"),
        (["gone.yaml"], "gone.yaml: no such file"),
        (["infra.txt"], "infra.txt: a fleet is a table (.csv, .xlsx) or a list of sites (.yaml, .json)"),
        (["sites.csv", "-O", "out.pdf"], "out.pdf: a fleet is written as .csv or .xlsx"),
        (["sites.csv", "-O", "sites.csv"], "is the fleet's own file"),
        (["sites.csv", "-O", "no/o.csv"], "there is no folder no"),
        (["sites.csv", "-O", "o.csv", "--read-only"], "read-only"),
        (["sites.csv", "--map", "x"], "write HEADING=KEY"),
        (["sites.csv", "--sheet", "x"], "has no sheets"),
        (["sites.csv", "--defaults", "gone.yaml"], "gone.yaml: no such file"),
        (["sites.csv", "--workers", "2", "--scheduler", "tcp://127.0.0.1:1"], "name one of them"),
        (["infra.json"], "infra.json: line 1: metadata: unknown key; a fleet is a list of sites"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_2(folder: Path, arguments: list[str], told: str) -> None:
    del folder
    said = regplan("fleet", *arguments)

    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize("words", [["fleet", "few.csv"], ["fleet", "none.yaml"], ["report", "few.csv", "-O", "r.md"]])
def test_a_table_without_a_row_is_told_to_name_no_site(folder: Path, words: list[str]) -> None:
    write(folder)
    (folder / "none.yaml").write_text("sites: []\n")

    said = regplan(*words)

    assert (said.code, said.out) == (2, ""), said.out
    assert said.err == f"regplan: {words[1]}: it names no site; give each a row, or in YAML an entry\n"


def test_init_of_a_fleet_writes_nothing_beside_it(folder: Path) -> None:
    assert regplan("init", "site.yaml", "--fleet", "t.xlsx").code == 2
    assert regplan("init", "--fleet", "t.xlsx", "--read-only").code == 2
    assert regplan("init", "--fleet", "t.pdf").code == 2
    assert not (folder / "t.xlsx").exists()


def test_rows_that_are_no_sites_are_counted_where_they_are_written_and_of_nothing_no_sums_are_told(
    folder: Path,
) -> None:
    write(folder, GOOD, {"hosts.cpu": "0"})
    some = regplan("fleet", "few.csv", "-O", "out.csv")
    write(folder, {"hosts.cpu": "0"})
    none = regplan("fleet", "few.csv")

    assert "out.csv written: 1 site, and 1 row with what is wrong" in some.err
    assert "storage: " in some.out
    assert "No site could be planned." in none.out
    assert "0 B" not in none.out
