"""Findings about packs without an image list."""

from __future__ import annotations

from typing import Final

from regplan.model.finding import Finding, Verdict
from regplan.profile.lint.sources import PRIMARY

__all__ = ["hidden_manifests", "no_image_list", "no_image_seen"]

_LIST: Final = "List every image that the pack runs under `pack.content.images`; `regplan images --patch` writes it."


def no_image_list(where: str, told: int, untold: int) -> Finding:
    """Tell of a pack without a list that shows `told` images, and `untold` more that cannot be put together."""
    seen = f"{told + untold} image{'s' if told + untold > 1 else ''}"
    lost = f"; {untold} of them cannot be told in full, so that every sum is a lower bound" if untold else ""
    message = f"{where} has no `pack.content.images`, and its values and manifests name {seen}{lost}."
    verdict = Verdict.INCOMPLETE if untold else Verdict.INFO
    return Finding("profile.no-image-list", verdict, message, where=where, fix=_LIST, source=PRIMARY)


def no_image_seen(where: str) -> Finding:
    """Tell of a pack without a list that shows no image either."""
    message = f"{where} has no `pack.content.images` and shows no image; if it runs one, every sum is a lower bound."
    return Finding("profile.no-image-list", Verdict.INFO, message, where=where, fix=_LIST, source=PRIMARY)


def hidden_manifests(where: str) -> Finding:
    """Tell of a pack without a list whose manifests are only named, as in an API answer."""
    message = f"{where} has no `pack.content.images`, and its manifests are not here; every sum is a lower bound."
    fix = "Export the profile, which holds the manifests, or list the pack's images."
    return Finding("profile.no-image-list", Verdict.INCOMPLETE, message, where=where, fix=fix, source=PRIMARY)
