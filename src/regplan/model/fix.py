"""What would make a plan better, tried: changes of the site or its profiles, and what the plan says after them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.finding import Verdict

__all__ = ["Advice", "Change", "Cost", "Fix", "Named", "WayOut"]


class Cost(StrEnum):
    """What a fix asks for, the cheapest first: this is the order in which fixes are ranked."""

    STATEMENT = "statement"  # the site file does not say it, and it may be so already
    CONFIGURATION = "configuration"
    CONTENT = "content"  # other images, or another list of them
    CLAIM = "claim"  # a larger PVC
    UPGRADE = "upgrade"  # a newer version of Palette or its agent
    HARDWARE = "hardware"


@dataclass(frozen=True, slots=True)
class Change:
    """One key of the site file or of a profile and its values before and after, as texts; "" is not stated.

    `before_number` and `after_number` are the same in `unit`, None for what is no quantity.
    """

    key: str
    before: str
    after: str
    unit: str = ""
    before_number: int | None = None
    after_number: int | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """Names a finding: its rule, and where it is about; of one place a rule may tell two quantities, so `unit` tells which."""

    rule: str
    where: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Fix:
    """Changes that, made alone, remove the findings `removes` and make nothing worse: the plan was made again with them.

    `verdict` and `binding_constraint` are the plan's with it. `relative_change` adds up how much each quantity changes, as
    a share of what it was.
    """

    title: str
    cost: Cost
    changes: tuple[Change, ...]
    removes: tuple[Named, ...]
    verdict: Verdict
    binding_constraint: str | None
    relative_change: float = 0.0


@dataclass(frozen=True, slots=True)
class WayOut:
    """The smallest set of changes that were found to bring a plan to PASS together, in the order in which they are made.

    `leaves` are findings that no change here removes: the verdict is then theirs.
    """

    steps: tuple[str, ...]
    changes: tuple[Change, ...]
    removes: tuple[Named, ...]
    verdict: Verdict
    binding_constraint: str | None
    leaves: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """Every fix that was found, the cheapest first, and the way out, None where no change helps or none is needed."""

    fixes: tuple[Fix, ...] = ()
    way_out: WayOut | None = None
