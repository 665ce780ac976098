"""What a seeding shows while it runs: true numbers, in the room that a terminal has."""

from __future__ import annotations

import io
import re
import sys
import time
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from regplan.cli.live import SeedView, plain_line, when
from regplan.model.progress import Progress
from regplan.model.run import Forecast, SeedLimits
from regplan.plan.seeding import plan_seed
from regplan.seed.machine import Known
from regplan.seed.runlog import RunLog, Snapshot
from regplan.seed.steps import CopyBlob, Event, Outcome
from regplan.seed.stopping import Stop
from regplan.verbs.limiting import Outlook
from unit.seed.samples import digest_of, entry, inventory, make_image

if TYPE_CHECKING:
    from collections.abc import Iterator

LAYERS = [bytes([number]) * 1_000_000 for number in range(12)]
IMAGE, _ = make_image(LAYERS)
PLAN = plan_seed(inventory(entry("shop/web:1", IMAGE)), "t", "p")
REPOSITORY = PLAN.manifests[0].repository


class Terminal(io.StringIO):
    encoding = "utf-8"

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


def copy(layer: int) -> CopyBlob:
    return CopyBlob(digest_of(LAYERS[layer]), REPOSITORY, REPOSITORY, "docker.io/shop/web")


@pytest.fixture
def run() -> Iterator[tuple[RunLog, SeedView, Stop]]:
    log, stop = RunLog(), Stop()
    view = SeedView(log, Outlook(SeedLimits(max_bps=8_000_000, zone="Europe/Berlin")), stop)
    yield log, view, stop
    view.close()


def test_before_anything_moves_it_shows_how_far_resolving_has_come(run: tuple[RunLog, SeedView, Stop]) -> None:
    _, view, _ = run
    assert list(view.lines(80, 24)) == ["looking ..."]
    view.report(Progress(3, 9, "images", "docker.io/library/nginx:[x]"))
    assert list(view.lines(80, 24)) == ["3 of 9 images  docker.io/library/nginx:[x]"]


@pytest.mark.parametrize(("width", "height"), [(120, 40), (80, 24), (40, 10), (20, 5)])
def test_every_line_fits_and_streams_leave_room(
    run: tuple[RunLog, SeedView, Stop], width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal(is_terminal=True))
    log, view, _ = run
    log.begin(PLAN, Known())
    for layer in range(10):
        log.started(copy(layer))
        log.moving(copy(layer), 500_000)
    drawn = Console(width=width, height=height, file=io.StringIO(), force_terminal=True, color_system=None)

    lines = list(view.lines(width, height))
    with drawn.capture() as captured:
        for line in lines:
            drawn.print(line, no_wrap=True, overflow="ellipsis", markup=False, highlight=False)

    assert len(captured.get().splitlines()) == len(lines) <= height
    assert all(len(line) <= width for line in captured.get().splitlines())
    streams = [line for line in lines if line.startswith("  ") and "of 1.00 MB" in line]
    assert len(streams) == min(6, max(0, height - 8))
    assert any("more stream" in line for line in lines)


def test_what_is_confirmed_and_what_left_are_two_numbers(run: tuple[RunLog, SeedView, Stop]) -> None:
    log, view, _ = run
    log.begin(PLAN, Known())
    log.started(copy(0))
    log.moving(copy(0), 1_000_000)
    log.retried(copy(0), "it broke", 0.1)
    log.started(copy(1))
    log.heard(Event(copy(1), Outcome.SENT, sent_bytes=1_000_000))
    log.heard(Event(copy(2), Outcome.MOUNTED))

    text = "\n".join(view.lines(120, 24))
    assert re.search(r" 16 %  2\.00 MB of 12\.0 MB there", text), text
    assert "2.00 MB on the wire" in text
    assert "blobs 1 sent, 1 mounted, 1 retried of 13; manifests 0 of 1" in text


