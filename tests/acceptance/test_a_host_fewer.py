"""A host that is taken out of the site file is gone from every face, and so is what it would have pulled."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from acceptance.sites import some_site
from acceptance.test_report_formats import rounded, stands
from cli.running import regplan
from independent.wire import site_wire
from notebooks.running import outputs, run
from notebooks.test_shipped import closing, numbers
from regplan.tui.app import RegplanApp
from regplan.verbs.demo import demo_options
from regplan.verbs.sites import read_site
from regplan.verbs.study import study_site
from support.reports import KINDS, read, squeezed
from tui.driving import jobs_at_rest, press, run_app

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.model.plan import Study
    from regplan.model.progress import Report

GONE = "node-3"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The demo's site without its third host."""
    file = some_site("demo", tmp_path / "site")
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if f"name: {GONE}" not in line]
    assert len(kept) == len(lines) - 1
    file.write_text("".join(kept), encoding="utf-8")
    return file


@pytest.fixture
def wire(site: Path) -> Any:
    """What two hosts pull, by set algebra; three pull more."""
    found = site_wire(site)
    assert found["direct_bytes"] < site_wire(some_site("demo", site.parent / "before"))["direct_bytes"]
    return found


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "md"])
def test_it_is_gone_from_the_command_line(site: Path, wire: Any, form: str) -> None:
    said = regplan("plan", str(site), "--offline", "-o", form)

    assert said.code == 0, said.err
    assert GONE not in said.out
    if form == "json":
        keys = ("direct_bytes", "primary_bytes", "saved_bytes")
        assert {key: said.document["wire"][key] for key in keys} == {key: wire[key] for key in keys}
        assert [host["name"] for host in said.document["hosts"]] == ["node-1", "node-2"]
    elif form != "csv":
        assert "node-2" in said.out
    if form == "table":
        assert f"{rounded(wire['direct_bytes'])} in " in said.out


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_gone_from_the_report(site: Path, wire: Any, kind: str) -> None:
    file = site.parent / f"plan.{kind}"

    said = regplan("report", str(site), "--offline", "-O", str(file), "--quiet")

    assert said.code == 0, said.err
    made = file.read_bytes()
    text = squeezed(read(kind, made))
    assert GONE not in text
    assert "node-2" in text
    if kind == "json":
        assert json.loads(made)["wire"]["direct_bytes"] == wire["direct_bytes"]
    elif kind == "xlsx":
        rows = openpyxl.load_workbook(io.BytesIO(made), data_only=True)["Summary"].iter_rows(values_only=True)
        assert wire["direct_bytes"] in {row[2] for row in rows}
    else:
        assert stands(text, "Edge hosts", "2")
        assert stands(text, "without registry", f"{rounded(wire['direct_bytes'])} ({wire['direct_bytes']:,} B)")


@pytest.mark.anyio
async def test_it_is_gone_from_the_terminal_app(site: Path, wire: Any) -> None:
    async with run_app(_load, str(site), size=(140, 45)) as pilot:
        hosts = await press(pilot, "h")
        await press(pilot, "5")
        internet = await jobs_at_rest(pilot)

    assert isinstance(pilot.app, RegplanApp)
    assert "node-2" in hosts
    assert GONE not in hosts + internet
    assert rounded(wire["direct_bytes"]) in internet


@pytest.mark.slow
@pytest.mark.notebook
def test_it_is_gone_from_a_notebook(site: Path, wire: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    done = run("04-bandwidth.ipynb", tmp_path_factory.mktemp("run"), SITE=str(site))

    told = [str(each) for kind in ("text/plain", "text/html", "text/markdown") for each in outputs(done, kind)]
    assert wire["saved_bytes"] in numbers(closing(done))
    assert f"direct: {rounded(wire['direct_bytes'])} over the internet" in "\n".join(told)
    assert [each for each in told if GONE in each] == []


async def _load(target: str, report: Report) -> Study:
    return await study_site(read_site(target), demo_options(), report)
