"""Names are shortened in the middle where a table is narrow, and whole where the cursor stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from regplan.model.image import Unresolved
from regplan.tui.widgets.record_table import RecordTable
from tui.driving import Source, press, run_app
from tui.studies import LONG_PATH, site_study

pytestmark = [pytest.mark.anyio, pytest.mark.tui, pytest.mark.slow]


async def test_a_shortened_name_stands_in_full_below_a_table_that_tells_it_nowhere_else() -> None:
    study = site_study()
    why = "404: no such manifest, and nobody else was there to be asked for it"
    unresolved = (Unresolved(LONG_PATH, why), Unresolved("registry.example/app:9", why))
    counts = replace(study.plan.counts, unresolved=unresolved)
    source = Source(replace(study, plan=replace(study.plan, counts=counts)))
    async with run_app(source, "site.yaml", (100, 60)) as pilot:
        first = await press(pilot)
        pilot.app.screen.query_one("#unresolved", RecordTable).focus()
        whole = await press(pilot, "home")
        other = await press(pilot, "down")
        await pilot.resize_terminal(240, 60)
        wide = await press(pilot, "up")

    assert LONG_PATH not in first
    assert LONG_PATH in whole
    assert LONG_PATH not in other
    assert other.count("registry.example/app:9") == 2
    assert wide.count(LONG_PATH) == 1
