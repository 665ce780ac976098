"""`seed --report`: written however a seeding ends, in every form, without a secret."""

from __future__ import annotations

import io
import json
import re
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import docx
import openpyxl
import pytest

from cli.running import regplan
from regplan.errors import InputError
from support import images
from support.raw import RawServer, answer
from support.registry import PASSWORD, USER
from support.reports import KINDS, hidden_in, squeezed
from support.reports import read as shown
from unit.report.test_docx import PNG

if TYPE_CHECKING:
    from pathlib import Path

    from support.starter import StartRegistry

jsonschema: Any = import_module("jsonschema")
REFERENCES = ["registry.example/shop/web:1.0", "registry.example/shop/api:1.0"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a source of two images that share a layer."""
    base = images.layer(60_000, 5)
    trees = {name: images.image([base, images.layer(20_000, n)], label=name) for n, name in enumerate(REFERENCES)}
    images.write_layout(tmp_path / "source", trees)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def seed(*more: str) -> Any:
    return regplan("seed", *REFERENCES, "--from", "oci:source", "--yes", *more)


@pytest.mark.registry
def test_three_reports_of_one_run_tell_the_same_and_what_the_registry_logged(
    folder: Path, start_registry: StartRegistry
) -> None:
    target = start_registry()
    reports = [part for kind in ("json", "md", "html") for part in ("--report", f"run.{kind}")]
    said = seed("--to", f"docker://{target.address}/p", "--plain-http", "-o", "json", *reports)

    told = read(folder / "run.json")
    jsonschema.Draft202012Validator(json.loads(regplan("schema", "seed").out)).validate(told)
    assert told == said.document
    # Two layers of their own, one that is shared, two configs; the shared one is mounted the second time.
    assert told["run"]["states"] == {"blob": {"mounted": 1, "sent": 5}, "manifest": {"put": 2}}
    assert (
        told["run"]["confirmed_bytes"]
        == told["run"]["total_bytes"]
        == target.blob_bytes() - sum(item["size_bytes"] for item in told["items"] if item["kind"] == "manifest")
    )
    assert told["done"]["requests"] == len([each for each in target.requests() if each.path != "/v2/"])
    assert sum(told["run"]["timeline"]["bytes"]) == told["run"]["wire_bytes"]
    for kind in ("md", "html"):
        text = (folder / f"run.{kind}").read_text(encoding="utf-8")
        assert "Every image is there under each of its names" in text
        assert "p/registry.example/shop/web" in text


@pytest.mark.registry
def test_no_secret_stands_in_a_report(
    folder: Path, start_registry: StartRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
    target = start_registry(auth="basic")
    options = ["--username", USER, "--to", f"docker://{target.address}/p", "--plain-http", "-v"]
    said = seed("--password-stdin", *options, "--report", "run.json", "--report", "run.html")

    assert said.code == 0, said.err
    for path in ("run.json", "run.html"):
        text = (folder / path).read_text(encoding="utf-8")
        assert PASSWORD not in text
        assert "Basic " not in text


def test_a_run_that_cannot_begin_has_a_report_that_says_why(folder: Path) -> None:
    with RawServer(lambda each: each.send(answer(503, b"{}"))) as server:
        server_address = server.address
    said = seed("--to", f"docker://{server_address}/p", "--plain-http", "--report", "run.json", "--report", "run.md")

    told = read(folder / "run.json")
    assert said.code == 3
    assert server_address in told["error"]
    assert told["run"] is None
    assert told["plan"]["blobs"] == 5
    assert "It broke off:" in (folder / "run.md").read_text(encoding="utf-8")


def test_what_cannot_be_resolved_stands_in_the_report(folder: Path) -> None:
    said = regplan(
        "seed", "registry.example/none:1", "--from", "oci:source", "--to", "oci:disk", "--yes", "--report", "r.json"
    )

    told = read(folder / "r.json")
    assert said.code == 4
    assert "registry.example/none:1" in told["unresolved"][0]
    assert any("could not be resolved" in step for step in told["next"])


def test_a_seeding_is_written_for_spreadsheets_and_word_processors_too(folder: Path) -> None:
    kinds = ("json", "xlsx", "docx")
    said = seed("--to", "oci:disk", *(word for kind in kinds for word in ("--report", f"run.{kind}")))
    blobs = read(folder / "run.json")["plan"]["blobs"]

    book, file = openpyxl.load_workbook(folder / "run.xlsx"), docx.Document(str(folder / "run.docx"))
    cells = [cell.value for sheet in book for row in sheet for cell in row]
    told = [cell.text for table in file.tables for row in table.rows for cell in row.cells]
    assert said.code == 0, said.err
    assert "Every image is there under each of its names, with its digest." in cells
    assert str(blobs) in cells
    assert str(blobs) in told


@pytest.mark.parametrize("kind", KINDS)
def test_a_seedings_report_has_a_cover_and_tells_no_registry_that_is_redacted(folder: Path, kind: str) -> None:
    (folder / "logo.png").write_bytes(PNG)
    cover = ("--customer", "Example Retail", "--revision", "rev-7", "--logo", "logo.png")
    said = seed("--to", "oci:disk", "--report", f"r.{kind}", *cover, "--redact", "registries,addresses")
    plain = seed("--to", "oci:disk", "--report", f"plain.{kind}")

    made, before = ((folder / f"{name}.{kind}").read_bytes() for name in ("r", "plain"))
    assert said.code == plain.code == 0
    told = squeezed(hidden_in(kind, made) + shown(kind, made))
    assert "registry.example" in squeezed(hidden_in(kind, before) + shown(kind, before))
    assert "registry.example" not in told
    assert "registry-1/shop/web" in told
    assert {"ExampleRetail", "rev-7"} <= set(re.findall("ExampleRetail|rev-7", told))


def test_a_cover_without_a_report_is_refused(folder: Path) -> None:
    said = seed("--to", "oci:disk", "--redact", "registries")

    assert said.code == 2
    assert "go with --report" in said.err
    assert not (folder / "disk").exists()


@pytest.mark.parametrize(
    ("report", "says"),
    [
        ("run.txt", "no kind of report is called 'txt'"),
        ("none/run.md", "there is no folder none"),
    ],
)
def test_a_report_that_cannot_be_written_is_refused_before_anything_is_done(
    folder: Path, report: str, says: str
) -> None:
    said = seed("--to", "oci:disk", "--report", report)

    assert said.code == 2
    assert says in said.err
    assert not (folder / "disk").exists()


def test_a_report_is_a_file_that_is_written_and_so_refused_where_nothing_may_be(folder: Path) -> None:
    said = regplan(
        "seed", *REFERENCES, "--from", "oci:source", "--to", "oci:disk", "--dry-run", "--read-only", "--report", "r.md"
    )

    assert said.code == 2
    assert not (folder / "r.md").exists()


def test_a_dry_run_may_be_reported_on(folder: Path) -> None:
    said = regplan("seed", *REFERENCES, "--from", "oci:source", "--to", "oci:disk", "--dry-run", "--report", "r.html")

    assert said.code == 0, said.err
    assert "Nothing was written." in (folder / "r.html").read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_in_the_end_takes_nothing_of_what_was_done(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, _: bytes) -> None:
        raise InputError(f"{path}: cannot be written (No space left on device)")

    monkeypatch.setattr("regplan.verbs.seed_reports.write_atomic", full)
    said = seed("--to", "oci:disk", "--report", "run.md", "-o", "json")

    assert (said.code, said.document["verified"]) == (2, True)
    assert "run.md: cannot be written (No space left on device)" in said.err
    assert (folder / "disk").is_dir()
