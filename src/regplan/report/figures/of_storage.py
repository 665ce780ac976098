"""Charts of what the registry must hold, of how it fills up, and of what the assumptions move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.figures.chart import Axis, Bar, Bars, Chart, Line, Panel, Rule, distinct
from regplan.report.prospects import runway_words, span_words
from regplan.report.series import storage_steps, tornado_blades, unresolved_or_unknown
from regplan.report.words import readable
from regplan.units import GB, format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from regplan.model.plan import Plan, Study
    from regplan.report.figures.chart import Colour
    from regplan.report.series import Blade, Step, Waterfall

__all__ = ["GIGABYTES", "growth_chart", "storage_chart", "tornado_chart"]

GIGABYTES: Final = "GB"
_ROOM: Final = 1.25


def storage_chart(study: Study) -> Chart:
    """Show how the images become what the registry must hold, and that against the documented minimum and the PVC."""
    waterfall = storage_steps(study)
    steps, need = waterfall.steps, waterfall.steps[-1]
    names = dict(zip(steps, distinct(step.label for step in steps), strict=True))
    kinds: tuple[tuple[str, Colour, list[Step]], ...] = (
        ("sum", "blue", [step for step in steps if step.is_sum]),
        ("added", "orange", [step for step in steps if not step.is_sum and step.change_bytes >= 0]),
        ("taken off", "green", [step for step in steps if not step.is_sum and step.change_bytes < 0]),
    )
    series = tuple(
        Bars(name, colour, tuple(_step(each, names[each]) for each in those)) for name, colour, those in kinds
    )
    top = _room(step.end_bytes for step in steps)
    upper = Panel(Axis(GIGABYTES, high=top), Axis("", tuple(names.values())), series, rows=max(len(steps), 4))
    rules = _rules(waterfall)
    room = _room([need.end_bytes, *(round(rule.at * GB) for rule in rules)])
    alone = Bars("", "blue", (_step(need, names[need]),))
    lower = Panel(Axis(GIGABYTES, high=room), Axis("", (names[need],)), (alone,), rules, rows=1)
    return Chart("storage", _storage_title(study.plan), _storage_alt(waterfall), (upper, lower))


def growth_chart(plan: Plan) -> Chart:
    """Show what lies in the registry month by month, against what the claim holds and where one should act."""
    outlook, name = plan.outlook, plan.site.name
    if outlook is None:
        return Chart("growth", f"How the registry of {name} fills up is not worked out (GB)", "Not worked out.", ())
    words = runway_words(outlook)
    months = range(len(outlook.used_bytes))
    used = _level("in the registry", "blue", outlook.used_bytes, filled=True)
    lines = (
        used,
        _level("warning", "orange", [outlook.warn_bytes for _ in months]),
        _level("full", "vermillion", [outlook.usable_bytes for _ in months]),
    )
    high = _room([*outlook.used_bytes, outlook.usable_bytes])
    axes = Axis("months from now", low=0, high=max(len(months) - 1, 1)), Axis(GIGABYTES, low=0, high=high)
    panel = Panel(*axes, lines)
    pace = f"at {outlook.releases_per_year:g} releases a year"
    title = f"The registry of {name}, {pace}: {words} (GB)"
    alt = f"What lies in the registry over {span_words(outlook)}, against two lines: {words}."
    return Chart("growth", title, alt, (panel,))


def tornado_chart(plan: Plan) -> Chart:
    """Show how far each assumption alone moves the storage need, what moves most on top."""
    blades = tornado_blades(plan)
    name = plan.site.name
    if not blades:
        return Chart("sensitivity", f"What moves the need of {name} is not worked out (GB)", "Not worked out.", ())
    labels = tuple(dict.fromkeys(each.label for each in blades))
    names = dict(zip(labels, distinct(labels), strict=True))
    kinds: tuple[tuple[str, Colour, list[Blade]], ...] = (
        ("low end", "green", [each for each in blades if each.end == "low" and not each.other_verdict]),
        ("high end", "orange", [each for each in blades if each.end == "high" and not each.other_verdict]),
        ("another verdict there", "vermillion", [each for each in blades if each.other_verdict]),
    )
    series = tuple(
        Bars(kind, colour, tuple(_blade(each, names[each.label]) for each in those))
        for kind, colour, those in kinds
        if those
    )
    now = blades[0].now_bytes
    widest = max(blades, key=lambda each: abs(each.end_bytes - each.now_bytes))
    title = (
        f"{widest.label} moves the need of {name} most: "
        f"from {format_bytes(now)} to {format_bytes(widest.end_bytes)} at {widest.value} (GB)"
    )
    high = _room(each.end_bytes for each in blades)
    rule = Rule(now / GB, f"now {format_bytes(now)}", "blue")
    panel = Panel(Axis(GIGABYTES, high=high), Axis("", tuple(names.values())), series, (rule,), rows=max(len(names), 2))
    alt = "How far the storage need goes when each assumption alone goes from its low to its high end, in GB."
    return Chart("sensitivity", title, alt, (panel,))


def _level(name: str, colour: Colour, sizes: Sequence[int], *, filled: bool = False) -> Line:
    points = tuple((month, size / GB) for month, size in enumerate(sizes))
    says = tuple(f"{name}, month {month}: {size:,} bytes" for month, size in enumerate(sizes))
    return Line(name, colour, points, says, filled=filled)


def _storage_title(plan: Plan) -> str:
    required, claimed = plan.storage.required_bytes, plan.storage.claimed_bytes
    least = "at least " if unresolved_or_unknown(plan) else ""
    share = "" if not claimed else f", {readable(required / claimed, 'ratio')} of its PVC"
    shared = plan.layers.repeated_bytes
    saved = f"; sharing layers saves {format_bytes(shared)}" if shared else ""
    return f"The registry of {plan.site.name} must hold {least}{format_bytes(required)}{share}{saved} (GB)"


def _storage_alt(waterfall: Waterfall) -> str:
    first, last = waterfall.steps[0], waterfall.steps[-1]
    against = " and ".join(f"{format_bytes(size)} ({label})" for label, size in _lines(waterfall))
    ends = f"from {format_bytes(first.end_bytes)} to {format_bytes(last.end_bytes)}"
    alt = f"A waterfall of {len(waterfall.steps)} steps {ends}"
    return f"{alt}, against {against}." if against else f"{alt}."


def _lines(waterfall: Waterfall) -> list[tuple[str, int]]:
    lines = (("documented minimum", waterfall.minimum_bytes), ("PVC", waterfall.claimed_bytes))
    return [(label, size) for label, size in lines if size is not None]


def _rules(waterfall: Waterfall) -> tuple[Rule, ...]:
    looks: dict[str, tuple[str, Colour]] = {"documented minimum": ("minimum", "vermillion"), "PVC": ("PVC", "purple")}
    found = sorted(_lines(waterfall), key=lambda line: line[1])
    return tuple(Rule(size / GB, f"{looks[of][0]} {format_bytes(size)}", looks[of][1]) for of, size in found)


def _room(sizes: Iterable[int]) -> float:
    return max(1, *sizes) * _ROOM / GB


def _step(step: Step, name: str) -> Bar:
    says = f"{step.label}: {step.change_bytes:,} bytes, then {step.end_bytes:,}"
    return Bar(name, step.start_bytes / GB, step.end_bytes / GB, says, format_bytes(step.change_bytes))


def _blade(each: Blade, name: str) -> Bar:
    says = f"{each.label} at {each.value}: {each.end_bytes:,} bytes"
    return Bar(name, each.now_bytes / GB, each.end_bytes / GB, says)
