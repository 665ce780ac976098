"""Before the first paint nothing is loaded that the Start screen does not need, and no site is read; benchmarks/paint.py has the times."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from textual.css.parse import parse as stylesheet_parse

from tui.driving import Source, press, run_app, seen

pytestmark = [pytest.mark.anyio, pytest.mark.tui]

# What plans and resolves, what tells why, and every other screen with its columns.
LATER = [
    "regplan.plan",
    "regplan.verbs.study",
    "regplan.report.document",
    "regplan.report.explained",
    "regplan.tui.why",
]
LATER += ["regplan.tui.columns", "regplan.tui.export", "regplan.registry", "httpx", "yaml", "numpy", "pandas"]
STARTED = """
import json, sys
import regplan.cli.screen, regplan.tui.app, regplan.tui.screens.start
print(json.dumps(sorted(sys.modules)))
"""


def test_the_start_screen_is_drawn_without_what_plans_and_without_the_other_screens() -> None:
    said = subprocess.run([sys.executable, "-c", STARTED], capture_output=True, text=True, check=True)

    loaded = json.loads(said.stdout)

    assert "regplan.tui.screens.start" in loaded
    assert [name for name in loaded if name.startswith(tuple(LATER))] == []
    assert [name for name in loaded if name.startswith("regplan.tui.screens.")] == [
        "regplan.tui.screens.base",
        "regplan.tui.screens.start",
    ]


async def test_a_site_is_asked_for_once_something_stands_on_the_terminal_and_named_at_once() -> None:
    source = Source()
    async with run_app(source, "shop/site.yaml") as pilot:
        assert source.targets == ["shop/site.yaml"]
        assert "Rules" in seen(pilot)
        assert pilot.app.current_mode == "verdict"


@pytest.mark.slow
async def test_no_style_sheet_is_parsed_twice_under_the_same_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[tuple[object, ...]] = []

    def parse(scope: str, css: str, read_from: object, **rest: object) -> object:
        parsed.append((scope, css, read_from, rest.get("tie_breaker")))
        return stylesheet_parse(scope, css, read_from, **rest)  # type: ignore[arg-type]  # what it was given

    monkeypatch.setattr("textual.css.stylesheet.parse", parse)
    async with run_app(Source(), "shop/site.yaml") as pilot:
        await press(pilot, "2", "colon", "escape", "question_mark", "escape", "h")
        first = list(parsed)
        await press(pilot, "t")

    assert len(first) == len(set(first))
    assert any("LayersScreen" in str(css) for _, css, *_ in first)
    assert len(parsed) > len(first)
