from __future__ import annotations

import asyncio
import io
import random
import re
import sys
from typing import TYPE_CHECKING

import pytest

from regplan.errors import InputError, InvalidSite, Unreachable
from regplan.model.progress import Progress
from regplan.tui.app import RegplanApp, run_tui
from regplan.tui.places import PLACES
from regplan.tui.session import Flags
from tui.driving import Source, press, run_app, seen, settle
from tui.studies import empty_study, passing_study, site_study

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.model.plan import Study
    from regplan.model.progress import Report

pytestmark = [pytest.mark.anyio, pytest.mark.tui]

SIZES = [(80, 24), (120, 40), (200, 60)]
HALFWAY = Progress(3, 46, "images", "docker.io/library/nginx:1.30.5")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_keys_lead_from_the_start_to_the_verdict_and_the_layers(size: tuple[int, int]) -> None:
    source = Source()
    async with run_app(source, size=size) as pilot:
        start = seen(pilot)
        verdict = await press(pilot, "d")
        layers = await press(pilot, "2")

    assert "no site open" in start
    assert "Demo" in start
    assert source.targets == ["demo"]
    assert verdict.splitlines()[0].startswith(" regplan · store-0421 · zot · 20.0 Mbit/s")
    assert "✗ FAIL" in verdict.splitlines()[0]
    assert "Fix: Give node-2 at least 4 CPUs." in verdict
    assert "need ≥420 MB" in verdict
    assert "PVC 300 GB" in verdict
    assert "≥281 MB referenced - ≥105 MB shared = ≥176 MB unique" in layers
    assert "281,380,178 B - 105,010,000 B = 176,370,178 B" in layers


async def test_the_status_line_tells_how_the_app_was_started() -> None:
    async with run_app(target="site.yaml", flags=Flags(offline=True, read_only=True)) as pilot:
        line = seen(pilot).splitlines()[0]

    assert line.endswith("✗ FAIL  5 min old OFFLINE READ-ONLY")


async def test_a_status_line_that_is_cut_short_says_so() -> None:
    async with run_app(target="site.yaml", size=(60, 20)) as pilot:
        line = seen(pilot).splitlines()[0]

    assert line.startswith(" regplan · store-0421 · zot · ")
    assert "Mbit/s" in line or "…" in line
    async with run_app(target="site.yaml", size=(44, 20)) as pilot:
        assert "…" in seen(pilot).splitlines()[0]


async def test_a_site_named_at_the_start_is_opened_at_once_on_the_verdict() -> None:
    source = Source()
    async with run_app(source, target="site.yaml") as pilot:
        assert source.targets == ["site.yaml"]
        assert "Rules" in seen(pilot)


async def test_a_typed_path_is_opened_with_the_home_folder_filled_in(home: Path) -> None:
    source = Source()
    async with run_app(source) as pilot:
        question = await press(pilot, "o")
        await pilot.press(*"~/0qd.y")
        await press(pilot, "enter")

    assert "Path of a site file" in question
    assert source.targets == [f"{home}/0qd.y"]


async def test_escape_and_an_empty_path_open_nothing() -> None:
    source = Source()
    async with run_app(source) as pilot:
        await press(pilot, "o", "enter")
        assert "Open a site" in seen(pilot)
        await press(pilot, "escape")
        assert "Open a site" not in seen(pilot)

    assert source.targets == []


async def test_the_choices_of_the_start_screen_can_be_taken_with_arrows_and_enter() -> None:
    source = Source()
    async with run_app(source) as pilot:
        await press(pilot, "down", "up", "enter")

    assert source.targets == ["demo"]


async def test_reload_reads_the_same_site_again_and_says_so_where_none_is_open() -> None:
    source = Source(site_study(), passing_study())
    async with run_app(source) as pilot:
        assert "No site is open: d shows the demo" in await press(pilot, "r")
        await press(pilot, "d")
        assert "✓ PASS" in (await press(pilot, "r")).splitlines()[0]

    assert source.targets == ["demo", "demo"]


async def test_escape_cancels_what_is_being_resolved_and_says_so() -> None:
    source = Source(HALFWAY, site_study())
    async with run_app(source, target="site.yaml") as pilot:
        running = seen(pilot)
        stopped = await press(pilot, "escape")
        again = await press(pilot, "r")

    assert "Resolving site.yaml: 3 of 46 images" in running
    assert "docker.io/library/nginx:1.30.5" in running
    assert "esc cancels" in running
    assert source.cancelled == 1
    assert "Cancelled: site.yaml was not resolved." in stopped
    assert "r tries again" in stopped
    assert "✗ FAIL" in again.splitlines()[0]


