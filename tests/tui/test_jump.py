"""Jump mode: a letter on each place that keys can go to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from regplan.tui.session import Session
from regplan.tui.widgets.status_line import state_words
from tui.driving import NOW, Source, press, run_app
from tui.studies import site_study

if TYPE_CHECKING:
    from textual.pilot import Pilot

pytestmark = [pytest.mark.anyio, pytest.mark.tui]


def focused(pilot: Pilot[None]) -> str | None:
    return pilot.app.focused.id if pilot.app.focused is not None else None


@pytest.mark.slow
async def test_a_letter_stands_on_each_pane_and_pressing_it_goes_there() -> None:
    async with run_app(Source(), "site.yaml", (80, 40)) as pilot:
        shown = await press(pilot, "ctrl+o")
        assert focused(pilot) is None
        await press(pilot, "d")
        there = focused(pilot)
        await press(pilot, "ctrl+o", "1", "escape")
        stayed = focused(pilot)
        await press(pilot, "colon", *"jump", "enter", "a")
        by_command = focused(pilot)

    assert "a Rules" in shown
    assert "s Storage" in shown
    assert "d Internet link" in shown
    assert (there, stayed, by_command) == ("wire", "wire", "rules")


@pytest.mark.slow
async def test_what_is_scrolled_out_of_view_is_named_at_the_foot_and_comes_into_view() -> None:
    async with run_app(Source(), "site.yaml", (70, 12)) as pilot:
        shown = await press(pilot, "ctrl+o")
        letter = next(part for part in shown.splitlines()[-1].split(" · ") if "Storage" in part).split()[-2]
        there = await press(pilot, letter)

    assert "out of view:" in shown.splitlines()[-1]
    assert "uploads" in there


@pytest.mark.slow
async def test_on_the_start_screen_it_leads_to_the_choices() -> None:
    async with run_app() as pilot:
        shown = await press(pilot, "tab", "ctrl+o")
        await press(pilot, "a")
        there = type(pilot.app.focused).__name__
    assert "a Start" in shown
    assert there == "OptionList"


def test_the_status_line_tells_how_old_the_oldest_tag_is_that_nobody_could_be_asked_for() -> None:
    study = site_study()
    seen = ("2026-08-29T08:00:00+00:00", "2026-09-01T07:00:00+00:00")
    layers = replace(study.plan.layers, last_seen=seen)
    aged = Session(study=replace(study, plan=replace(study.plan, layers=layers)), now=NOW)

    assert "5 min old · tags 3 d old" in state_words(aged).plain
    assert "tags" not in state_words(Session(study=study, now=NOW)).plain
