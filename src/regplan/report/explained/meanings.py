"""What the numbers of a plan document are: for each path what is counted, how it is known, and who says so."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING, Any, Final

from regplan.plan.rules.table import find_rule
from regplan.report.explained.meanings_advice import ADVICE
from regplan.report.explained.meanings_chance import CHANCE
from regplan.report.explained.meanings_clock import CLOCK
from regplan.report.explained.meanings_life import LIFE
from regplan.report.explained.meanings_prospects import PROSPECTS
from regplan.report.explained.meanings_sharing import SHARING
from regplan.report.explained.meanings_site import SITE
from regplan.report.explained.told import Told
from regplan.sim.told import rate_known
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regplan.report.explained.paths import Place

__all__ = ["Known", "kind_of", "known", "unit_of"]

_MEANINGS: Final[Mapping[str, Told]] = {**SITE, **SHARING, **ADVICE, **PROSPECTS, **LIFE, **CLOCK, **CHANCE}
_ENDINGS: Final = (
    ("bytes", "bytes"),
    ("_milli", "milli"),
    ("_bps", "bps"),
    ("_s", "s"),
    ("ratio", "ratio"),
    ("percent", "percent"),
    ("_month", "months"),
    ("_years", "years"),
    ("images", "images"),
    ("references", "references"),
    ("count", ""),
)
_FINDINGS: Final = {"findings[].measured": "has", "findings[].required": "needs"}
# What a site file says of its hardware; the other units are of what is counted.
_DECLARED: Final = frozenset({"bytes", "milli"})
_ABSENT: Final = "an unknown number of"


_LINKS: Final = {"site.internet_bps": "internet", "site.lan_bps": "lan"}


@dataclass(frozen=True, slots=True)
class Known:
    """What one number is: its unit, what is counted, how that is known, and the source of it."""

    unit: str
    says: str
    provenance: str
    source: str


def known(document: Mapping[str, Any], place: Place) -> Known | None:
    """Tell what a number is; None where nobody wrote it down."""
    told = _of_finding(place) if place.pattern in _FINDINGS else _MEANINGS.get(kind_of(place))
    if told is None:
        return None
    context = {"doc": document, "row": place.row, "key": place.key, "home": place.home}
    says, provenance, source, unit = (
        _filled(text, context) for text in (told.says, told.provenance, told.source, told.unit)
    )
    if place.path in _LINKS:
        provenance, source = rate_known(source, document["site"].get("measured", {}).get(_LINKS[place.path], ""))
    return Known(unit or unit_of(place), says, provenance, source)


def _of_finding(place: Place) -> Told:
    """Tell of what a finding compares whether the documentation says it, or the site, or it is counted."""
    row = place.row
    rule = find_rule(row["rule"])
    says, source, unit = (
        f"What the site {_FINDINGS[place.pattern]}, by the rule {{row[rule]}}: {{row[message]}}",
        "",
        "{row[unit]}",
    )
    if rule is not None and place.key == "required" and place.value in {each.value for each in rule.thresholds}:
        return Told(says, "rule", "{row[source]}", unit)
    if row["unit"] in _DECLARED:
        source = "site file, {row[where]}" if row["where"] else "site file"
        return Told(says, "declared", source, unit)
    return Told(
        says, "measured", "counted by the rule over what the profiles, their manifests and the site file say", unit
    )


def kind_of(place: Place) -> str:
    """Tell what kind of number stands there: its path with `[]` for indexes, and `*` for what is the name of something."""
    of_any = f"{place.pattern[: len(place.pattern) - len(place.key)]}*"
    return of_any if place.pattern not in _MEANINGS and of_any in _MEANINGS else place.pattern


def unit_of(place: Place) -> str:
    """Tell the unit that a number's name says."""
    name = place.key or place.pattern.rpartition(".")[2]
    found = next((unit for ending, unit in _ENDINGS if name.endswith(ending)), None)
    if found is None:
        # Such as a host's name, below what says the unit.
        above = place.pattern[: len(place.pattern) - len(place.key) - 1].rpartition(".")[2]
        found = next((unit for ending, unit in _ENDINGS if above.endswith(ending)), "")
    return found


class _Lenient(Formatter):
    """Fills in what a document has; what an older one lacks is said to be unknown."""

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, str]:
        """Look a field up."""
        try:
            value, first = super().get_field(field_name, args, kwargs)
        except (AttributeError, IndexError, KeyError, TypeError):
            return _ABSENT, ""
        return (_ABSENT if value is None else value), str(first)

    def format_field(self, value: object, format_spec: str) -> str:
        """Count lists, and write whole numbers with commas."""
        del format_spec
        if isinstance(value, list):
            value = len(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return f"{value:,}"
        return str(value)


_FORMATTER: Final = _Lenient()


def _filled(text: str, context: Mapping[str, Any]) -> str:
    return _FORMATTER.vformat(text, (), context) if "{" in text else text
