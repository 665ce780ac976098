"""Findings about two images under one name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.finding import Finding, Verdict
from regplan.profile.checks.words import named
from regplan.profile.lint.sources import ISSUES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from regplan.model.profile import ImageUse, Provenance

__all__ = ["tag_collisions"]


def tag_collisions(uses: Iterable[ImageUse]) -> Iterator[Finding]:
    """Tell of each tag that mentions pin to different digests: a registry's tag names one of them only."""
    tags: dict[str, dict[str, Provenance]] = {}
    for use in uses:
        reference = use.reference
        if reference is not None and reference.tag is not None and reference.digest is not None and use.is_counted:
            places = tags.setdefault(f"{reference.name}:{reference.tag}", {})
            places.setdefault(str(reference.digest), use.provenance)
    for tag, places in tags.items():
        if len(places) > 1:
            yield Finding(
                "image.tag-collision",
                Verdict.INFO,
                f"{tag} is pinned to {len(places)} digests, and a tag names one image in a registry, the one that was "
                f"written last: {named([f'{digest} in {where}' for digest, where in places.items()])}.",
                where=str(next(iter(places.values()))),
                fix="Use one build of the image everywhere, or give each its own tag, such as FIPS and non-FIPS packs.",
                source=ISSUES,
            )
