"""The register of assumptions: every value that nobody measured, with its source and who set it."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.site import Site

__all__ = ["Assumed", "assumed"]


@dataclass(frozen=True, slots=True)
class Assumed:
    """One assumption; `defaulted` is whether nobody set it."""

    key: str
    value: float
    unit: str
    meaning: str
    source: str
    defaulted: bool


def assumed(site: Site) -> tuple[Assumed, ...]:
    """List a site's assumptions, in the order in which the site file documents them."""
    return tuple(
        Assumed(
            each.name,
            getattr(site.assumptions, each.name),
            each.metadata["unit"],
            each.metadata["doc"],
            each.metadata["source"],
            _defaulted(site, each.name, default=each.default),
        )
        for each in fields(site.assumptions)
    )


def _defaulted(site: Site, name: str, *, default: object) -> bool:
    if getattr(site.assumptions, name) != default:
        return False
    # A site file may say the default aloud; a site made in code has no file that could.
    return not site.file or not {"assumptions", f"assumptions.{name}"}.isdisjoint(site.defaulted)
