"""What the numbers of drawn lives are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.explained.told import Told

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CHANCE"]

_DECLARED: Final = "declared"
_DRAWN: Final = "site file, scenario: {doc[chance][draws]} lives of chance.drawn_from, as docs/bandwidth.md says"
_SURE: Final = "between which it is with 95 %"
_SPREAD: Final = "{{key}} over all lives of {what}; p50 and p95 are what half and 95 % of them do not exceed, low and high ends that hold with 95 %."
# What is spread, and its unit where the name does not say it.
_SPREADS: Final[Mapping[str, tuple[str, str]]] = {
    "wan_bytes": ("internet bytes of a life", "bytes"),
    "wan_month_bytes[]": ("internet bytes of one month", "bytes"),
    "saved_bytes": ("what direct pulls carried more in the same life", "bytes"),
    "blocked_minutes": ("how long hosts waited for images, all together", "minutes"),
    "visits": ("how often media were brought", "visits"),
    "peak_bps": ("the internet link's highest rate", "bps"),
    "host_ready_s": ("when a host has unpacked its images at the bootstrap", "s"),
    "ready_s": ("when the last host has unpacked its images at the bootstrap", "s"),
    "cost": ("internet bytes and visits at the site's prices", "in the prices' currency"),
    "boot_nights": ("how many of the scenario's windows the bootstrap takes", "nights"),
    "upgrade_nights": ("how many of the scenario's windows the largest upgrade takes", "nights"),
}
_KEYS: Final[Mapping[str, Told]] = {
    "chance.seed": Told("What draws the same lives again.", _DECLARED, "--seed, or drawn where nobody said one"),
    "chance.draws": Told("Lives that were drawn: as many as were enough, or all that were asked for.", "measured", "counted", "lives"),
    "chance.most_draws": Told("Lives that were to be drawn at most.", _DECLARED, "--draws", "lives"),
    "chance.confidence_ratio": Told("How likely it is that what is told of a number's ends holds.", "rule", "docs/bandwidth.md"),
    "chance.years": Told("How long a life is.", _DECLARED, "site file, scenario.years", "years"),
    "chance.workers[]": Told("A process that drew lives; how many there are changes no other number.", "measured", "the system"),
    "chance.window_bps": Told("What may be taken of the internet link in the window.", _DECLARED, "site file, scenario.window_rate"),
    "chance.break_even_hosts": Told(
        "From how many hosts on a registry seeded over the internet carries less, by the means of all lives.", _DECLARED, _DRAWN, "hosts"
    ),
    "chance.never_ratio": Told("The share of lives in which a registry never carries less, however many hosts there are.", _DECLARED, _DRAWN),
    "chance.ways[].saved_ratio": Told(
        "The saved share of direct pulls' internet bytes where images come by {row[name]}: the ratio of the means.", _DECLARED, _DRAWN
    ),
    "chance.ways[].saved_low_ratio": Told(f"The lower end of the saved share, {_SURE}, by {{row[name]}}.", _DECLARED, _DRAWN),
    "chance.ways[].saved_high_ratio": Told(f"The upper end of the saved share, {_SURE}, by {{row[name]}}.", _DECLARED, _DRAWN),
}  # fmt: skip


def _told(what: str, unit: str) -> Told:
    return Told(_SPREAD.format(what=what), _DECLARED, _DRAWN, unit)


CHANCE: Final[Mapping[str, Told]] = {
    **_KEYS,
    "chance.drawn_break_even_hosts.*": _told("from how many hosts on a registry carries less", "hosts"),
    **{f"chance.ways[].{name}.*": _told(what, unit) for name, (what, unit) in _SPREADS.items()},
}
