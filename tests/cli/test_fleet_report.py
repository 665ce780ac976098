"""A report about many sites: the same rows, sums and problems in every format."""

from __future__ import annotations

import io
import json
import re
import subprocess
from pathlib import Path

import docx
import openpyxl
import pytest

from cli.running import regplan
from regplan.report.words import readable
from regplan.verbs.demo import demo_fleet
from support.fleets import sites, write_fleet, write_table

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_fleet(tmp_path / "f", 4)
    monkeypatch.chdir(tmp_path / "f")
    rows = [dict(row) for row in sites(4)]
    rows[1]["registry.storage"] = "7GB"
    rows[3]["registry.storage"] = "nonsense"
    write_table(Path("few.csv"), iter(rows))
    return tmp_path / "f"


def words_of(path: Path) -> str:
    """Everything that a reader finds in a file."""
    made = path.read_bytes()
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(io.BytesIO(made))
        return "\n".join(str(cell.value) for sheet in book for row in sheet for cell in row)
    if path.suffix == ".docx":
        tables = docx.Document(io.BytesIO(made)).tables
        return "\n".join(cell.text for table in tables for row in table.rows for cell in row.cells)
    if path.suffix == ".pdf":
        return subprocess.run(
            ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
        ).stdout
    return made.decode()


@pytest.mark.parametrize("kind", ["html", "pdf", "xlsx", "docx", "md", "json"])
def test_every_format_has_each_site_the_sums_and_the_row_that_is_none(folder: Path, kind: str) -> None:
    totals = regplan("fleet", "few.csv", "-o", "json").document["totals"]
    said = regplan("report", "few.csv", "-O", f"r.{kind}", "--customer", "Example Retail")
    words = words_of(folder / f"r.{kind}")

    assert said.code == 2  # a row is none
    for name in ("store-00000", "store-00001", "store-00002"):
        assert name in words
    assert "nonsense" in words
    assert "Example Retail" in words
    exact = kind in {"xlsx", "json"}
    for key in ("required_bytes", "claimed_bytes", "saved_bytes"):
        assert (str(totals[key]) if exact else readable(totals[key], "bytes")) in words


def test_the_json_of_a_report_is_the_fleets_document(folder: Path) -> None:
    regplan("fleet", "few.csv", "--report", "r.json", "--report", "r.md", "-o", "json")
    plain = regplan("fleet", "few.csv", "-o", "json").document

    assert json.loads((folder / "r.json").read_text(encoding="utf-8")) == plain
    assert "store-00001" in (folder / "r.md").read_text(encoding="utf-8")


def test_hosts_of_a_fleet_are_replaced_in_its_report_and_nowhere_else(tmp_path: Path) -> None:
    sites, files = str(demo_fleet()), [tmp_path / f"r.{kind}" for kind in ("json", "md", "html")]
    reports = [word for file in files for word in ("--report", str(file))]
    said = regplan("fleet", sites, "--offline", *reports, "--redact", "hosts,registries,addresses", "-o", "json")
    shown = json.loads(files[0].read_text(encoding="utf-8"))

    hosts = {each["where"] for each in said.document["sites"] if each["binding_constraint"] == "host.memory"}
    assert hosts
    assert shown["totals"] == said.document["totals"]
    assert [each["name"] for each in shown["sites"]] == [each["name"] for each in said.document["sites"]]
    for text in (words_of(file) for file in files):
        assert "host-1 has" in text
        assert [name for name in hosts if re.search(rf"(?<![\w-]){name}(?![\w-])", text)] == []


def test_a_claim_that_is_changed_shows_in_the_finding_of_the_chart(folder: Path) -> None:
    regplan("report", "few.csv", "-O", "before.md")
    rows = [dict(row) for row in sites(4)]
    write_table(Path("few.csv"), iter(rows))
    regplan("report", "few.csv", "-O", "after.md")
    before, after = (folder / f"{name}.md" for name in ("before", "after"))

    assert "the fullest, store-00001, needs" in before.read_text(encoding="utf-8")
    assert "the fullest, store-00001, needs" not in after.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["report", "few.csv", "-O", "r.txt"], "no kind of report is called 'txt'"),
        (["report", "few.csv", "--push", "docker://127.0.0.1:1/a:1"], "--push goes with one site"),
        (["fleet", "few.csv", "--report", "r.txt"], "no kind of report is called 'txt'"),
        (["fleet", "few.csv", "--report", "none/r.md"], "there is no folder none"),
        (["fleet", "few.csv", "-O", "r.csv", "--redact", "hosts"], "--redact replaces names in reports"),
        (["fleet", "few.csv", "--report", "r.md", "--read-only"], "read-only"),
    ],
)
def test_what_a_fleets_report_cannot_have_is_refused_before_anything_is_planned(
    folder: Path, words: list[str], says: str
) -> None:
    said = regplan(*words)

    assert said.code == 2
    assert says in said.err
    assert not list(folder.glob("r.*"))
