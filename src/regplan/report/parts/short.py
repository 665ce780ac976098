"""What a reader looks for first: what the plan is about, and its key figures."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from regplan.report.bounds import later_unresolved
from regplan.report.cells import Cell, Quantity
from regplan.report.parts.verdict import advice, tally
from regplan.report.sections import Fact, Facts, Section
from regplan.report.series import unresolved_or_unknown
from regplan.report.words import counted, readable
from regplan.units import format_bytes, format_rate

if TYPE_CHECKING:
    from regplan.model.plan import Plan, Study
    from regplan.model.wire import Wire

__all__ = ["about", "key_facts", "short_section"]

_INTERNET: Final = {"none": "no internet", "thin": "internet for planned transfers only", "full": "full internet"}
_MOST_NAMES: Final = 3
_KINDS: Final = {"harbor": "Harbor", "zot": "Zot"}


def about(study: Study) -> tuple[Cell, ...]:
    """Say on one line what was planned: profiles, hosts, registry, modes, link, and when."""
    site = study.plan.site
    named = [f"{each.name} {each.version}".strip() for each in study.declarations.profiles]
    profiles = ", ".join(named[:_MOST_NAMES]) + (f" and {len(named) - _MOST_NAMES} more" if named[_MOST_NAMES:] else "")
    kind = None if site.registry is None else _KINDS.get(site.registry.kind, "a registry of another kind")
    link = "" if site.internet_link is None else f", {format_rate(site.internet_link.rate_bps)}"
    parts = (
        profiles,
        counted(len(site.hosts), "Edge host"),
        "no primary registry" if kind is None else f"{kind} as primary registry",
        f"{site.deployment} mode, managed {'locally' if site.management == 'local' else 'centrally'}",
        f"{_INTERNET.get(site.internet, site.internet)}{link}",
        _day(study.plan.generated_at),
    )
    return (" · ".join(part for part in parts if part),)


def short_section(plan: Plan) -> Section:
    """Say in a few figures what a reader looks for first, and in one sentence what to do about what binds."""
    return Section("short", "In short", (*advice(plan), key_facts(plan)))


def key_facts(plan: Plan) -> Facts:
    """Gather the figures that a decision rests on; a lower bound says that it is one."""
    checks = Fact("Checks", Quantity(len(plan.findings)), (tally(each.verdict for each in plan.findings),))
    facts = (*_storage(plan), *_counts(plan), *_internet(plan), checks)
    return Facts("What is needed, and what is there", facts)


def _storage(plan: Plan) -> tuple[Fact, ...]:
    low = unresolved_or_unknown(plan) or later_unresolved(plan)
    claimed = plan.storage.claimed_bytes
    required = plan.storage.required_bytes
    share = (f"{'at least ' if low else ''}{readable(required / claimed, 'ratio')} of the PVC",) if claimed else ()
    binary = () if claimed is None else (format_bytes(claimed, binary=True),)
    return (
        Fact("The registry must hold", Quantity(required, "bytes", at_least=low), share),
        Fact("The PVC offers", Quantity(claimed, "bytes"), binary),
    )


def _counts(plan: Plan) -> tuple[Fact, ...]:
    counts = plan.counts
    resolved = "all resolved" if counts.resolved == counts.unique else f"{counts.resolved:,} resolved"
    hosts = tally(host.verdict for host in plan.hosts)
    return (
        Fact("Images", Quantity(counts.unique), (resolved,) if counts.unique else ()),
        Fact("Edge hosts", Quantity(len(plan.hosts)), (hosts,) if hosts else ()),
    )


def _internet(plan: Plan) -> tuple[Fact, ...]:
    wire, low = plan.wire, unresolved_or_unknown(plan)
    if wire is None:
        return ()
    return (
        Fact(
            "Internet at first bootstrap, without the registry",
            Quantity(wire.direct_bytes, "bytes", at_least=low),
            _time(wire.direct_boot_s),
        ),
        Fact(
            "Internet at first bootstrap, with it",
            Quantity(wire.primary_bytes, "bytes", at_least=low),
            _time(wire.primary_boot_s),
        ),
        Fact("Saved on the internet link", Quantity(wire.saved_bytes, "bytes"), _saved(wire)),
    )


def _saved(wire: Wire) -> tuple[Cell, ...]:
    share = "" if wire.saved_ratio is None else readable(wire.saved_ratio, "ratio")
    low, high = format_bytes(wire.saved_low_bytes), format_bytes(wire.saved_high_bytes)
    spread = f"between {low} and {high}" if wire.saved_low_bytes != wire.saved_high_bytes else ""
    said = ", ".join(part for part in (share, spread) if part)
    return (said,) if said else ()


def _time(duration_s: float | None) -> tuple[Cell, ...]:
    return () if duration_s is None else (f"in {readable(duration_s, 's')}",)


def _day(generated_at: str) -> str:
    try:
        at = dt.datetime.fromisoformat(generated_at)
    except ValueError:
        return generated_at
    zone = "UTC" if at.utcoffset() == dt.timedelta(0) else at.strftime("UTC%z")
    return f"{at:%Y-%m-%d %H:%M} {zone if at.tzinfo is not None else ''}".strip()
