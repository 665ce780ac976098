"""How many versions of the profiles lie in the registry at once, and how long what was deleted stays."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError, InvalidSite
from regplan.model.formula import Formula, Input
from regplan.model.site import Assumptions
from regplan.patterns import pattern
from regplan.plan.deleting import kept_versions
from regplan.plan.facts import registry_kind
from regplan.units import format_count, parse_duration
from regplan.values import NamedTuple, dataclass

if TYPE_CHECKING:
    from regplan.model.image import Inventory, Unresolved
    from regplan.model.site import Site
    from regplan.plan.facts import PlanFacts

__all__ = [
    "Lacking",
    "Releases",
    "assumption",
    "gc_period_hours",
    "is_collected",
    "is_set",
    "lacking_versions",
    "releases_of",
    "whole",
]

_METADATA: Final = {each.name: each.metadata for each in fields(Assumptions)}
_PERIODS: Final = {"hourly": 1, "daily": 24, "weekly": 168, "monthly": 730}
_EVERY = pattern(r"every\s+(.+)")
_HOUR_S: Final = 3600


@dataclass(frozen=True, slots=True)
class Releases:
    """How many versions lie there at once, `versions`, and what that is reckoned from."""

    versions: Formula
    per_year: Input
    years: Input
    deletes: bool
    why: str


def assumption(site: Site, name: str, told: str = "") -> Input:
    """Tell an assumption as the input of a formula; `told` is another name for it there."""
    metadata = _METADATA[name]
    value = getattr(site.assumptions, name)
    return Input(told or name, whole(value), metadata["unit"], "assumed", f"assumptions.{name}: {metadata['source']}")


def whole(value: float) -> float:
    """Write a number without a fraction as the integer that it is.

    >>> whole(3.0), whole(0.5)
    (3, 0.5)
    """
    return int(value) if value == int(value) else value


def is_set(site: Site, name: str) -> bool:
    """Tell whether somebody set an assumption: it is not at its default, or the site file says the default aloud."""
    if getattr(site.assumptions, name) != getattr(Assumptions(), name):
        return True
    return bool(site.file) and {"assumptions", f"assumptions.{name}"}.isdisjoint(site.defaulted)


def releases_of(facts: PlanFacts) -> Releases:
    """Tell how many versions lie in the registry at once.

    `versions_kept` is believed only where something deletes. Where nothing does, this version and every release of the
    scenario's years stay.
    """
    site, (kept, source, words) = facts.site, kept_versions(facts)
    per_year, years = _per_year(site), _years(site)
    wanted = assumption(site, "versions_kept")
    if kept is None:
        formula = Formula(
            "versions", "max(1 + ceil(releases_per_year * years), versions_kept)", (per_year, years, wanted), "versions"
        )
        why = f"nothing deletes, {per_year.value:g} a year for {format_count(years.value, 'year')}"
        return Releases(formula, per_year, years, deletes=False, why=why)
    retention, why = Input("retention", kept, "versions", "declared", source), words
    if not is_set(site, "versions_kept"):
        return Releases(
            Formula("versions", "retention", (retention,), "versions"), per_year, years, deletes=True, why=why
        )
    formula = Formula("versions", "max(retention, versions_kept)", (retention, wanted), "versions")
    why += f", and assumptions.versions_kept asks for {wanted.value:g}" if wanted.value > kept else ""
    return Releases(formula, per_year, years, deletes=True, why=why)


def is_collected(facts: PlanFacts) -> bool:
    """Tell whether what is deleted is freed: Zot collects unless its values say otherwise, all others by a stated schedule."""
    gc = facts.site.registry.gc if facts.site.registry is not None else "default"
    if gc != "default":
        return gc != "none"
    packs = facts.declarations.settings.wiring.registries
    return registry_kind(facts) == "zot" and not any(each.collects is False for each in packs if each.kind == "zot")


def gc_period_hours(gc: str) -> float | None:
    """Tell how often garbage is collected, None for default and none; raises `InvalidSite` for what is no schedule.

    >>> gc_period_hours("daily"), gc_period_hours("every 90m"), gc_period_hours("default")
    (24, 1.5, None)
    """
    text = gc.strip().lower()
    if text in {"default", "none"}:
        return None
    match = _EVERY.fullmatch(text)
    try:
        hours = _PERIODS[text] if match is None else whole(parse_duration(match[1]) / _HOUR_S)
    except (InputError, KeyError) as error:
        raise InvalidSite(f"registry.gc: {gc!r} is no schedule") from error
    return hours


def _per_year(site: Site) -> Input:
    stated = site.scenario.upgrades_per_year if site.scenario is not None else 0
    if stated > 0:
        return Input("releases_per_year", whole(stated), "releases", "declared", "scenario.upgrades_per_year")
    return assumption(site, "releases_per_year")


def _years(site: Site) -> Input:
    if site.scenario is None:
        return Input("years", 1, "years", "assumed", "one year, where the site file has no scenario")
    return Input("years", whole(site.scenario.years), "years", "declared", "scenario.years")


class Lacking(NamedTuple):
    """Another version of which nobody could tell every image: the site file's key that names it, and what it lacks.

    `named` is how many images it names, and `is_counted` whether the storage need counts this version.
    """

    key: str
    unresolved: tuple[Unresolved, ...]
    named: int
    is_counted: bool


def lacking_versions(facts: PlanFacts) -> tuple[Lacking, ...]:
    """List the other versions of which nobody could tell every image, most often none."""
    prepared = facts.prepared
    named = [] if prepared.upgrade is None else [("upgrade_to", prepared.upgrade)]
    named += [("upgrade_from", each) for each in prepared.older]
    if not any(each.unresolved for _, each in named):
        return ()
    further = int(releases_of(facts).versions) - 1
    return tuple(
        Lacking(key, each.unresolved, _images_in(each), place < further)
        for place, (key, each) in enumerate(named)
        if each.unresolved
    )


def _images_in(inventory: Inventory) -> int:
    return len(inventory.entries) + len(inventory.declared) + len(inventory.unresolved)
