"""How a registry fills up, month by month."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from regplan.model.formula import Formula, Input
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["USED_FROM", "Outlook", "outlook_inputs", "used_formula"]

# Where nothing deletes, every release adds a version; where something does, no more than `most_versions` are added.
_EVERY: Final = "ceil(releases_per_year * month / 12)"
_USED: Final = "constant_bytes + older_bytes + ceil(set_bytes * (1 + growth_per_year) ** (month / 12)) + {versions} * version_bytes"
# What months are reckoned from, with its unit.
USED_FROM: Final = MappingProxyType(
    {
        "constant_bytes": "bytes",
        "older_bytes": "bytes",
        "set_bytes": "bytes",
        "growth_per_year": "ratio",
        "releases_per_year": "releases",
        "version_bytes": "bytes",
        "most_versions": "versions",
    }
)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What lies in the registry at the end of each month from now, in bytes: `used_bytes[0]` is now.

    `usable_bytes` is what the file system leaves of the claim, `warn_bytes` the share of it from which one should act.
    `warn_month` and `full_month` are the first months beyond each, None where that is not within `used_bytes`. The others
    are what months are reckoned from: what does not grow, versions of before that lie there, the set that grows, what one
    version adds, and how many versions are ever added to those (None where nothing is freed).
    """

    usable_bytes: int
    warn_bytes: int
    used_bytes: tuple[int, ...]
    warn_month: int | None
    full_month: int | None
    constant_bytes: int
    older_bytes: int
    set_bytes: int
    growth_per_year: float
    releases_per_year: float
    version_bytes: int
    most_versions: int | None
    formulas: tuple[Formula, ...] = ()


def outlook_inputs(outlook: Outlook) -> dict[str, float | None]:
    """Tell what months are reckoned from, by the names that the formula has."""
    return {name: getattr(outlook, name) for name in USED_FROM}


def used_formula(given: Mapping[str, float | None], month: int) -> Formula:
    """Make the formula of what lies in the registry at the end of a month, of what `outlook_inputs` tells."""
    most = given["most_versions"]
    versions = _EVERY if most is None else f"min({_EVERY}, most_versions)"
    inputs = [
        Input(name, value, unit, "assumed", "outlook")
        for name, unit in USED_FROM.items()
        if (value := given[name]) is not None
    ]
    at = Input("month", month, "months", "rule", "months from now")
    return Formula("used_bytes", _USED.format(versions=versions), (*inputs, at))
