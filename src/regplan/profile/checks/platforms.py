"""Findings about images for other machines than Edge hosts are, as far as names tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.finding import Finding, Verdict
from regplan.model.profile import UseStatus
from regplan.profile.checks.words import by_pack, named
from regplan.profile.lint.sources import SIGHT
from regplan.profile.variants import architecture_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.profile.settle import Settled

__all__ = ["other_platforms"]

_COMMON = "amd64"


def other_platforms(settled: Sequence[Settled]) -> Iterator[Finding]:
    """Tell of images that are listed and whose names say another architecture than most hosts have.

    Where the hosts are known, what is for none of them is `unused`, and `image.platform` looks at the images.
    """
    listed = (each for each in settled if each.use.status is UseStatus.LISTED and each.use.reference is not None)
    told = (each for each in listed if _machine(each) not in {None, _COMMON})
    for where, found in by_pack(told):
        names = list(dict.fromkeys(f"{each.use.reference} ({_machine(each)})" for each in found))
        yield Finding(
            "image.other-platform",
            Verdict.INFO,
            f"{where} names images for other hosts than {_COMMON}, by their names: {named(names)}.",
            where=where,
            fix="Leave out what no host of the site can run.",
            source=SIGHT,
        )


def _machine(each: Settled) -> str | None:
    return architecture_of(each.use.reference) if each.use.reference is not None else None
