"""Helm charts: what images one runs under a pack's values, and which it would run if some value were switched on.

A chart is rendered where a renderer is at hand; otherwise its templates are read with the values known, and what cannot
be told is said to be unknown.
"""

from __future__ import annotations

from regplan.profile.charts.files import read_chart
from regplan.profile.charts.uses import ChartUses, chart_uses

__all__ = ["ChartUses", "chart_uses", "read_chart"]
