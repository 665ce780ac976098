"""What would make a plan pass, and what its assumptions move: documents, and the words that every face says of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from regplan.model.finding import Verdict
from regplan.model.fix import Advice, Change, Cost, Fix, Named, WayOut
from regplan.report.words import readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from regplan.model.plan import Plan
    from regplan.model.sensitivity import End, Swing

__all__ = [
    "advice_document",
    "advice_from",
    "change_text",
    "moved_text",
    "outcome_text",
    "removed_text",
    "sensitivity_from",
    "value_text",
]

# Rules that tell processors and memory of one place.
_OF_TWO: Final = frozenset({"host.requests", "host.n-1", "host.surge"})
_QUANTITIES: Final = {"milli": "CPU", "bytes": "memory"}


def advice_document(plan: Plan) -> dict[str, object]:
    """Write fixes, way out and sensitivity; each is null where nobody asked for it."""
    advice, swings = plan.advice, plan.sensitivity
    way_out = None if advice is None else advice.way_out
    return {
        "fixes": None if advice is None else [_fix(each) for each in advice.fixes],
        "way_out": None if way_out is None else _way_out(way_out),
        "sensitivity": None if swings is None else [_swing(each) for each in swings],
    }


def advice_from(document: Mapping[str, Any]) -> Advice | None:
    """Read fixes and way out back; an older plan has none."""
    told = document.get("fixes")
    if told is None:
        return None
    fixes = tuple(
        Fix(
            each["title"],
            Cost(each["cost"]),
            _changes(each["changes"]),
            _names(each["removes"]),
            Verdict(each["verdict"]),
            each["binding_constraint"],
            float(each["relative_change"]),
        )
        for each in told
    )
    way = document.get("way_out")
    return Advice(fixes, None if way is None else _way_out_from(way))


def sensitivity_from(document: Mapping[str, Any]) -> tuple[Swing, ...] | None:
    """Read the sensitivity back; an older plan has none."""
    told = document.get("sensitivity")
    if told is None:
        return None
    from regplan.model.sensitivity import Swing

    return tuple(
        Swing(
            each["key"],
            each["unit"],
            each["meaning"],
            each["source"],
            *(_end(each[at]) for at in ("low", "now", "high")),
        )
        for each in told
    )


def change_text(change: Change | Mapping[str, Any]) -> str:
    """Say a change in one line.

    >>> change_text(Change("registry.storage", "100GB", "280GiB"))
    'registry.storage: 100GB -> 280GiB'
    """
    key, before, after = (
        (change.key, change.before, change.after)
        if isinstance(change, Change)
        else (change["key"], change["from"], change["to"])
    )
    return f"{key}: {before or 'not stated'} -> {after}"


def removed_text(names: Iterable[Named | Mapping[str, Any]]) -> str:
    """Name findings, each rule once with its places, and with its quantity where it may be either.

    >>> removed_text([Named("host.cpu", "node-1", "milli"), Named("host.cpu", "node-2", "milli")])
    'host.cpu (node-1, node-2)'
    >>> removed_text([Named("host.requests", "node-1", "bytes")])
    'host.requests (node-1: memory)'
    """
    places: dict[str, list[str]] = {}
    for each in names:
        told = each if isinstance(each, Named) else Named(each["rule"], each["where"], each.get("unit", ""))
        quantity = _QUANTITIES.get(told.unit, "") if told.rule in _OF_TWO else ""
        where = f"{told.where}: {quantity}" if quantity else told.where
        places.setdefault(told.rule, []).append(where)
    return ", ".join(f"{rule} ({', '.join(filter(None, where))})" for rule, where in places.items())


def outcome_text(verdict: Verdict | str, binding: str | None) -> str:
    """Say what a plan comes to after a change."""
    return f"{verdict}" if verdict == "PASS" or binding is None else f"{verdict}, bound by {binding}"


def value_text(value: float, unit: str) -> str:
    """Say the value of an assumption; a ratio above one is a factor, and no share of anything.

    >>> value_text(0.15, "ratio"), value_text(3.11, "ratio")
    ('15 %', '3.11 times')
    """
    return readable(value, "times" if unit == "ratio" and value > 1 else unit)


def moved_text(swing: Swing | Mapping[str, Any]) -> str:
    """Say how far an assumption goes."""
    from regplan.model.sensitivity import Swing

    low, high, unit = (
        (swing.low.value, swing.high.value, swing.unit)
        if isinstance(swing, Swing)
        else (swing["low"]["value"], swing["high"]["value"], swing["unit"])
    )
    return f"{value_text(low, unit)} to {value_text(high, unit)}"


def _fix(fix: Fix) -> dict[str, object]:
    return {
        "title": fix.title,
        "cost": fix.cost.value,
        "changes": [_change(each) for each in fix.changes],
        "removes": [asdict(each) for each in fix.removes],
        "verdict": fix.verdict.value,
        "binding_constraint": fix.binding_constraint,
        "relative_change": fix.relative_change,
    }


def _way_out(way: WayOut) -> dict[str, object]:
    return {
        "steps": list(way.steps),
        "changes": [_change(each) for each in way.changes],
        "removes": [asdict(each) for each in way.removes],
        "verdict": way.verdict.value,
        "binding_constraint": way.binding_constraint,
        "leaves": [asdict(each) for each in way.leaves],
    }


def _way_out_from(way: Mapping[str, Any]) -> WayOut:
    return WayOut(
        tuple(way["steps"]),
        _changes(way["changes"]),
        _names(way["removes"]),
        Verdict(way["verdict"]),
        way["binding_constraint"],
        _names(way["leaves"]),
    )


def _change(change: Change) -> dict[str, object]:
    return {
        "key": change.key,
        "from": change.before,
        "to": change.after,
        "unit": change.unit,
        "from_number": change.before_number,
        "to_number": change.after_number,
    }


def _changes(told: Iterable[Mapping[str, Any]]) -> tuple[Change, ...]:
    return tuple(
        Change(each["key"], each["from"], each["to"], each["unit"], each["from_number"], each["to_number"])
        for each in told
    )


def _names(told: Iterable[Mapping[str, Any]]) -> tuple[Named, ...]:
    return tuple(Named(each["rule"], each["where"], each.get("unit", "")) for each in told)


def _swing(swing: Swing) -> dict[str, object]:
    return {
        "key": swing.key,
        "unit": swing.unit,
        "meaning": swing.meaning,
        "source": swing.source,
        **{name: _end_document(end) for name, end in (("low", swing.low), ("now", swing.now), ("high", swing.high))},
        "need_bytes": swing.need_bytes,
        "moves_verdict": swing.moves_verdict,
    }


def _end_document(end: End) -> dict[str, object]:
    return {**asdict(end), "verdict": end.verdict.value}


def _end(told: Mapping[str, Any]) -> End:
    from regplan.model.sensitivity import End

    return End(
        told["value"],
        int(told["required_bytes"]),
        Verdict(told["verdict"]),
        told["binding_constraint"],
        told["tightest"],
        told["reach"],
    )