def test_blobs_under_way_move_the_bar_and_a_failed_attempt_takes_its_bytes_back(
    run: tuple[RunLog, SeedView, Stop], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal(is_terminal=True))
    log, view, _ = run
    log.begin(PLAN, Known())

    def drawn() -> tuple[str, str]:
        bar, share, *_ = next(view.lines(94, 24)).split()
        return bar, share

    for layer in range(4):
        log.started(copy(layer))
        log.moving(copy(layer), 750_000)
    assert drawn() == ("▒" * 9 + "░" * 31, "24")
    assert plain_line(log.snapshot(), None, None).startswith(
        "24 %: 0 B of 12.0 MB there, 3.00 MB on the way, 3.00 MB sent"
    )
    log.retried(copy(0), "it broke", 0.1)
    assert drawn() == ("▒" * 7 + "░" * 33, "18")
    log.heard(Event(copy(1), Outcome.SENT, sent_bytes=1_000_000))
    assert drawn() == ("█" * 3 + "▒" * 5 + "░" * 32, "20")
    for layer in range(12):
        log.started(copy(layer))
        log.moving(copy(layer), 1_000_000)
    assert drawn()[1] == "99"


def test_names_that_stand_there_already_are_counted_with_those_that_were_put(
    run: tuple[RunLog, SeedView, Stop],
) -> None:
    log, view, _ = run
    [put] = PLAN.manifests
    log.begin(PLAN, Known(right=frozenset((put.repository, name) for name in put.tags or (str(put.digest),))))

    assert "manifests 1 of 1" in "\n".join(view.lines(120, 24))
    assert "manifests: 1 of 1" in plain_line(log.snapshot(), None, None)


def test_what_is_waited_for_is_shown_with_until_when_and_so_is_a_stop(run: tuple[RunLog, SeedView, Stop]) -> None:
    log, view, stop = run
    log.begin(PLAN, Known())
    log.waiting("outside the window 22:00-05:00", time.monotonic() + 86_400)
    shown = when(time.time() + 86_400, "Europe/Berlin")
    assert f"waiting: outside the window 22:00-05:00, until {shown}" in list(view.lines(80, 24))

    stop.ask()
    assert any(line.startswith("stopping: what is under way may end within 10 s") for line in view.lines(80, 24))
    stop.ask()
    assert "cutting off what is under way" in list(view.lines(80, 24))


def test_elsewhere_than_on_a_terminal_it_is_told_in_lines(
    run: tuple[RunLog, SeedView, Stop], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", said := Terminal(is_terminal=False))
    log, view, stop = run
    view.start()
    log.begin(PLAN, Known())
    log.heard(Event(copy(1), Outcome.SENT, sent_bytes=1_000_000))
    time.sleep(0.6)
    stop.ask()
    time.sleep(0.6)
    view.close()

    lines = said.getvalue().splitlines()
    assert lines[0].startswith("8 %: 1.00 MB of 12.0 MB there, 1.00 MB sent")
    assert len([line for line in lines if line.startswith("stopping:")]) == 1
    assert "\x1b" not in said.getvalue()


def test_a_dumb_terminal_gets_lines_too(run: tuple[RunLog, SeedView, Stop], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", said := Terminal(is_terminal=True))
    monkeypatch.setenv("TERM", "dumb")
    log, view, _ = run
    view.start()
    log.begin(PLAN, Known())
    view.close()

    assert said.getvalue().startswith("0 %: 0 B of 12.0 MB there")
    assert "\x1b" not in said.getvalue()


def test_a_line_tells_by_when_it_is_done_and_nothing_of_it_where_nothing_is_left() -> None:
    ends = Forecast(1, 1, 1.0, 0.0, time.time() + 60)
    begun, done = Snapshot(total_bytes=10, blobs=1), Snapshot(total_bytes=10, confirmed_bytes=10, blobs=1)

    assert f"done by {when(ends.ends_at_s, 'Europe/Berlin')}" in plain_line(begun, ends, "Europe/Berlin")
    assert "done by" not in plain_line(done, ends, "Europe/Berlin")
    assert plain_line(done, ends, None).startswith("100 %")
    assert "bit/s" in plain_line(begun, ends, None)
    assert "bit/s" not in plain_line(done, ends, None)


def test_no_line_is_told_twice(run: tuple[RunLog, SeedView, Stop], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", said := Terminal(is_terminal=False))
    log, view, _ = run
    view.start()
    log.begin(PLAN, Known())
    time.sleep(0.6)
    view.close()

    assert len(said.getvalue().splitlines()) == 1
