"""What the same references take with other platforms chosen."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.choice import ComparedPlatform
from regplan.plan.sharing import measure_layers
from regplan.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regplan.model.image import Inventory
    from regplan.model.progress import Report
    from regplan.oci.reference import Reference
    from regplan.resolve import CachedSource, Choice

__all__ = ["compare_platforms"]

_MOST_COMPARED: Final = 12


async def compare_platforms(
    references: Mapping[Reference, tuple[str, ...]],
    sources: Sequence[CachedSource],
    choice: Choice,
    report: Report | None,
) -> tuple[ComparedPlatform, ...]:
    """Fetch all platforms once, and make each choice from what came; the platforms that most images have come first."""
    whole = (await resolve(references, sources, replace(choice, all_platforms=True), report)).inventory
    offers = Counter(
        platform
        for entry in whole.entries
        for platform in {image.platform for image in entry.images if image.platform.is_known}
    )
    ordered = sorted(offers, key=lambda platform: (platform not in choice.platforms, -offers[platform], str(platform)))
    rows = []
    for platform in ordered[:_MOST_COMPARED]:
        one = await resolve(references, sources, replace(choice, platforms=(platform,), all_platforms=False))
        rows.append(_row(str(platform), one.inventory))
    return (*rows, _row("all", whole))


def _row(name: str, inventory: Inventory) -> ComparedPlatform:
    sums = measure_layers(inventory)
    counts = len(inventory.entries), len(inventory.unresolved)
    return ComparedPlatform(name, *counts, sums.referenced_bytes, sums.unique_bytes)
