"""Windows by a site's clock, on the nights in which clocks are put too."""

from __future__ import annotations

import math
from datetime import date, datetime

import pytest

from regplan.errors import InputError
from regplan.model.windows import Windows, moment_on, wall_clock

HOUR_S = 3600


def at(text: str) -> float:
    """Read a moment that is written with its offset from UTC."""
    return datetime.fromisoformat(text).timestamp()


def hours(*texts: str) -> Windows:
    return Windows.parse(texts, "Europe/Berlin")


def test_a_window_over_midnight_is_open_from_its_first_second_to_the_one_before_its_end() -> None:
    windows = hours("22:00-05:00")

    shown = [windows.is_open(at(f"2026-11-29T{time}+01:00")) for time in ("21:59:59", "22:00:00", "04:59:59", "05:00")]
    assert shown == [False, True, True, False]
    assert windows.opens_in_s(at("2026-11-29T12:00:00.5+01:00")) == 10 * HOUR_S - 0.5
    assert windows.closes_in_s(at("2026-11-29T23:30+01:00")) == 5.5 * HOUR_S
    assert windows.opens_in_s(at("2026-11-29T23:30+01:00")) == 0
    assert windows.closes_in_s(at("2026-11-29T12:00+01:00")) == 0


@pytest.mark.parametrize(
    ("evening", "long"),
    [
        pytest.param("2026-11-29T22:00+01:00", 7, id="a night like others"),
        pytest.param("2026-03-28T22:00+01:00", 6, id="clocks are put forward at 02:00"),
        pytest.param("2026-10-24T22:00+02:00", 8, id="clocks are put back at 03:00"),
    ],
)
def test_a_night_lasts_as_long_as_the_clock_on_the_wall_takes(evening: str, long: int) -> None:
    assert hours("22:00-05:00").closes_in_s(at(evening)) == long * HOUR_S


def test_an_hour_that_the_clock_leaves_out_opens_nothing_that_night() -> None:
    windows = hours("02:15-02:45")

    assert windows.opens_in_s(at("2026-03-29T01:00+01:00")) == at("2026-03-30T02:15+02:00") - at(
        "2026-03-29T01:00+01:00"
    )


def test_a_window_that_begins_in_the_hour_left_out_opens_when_the_clock_jumps_over_its_begin() -> None:
    assert hours("02:30-04:00").opens_in_s(at("2026-03-29T01:00+01:00")) == HOUR_S


def test_an_hour_that_the_clock_shows_twice_is_open_twice() -> None:
    windows = hours("22:00-02:30")
    first_close = at("2026-10-25T02:30+02:00")

    assert windows.closes_in_s(at("2026-10-25T00:00+02:00")) == first_close - at("2026-10-25T00:00+02:00")
    assert windows.opens_in_s(first_close) == HOUR_S / 2
    assert windows.closes_in_s(first_close + HOUR_S / 2) == HOUR_S / 2


def test_several_windows_are_taken_together_and_what_touches_is_one() -> None:
    windows = hours("22:00-24:00", "00:00-05:00,12:00-13:00")

    assert windows.closes_in_s(at("2026-11-29T23:00+01:00")) == 6 * HOUR_S
    assert windows.opens_in_s(at("2026-11-29T06:00+01:00")) == 6 * HOUR_S
    assert windows.longest_s == 7 * HOUR_S
    assert str(windows) == "22:00-24:00, 00:00-05:00, 12:00-13:00 (Europe/Berlin)"


def test_what_is_open_all_day_never_closes() -> None:
    assert hours("00:00-24:00").closes_in_s(at("2026-03-28T22:00+01:00")) == math.inf
    assert hours("00:00-24:00").longest_s == math.inf
    assert hours("06:00-18:00", "18:00-06:00").closes_in_s(0) == math.inf
    assert hours("06:00-18:00", "18:00-06:00").longest_s == math.inf


def test_without_a_zone_the_clock_of_this_machine_counts() -> None:
    now = at("2026-11-29T12:00+00:00")
    shown = datetime.fromtimestamp(now)  # noqa: DTZ006  the machine's own clock is meant
    windows = Windows.parse(f"{shown:%H:%M}-{(shown.hour + 1) % 24:02}:00")

    assert windows.is_open(now)
    assert windows.opens_in_s(now - 60) == 60
    assert "the clock of this machine" in str(windows)
    assert wall_clock(now).replace(tzinfo=None) == shown


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("22-05", "is not a window; write two times of day, such as 22:00-05:00"),
        ("", "is not a window"),
        ("22:00-22:00", "never opens; the whole day is 00:00-24:00"),
        ("25:00-05:00", "a day has no 25:00"),
        ("22:61-05:00", "a day has no 22:61"),
        ("\u0662\u0662:\u0660\u0660-\u0660\u0665:\u0660\u0660", "is not a window"),
    ],
)
def test_a_window_that_cannot_be_is_refused_with_what_to_write(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        Windows.parse(text, "Europe/Berlin")


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(InputError, match="no time zone 'Europe/Nowhere' is known here"):
        Windows.parse("22:00-05:00", "Europe/Nowhere").is_open(0)


def test_the_spans_of_a_night_are_told_in_order_and_end_with_it() -> None:
    windows = hours("22:00-24:00,01:00-05:00")
    noon, next_noon = int(at("2026-06-01T12:00+02:00")), int(at("2026-06-02T12:00+02:00"))

    assert [((a - noon) / HOUR_S, (b - noon) / HOUR_S) for a, b in windows.open_between(noon, next_noon)] == [
        (10, 12),
        (13, 17),
    ]
    assert windows.open_between(noon + 11 * HOUR_S, noon + 14 * HOUR_S) == (
        (noon + 11 * HOUR_S, noon + 12 * HOUR_S),
        (noon + 13 * HOUR_S, noon + 14 * HOUR_S),
    )
    assert windows.open_between(noon, noon + HOUR_S) == ()
    assert hours("00:00-24:00").open_between(noon, next_noon) == ((noon, next_noon),)


@pytest.mark.parametrize(
    ("day", "hour", "shown"),
    [
        pytest.param(date(2026, 6, 1), 22, "2026-06-01T22:00+02:00", id="summer"),
        pytest.param(date(2027, 3, 28), 2, "2027-03-28T03:00+02:00", id="an hour that is left out"),
        pytest.param(date(2026, 10, 25), 2, "2026-10-25T02:00+02:00", id="an hour that comes twice"),
    ],
)
def test_a_clock_shows_a_time_at_one_moment(day: date, hour: int, shown: str) -> None:
    assert moment_on(day, hour * HOUR_S, "Europe/Berlin") == at(shown)
