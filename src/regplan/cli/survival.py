"""The tables of what goes on while the internet link is cut, and of what could not be checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regplan.cli.output import Column, Table
from regplan.report.survival import answered, survival_columns, survival_reasons, survival_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.survival import HostSurvival

__all__ = ["survival_table", "unchecked_table"]


def survival_table(survival: Sequence[HostSurvival]) -> Table:
    """Lay out which hosts come back, and which new ones join, with the internet cut; the reasons stand below the last."""
    rows = survival_rows(survival)
    columns = [Column(key, heading, answered) for key, heading in survival_columns(survival).items()]
    reasons = survival_reasons(survival)
    return Table(
        (Column("host", "SURVIVES"), *columns),
        tuple(rows),
        title="With the internet cut:",
        below=lambda row: reasons if rows and row is rows[-1] else (),
    )


def unchecked_table(records: Sequence[dict[str, Any]]) -> Table:
    """Lay out what could not be checked, and why."""
    columns = (Column("rule", "NOT CHECKED", keep=True), Column("where", "WHERE"), Column("why", "WHY"))
    return Table(columns, tuple(records))
