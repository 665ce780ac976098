"""The line of keys at the bottom: what it says, when it changes, and what a click on it does."""

from __future__ import annotations

import pytest
from textual.binding import ActiveBinding, Binding

from regplan.tui.widgets.key_line import KeyLine, key_words
from tui.driving import app_of, press, run_app, seen, settle

pytestmark = [pytest.mark.anyio, pytest.mark.tui]

PLACES = Binding.Group("Places", compact=True)


def active(key: str, says: str, *, group: Binding.Group | None = None, enabled: bool = True) -> ActiveBinding:
    binding = Binding(key, f"do_{key}", says, tooltip=f"Does {says}.", group=group)
    return ActiveBinding(None, binding, enabled, binding.tooltip)  # type: ignore[arg-type]  # nobody asks whose it is


def test_keys_of_a_group_stand_together_before_its_name_and_hidden_ones_not_at_all() -> None:
    hidden = ActiveBinding(None, Binding("z", "undo", "Undo", show=False), True, "")  # type: ignore[arg-type]
    shown = [active("s", "Sort"), active("1", "Verdict", group=PLACES), active("2", "Layers", group=PLACES), hidden]
    shown += [active("q", "Quit", enabled=False)]

    words = key_words(shown, lambda binding: binding.key)

    assert "".join(word.text for word in words) == "s Sort  12 Places q Quit "
    assert {word.tooltip for word in words if word.key == "2"} == {"Does Layers."}
    assert [word.text.strip() for word in words if not word.is_enabled] == ["q", "Quit"]


async def test_the_line_follows_the_focus_and_a_click_on_a_key_presses_it() -> None:
    async with run_app(target="site.yaml", size=(120, 40)) as pilot:
        line = seen(pilot).splitlines()[-1]
        assert line.startswith("s Sort / Filter w Why")

        await pilot.click(KeyLine, offset=(line.index("u Units") + 3, 0))
        await settle(pilot)
        assert app_of(pilot).session.binary

        await pilot.click(KeyLine, offset=(line.index("2"), 0))
        await settle(pilot)
        assert app_of(pilot).current_mode == "layers"

        await pilot.hover(KeyLine, offset=(line.index("q Quit"), 0))
        assert "Leave" in str(pilot.app.screen.query_one(KeyLine).tooltip)

        await press(pilot, "0")
        assert "Filter" not in seen(pilot).splitlines()[-1]