async def test_keys_work_while_a_site_is_being_resolved() -> None:
    async with run_app(Source(HALFWAY), target="site.yaml") as pilot:
        assert "Demo" in await press(pilot, "0")
        assert "Help: Start" in await press(pilot, "question_mark")


async def test_opening_another_site_cancels_the_first() -> None:
    source = Source(HALFWAY, passing_study())
    async with run_app(source, target="site.yaml") as pilot:
        assert "✓ PASS" in await press(pilot, "d")

    assert source.cancelled == 1


async def test_what_a_cancelled_resolve_still_says_is_not_heard() -> None:
    async def stubborn(_target: str, report: Report) -> Study:
        stubborn.hanging = True  # type: ignore[attr-defined]
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            report(HALFWAY)
        stubborn.hanging = False  # type: ignore[attr-defined]
        return site_study()

    async with run_app(stubborn, target="site.yaml") as pilot:
        stopped = await press(pilot, "escape")

        assert "Cancelled: site.yaml was not resolved." in stopped
        assert "no site open" in stopped


async def test_of_a_flood_of_progress_the_last_is_shown() -> None:
    source = Source(HALFWAY)
    async with run_app(source, target="site.yaml") as pilot:
        assert source.report is not None
        for done in range(5000):
            source.report(Progress(done, 5000, "images"))
        await settle(pilot)

        assert "4,999 of 5,000 images" in seen(pilot)


@pytest.mark.parametrize(
    ("error", "message", "step"),
    [
        (InvalidSite("site.yaml: 2 problems", ["unknown key 'a'", "no name"]), "- unknown key 'a'", "Mend it, then"),
        (Unreachable("quay.example: no answer"), "quay.example: no answer", "Press r to try again"),
        (ExceptionGroup("several", [InvalidSite("site.yaml: empty")]), "site.yaml: empty", "Mend it"),
        (PermissionError(13, "Permission denied", "d/p.json"), "d/p.json: Permission denied", "Mend it, then"),
        (ZeroDivisionError("by [red]zero\x1b[2J"), "ZeroDivisionError: by [red]zero [2J", "a defect of regplan"),
    ],
    ids=["input", "host", "group", "closed file", "defect"],
)
async def test_an_error_is_shown_with_the_next_step_and_the_app_stays_up(
    error: BaseException, message: str, step: str
) -> None:
    async with run_app(Source(error, site_study()), target="site.yaml", size=(120, 40)) as pilot:
        failed = seen(pilot)
        again = await press(pilot, "r")

    assert "✗ site.yaml could not be planned." in failed
    assert message in failed
    assert step in failed
    assert "Traceback" not in failed
    assert "✗ FAIL" in again.splitlines()[0]


async def test_after_a_failed_or_cancelled_reload_the_plan_from_before_stands_and_is_named_so() -> None:
    source = Source(site_study(), Unreachable("quay.example: no answer"), HALFWAY)
    async with run_app(source, target="site.yaml") as pilot:
        failed = await press(pilot, "r")
        running = await press(pilot, "r")
        stopped = await press(pilot, "escape")
        start = await press(pilot, "0")

    assert "Reload failed, this is the plan from before" in failed
    assert "Fix: Give node-2 at least 4 CPUs." in failed
    assert "esc cancels · Resolving site.yaml: 3 of 46 images" in running
    assert "Fix: Give node-2 at least 4 CPUs." in running
    assert "Cancelled, this is the plan from before" in stopped
    assert "store-0421" in start


async def test_the_plan_of_another_site_is_put_away_while_one_is_resolved() -> None:
    async with run_app(Source(site_study(), HALFWAY), target="site.yaml") as pilot:
        text = await press(pilot, "d")

    assert "no site open" in text
    assert "FAIL" not in text


async def test_escape_goes_up_one_screen_at_a_time() -> None:
    async with run_app(target="site.yaml") as pilot:
        assert "Images" in await press(pilot, "2")
        assert "Rules" in await press(pilot, "escape")
        assert "Demo" in await press(pilot, "escape")
        assert "Demo" in await press(pilot, "escape")


