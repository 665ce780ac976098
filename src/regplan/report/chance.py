"""What drawn lives come to, as a document and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.model.chance import Chance, ChanceWay, DrawnFrom, Estimate, PaysFrom, Spread

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "SPREADS",
    "STATS",
    "chance_document",
    "chance_from",
    "chance_rows",
    "spread_key",
    "spread_row",
    "window_text",
]

_CONFIDENCE: Final = 0.95
# What nobody may be able to tell of a topology.
_MAYBE: Final = ("peak_bps", "host_ready_s", "ready_s", "cost", "boot_nights", "upgrade_nights")
SPREADS: Final = ("wan_bytes", "saved_bytes", "blocked_minutes", "visits", *_MAYBE)
STATS: Final = ("mean", "mean_low", "mean_high", "p50", "p50_low", "p50_high", "p95", "p95_low", "p95_high", "max")
_UNITS: Final = frozenset({"bytes", "bps", "s", "minutes"})


def chance_document(chance: Chance) -> dict[str, object]:
    """Write what lives come to under every topology, with the seed that draws the same ones again; None is not known."""
    return {
        "seed": chance.seed,
        "draws": chance.draws,
        "most_draws": chance.most,
        "is_enough": chance.is_enough,
        "confidence_ratio": _CONFIDENCE,
        "years": chance.years,
        "workers": list(chance.workers),
        "window": None if chance.window is None else window_text(chance.window),
        "window_bps": chance.window_bps,
        "break_even_hosts": chance.pays.hosts,
        "drawn_break_even_hosts": _spread_document(chance.pays.drawn),
        "never_ratio": chance.pays.never_ratio,
        "ways": [_way(each) for each in chance.ways],
        "drawn_from": [
            {"key": each.key, "value": each.value, "law": each.law, "provenance": each.provenance}
            for each in chance.drawn_from
        ],
    }


def chance_from(document: Mapping[str, Any]) -> Chance | None:
    """Read it back from a plan document, None where it has none."""
    told = document.get("chance")
    if told is None:
        return None
    return Chance(
        seed=int(told["seed"]),
        draws=int(told["draws"]),
        most=int(told["most_draws"]),
        is_enough=bool(told["is_enough"]),
        years=told["years"],
        ways=tuple(_way_from(each) for each in told["ways"]),
        pays=PaysFrom(
            told["break_even_hosts"], _spread_from(told["drawn_break_even_hosts"]), float(told["never_ratio"])
        ),
        drawn_from=tuple(
            DrawnFrom(each["key"], each["value"], each["law"], each["provenance"]) for each in told["drawn_from"]
        ),
        window=None if told["window"] is None else _window_from(told["window"]),
        window_bps=told["window_bps"],
        workers=tuple(map(int, told["workers"])),
    )


def chance_rows(chance: Chance) -> list[dict[str, object]]:
    """List one flat row for each topology: every number of it by itself, and the seed that draws it again."""
    rows: list[dict[str, object]] = []
    for way in chance.ways:
        told = _way(way)
        row: dict[str, object] = {"topology": way.topology, "seed": chance.seed, "draws": chance.draws}
        row |= {key: told[key] for key in ("saved_ratio", "saved_low_ratio", "saved_high_ratio")}
        for name in SPREADS:
            row |= spread_row(name, _spread_document(getattr(way, name)))
        rows.append(row)
    return rows


def spread_row(name: str, told: Mapping[str, object] | None) -> dict[str, object]:
    """Name each number of a spread's document by itself; what is not known is None."""
    return {spread_key(name, stat): None if told is None else told[stat] for stat in STATS}


def spread_key(name: str, stat: str) -> str:
    """Put what of a spread is told before the unit, so that names end with it.

    >>> spread_key("wan_bytes", "p95"), spread_key("visits", "mean_low")
    ('wan_p95_bytes', 'visits_mean_low')
    """
    stem, _, unit = name.rpartition("_")
    return f"{stem}_{stat}_{unit}" if unit in _UNITS else f"{name}_{stat}"


def window_text(window: tuple[int, int]) -> str:
    """Write a daily window as the site file has it.

    >>> window_text((79_200, 18_000))
    '22:00-05:00'
    """
    begin, end = (f"{second // 3600:02}:{second % 3600 // 60:02}" for second in window)
    return f"{begin}-{end}"


def _spread_document(spread: Spread | None) -> dict[str, object] | None:
    """Write mean, half, 95 % and the most, each with its ends beside it."""
    if spread is None:
        return None
    told: dict[str, object] = {}
    for name in ("mean", "p50", "p95"):
        each: Estimate = getattr(spread, name)
        told |= {name: each.value, f"{name}_low": each.low, f"{name}_high": each.high}
    return {**told, "max": spread.most}


def _window_from(text: str) -> tuple[int, int]:
    begin, end = (int(each[:2]) * 3600 + int(each[3:]) * 60 for each in text.split("-"))
    return begin, end


def _spread_from(told: Mapping[str, Any] | None) -> Spread | None:
    return None if told is None else _known_from(told)


def _known_from(told: Mapping[str, Any]) -> Spread:
    mean, half, most_of = (
        Estimate(told[name], told[f"{name}_low"], told[f"{name}_high"]) for name in ("mean", "p50", "p95")
    )
    return Spread(mean, half, most_of, told["max"])


def _way(way: ChanceWay) -> dict[str, object]:
    ratio = way.saved_ratio
    return {
        "name": way.topology,
        "wan_bytes": _spread_document(way.wan_bytes),
        "wan_month_bytes": [_spread_document(each) for each in way.wan_month_bytes],
        "saved_bytes": _spread_document(way.saved_bytes),
        "saved_ratio": None if ratio is None else ratio.value,
        "saved_low_ratio": None if ratio is None else ratio.low,
        "saved_high_ratio": None if ratio is None else ratio.high,
        "blocked_minutes": _spread_document(way.blocked_minutes),
        "visits": _spread_document(way.visits),
        **{name: _spread_document(getattr(way, name)) for name in _MAYBE},
    }


def _way_from(told: Mapping[str, Any]) -> ChanceWay:
    ratio = told["saved_ratio"]
    return ChanceWay(
        topology=told["name"],
        wan_bytes=_known_from(told["wan_bytes"]),
        wan_month_bytes=tuple(_known_from(each) for each in told["wan_month_bytes"]),
        saved_bytes=_known_from(told["saved_bytes"]),
        saved_ratio=None if ratio is None else Estimate(ratio, told["saved_low_ratio"], told["saved_high_ratio"]),
        blocked_minutes=_known_from(told["blocked_minutes"]),
        visits=_known_from(told["visits"]),
        **{name: _spread_from(told[name]) for name in _MAYBE},
    )
