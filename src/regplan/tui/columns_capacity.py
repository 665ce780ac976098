"""The columns of the tables of the Capacity screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.words import ABSENT, counted, tidy
from regplan.tui.columns import bytes_column
from regplan.tui.table import Column
from regplan.tui.text import end, middle, size_text, step_bar
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.site_input import SiteInput
    from regplan.report.series import Level, Step, Waterfall

__all__ = ["INPUTS", "LEVELS", "STEPS", "StepRow", "step_rows"]

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


def _key_text(text: str, width: int) -> str:
    """Shorten a key: its section goes first, which its place in the list tells too."""
    return middle(text if len(text) <= width else text.partition(".")[2] or text, width)


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
    bytes_column("size", "BYTES", lambda row: row.size_bytes, "size_bytes"),
    Column(
        "month",
        "PASSED",
        lambda row, _: _month(row),
        lambda row: float("inf") if row.month is None else row.month,
        right=True,
        facts=lambda row: {"month": row.month},
    ),
)

INPUTS: Final[tuple[Column[SiteInput], ...]] = (
    Column(
        "input",
        "INPUT",
        lambda row, _: tidy(row.name),
        lambda row: row.name,
        shorten=_key_text,
        flexible=True,
        names=True,
    ),
    Column(
        "now",
        "NOW",
        lambda row, _: ("● " if row.before else "") + (tidy(row.value) or ABSENT),
        lambda row: row.value,
        right=True,
        most=22,
        facts=lambda row: {"value": row.value, "is_written": row.is_written},
    ),
    Column(
        "file",
        "FILE",
        lambda row, _: tidy(row.before),
        lambda row: row.before,
        right=True,
        from_width=56,
        most=18,
        facts=lambda row: {"value_before": row.before},
    ),
    Column(
        "written",
        "BY",
        lambda row, _: "file" if row.is_written else "default",
        lambda row: row.is_written,
        from_width=70,
    ),
    Column(
        "takes", "TAKES", lambda row, _: row.takes, lambda row: row.takes, shorten=end, flexible=True, from_width=90
    ),
    Column(
        "meaning",
        "MEANING",
        lambda row, _: tidy(row.meaning),
        lambda row: row.meaning,
        shorten=end,
        flexible=True,
        from_width=110,
    ),
)
