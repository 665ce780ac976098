"""What a site's links carry over its life, as a document and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regplan.model.life import CarriedEvent, ExpectedWay, Life, LifeExpected, OutageEffect

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["life_document", "life_from"]


def life_document(life: Life) -> dict[str, object]:
    """Write every event under every topology, what outages do, and what the scenario is expected to carry; sizes in bytes."""
    return {
        "hosts": life.hosts,
        "cache": life.cache,
        "fallback": life.fallback,
        "break_even_hosts": life.break_even_hosts,
        "refused": list(life.refused),
        "events": [_event(each) for each in life.events],
        "outages": [_outage(each) for each in life.outages],
        "expected": None if life.expected is None else _expected(life.expected),
        "why": life.why,
        "upgrade_unresolved": list(life.upgrade_unresolved),
    }


def life_from(document: Mapping[str, Any]) -> Life | None:
    """Read it back from a plan document, None where it has none."""
    told = document.get("life")
    if told is None:
        return None
    expected = told["expected"]
    return Life(
        int(told["hosts"]),
        told["cache"],
        told["fallback"],
        tuple(_event_from(each) for each in told["events"]),
        tuple(_outage_from(each) for each in told["outages"]),
        told["break_even_hosts"],
        tuple(told["refused"]),
        None if expected is None else _expected_from(expected),
        told["why"],
        tuple(told.get("upgrade_unresolved", ())),
    )


def _event(each: CarriedEvent) -> dict[str, object]:
    return {
        "event": each.event,
        "topology": each.topology,
        "wan_bytes": each.wan_bytes,
        "lan_bytes": each.lan_bytes,
        "media_bytes": each.media_bytes,
        "wan_low_bytes": each.wan_low_bytes,
        "wan_high_bytes": each.wan_high_bytes,
        "unknown_images": list(each.unknown_images),
    }


def _event_from(told: Mapping[str, Any]) -> CarriedEvent:
    return CarriedEvent(
        told["event"],
        told["topology"],
        int(told["wan_bytes"]),
        int(told["lan_bytes"]),
        int(told["media_bytes"]),
        int(told["wan_low_bytes"]),
        int(told["wan_high_bytes"]),
        tuple(told["unknown_images"]),
    )


def _outage(each: OutageEffect) -> dict[str, object]:
    return {
        "outage": each.outage,
        "event": each.event,
        "topology": each.topology,
        "blocked_images": len(each.blocked),
        "fallback_images": len(each.fallback),
        "blocked": list(each.blocked),
        "fallback": list(each.fallback),
    }


def _outage_from(told: Mapping[str, Any]) -> OutageEffect:
    return OutageEffect(
        told["outage"], told["event"], told["topology"], tuple(told["blocked"]), tuple(told["fallback"])
    )


def _expected(told: LifeExpected) -> dict[str, object]:
    direct = next((each.wan_bytes for each in told.ways if each.topology == "direct"), 0)
    return {
        "years": told.years,
        "upgrades": told.upgrades,
        "given_upgrades": told.given_upgrades,
        "break_even_hosts": told.break_even_hosts,
        "ways": [_way(each, direct) for each in told.ways],
    }


def _way(each: ExpectedWay, direct_bytes: int) -> dict[str, object]:
    return {
        "name": each.topology,
        "wan_bytes": each.wan_bytes,
        "lan_bytes": each.lan_bytes,
        "media_bytes": each.media_bytes,
        "wan_month_bytes": list(each.wan_month_bytes),
        "wan_event_bytes": dict(each.parts),
        "visits": each.visits,
        "waiting_events": each.waiting,
        "saved_bytes": each.saved_bytes,
        "saved_low_bytes": each.saved_low_bytes,
        "saved_high_bytes": each.saved_high_bytes,
        "saved_ratio": each.saved_ratio(direct_bytes),
        "cost": each.cost,
    }


def _expected_from(told: Mapping[str, Any]) -> LifeExpected:
    return LifeExpected(
        float(told["years"]),
        int(told["upgrades"]),
        int(told["given_upgrades"]),
        tuple(_way_from(each) for each in told["ways"]),
        told["break_even_hosts"],
    )


def _way_from(told: Mapping[str, Any]) -> ExpectedWay:
    return ExpectedWay(
        topology=told["name"],
        wan_bytes=int(told["wan_bytes"]),
        lan_bytes=int(told["lan_bytes"]),
        media_bytes=int(told["media_bytes"]),
        wan_month_bytes=tuple(map(int, told["wan_month_bytes"])),
        parts=tuple((event, int(size)) for event, size in told["wan_event_bytes"].items()),
        visits=int(told["visits"]),
        waiting=float(told["waiting_events"]),
        saved_bytes=int(told["saved_bytes"]),
        saved_low_bytes=int(told["saved_low_bytes"]),
        saved_high_bytes=int(told["saved_high_bytes"]),
        cost=told["cost"],
    )
