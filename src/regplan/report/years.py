"""Drawn years of a fleet as a document, and as flat records for tables; sizes in bytes, times in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.chance import Estimate
    from regplan.model.years import FleetWay, FleetYears, SiteWay, SiteYears

__all__ = ["SITE_KEYS", "fleet_way_record", "site_way_rows", "site_years_record", "years_document"]

Record = dict[str, object]
_CONFIDENCE: Final = 0.95
# What stands in every row: which seed draws the same again, how often, how many years a draw has, and whether bytes are lower bounds.
_SAME: Final = ("drawn_seed", "drawn_draws", "drawn_years", "drawn_lower_bound")
_TOPOLOGIES: Final = ("direct", "primary", "bundle", "pull-through", "peer-to-peer")


def years_document(years: FleetYears) -> Record:
    """Write what drawn years come to, of all sites and of each; all but `workers` and `blocks_found` is the same whoever draws."""
    return {
        "seed": years.seed,
        "draws": years.draws,
        "confidence_ratio": _CONFIDENCE,
        "blocks": years.blocks,
        "blocks_found": years.found,
        "workers": list(years.workers),
        "head_office": {
            **_ends("peak_mean", "bps", years.peak_mean_bps),
            **_ends("peak_p95", "bps", years.peak_p95_bps),
        },
        "ways": [fleet_way_record(way) for way in years.ways],
        "sites": [
            {
                "name": site.name,
                "line": site.line,
                "years": site.years,
                "lower_bound": site.is_low,
                "ways": [_site_way(way) for way in site.ways],
            }
            for site in years.sites
        ],
    }


def fleet_way_record(way: FleetWay) -> Record:
    """Write what all sites come to together under one topology."""
    return {
        "name": way.topology,
        **_carried(way),
        **_ends("release_mean", "bytes", way.release_mean),
        **_ends("release_p95", "bytes", way.release_p95),
        "release_max_bytes": way.release_most,
        **_ready(way),
    }


def site_years_record(years: FleetYears, site: SiteYears | None) -> Record:
    """Write one site's drawn years flat: the topology stands before each key; None throughout where nothing was drawn of it."""
    if site is None:
        return dict.fromkeys(SITE_KEYS)
    told = {f"{_stem(way.topology)}_{key}": value for way in site.ways for key, value in _values(way)}
    return {**dict(zip(_SAME, (years.seed, years.draws, site.years, site.is_low), strict=True)), **told}


def site_way_rows(years: FleetYears) -> list[Record]:
    """Write a row for each site and topology."""
    return [
        {"site": site.name, "line": site.line, "years": site.years, "topology": way.topology, **dict(_values(way))}
        for site in years.sites
        for way in site.ways
    ]


def _stem(topology: str) -> str:
    return f"drawn_{topology.replace('-', '_')}"


def _values(way: SiteWay) -> Iterator[tuple[str, object]]:
    return ((key, value) for key, value in _site_way(way).items() if key != "name")


def _site_way(way: SiteWay) -> Record:
    return {
        "name": way.topology,
        **_carried(way),
        **_ready(way),
    }


def _ready(way: SiteWay | FleetWay) -> Record:
    return {
        **_seconds("ready_p50", way.ready_p50_ms),
        **_seconds("ready_p95", way.ready_p95_ms),
        "ready_max_s": None if way.ready_most_ms is None else way.ready_most_ms / 1_000,
    }


def _carried(way: SiteWay | FleetWay) -> Record:
    return {
        **_ends("wan_mean", "bytes", way.wan_mean),
        **_ends("wan_p95", "bytes", way.wan_p95),
        "wan_max_bytes": way.wan_most,
        **_ends("saved_mean", "bytes", way.saved_mean),
        **_ends("saved_p05", "bytes", way.saved_p05),
        **_ends("saved_p95", "bytes", way.saved_p95),
        **_ends("saved", "ratio", way.saved_ratio),
    }


def _ends(stem: str, unit: str, told: Estimate | None, scale: float = 1.0) -> Record:
    """Write a value and both its ends, the unit last."""
    values = (None, None, None) if told is None else (told.value, told.low, told.high)
    names = (f"{stem}_{unit}", f"{stem}_low_{unit}", f"{stem}_high_{unit}")
    return {name: _scaled(value, scale) for name, value in zip(names, values, strict=True)}


def _seconds(stem: str, told: Estimate | None) -> Record:
    return _ends(stem, "s", told, 1_000)


def _scaled(value: float | None, scale: float) -> float | None:
    return value if value is None or scale == 1 else value / scale


_KEYS: Final = tuple(
    f"{stem}{end}_{unit}"
    for stem, unit, ends in (
        ("wan_mean", "bytes", ("", "_low", "_high")),
        ("wan_p95", "bytes", ("", "_low", "_high")),
        ("wan_max", "bytes", ("",)),
        ("saved_mean", "bytes", ("", "_low", "_high")),
        ("saved_p05", "bytes", ("", "_low", "_high")),
        ("saved_p95", "bytes", ("", "_low", "_high")),
        ("saved", "ratio", ("", "_low", "_high")),
        ("ready_p50", "s", ("", "_low", "_high")),
        ("ready_p95", "s", ("", "_low", "_high")),
        ("ready_max", "s", ("",)),
    )
    for end in ends
)
# Every key of a flat record, in its order.
SITE_KEYS: Final = (*_SAME, *(f"{_stem(name)}_{key}" for name in _TOPOLOGIES for key in _KEYS))
