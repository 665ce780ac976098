"""One fact changed in the input shows in every face, and every face shows the same number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from acceptance.test_demo import grown_by_a_byte
from cli.running import regplan
from regplan.tui.app import RegplanApp
from regplan.verbs.demo import demo_options
from regplan.verbs.sites import read_site
from regplan.verbs.study import study_site
from tui.driving import press, run_app

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.model.plan import Study
    from regplan.model.progress import Report


@pytest.fixture
def grown(tmp_path: Path) -> Path:
    """A copy of the demo's site whose largest layer is a byte larger."""
    grown_by_a_byte(tmp_path)
    return tmp_path / "site.yaml"


@pytest.fixture
def unique_bytes() -> int:
    """The demo's unique bytes, before."""
    return int(regplan("demo", "-o", "json").document["storage"]["unique_bytes"])


@pytest.mark.parametrize("form", ["table", "json", "md"])
def test_a_byte_more_shows_on_the_command_line(grown: Path, unique_bytes: int, form: str) -> None:
    said = regplan("plan", str(grown), "--offline", "-o", form)

    assert _number(unique_bytes + 1, form) in said.out
    assert _number(unique_bytes, form) not in said.out


@pytest.mark.parametrize("ending", ["html", "md", "json"])
def test_a_byte_more_shows_in_every_report(grown: Path, unique_bytes: int, ending: str) -> None:
    file = grown.parent / f"plan.{ending}"

    regplan("report", str(grown), "--offline", "-O", str(file), "--quiet")

    assert _number(unique_bytes + 1, ending) in file.read_text(encoding="utf-8")


@pytest.mark.anyio
async def test_a_byte_more_shows_in_the_terminal_app(grown: Path, unique_bytes: int) -> None:
    async with run_app(_load, str(grown), size=(120, 40)) as pilot:
        screen = await press(pilot, "2")

    assert isinstance(pilot.app, RegplanApp)
    assert _number(unique_bytes + 1, "table") in screen


@pytest.mark.anyio
async def test_a_study_that_every_face_shows_names_no_folder_of_this_machine(grown: Path) -> None:
    study = await _load(str(grown), lambda _: None)

    shown = [*(f"{each.where} {each.message} {each.fix}" for each in study.plan.findings)]
    shown += [str(use.provenance) for use in study.declarations.uses]
    shown += [mention for entry in study.inventory.entries for mention in entry.provenance]
    assert any("profiles/retail-apps-1.0.0.yaml:" in each for each in shown)
    assert [each for each in shown if str(grown.parent) in each] == []


async def _load(target: str, report: Report) -> Study:
    return await study_site(read_site(target), demo_options(), report)


def _number(size_bytes: int, form: str) -> str:
    return str(size_bytes) if form == "json" else f"{size_bytes:,} B"
