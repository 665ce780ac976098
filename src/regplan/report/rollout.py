"""A rollout as the document that others script against, and as the rows of its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from regplan.model.windows import wall_clock
from regplan.report.document import SCHEMA_VERSION, tool_document
from regplan.units import format_count, format_rate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from regplan.model.rollout import Rollout, RolloutNight, RolloutSite, RolloutSlip, SitePart
    from regplan.model.rollout_file import RolloutStudy

__all__ = [
    "BOUND_WORDS",
    "needs_words",
    "night_record",
    "rollout_document",
    "rollout_sheets",
    "rollout_site_record",
    "slip_record",
    "wave_record",
]

# What holds a night up, as people read it.
BOUND_WORDS: Final[Mapping[str, str]] = {
    "uplink": "uplink",
    "hub": "hub's pulls",
    "at_once": "sites at once",
    "per_night": "sites a night",
    "link": "sites' links",
    "window": "sites' windows",
    "wave": "the wave before",
    "": "",
}


def rollout_document(study: RolloutStudy) -> dict[str, object]:
    """Write a rollout: nights, sites in the order in which they are sent to, waves, what slips; sizes in bytes."""
    rollout, rules = study.rollout, study.rollout.rules
    last = rollout.last_night
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "rollout",
        "tool": tool_document(),
        "event": study.file.event,
        "way": study.file.way,
        "timezone": rules.zone,
        "start": rules.start.isoformat(),
        "until": None if rules.until is None else rules.until.isoformat(),
        "last_night": None if last is None else last.isoformat(),
        "ends_at": _ends_at(rollout),
        "late": rollout.is_late,
        "totals": _totals(study),
        "waves": [wave_record(rollout, number) for number in range(len(rules.waves))],
        "nights": [
            night_record(each) | {"sites": list(each.sites), "done": list(each.done)} for each in rollout.nights
        ],
        "sites": [rollout_site_record(rollout, each) | {"parts": _parts(rollout, each)} for each in rollout.sites],
        "failures": [slip_record(each) for each in rollout.slips],
        "problems": [
            {"line": each.line, "column": each.column, "site": each.site, "problem": each.problem}
            for each in study.problems
        ],
        "notes": list(study.notes),
    }


def rollout_site_record(rollout: Rollout, site: RolloutSite) -> dict[str, Any]:
    """Write one site as a flat record; moments are by head office's clock."""
    need, last = site.need, site.parts[-1]
    return {
        "name": need.name,
        "wave": rollout.rules.waves[need.wave].name,
        "way": need.way,
        "size_bytes": need.size_bytes,
        "lower_bound": need.is_lower_bound,
        "pulls": need.pulls,
        "link_bps": need.link_bps,
        "window": str(need.hours),
        "first_night": site.first_night.isoformat(),
        "last_night": site.last_night.isoformat(),
        "nights": sum(part.size_bytes > 0 for part in site.parts),
        "minutes": site.minutes,
        "begins_at": _moment(rollout, site.parts[0].begins_s),
        "ready_at": _moment(rollout, last.ends_s),
        "alone_nights": site.alone_nights,
        "alone_bps": site.alone_bps,
        "needs": needs_words(site),
    }


def needs_words(site: RolloutSite) -> str:
    """Tell in words what a site needs by itself: "three nights at 15 Mbit/s" in figures."""
    if not site.need.size_bytes:
        return "nothing over the uplink"
    return f"{format_count(site.alone_nights, 'night')} at {format_rate(site.alone_bps)}"


def night_record(night: RolloutNight) -> dict[str, Any]:
    """Write one night as a flat record: counts of sites, bytes, the share of the uplink, pulls, and what binds."""
    return {
        "night": night.night.isoformat(),
        "sites_count": len(night.sites),
        "done_count": len(night.done),
        "size_bytes": night.size_bytes,
        "open_minutes": night.open_minutes,
        "most_bytes": night.most_bytes,
        "busy_ratio": night.busy_ratio,
        "pulls": night.pulls,
        "bound_by": night.bound_by or None,
        "held_minutes": dict(night.held),
    }


def slip_record(slip: RolloutSlip) -> dict[str, Any]:
    """Write what slips where a night fails."""
    return {
        "night": slip.night.isoformat(),
        "moved_count": len(slip.moved),
        "last_night": slip.last_night.isoformat(),
        "days": slip.days,
        "moved": [
            {"site": name, "from": before.isoformat(), "to": after.isoformat()} for name, before, after in slip.moved
        ],
    }


def wave_record(rollout: Rollout, number: int) -> dict[str, Any]:
    """Write one wave: its sites and bytes, and from which night to which it goes."""
    wave, sites = rollout.rules.waves[number], [site for site in rollout.sites if site.need.wave == number]
    return {
        "name": wave.name,
        "sites_count": len(sites),
        "size_bytes": sum(site.need.size_bytes for site in sites),
        "first_night": min((site.first_night.isoformat() for site in sites), default=None),
        "last_night": max((site.last_night.isoformat() for site in sites), default=None),
        "wait_days": wave.wait_days,
    }


def rollout_sheets(study: RolloutStudy) -> Iterator[tuple[str, list[Sequence[Any]]]]:
    """Yield the sheets of a workbook, the sites' first: their name, and rows with the headings first."""
    rollout = study.rollout
    tables = (
        ("sites", [rollout_site_record(rollout, each) for each in rollout.sites]),
        ("nights", [night_record(each) for each in rollout.nights]),
        ("waves", [wave_record(rollout, number) for number in range(len(rollout.rules.waves))]),
        ("failures", [slip_record(each) for each in rollout.slips]),
    )
    for name, records in tables:
        keys = tuple(records[0]) if records else ("night",)
        yield name, [keys, *([_cell(record[key]) for key in keys] for record in records)]


def _cell(value: Any) -> Any:  # noqa: ANN401  a cell holds a text or a number
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in value.items())
    if isinstance(value, list):
        return ", ".join(f"{each['site']} {each['from']} to {each['to']}" for each in value)
    return "" if value is None else str(value) if isinstance(value, bool) else value


def _totals(study: RolloutStudy) -> Mapping[str, object]:
    rollout = study.rollout
    return {
        "sites": len(rollout.sites),
        "rows_with_problems": len({each.line for each in study.problems}),
        "nights": len(rollout.nights),
        "size_bytes": sum(site.need.size_bytes for site in rollout.sites),
        "pulls": sum(night.pulls for night in rollout.nights),
        "sites_without_uplink": sum(not site.need.size_bytes for site in rollout.sites),
        "sites_of_several_nights": sum(site.alone_nights > 1 for site in rollout.sites),
        "sites_of_lower_bound": len(study.lower_bounds),
    }


def _parts(rollout: Rollout, site: RolloutSite) -> list[Mapping[str, object]]:
    return [_part(rollout, each) for each in site.parts]


def _part(rollout: Rollout, part: SitePart) -> Mapping[str, object]:
    return {
        "night": part.night.isoformat(),
        "size_bytes": part.size_bytes,
        "pulls": part.pulls,
        "begins_at": _moment(rollout, part.begins_s),
        "ends_at": _moment(rollout, part.ends_s),
        "minutes": part.minutes,
    }


def _ends_at(rollout: Rollout) -> str | None:
    ends = [site.parts[-1].ends_s for site in rollout.sites]
    return _moment(rollout, max(ends)) if ends else None


def _moment(rollout: Rollout, at_s: int) -> str:
    return wall_clock(at_s, rollout.rules.zone).isoformat(timespec="minutes")
