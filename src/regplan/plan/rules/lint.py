"""Rules that are checked while profiles are read: rows without a look, so that each id has its page."""

from __future__ import annotations

from typing import Final

from regplan.model.finding import Verdict
from regplan.plan.rules.rule import Rule
from regplan.plan.rules.sources import API, MACROS, PACKS, PRIMARY, TAGS

__all__ = ["RULES"]

RULES: Final = (
    Rule(
        id="image.missing-from-list",
        title="Images that run and stand in no list",
        compares="the images in manifests, charts and values with `pack.content.images`",
        source=PRIMARY,
        verdicts=(Verdict.INFO,),
    ),
    Rule(
        id="image.mutable-tag",
        title="Tags that move",
        compares="each reference's tag with those that are made to move, such as latest, or none at all",
        source=TAGS,
        verdicts=(Verdict.INFO,),
    ),
    Rule(
        id="profile.misspelt-key",
        title="Misspelt keys",
        compares="the keys of `pack.content` with those that are known: FAIL where Palette does not see the image, INFO for "
        "forms that some documentation shows",
        source=PACKS,
        verdicts=(Verdict.FAIL, Verdict.INFO),
    ),
    Rule(
        id="profile.no-image-list",
        title="Packs without an image list",
        compares="whether a pack has `pack.content.images`: INCOMPLETE where it shows images that cannot be told in full, or "
        "manifests that are not here",
        source=PRIMARY,
        verdicts=(Verdict.INCOMPLETE, Verdict.INFO),
    ),
    Rule(
        id="profile.unresolved-macro",
        title="Macros without a value",
        compares="the macros with the values of packs and variables: INCOMPLETE for an image, INFO for a number of replicas",
        source=MACROS,
        verdicts=(Verdict.INCOMPLETE, Verdict.INFO),
    ),
    Rule(
        id="profile.unpublished-draft",
        title="Profiles that are not published",
        compares="whether an API answer holds a draft that is not what is published",
        source=API,
        verdicts=(Verdict.INFO,),
    ),
)
