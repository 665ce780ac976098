"""What the numbers are that the clock tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.explained.told import Told

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CLOCK"]

_MEASURED: Final = "measured"
_PULLS: Final = "layers of manifests, the site file's links, and clock.pulls (docs/bandwidth.md)"
_WAY: Final = "where images come by {row[name]}, by tier {row[tier]}"

CLOCK: Final[Mapping[str, Told]] = {
    "clock.ways[].tier": Told(
        "How the times of {row[name]} are reckoned: 1 by the closed form, 2 layer by layer.", _MEASURED, _PULLS, "tier"
    ),
    "clock.ways[].ready_s.p50": Told("When half the hosts have unpacked their images at the first bootstrap.", _MEASURED, _PULLS, "s"),
    "clock.ways[].ready_s.p95": Told("When 95 % of the hosts have unpacked their images at the first bootstrap.", _MEASURED, _PULLS, "s"),
    "clock.ways[].ready_s.max": Told("When the last host has unpacked its images at the first bootstrap.", _MEASURED, _PULLS, "s"),
    "clock.ways[].least_s": Told(f"The time that no order of pulls beats {_WAY}.", _MEASURED, _PULLS),
    "clock.ways[].peak_bps": Told(f"The internet link's highest rate on the wire {_WAY}.", _MEASURED, _PULLS),
    "clock.ways[].busiest_bytes": Told(f"What the internet link carries at most in five minutes {_WAY}.", _MEASURED, _PULLS),
    "clock.ways[].requests": Told(f"What hosts ask registries {_WAY}.", _MEASURED, _PULLS, "requests"),
    "clock.ways[].tier_ratio": Told("When {row[name]} is ready layer by layer, over the closed form.", _MEASURED, _PULLS, "ratio"),
    "clock.pulls[].value": Told("{row[key]} of the site file's pulls: {row[doc]}.", "{row[provenance]}", "{row[source]}"),
}  # fmt: skip
