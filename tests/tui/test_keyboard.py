"""Keys typed faster than screens open reach what they are meant for, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.events import Key, Paste
from textual.widgets import Input

from regplan.tui.widgets.record_table import RecordTable
from regplan.tui.widgets.table_pane import FilterInput
from tui.driving import app_of, run_app, seen, settle

if TYPE_CHECKING:
    from textual.pilot import Pilot

pytestmark = [pytest.mark.anyio, pytest.mark.tui]

NAMED = {"/": "slash", ":": "colon", " ": "space", "\r": "enter", "\x1b": "escape", "?": "question_mark"}


async def type_at_once(pilot: Pilot[None], text: str) -> str:
    """Give the app all keys before it has looked at the first, as a terminal does with what was typed ahead."""
    for letter in text:
        pilot.app.post_message(Key(NAMED.get(letter, letter), None if letter < " " else letter))
    await settle(pilot)
    return seen(pilot)


async def test_a_filter_typed_at_once_filters_and_does_nothing_else_to_the_table() -> None:
    async with run_app(target="site.yaml", size=(120, 40)) as pilot:
        await type_at_once(pilot, "2")
        table = pilot.app.screen.query_one("#images", RecordTable)
        before = table.view

        await type_at_once(pilot, "/nginx uysx")

        assert pilot.app.screen.query(FilterInput).first().value == "nginx uysx"
        assert table.view.pattern == "nginx uysx"
        assert (table.view.sort, table.view.reverse, table.marked) == (before.sort, before.reverse, frozenset())
        assert not app_of(pilot).session.binary

        await type_at_once(pilot, "\x1bs")

        assert table.view.pattern == ""
        assert table.view.sort != before.sort


@pytest.mark.slow
@pytest.mark.parametrize("look_each_s", [0.005, 0.0], ids=["in time", "the loop is late"])
async def test_commands_and_what_follows_them_are_typed_in_one_go(
    look_each_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regplan.tui.keyboard._LOOK_EACH_S", look_each_s)
    async with run_app(target="site.yaml", size=(120, 40)) as pilot:
        screen = await type_at_once(pilot, ":layers\r/nginx\r:units gib\r:sort size asc\r")

        assert app_of(pilot).current_mode == "layers"
        table = pilot.app.screen.query_one("#images", RecordTable)
        assert (table.view.pattern, table.view.sort, table.view.reverse) == ("nginx", "size", False)
        assert app_of(pilot).session.binary
        assert "GiB" in screen or "MiB" in screen


@pytest.mark.slow
async def test_keys_after_one_that_closes_a_dialog_reach_the_screen_below() -> None:
    async with run_app(target="site.yaml", size=(120, 40)) as pilot:
        await type_at_once(pilot, "o/nowhere/site.yaml\x1b2?\x1bu")

        assert app_of(pilot).current_mode == "layers"
        assert len(pilot.app.screen_stack) == 1
        assert app_of(pilot).session.binary
        assert app_of(pilot).session.target == "site.yaml"


@pytest.mark.slow
async def test_what_is_pasted_right_after_the_key_that_opens_a_line_is_in_that_line() -> None:
    async with run_app(target="site.yaml", size=(120, 40)) as pilot:
        pilot.app.post_message(Key("colon", ":"))
        pilot.app.post_message(Paste("layers"))
        await settle(pilot)

        assert pilot.app.screen.query_one(Input).value == "layers"