async def test_brackets_lead_where_one_was_and_on_again_and_places_without_a_screen_have_no_key() -> None:
    lacking = [place for place in PLACES if place.mode not in RegplanApp.MODES]
    async with run_app(target="site.yaml", size=(120, 40)) as pilot:
        await press(pilot, "2", "0")
        assert "Images" in await press(pilot, "[")
        assert "Rules" in await press(pilot, "[")
        assert "Images" in await press(pilot, "]")
        assert "Images" in await press(pilot, "2", *(place.key for place in lacking))
        text = await press(pilot, "question_mark")

    assert "What images cost, and who shares what." in text
    assert [place.says for place in lacking if place.says in text] == []


async def test_u_shows_every_size_in_the_other_units() -> None:
    async with run_app(target="site.yaml", size=(120, 40)) as pilot:
        verdict = await press(pilot, "u")
        layers = await press(pilot, "2")
        back = await press(pilot, "u")

    assert "PVC 279 GiB" in verdict
    assert "7.26 GiB" in verdict
    assert "306 MiB" in verdict
    assert " GB" not in verdict.replace("8 GB", "").replace("300 GB.", "").replace("300 G…", "")
    assert "≥268 MiB referenced" in layers
    assert "113 MiB" in layers
    assert "≥281 MB referenced" in back


async def test_a_site_without_images_says_what_to_do() -> None:
    async with run_app(Source(empty_study()), target="site.yaml", size=(120, 40)) as pilot:
        verdict = seen(pilot)
        layers = await press(pilot, "2")

    assert "no primary registry · link unknown" in verdict
    assert "Nothing binds" in verdict
    assert "need 0 B · PVC unknown" in verdict
    assert "Unresolved" not in verdict
    assert "name no image that was resolved. Name images or profiles in the site file, then press r." in layers


async def test_help_tells_of_the_focused_pane_and_of_its_keys_first() -> None:
    async with run_app(target="site.yaml", size=(120, 60)) as pilot:
        rules = await press(pilot, "question_mark")
        storage = await press(pilot, "escape", "tab", "question_mark")

    assert "Help: Rules" in rules
    assert "documented number only just met" in rules
    assert rules.index("Sort by the next column.") < rules.index("GB (10^9) or GiB (2^30), everywhere.")
    assert "Help: Storage" in storage


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_the_app_is_left_with_one_key(key: str) -> None:
    async with run_app(target="site.yaml") as pilot:
        await pilot.press(key)

        assert pilot.app.return_code == 0
        assert not pilot.app.is_running or pilot.app._exit


async def test_leaving_cancels_what_is_being_resolved() -> None:
    source = Source(HALFWAY)
    async with run_app(source, target="site.yaml") as pilot:
        await pilot.press("q")

    assert source.cancelled == 1


async def test_the_picture_of_a_screen_names_nothing_outside_itself() -> None:
    async with run_app(target="site.yaml") as pilot:
        svg = pilot.app.export_screenshot()

    assert "host.cpu" in svg
    assert re.findall(r"https?://[^\s\"']+", svg) == ["http://www.w3.org/2000/svg"]


async def test_without_a_terminal_the_app_says_which_verb_to_use() -> None:
    with pytest.raises(InputError, match="regplan plan SITE"):
        run_tui(Source(), "site.yaml")


async def test_where_standard_error_goes_to_a_file_the_app_says_so_instead_of_drawing_into_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Stream(io.StringIO):
        def __init__(self, *, is_terminal: bool) -> None:
            super().__init__()
            self.isatty = lambda: is_terminal  # type: ignore[method-assign]

    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, Stream(is_terminal=name != "stderr"))

    with pytest.raises(InputError, match="standard error, which goes elsewhere"):
        run_tui(Source(), "site.yaml")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [5, 108])
async def test_no_order_of_keys_brings_the_app_down(seed: int) -> None:
    keys = [
        "0",
        "1",
        "2",
        "d",
        "o",
        "r",
        "u",
        "escape",
        "question_mark",
        "slash",
        "s",
        "S",
        "w",
        "tab",
        "shift+tab",
        "up",
        "down",
        "home",
        "end",
        "G",
        "pagedown",
        "enter",
        "a",
        "!",
        "space",
        "c",
        "e",
        "y",
        "t",
        "i",
        "colon",
        "left_square_bracket",
        "right_square_bracket",
    ]
    chance = random.Random(seed)
    answers: list[Study | BaseException | Progress] = [
        site_study(),
        HALFWAY,
        empty_study(),
        InvalidSite("x"),
        passing_study(),
    ]
    async with run_app(Source(*answers * 12), target="site.yaml", size=chance.choice(SIZES)) as pilot:
        for _ in range(60):
            await pilot.press(chance.choice(keys))

        assert pilot.app.is_running
