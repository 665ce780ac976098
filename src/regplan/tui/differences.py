"""A site beside its next version as rows: sums, images with what becomes of them, and what going there carries."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from regplan.report.words import counted, tidy
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.plan import Plan
    from regplan.model.upgrade import ImageChange, SiteUpgrade

__all__ = ["CHANGES", "SumRow", "change_words", "heading_words", "lacks_words", "sum_rows", "tags_words", "unknown_of"]

# What becomes of an image, in words and with a glyph, in the order of what one looks for.
CHANGES: Final[Mapping[str, str]] = MappingProxyType(
    {"changed": "~ changed", "added": "+ new", "removed": "- gone", "same": "= same"}
)
_SAYS: Final = (
    ("kept", "of both versions: stays where it is"),
    ("new", "of the next version alone: has to be brought"),
    ("dropped", "of the present version alone: freed once that is deleted"),
    ("peak", "while both versions are kept"),
)


@dataclass(frozen=True, slots=True)
class SumRow:
    """One sum over all images; `unknown` counts what it lacks, and makes it a lower bound."""

    key: str
    size_bytes: int
    says: str
    unknown: int = 0


def sum_rows(found: SiteUpgrade) -> tuple[SumRow, ...]:
    """List what is kept, new and dropped, and the peak while both versions are there."""
    growth = found.upgrade.whole.growth
    return tuple(SumRow(key, getattr(growth, f"{key}_bytes"), says, unknown_of(found)) for key, says in _SAYS)


def unknown_of(found: SiteUpgrade) -> int:
    """Count the images and the sizes that nobody could tell."""
    return found.upgrade.sizes_unknown + len(found.unresolved)


def change_words(change: ImageChange) -> str:
    """Write what becomes of an image, so that it is understood without colour."""
    return CHANGES[change.status]


def tags_words(change: ImageChange) -> str:
    """Write an image's tags or digests, from those before to those after."""
    old, new = (
        ", ".join(tidy(each.removeprefix(change.repository).lstrip(":@")) for each in side)
        for side in (change.old, change.new)
    )
    return old if old == new else " → ".join(filter(None, (old, new)))


def heading_words(found: SiteUpgrade) -> str:
    """Write from what to what, and how many images become what."""
    whole = found.upgrade.whole
    counts = {words: sum(each.status == status for each in whole.images) for status, words in CHANGES.items()}
    told = " · ".join(f"{count:,} {words.partition(' ')[2]}" for words, count in counts.items() if count)
    return f"{tidy(whole.old)} → {tidy(whole.new)} · {told or 'no images on either side'}"


def lacks_words(found: SiteUpgrade, plan: Plan) -> str:
    """Write what the sums lack, and which key of the site file would tell more; "" where nothing is missing."""
    parts = [
        counted(count, noun)
        for count, noun in (
            (len(found.unresolved), "unresolved image"),
            (found.upgrade.sizes_unknown, "unknown size"),
        )
        if count
    ]
    bounds = f"? {', '.join(parts)}: sums are lower bounds." if parts else ""
    wants = (
        "Add hosts: to the site file to see what going there carries."
        if not found.ways
        else "Add links.internet: to the site file to see how long it takes."
        if plan.site.internet_link is None
        else "Add scenario.window: (22:00-05:00) to the site file to see how many nights it takes."
        if found.window is None
        else ""
    )
    return " ".join(filter(None, (bounds, wants)))
