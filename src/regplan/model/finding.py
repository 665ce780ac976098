"""Findings: the outcomes of checks, as values."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from regplan.showing import shown
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.formula import Formula

__all__ = ["Finding", "Verdict"]


class Verdict(StrEnum):
    """The outcome of a check, or of a whole plan; INFO does not count towards a plan's verdict."""

    FAIL = "FAIL"
    INCOMPLETE = "INCOMPLETE"
    MARGINAL = "MARGINAL"
    PASS = "PASS"  # noqa: S105  a verdict, not a password
    INFO = "INFO"


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check: what the site has (`measured`), what it needs (`required`), both in `unit`.

    Numbers for quantities, text for versions, None where there is neither. `where` names the host, pack or key,
    `fix` the next step in one sentence, `source` the page or rule that demands it. `formulas` tell how numbers that were
    reckoned came about: the one with the key "measured" or "required" is of that number. `is_checked` is False for what
    could not be looked at: INCOMPLETE, or INFO where the verdict does not hang on it. `op` is how the two are compared, which
    users' own rules say; regplan's own demand at least as much.
    """

    rule: str
    verdict: Verdict
    message: str
    measured: float | str | None = None
    required: float | str | None = None
    unit: str = ""
    where: str = ""
    fix: str = ""
    source: str = ""
    formulas: tuple[Formula, ...] = ()
    is_checked: bool = True
    op: str = ">="

    _repr_mimebundle_ = shown
