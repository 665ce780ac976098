#!/usr/bin/env python3
"""Time keys on a table of 20,000 rows in the terminal app: benchmarks/tables.py [ROWS] [ROUNDS]. Needs the extra `tui`.

Each key is pressed and everything that follows from it is handled; told is the processor time of that, which load on the machine
does not lengthen as it does a clock's. There is no terminal in it: what a terminal draws is its own.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from typing import TYPE_CHECKING

from textual.app import App

from regplan.tui.table import Column
from regplan.tui.widgets.record_table import RecordTable
from regplan.tui.widgets.table_pane import TablePane

if TYPE_CHECKING:
    from textual.app import ComposeResult

KEYS = ("s", "S", "down", "end", "home", "space", "space", "pagedown")
COLUMNS = (
    Column("name", "NAME", lambda row, _: f"registry.example/team/app-{row:07}:1.0", lambda row: row, flexible=True),
    *(
        Column(f"c{n}", f"C{n}", lambda row, _, n=n: f"{row * n} B", lambda row, n=n: -row * n, right=True)
        for n in range(1, 5)
    ),
)


class Bench(App[None]):
    """One table."""

    def compose(self) -> ComposeResult:
        """Lay out the table."""
        yield TablePane("Rows", RecordTable(COLUMNS, id="rows"), "")


async def run(rows: int, rounds: int) -> None:
    """Press every key in turn, `rounds` times, and print what each took."""
    app = Bench()
    took: dict[str, list[float]] = {key: [] for key in KEYS}
    async with app.run_test(size=(120, 40)) as pilot:
        app.query_one(RecordTable).show_records(range(rows), binary=False)
        app.query_one(RecordTable).focus()
        await pilot.pause()
        await app.workers.wait_for_complete()
        for _ in range(rounds):
            for key in KEYS:
                start = time.process_time()
                await pilot.press(key)
                await pilot.pause()
                took[key].append((time.process_time() - start) * 1000)
    every = sorted(each for times in took.values() for each in times)
    for key, times in took.items():
        print(f"{key:9} median {statistics.median(times):6.1f} ms")
    print(
        f"{rows:,} rows, {len(every)} keys: p50 {statistics.median(every):.1f} ms, p95 {every[len(every) * 95 // 100]:.1f} ms"
    )


if __name__ == "__main__":
    numbers = [int(each) for each in sys.argv[1:]]
    asyncio.run(run(*(numbers + [20_000, 10][len(numbers) :])))
