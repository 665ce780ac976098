"""Findings about charts that are at hand."""

from __future__ import annotations

from regplan.model.finding import Finding, Verdict
from regplan.profile.lint.sources import SIGHT

__all__ = ["chart_not_rendered"]


def chart_not_rendered(where: str, chart: str, problem: str) -> Finding:
    """Tell of a chart that is at hand and could not be rendered."""
    return Finding(
        "profile.chart-not-read",
        Verdict.INFO,
        f"{where}: the chart {chart} could not be rendered, so that its templates are read as they stand: {problem}.",
        where=where,
        fix="Mend the values or the chart until `helm template` renders it.",
        source=SIGHT,
    )
