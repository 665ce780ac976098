"""The screens as text: a change to any of them shows in a review. REGPLAN_WRITE_GOLDENS=1 pytest tests/tui writes them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from regplan.errors import InvalidSite
from regplan.model.progress import Progress
from regplan.tui.session import Flags
from tui.driving import Source, jobs_at_rest, press, run_app, seen
from tui.screen_text import drawn_in_colour
from tui.services import SERVICES
from tui.studies import (
    declared_study,
    empty_study,
    growing_study,
    hosted_study,
    passing_study,
    site_study,
    upgraded_study,
    wired_study,
)

pytestmark = [pytest.mark.anyio, pytest.mark.tui]

GOLDENS = Path(__file__).parent / "goldens"
WRITE = "REGPLAN_WRITE_GOLDENS" in os.environ  # read at once: no test sees what this machine's environment holds

SIZES = {"80x24": (80, 24), "120x40": (120, 40), "200x60": (200, 60)}
PROBLEMS = ["site.yaml: line 3: unknown key 'storge'; did you mean 'storage'?", "site.yaml: hosts: none is amd64"]
SCREENS = {
    "start": (None, ()),
    "verdict": (site_study(), ()),
    "layers": (site_study(), ("2",)),
    "sharing": (declared_study(), ("3",)),
    "empty-sharing": (empty_study(), ("3",)),
    "images": (declared_study(), ("i", "down")),
    "empty-images": (empty_study(), ("i",)),
    "hosts": (hosted_study(), ("h", "down")),
    "empty-hosts": (empty_study(), ("h",)),
    "capacity": (growing_study(), ("4",)),
    "empty-capacity": (empty_study(), ("4",)),
    "bandwidth": (wired_study(), ("5", "down")),
    "empty-bandwidth": (empty_study(), ("5",)),
    "diff": (upgraded_study(), ("6", "x", "enter")),
    "empty-diff": (empty_study(), ("6",)),
    "fleet": (site_study(), ("9", "f", "a", "enter")),
    "empty-fleet": (None, ("9",)),
    "registry": (site_study(), ("7",)),
    "why": (site_study(), ("w",)),
    "help": (site_study(), ("2", "question_mark")),
    "filter": (site_study(), ("2", "slash", "n", "g", "i")),
    "open": (site_study(), ("o",)),
    "passing": (passing_study(), ()),
    "empty-verdict": (empty_study(), ()),
    "empty-layers": (empty_study(), ("2",)),
    "loading": (Progress(12, 46, "images", "docker.io/library/nginx:1.30.5"), ()),
    "cancelled": (Progress(12, 46, "images", ""), ("escape",)),
    "failed": (InvalidSite("site.yaml cannot be used:", PROBLEMS), ()),
}
MAIN = ("start", "verdict", "layers", "sharing", "images", "hosts", "capacity", "bandwidth", "diff", "fleet")
CASES = [(screen, size) for size in SIZES for screen in MAIN]
CASES += [(screen, "80x24") for screen in SCREENS if screen not in MAIN]


async def drawn(screen: str, size: str) -> str:
    answer, keys = SCREENS[screen]
    target = None if answer is None else "site.yaml"
    source = Source(*([] if answer is None else [answer]))
    async with run_app(source, target, SIZES[size], Flags(offline=True), SERVICES) as pilot:
        await press(pilot, *keys)
        return await jobs_at_rest(pilot)


@pytest.mark.parametrize(("screen", "size"), CASES, ids=map("-".join, CASES))
async def test_the_screen_reads_as_it_was_agreed(screen: str, size: str) -> None:
    golden = GOLDENS / f"{screen}-{size}.txt"

    text = await drawn(screen, size)

    if WRITE:
        golden.write_text(text, encoding="utf-8", newline="\n")
    width, height = SIZES[size]
    assert len(text.splitlines()) == height
    assert max(map(len, text.splitlines())) <= width
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("screen", MAIN)
async def test_without_colour_the_same_words_stand_there(screen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    text = await drawn(screen, "80x24")

    assert text == (GOLDENS / f"{screen}-80x24.txt").read_text(encoding="utf-8")


async def test_without_colour_nothing_is_drawn_but_greys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with run_app(Source(), "site.yaml") as pilot:
        assert "✗ FAIL" in seen(pilot)
        assert pilot.app.no_color
        assert not drawn_in_colour(pilot.app)
