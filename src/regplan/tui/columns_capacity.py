"""The columns of the tables of the Capacity screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.words import counted
from regplan.tui.table import Column
from regplan.tui.text import size_text, step_bar
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.report.series import Level, Step, Waterfall

__all__ = ["LEVELS", "STEPS", "StepRow", "step_rows"]

_BAR: Final = 10


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of the waterfall, and the highest of all steps, which its bar is drawn against."""

    step: Step
    most_bytes: int


def step_rows(waterfall: Waterfall) -> tuple[StepRow, ...]:
    """List the steps, each with what its bar is drawn against."""
    most = max(max(each.start_bytes, each.end_bytes) for each in waterfall.steps)
    return tuple(StepRow(each, most) for each in waterfall.steps)


def _change(row: StepRow, *, binary: bool) -> str:
    step = row.step
    if step.is_sum:
        return size_text(step.end_bytes, binary=binary)
    sign = "-" if step.change_bytes < 0 else "+"
    return f"{sign}{size_text(abs(step.change_bytes), binary=binary)}"


def _month(level: Level) -> str:
    return "not in sight" if level.month is None else f"in {counted(level.month, 'month')}" if level.month else "now"


STEPS: Final[tuple[Column[StepRow], ...]] = (
    Column("step", "STEP", lambda row, _: row.step.label, lambda row: row.step.label, flexible=True, names=True),
    Column(
        "size",
        "BYTES",
        lambda row, binary: _change(row, binary=binary),
        lambda row: row.step.change_bytes,
        right=True,
        largest_first=True,
        facts=lambda row: {"change_bytes": row.step.change_bytes, "is_sum": row.step.is_sum},
    ),
    Column(
        "drawn",
        "FROM 0",
        lambda row, _: step_bar(row.step.start_bytes, row.step.end_bytes, row.most_bytes, _BAR, is_sum=row.step.is_sum),
        lambda row: row.step.end_bytes,
        largest_first=True,
        facts=lambda row: {"start_bytes": row.step.start_bytes, "end_bytes": row.step.end_bytes},
    ),
    Column(
        "after",
        "AFTER",
        lambda row, binary: size_text(row.step.end_bytes, binary=binary),
        lambda row: row.step.end_bytes,
        right=True,
        largest_first=True,
        from_width=56,
        facts=lambda row: {"end_bytes": row.step.end_bytes},
    ),
    Column("known", "KNOWN", lambda row, _: row.step.provenance, lambda row: row.step.provenance, from_width=70),
)

LEVELS: Final[tuple[Column[Level], ...]] = (
    Column("level", "LEVEL", lambda row, _: row.label, lambda row: row.label, flexible=True, names=True),
    Column(
        "size",
        "BYTES",
        lambda row, binary: size_text(row.size_bytes, binary=binary),
        lambda row: row.size_bytes,
        right=True,
        largest_first=True,
        facts=lambda row: {"size_bytes": row.size_bytes},
    ),
    Column(
        "month",
        "PASSED",
        lambda row, _: _month(row),
        lambda row: float("inf") if row.month is None else row.month,
        right=True,
        facts=lambda row: {"month": row.month},
    ),
)
