"""When a seeding ends, by what is known: link and cap before it has run for a minute, and then what was measured."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from regplan.errors import InputError
from regplan.model.run import SeedLimits
from regplan.model.site import Link, Site
from regplan.seed.lanes import Widths
from regplan.seed.listening import Listener
from regplan.seed.runlog import Snapshot
from regplan.verbs.limiting import Outlook, limits_at, pulls_of, windows_of
from regplan.verbs.wishes import SeedWishes, limited, settings_for

SITE = Site("store", internet_link=Link(20_000_000, 0.06), timezone="Europe/Berlin")
TOLD = Snapshot(seconds=30, total_bytes=20_000_000, confirmed_bytes=10_000_000, rate_bps=8_000_000)


def test_the_sites_clock_holds_where_its_file_names_one() -> None:
    limits = SeedLimits(windows=("22:00-05:00",))

    assert limits_at(limits, SITE).zone == "Europe/Berlin"
    assert limits_at(limits, replace(SITE, defaulted=("timezone",))).zone is None
    assert limits_at(limits, None).zone is None
    assert windows_of(SeedLimits()) is None


def test_a_window_that_cannot_be_is_refused_before_anything_is_done() -> None:
    with pytest.raises(InputError, match="is not a window"):
        limited(None, None, SeedWishes(limits=SeedLimits(windows=("night",))))


def test_with_a_cap_a_source_is_read_little_ahead_and_without_one_as_the_system_likes() -> None:
    capped, _ = limited(None, None, SeedWishes(limits=SeedLimits(max_bps=15_000_000)))
    free, _ = limited(None, None, None)

    assert (capped.connection.ahead_bytes, free.connection.ahead_bytes) == (92_812, None)


def test_whoever_seeds_asks_a_source_as_much_at_once_as_small_steps_go() -> None:
    assert limited(None, None, None)[0].connection.at_once == Widths().small


def test_before_a_minute_has_passed_link_and_cap_foretell_and_then_the_last_minute() -> None:
    outlook = Outlook.of(SITE, SeedLimits())
    early, late = outlook.live(TOLD, 0.0), outlook.live(replace(TOLD, seconds=60.0), 0.0)

    assert early is not None
    assert late is not None
    assert (early.bound, early.moving_s) == ("link", 4.0)
    assert (late.bound, late.moving_s) == ("measured", 10.0)


def test_what_was_measured_is_never_above_the_cap() -> None:
    told = Outlook.of(SITE, SeedLimits(max_bps=4_000_000)).live(replace(TOLD, seconds=60.0), 0.0)

    assert told is not None
    assert (told.rate_bps, told.moving_s) == (4_000_000, 20.0)


def test_without_link_and_cap_what_was_measured_is_all_there_is() -> None:
    outlook = Outlook.of(None, SeedLimits())

    assert outlook.ahead(1, 1, 0.0) is None
    assert outlook.live(replace(TOLD, rate_bps=0.0), 0.0) is None
    told = outlook.live(TOLD, 0.0)
    assert told is not None
    assert told.moving_s == 10.0


def test_a_disk_is_behind_no_link() -> None:
    assert Outlook.of(SITE, SeedLimits(), to_disk=True).ahead(1, 1, 0.0) is None


def test_everything_that_is_wished_for_reaches_the_runner() -> None:
    limits = SeedLimits(max_bps=8_000_000, windows=("22:00-05:00",), most_pulls=3)
    options, wished = limited(SITE, None, SeedWishes(limits=limits))
    settings = settings_for(wished)

    assert options.pulls is not None
    assert settings.limiter is not None
    assert settings.limiter.piece_bytes > 0
    assert str(settings.windows) == "22:00-05:00 (Europe/Berlin)"
    assert settings_for(SeedWishes()).limiter is None
    assert limited(SITE, None, None)[0].pulls is None


def test_who_listens_hears_why_no_pull_is_made_and_until_when() -> None:
    class Hearing(Listener):
        said: tuple[str, float] = ("", 0.0)

        def waiting(self, why: str, until_s: float) -> None:
            self.said = (why, until_s)

    hearing = Hearing()
    pulls = pulls_of(SeedLimits(most_pulls=1), [hearing])
    assert pulls is not None
    pulls.take("docker.io", 0.0)
    pulls.take("docker.io", 1.0)

    assert hearing.said[0] == "1 pull of docker.io made in its window"
    assert hearing.said[1] - time.monotonic() == pytest.approx(6 * 3600 - 1, abs=60)
