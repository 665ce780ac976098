"""What a scenario says of lives that are drawn: rates that were seen, windows, and shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regplan.errors import InvalidSite
from regplan.profile.site import parse_site

if TYPE_CHECKING:
    from regplan.model.site import Scenario


def scenario(text: str) -> Scenario:
    found = parse_site(f"name: store\nimages: [nginx]\nscenario: {text}\n", "site.yaml").scenario
    assert found is not None
    return found


def test_what_varies_and_when_the_link_may_be_filled() -> None:
    found = scenario(
        "{missing_images: 1%, internet_rates: [8Mbit/s, 20Mbit/s], internet_spread: 30%, unpack_spread: 5%, "
        "window: '22:00-05:00', window_rate: 15Mbit/s}"
    )

    assert (found.missing, found.internet_spread, found.unpack_spread) == (0.01, 0.3, 0.05)
    assert found.internet_rates_bps == (8_000_000, 20_000_000)
    assert (found.window, found.window_bps) == ((79_200, 18_000), 15_000_000)
    assert scenario("{internet_rates: 8Mbit/s}").internet_rates_bps == (8_000_000,)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{internet_rates: []}", "scenario.internet_rates: at least one rate is expected"),
        ("{internet_rates: [fast]}", "scenario.internet_rates: 'fast'"),
        ("{internet_rates: {a: 1}}", "scenario.internet_rates: one value is expected, and here is"),
        ("{missing_images: 101%}", "scenario.missing_images: '101%' is more than all of it"),
        ("{unpack_spread: -1%}", "scenario.unpack_spread: '-1%'"),
        ("{window: '22:00-22:00'}", "scenario.window: '22:00-22:00' is a window that never opens"),
        ("{window: '22:00-05:00, 12:00-13:00'}", "are several windows, and one is expected"),
        ("{window: night}", "scenario.window: 'night' is not a window"),
        ("{window_rate: 0Mbit/s}", "scenario.window_rate: '0Mbit/s' is a rate of zero"),
    ],
)
def test_what_no_life_can_have_is_refused_with_its_key(text: str, problem: str) -> None:
    with pytest.raises(InvalidSite) as refused:
        scenario(text)

    assert problem in str(refused.value)
