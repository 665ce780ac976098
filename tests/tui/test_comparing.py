"""Plans side by side in the terminal app: what stands there, in which order, with what is more or less than the first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from regplan.model.finding import Verdict
from regplan.plan.comparison import compare_plans
from regplan.profile.site_edit import edit_of
from regplan.report import side_by_side as module
from regplan.report.side_by_side import cell_text, side_by_side
from regplan.tui.app import RegplanApp
from regplan.tui.columns_compare import compare_columns
from regplan.tui.comparing import compared
from regplan.tui.services import Services
from regplan.tui.session import Scenario, Session
from regplan.tui.table import facts_of
from regplan.verbs.drafting import Base
from regplan.verbs.options import Options
from tui.driving import Source, heard, job_when, press, run_app, seen, settle
from tui.studies import SITE, site_study

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from regplan.model.plan import Study

BASE = Base("site.yaml", "name: a\nimages: [b]\nregistry: {storage: 300GB}\n", Options(), SITE)


def larger() -> Study:
    """The same site with a layer of a GB more, and one finding less."""
    study = site_study(nginx_layer_bytes=1_045_000_000)
    findings = tuple(each for each in study.plan.findings if each.rule != "image.unresolved")
    return replace(study, plan=replace(study.plan, findings=findings, verdict=Verdict.FAIL))


def test_figures_stand_beside_each_other_with_what_is_more_than_the_first() -> None:
    lines = {each.key: each for each in side_by_side(compare_plans([site_study().plan, larger().plan], ["a", "b"]))}

    def told(key: str) -> list[str]:
        return [cell_text(lines[key], cell, binary=False) for cell in lines[key].cells]

    # 420,000,000 and a GB more, of 300 GB.
    assert told("required_bytes") == ["420 MB", "1.42 GB (+1.00 GB)"]
    assert told("unique_bytes") == ["176 MB", "1.18 GB (+1.00 GB)"]
    assert told("claim_ratio") == ["0.14 %", "0.473 % (+0.333 %)"]
    assert told("verdict") == ["✗ FAIL", "✗ FAIL"]
    assert told("image.unresolved") == ["-", "- INCOMPLETE"]
    assert module.__doc__


def test_an_export_has_exact_numbers_under_the_names_of_the_plans() -> None:
    line = next(
        each
        for each in side_by_side(compare_plans([site_study().plan, larger().plan], ["a", "b"]))
        if each.key == "required_bytes"
    )

    assert facts_of(line, compare_columns(["a", "b"])) == {
        "what": "Needed",
        "unit": "bytes",
        "1 a": 420_000_000,
        "1 a, change": None,
        "2 b": 1_420_000_000,
        "2 b, change": 1_000_000_000,
    }


def test_the_file_stands_first_then_what_was_kept_then_the_draft() -> None:
    read, kept, draft = site_study(), larger(), site_study()
    session = Session().resolved(read)

    assert [each.name for each in compared(session)] == ["store-0421"]
    session = session.keeping((Scenario("kept", kept),))
    assert [each.name for each in compared(replace(session, study=draft))] == ["file", "kept", "draft"]
    assert [each.name for each in compared(replace(session, study=kept))] == ["file", "kept"]
    assert compared(Session()) == ()


async def order(pilot: Pilot[None], line: str) -> str:
    """Give a command, and wait until what it begins has come to its end."""
    app = pilot.app
    assert isinstance(app, RegplanApp)
    await app.obey(line)
    await settle(pilot)
    await job_when(pilot, "draft")
    await job_when(pilot, "compare")
    return seen(pilot)


async def plan(*_: object) -> Study:
    return larger()


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_plans_are_kept_and_compared_with_another_site_and_exported(tmp_path: Path) -> None:
    file = tmp_path / "beside.csv"
    services = Services(plan_draft=plan, plan_other=plan)
    async with run_app(Source(site_study(), base=BASE), "site.yaml", (120, 40), services=services) as pilot:
        await press(pilot, "x")
        nothing = heard(pilot)
        await order(pilot, ":set registry.storage 400GB")
        await order(pilot, ":keep bigger")
        await order(pilot, ":undo")
        two = await press(pilot, "x")
        await press(pilot, "escape")
        three = await order(pilot, ":compare other.yaml")
        why = await press(pilot, "end", "up", "w")
        await press(pilot, "escape")
        await order(pilot, f":export {file}")
        await settle(pilot)
        await press(pilot, "escape")
        await order(pilot, ":forget nobody")
        unknown = heard(pilot)
        await order(pilot, ":forget")
        await press(pilot, "x")
        none = type(pilot.app.screen).__name__

    assert "Nothing stands beside" in nothing
    assert "1.42 GB (+1.00 GB)" in two
    assert "bigger" in two
    assert three.count("1.42 GB (+1.00 GB)") == 2
    assert "Why:" in why
    assert "2 bigger" in file.read_text(encoding="utf-8")
    assert "kept: bigger, store-0421" in unknown
    assert none == "VerdictScreen"


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_no_more_than_three_are_kept_and_one_name_keeps_the_newest() -> None:
    async with run_app(Source(site_study()), "site.yaml", (120, 40)) as pilot:
        for name in ("a", "b", "b", "c"):
            await order(pilot, f":keep {name}")
        await order(pilot, ":keep d")
        refused = heard(pilot)
        app = pilot.app
        assert isinstance(app, RegplanApp)
        names = [each.name for each in app.session.scenarios]

    assert names == ["a", "b", "c"]
    assert ":forget NAME lets one go" in refused


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_edits_that_are_not_saved_are_dropped_only_where_one_says_so_twice() -> None:
    source = Source(site_study(), base=BASE)
    async with run_app(source, "site.yaml", (120, 40), services=Services(plan_draft=plan)) as pilot:
        await order(pilot, ":set registry.storage 400GB")
        await press(pilot, "d")
        warned, asked = heard(pilot), list(source.targets)
        await press(pilot, "q")
        stayed = heard(pilot)
        app = pilot.app
        assert isinstance(app, RegplanApp)
        edits = app.session.edits
        await order(pilot, ":set registry.storage 500GB")
        await press(pilot, "d", "d")
        session = app.session

    assert "1 key edited and not saved" in warned
    assert asked == ["site.yaml"]
    assert "q again drops them" in stayed
    assert edits == (edit_of("registry.storage", "400GB"),)
    assert source.targets == ["site.yaml", "demo"]
    assert session.edits == ()
