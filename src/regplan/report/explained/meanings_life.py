"""What the numbers of a site's life on its links are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.explained.told import Told

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LIFE"]

_MEASURED: Final = "measured"
_DECLARED: Final = "declared"
_DIGESTS: Final = "sets of digests of manifests, placed as docs/bandwidth.md says"
_RATES: Final = "site file, scenario; what an event carries from sets of digests, and upgrades beyond those given taken to be alike (docs/bandwidth.md)"
_EVENT: Final = "{row[event]} where images come by {row[topology]}, the mean over the hosts that it may happen to"
_WAY: Final = "over the scenario where images come by {row[name]}"

LIFE: Final[Mapping[str, Told]] = {
    "life.hosts": Told("Hosts of the site.", _DECLARED, "site file, hosts", "hosts"),
    "life.break_even_hosts": Told(
        "From how many hosts on, each pulling as the site's do on average, a registry seeded over the internet carries less at "
        "the first bootstrap: floor(B / (p - pre)) + 1.",
        _MEASURED, _DIGESTS, "hosts",
    ),
    "life.events[].wan_bytes": Told(f"Internet bytes of {_EVENT}.", _MEASURED, _DIGESTS),
    "life.events[].lan_bytes": Told(f"Bytes over the local network of {_EVENT}.", _MEASURED, _DIGESTS),
    "life.events[].media_bytes": Told(f"Bytes on media of {_EVENT}.", _MEASURED, _DIGESTS),
    "life.events[].wan_low_bytes": Told(
        "The least internet bytes of {row[event]} by {row[topology]}: of any host, and with images of unknown placement on one.",
        _MEASURED, _DIGESTS,
    ),
    "life.events[].wan_high_bytes": Told(
        "The most internet bytes of {row[event]} by {row[topology]}: of any host, and with images of unknown placement on all.",
        _MEASURED, _DIGESTS,
    ),
    "life.outages[].blocked_images": Told(
        "Images that some host waits for in {row[event]} by {row[topology]} with the {row[outage]} away (disk: the registry's is full).", _MEASURED, _DIGESTS
    ),
    "life.outages[].fallback_images": Told(
        "Images that come past the registry in {row[event]} by {row[topology]} with the {row[outage]} away (disk: the registry's is full).",
        _MEASURED, _DIGESTS,
    ),
    "life.expected.years": Told("How long the scenario is.", _DECLARED, "site file, scenario.years", "years"),
    "life.expected.upgrades": Told(
        "Upgrades in the scenario: upgrades_per_year times years, rounded down.", _DECLARED, "site file, scenario", "upgrades"
    ),
    "life.expected.given_upgrades": Told(
        "Upgrades whose images are known, since the site names the version; the others are taken to carry as much.",
        _DECLARED, "site file, upgrade_to", "upgrades",
    ),
    "life.expected.break_even_hosts": Told(
        "From how many hosts on a registry seeded over the internet carries less over the whole scenario.", _MEASURED, _RATES, "hosts"
    ),
    "life.expected.ways[].wan_bytes": Told(f"Internet bytes {_WAY}, as expected.", _DECLARED, _RATES),
    "life.expected.ways[].lan_bytes": Told(f"Bytes over the local network {_WAY}, as expected.", _DECLARED, _RATES),
    "life.expected.ways[].media_bytes": Told(f"Bytes on media {_WAY}.", _DECLARED, _RATES),
    "life.expected.ways[].wan_month_bytes[]": Told(f"Internet bytes of one month {_WAY}.", _DECLARED, _RATES, "bytes"),
    "life.expected.ways[].wan_event_bytes.*": Told("Internet bytes of every {key} of the scenario together.", _DECLARED, _RATES, "bytes"),
    "life.expected.ways[].visits": Told(f"Visits that bring media {_WAY}: the first, and one for each upgrade.", _DECLARED, _RATES, "visits"),
    "life.expected.ways[].waiting_events": Told(
        "Hosts set up anew or joining that are expected to wait for an outage to end by {row[name]}.", _DECLARED, _RATES, "events"
    ),
    "life.expected.ways[].saved_bytes": Told(f"What is saved of direct pulls' internet bytes {_WAY}.", _DECLARED, _RATES),
    "life.expected.ways[].saved_low_bytes": Told(
        f"The least that is saved {_WAY}, by where images of unknown placement run.", _DECLARED, _RATES
    ),
    "life.expected.ways[].saved_high_bytes": Told(
        f"The most that is saved {_WAY}, by where images of unknown placement run.", _DECLARED, _RATES
    ),
    "life.expected.ways[].saved_ratio": Told(f"The saved share of direct pulls' internet bytes {_WAY}.", _DECLARED, _RATES),
    "life.expected.ways[].cost": Told(
        f"Internet bytes and visits {_WAY} at the site's prices.", _DECLARED, "site file, scenario.price_per_GB and price_per_visit",
        "in the prices' currency",
    ),
}  # fmt: skip
