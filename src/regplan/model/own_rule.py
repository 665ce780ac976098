"""A rule of the user's own: the columns of a row of regplan's, written as texts."""

from __future__ import annotations

from typing import Final

from regplan.model.finding import Verdict
from regplan.values import dataclass

__all__ = ["OPERATORS", "OwnRule"]

# What each comparison says of a value in a sentence.
OPERATORS: Final = {
    ">=": "at least",
    ">": "more than",
    "<=": "at most",
    "<": "less than",
    "==": "",
    "!=": "anything but",
    "in": "one of",
    "not in": "none of",
}


@dataclass(frozen=True, slots=True)
class OwnRule:
    """A rule of the user's own, evaluated over the plan document.

    `measured` is a key of it, or arithmetic over keys; `threshold` is that too, or a value in `unit` as people write it; for
    `in` and `not in` several. `broken` is the verdict where it does not hold, `tolerance` the share (0.05) by which `>=` and
    `<=` may be missed to be MARGINAL. `file` is the name of the file that holds it.
    """

    id: str
    measured: str
    op: str
    threshold: str | tuple[str, ...]
    title: str = ""
    compares: str = ""
    unit: str = ""
    source: str = ""
    since: str = ""
    reading: str = ""
    broken: Verdict = Verdict.FAIL
    where: str = ""
    fix: str = ""
    tolerance: float = 0.0
    file: str = ""
