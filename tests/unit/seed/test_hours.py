"""What may begin before a window closes, and when all should have ended."""

from __future__ import annotations

import math
from datetime import datetime

import pytest

from regplan.model.windows import Windows
from regplan.seed.hours import Admission, Pace, forecast, longest_bytes

NIGHT = Windows.parse("22:00-05:00", "Europe/Berlin")
HOUR_S = 3600
MBIT = 1_000_000


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_without_windows_everything_may_begin() -> None:
    assert Admission().may_begin(0)
    assert Admission(max_bps=MBIT).fits(10**15, 0.0)


def test_a_blob_begins_only_if_it_ends_before_the_window_closes() -> None:
    admission = Admission(NIGHT, 8 * MBIT)
    last_hour = at("2026-11-30T04:00+01:00")

    assert admission.fits(3_600_000_000, last_hour)
    assert not admission.fits(3_600_000_001, last_hour)
    assert not admission.fits(3_000_000_000, last_hour, ahead_bytes=700_000_000)
    assert not admission.fits(1_000_000_000, last_hour, rate_bps=2 * MBIT)
    assert not admission.fits(1, at("2026-11-30T12:00+01:00"))
    assert not admission.may_begin(at("2026-11-30T12:00+01:00"))


def test_without_any_rate_a_blob_may_begin_while_a_window_is_open() -> None:
    assert Admission(NIGHT).fits(10**15, at("2026-11-30T04:59+01:00"))
    assert not Admission(NIGHT).fits(1, at("2026-11-30T05:00+01:00"))


def test_the_largest_blob_that_a_window_lets_through_is_its_length_at_the_rate() -> None:
    assert longest_bytes(NIGHT, 8 * MBIT) == 7 * HOUR_S * 1_000_000
    assert longest_bytes(Windows.parse("00:00-24:00"), MBIT) == math.inf


@pytest.mark.parametrize(
    ("link", "cap", "rate", "bound"),
    [(20 * MBIT, 15 * MBIT, 15 * MBIT, "cap"), (10 * MBIT, 15 * MBIT, 10 * MBIT, "link"), (None, None, None, "link")],
)
def test_the_lower_of_link_and_cap_is_the_rate(link: int | None, cap: int | None, rate: int | None, bound: str) -> None:
    pace = Pace(link, cap)
    assert (pace.rate_bps, pace.bound) == (rate, bound)


def test_bytes_take_their_time_at_the_rate_or_requests_theirs_at_the_round_trip() -> None:
    bytes_, requests = (
        forecast(1_000_000, 8, Pace(8 * MBIT, None, 0.1), 50.0),
        forecast(1, 81, Pace(MBIT, None, 0.1), 0.0),
    )

    assert bytes_ is not None
    assert (bytes_.moving_s, bytes_.ends_at_s, bytes_.windows) == (1.0, 51.0, 0)
    assert requests is not None
    assert requests.moving_s == pytest.approx(1.1)


def test_what_does_not_fit_into_one_night_ends_in_the_second() -> None:
    told = forecast(9 * HOUR_S * 1_000_000, 0, Pace(8 * MBIT), at("2026-11-29T12:00+01:00"), NIGHT)

    assert told is not None
    assert told.begins_at_s == at("2026-11-29T22:00+01:00")
    assert told.ends_at_s == at("2026-12-01T00:00+01:00")
    assert (told.windows, told.moving_s) == (2, 9 * HOUR_S)


def test_a_night_in_which_clocks_are_put_is_reckoned_as_long_as_it_is() -> None:
    seven_hours = 7 * HOUR_S * 1_000_000
    spring = forecast(seven_hours, 0, Pace(8 * MBIT), at("2026-03-28T22:00+01:00"), NIGHT)
    autumn = forecast(seven_hours, 0, Pace(8 * MBIT), at("2026-10-24T22:00+02:00"), NIGHT)

    assert spring is not None
    assert autumn is not None
    assert (spring.windows, spring.ends_at_s) == (2, at("2026-03-29T23:00+02:00"))
    assert (autumn.windows, autumn.ends_at_s) == (1, at("2026-10-25T04:00+01:00"))


def test_without_a_rate_or_within_ten_years_of_windows_nothing_is_foretold() -> None:
    assert forecast(1, 0, Pace(), 0.0) is None
    assert forecast(10**15, 0, Pace(8_000), 0.0, Windows.parse("22:00-22:01", "Europe/Berlin")) is None


def test_nothing_left_takes_no_time_however_far_the_window_is() -> None:
    told = forecast(0, 0, Pace(MBIT), at("2026-11-29T12:00+01:00"), NIGHT)

    assert told is not None
    assert told.moving_s == 0
