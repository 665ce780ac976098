"""The numbers behind the charts: pure values, so that a chart and the table beside it cannot differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.report.advice import value_text
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.plan import Plan, Study
    from regplan.model.wire import Wire

__all__ = [
    "Bar",
    "Blade",
    "Level",
    "Step",
    "Waterfall",
    "growth_levels",
    "internet_bars",
    "storage_steps",
    "tornado_blades",
    "unresolved_or_unknown",
]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a waterfall in bytes: where it starts, how far it goes, and whether it is a sum of what stands before."""

    label: str
    start_bytes: int
    change_bytes: int
    is_sum: bool
    provenance: str = ""

    @property
    def end_bytes(self) -> int:
        """Where the next step starts."""
        return self.start_bytes + self.change_bytes


@dataclass(frozen=True, slots=True)
class Waterfall:
    """From what the references add up to, to what the registry must hold; the two lines are None where unknown."""

    steps: tuple[Step, ...]
    minimum_bytes: int | None
    claimed_bytes: int | None


@dataclass(frozen=True, slots=True)
class Level:
    """A level that a registry fills up to, in bytes, and the first month beyond it, None where that is not within the outlook.

    `key` is where the plan document has the level.
    """

    label: str
    key: str
    size_bytes: int
    month: int | None


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar in bytes with the range it may lie in; `boot_s` is its time on the link in seconds, None without one."""

    label: str
    size_bytes: int
    low_bytes: int
    high_bytes: int
    boot_s: float | None


@dataclass(frozen=True, slots=True)
class Blade:
    """One bar of a tornado in bytes: from the need as it is to the need at one end of an assumption's range.

    `end` is low or high; `other_verdict` tells that the plan's verdict is another there.
    """

    label: str
    end: str
    value: str
    now_bytes: int
    end_bytes: int
    other_verdict: bool


def tornado_blades(plan: Plan) -> tuple[Blade, ...]:
    """Lay out what the assumptions move: those that move the need at all, what moves most first, two bars each."""
    return tuple(
        Blade(
            each.key,
            name,
            value_text(end.value, each.unit),
            each.now.required_bytes,
            end.required_bytes,
            end.verdict is not each.now.verdict,
        )
        for each in sorted(plan.sensitivity or (), key=lambda each: -each.need_bytes)
        if each.need_bytes
        for name, end in (("low", each.low), ("high", each.high))
    )


def storage_steps(study: Study) -> Waterfall:
    """Lay out the storage need: images one by one, less what they share, then every further term of the need."""
    plan = study.plan
    layers, need = plan.layers, plan.storage
    steps = [
        Step("images one by one", 0, layers.referenced_bytes, is_sum=True, provenance="measured"),
        Step("shared layers", layers.referenced_bytes, -layers.repeated_bytes, is_sum=False, provenance="measured"),
        Step("each blob once", 0, layers.unique_bytes, is_sum=True, provenance="measured"),
    ]
    held = layers.unique_bytes
    for place, term in enumerate(need.terms):
        # The first term is the images themselves: what it has over the blobs counted once is the only step left of it.
        change = term.size_bytes - (layers.unique_bytes if place == 0 else 0)
        if place > 0 or change:
            steps.append(Step(term.key.replace("_", " "), held, change, is_sum=False, provenance=term.provenance))
        held += change
    steps.append(Step("required", 0, need.required_bytes, is_sum=True))
    return Waterfall(tuple(steps), _minimum(plan), need.claimed_bytes)


def growth_levels(plan: Plan) -> tuple[Level, ...]:
    """Lay out what a registry fills up to, highest first; nothing where nothing is claimed."""
    outlook = plan.outlook
    if outlook is None:
        return ()
    share = (
        f"{outlook.warn_bytes / outlook.usable_bytes:.0%}".replace("%", " %") if outlook.usable_bytes else "warned at"
    )
    minimum = plan.storage.minimum_bytes
    beyond = next((month for month, used in enumerate(outlook.used_bytes) if used > minimum), None)
    levels = (
        Level("full", "outlook.usable_bytes", outlook.usable_bytes, outlook.full_month),
        Level(share, "outlook.warn_bytes", outlook.warn_bytes, outlook.warn_month),
        Level("documented minimum", "storage.minimum_bytes", minimum, beyond),
    )
    return tuple(sorted(levels, key=lambda each: -each.size_bytes))


def internet_bars(wire: Wire) -> tuple[Bar, ...]:
    """Lay out the first bootstrap: without and with the registry, and what it saves, each with its range.

    Images of unknown placement are fetched once with the registry, and by one to all hosts without it.
    """
    low, high = wire.saved_low_bytes, wire.saved_high_bytes
    return (
        Bar(
            "without registry",
            wire.direct_bytes,
            wire.primary_bytes + low,
            wire.primary_bytes + high,
            wire.direct_boot_s,
        ),
        Bar("with registry", wire.primary_bytes, wire.primary_bytes, wire.primary_bytes, wire.primary_boot_s),
        Bar("saved", wire.saved_bytes, low, high, _difference(wire)),
    )


def unresolved_or_unknown(plan: Plan) -> bool:
    """Tell whether sums of sizes are lower bounds: an image is unresolved, or a size is known to nobody."""
    return bool(plan.counts.unresolved or plan.layers.sizes_unknown)


def _minimum(plan: Plan) -> int | None:
    required = next((finding.required for finding in plan.findings if finding.rule == "storage.minimum"), None)
    return None if required is None or isinstance(required, str) else round(required)


def _difference(wire: Wire) -> float | None:
    if wire.direct_boot_s is None or wire.primary_boot_s is None:
        return None
    return wire.direct_boot_s - wire.primary_boot_s
