"""Where one can be, where one has been, and long work in threads: without a terminal."""

from __future__ import annotations

import asyncio
import doctest
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.model.profile import ClusterProfile
from regplan.tui import places
from regplan.tui.places import PLACES, Trail
from regplan.tui.session import Session
from regplan.tui.widgets.status_line import age_words, profile_words
from regplan.tui.work import Newest, in_thread
from tui.studies import site_study

pytestmark = [pytest.mark.anyio]

KEYS = {
    "start": "0",
    "verdict": "1",
    "layers": "2",
    "sharing": "3",
    "capacity": "4",
    "bandwidth": "5",
    "diff": "6",
    "registry": "7",
    "seed": "8",
    "fleet": "9",
    "images": "i",
    "hosts": "h",
}


def test_the_examples_hold() -> None:
    assert doctest.testmod(places).failed == 0


def test_every_place_has_the_key_that_it_was_promised() -> None:
    assert {place.mode: place.key for place in PLACES} == KEYS


@given(st.lists(st.sampled_from([*KEYS, "[", "]"]), max_size=130))
def test_the_trail_goes_back_and_on_as_a_browser_does(steps: list[str]) -> None:
    trail, behind, ahead = Trail(), ["start"], list[str]()
    for step in steps:
        if step == "[":
            trail = trail.back()
            if len(behind) > 1:
                ahead.append(behind.pop())
        elif step == "]":
            trail = trail.forward()
            if ahead:
                behind.append(ahead.pop())
        else:
            trail = trail.visit(step)
            if step != behind[-1]:
                behind.append(step)
                behind, ahead = behind[-50:], []
        assert trail.here == behind[-1]
        assert list(trail.visited) == behind + ahead[::-1]


def test_where_one_was_outlasts_the_site() -> None:
    trail = Trail().visit("layers")

    assert Session().at(trail).opening("a").resolved(site_study()).opening("b").trail is trail


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "new"), (59, "new"), (60, "1 min old"), (3599, "59 min old"), (7500, "2 h 5 min old"), (93784, "1 d 2 h old")],
)
def test_a_plan_tells_its_age_in_minutes_then_hours_then_days(seconds: int, words: str) -> None:
    then = datetime(2026, 9, 1, 8, tzinfo=UTC)

    assert age_words(then.isoformat(), then + timedelta(seconds=seconds)) == words


@pytest.mark.parametrize("time", ["", "yesterday", "2026-09-01T08:00:00"])
def test_a_time_that_cannot_be_placed_has_no_age(time: str) -> None:
    assert age_words(time, datetime(2026, 9, 1, 9, tzinfo=UTC)) == ""


def test_the_last_profile_stands_for_all_of_them() -> None:
    infra = ClusterProfile("edge-infra", "1.4.2", "infra", (), "infra.json")
    retail = replace(infra, name="retail", version="")

    assert profile_words(()) == ""
    assert profile_words((infra,)) == "edge-infra 1.4.2"
    assert profile_words((infra, retail)) == "retail +1"


async def test_work_runs_in_another_thread_and_hands_on_what_it_returns_or_raises() -> None:
    async def which() -> int:
        await asyncio.sleep(0)
        return threading.get_ident()

    async def wrong() -> int:
        raise ZeroDivisionError("by zero")

    assert await in_thread(which) != threading.get_ident()
    with pytest.raises(ZeroDivisionError, match="by zero"):
        await in_thread(wrong)


async def test_a_cancel_reaches_the_work_and_waits_until_it_has_put_its_things_away() -> None:
    said: list[str] = []
    started = threading.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            said.append("put away")

    waiting = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(started.wait)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert said == ["put away"]


async def test_what_computes_in_a_thread_holds_up_nobody() -> None:
    go = threading.Event()

    async def busy() -> str:
        go.wait(30)
        return "done"

    waiting = asyncio.create_task(in_thread(busy))
    await asyncio.sleep(0)
    assert not waiting.done()
    go.set()
    assert await waiting == "done"


def test_of_news_that_nobody_fetched_only_the_newest_is_kept_and_told_of_once() -> None:
    told: list[object] = []
    news: Newest[int] = Newest(told.append)

    for number in range(100_000):
        news.put(number)

    assert told == [news]
    assert news.take() == 99_999
    assert news.take() is None
    news.put(1)
    assert told == [news, news]
