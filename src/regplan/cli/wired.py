"""Lines on the internet link that `demo`, `plan` and `simulate` end with."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from regplan.cli.shown import duration, size
from regplan.report.words import counted

if TYPE_CHECKING:
    from regplan.model.plan import Study

__all__ = ["lower_bound_lines", "wire_lines"]


def lower_bound_lines(study: Study) -> tuple[str, ...]:
    """Say that every number is a lower bound, where images are unresolved."""
    count = len(study.plan.counts.unresolved)
    return (
        (
            f"{count} of {counted(study.plan.counts.unique, 'image')} {'is' if count == 1 else 'are'} unresolved: every number is a lower bound",
        )
        if count
        else ()
    )


def wire_lines(study: Study) -> tuple[str, ...]:
    """Tell what the first bootstrap carries with and without the registry, and what is saved."""
    wire = study.plan.wire
    if wire is None:
        return () if study.plan.site.hosts else ("internet, first bootstrap: unknown, the site names no hosts",)
    saved = f"{size(wire.saved_bytes)} saved"
    if wire.saved_low_bytes != wire.saved_high_bytes:
        saved += f" (from {size(wire.saved_low_bytes)} to {size(wire.saved_high_bytes)}:"
        saved += f" {counted(wire.images_of_unknown_placement, 'image')} of unknown placement)"
    direct = f"{_carried(wire.direct_bytes, wire.direct_boot_s)} without the registry"
    primary = f"{_carried(wire.primary_bytes, wire.primary_boot_s)} with it"
    return (f"internet, first bootstrap: {direct}, {primary}", saved)


def _carried(size_bytes: int, boot_s: float | None) -> str:
    """Tell what a link carries, and in what time where its rate is known."""
    return (
        size(size_bytes) if boot_s is None or not math.isfinite(boot_s) else f"{size(size_bytes)} in {duration(boot_s)}"
    )
