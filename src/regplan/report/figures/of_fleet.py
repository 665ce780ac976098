"""A chart of many sites: what each needs of what it claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.report.figures.chart import Axis, Chart, Dots, Panel, Rule
from regplan.report.words import counted
from regplan.units import format_bytes

if TYPE_CHECKING:
    from regplan.model.fleet import Fleet, FleetSite
    from regplan.report.figures.chart import Colour

__all__ = ["claims_chart", "fullest"]

_LOOKS: Final[tuple[tuple[Verdict, Colour], ...]] = (
    (Verdict.FAIL, "vermillion"),
    (Verdict.INCOMPLETE, "purple"),
    (Verdict.MARGINAL, "orange"),
    (Verdict.PASS, "green"),
)
# Beyond so many points nobody tells one from another: the fullest are shown, and the table beside it has all.
_MOST: Final = 400


def claims_chart(fleet: Fleet) -> Chart | None:
    """Show every site as a point, by its verdict and by how much of its claim it needs; None where nothing is claimed."""
    told = fullest(fleet)
    if not told:
        return None
    shown = told[:_MOST]
    present = [(verdict, colour) for verdict, colour in _LOOKS if any(site.verdict is verdict for site in shown)]
    series = tuple(
        _dots(verdict, colour, row, [site for site in shown if site.verdict is verdict])
        for row, (verdict, colour) in enumerate(present)
    )
    x = Axis("needed, % of what is claimed", low=0, high=max(1.1 * _share(told[0]), 110))
    y = Axis("", tuple(verdict.value for verdict, _ in present))
    panel = Panel(x, y, series, (Rule(100, "the claim", "vermillion"),), rows=max(len(present), 3))
    left = f" The {_MOST} fullest are drawn." if len(told) > _MOST else ""
    alt = f"One point for each of {counted(len(shown), 'site')}, a row for each verdict, from left to right by the share of its claim that it needs.{left}"
    return Chart("fleet-claims", _title(told), alt, (panel,))


def fullest(fleet: Fleet) -> list[FleetSite]:
    """List the sites that claim something, those first that need most of their claim."""
    return sorted((site for site in fleet.sites if site.claimed_bytes), key=_share, reverse=True)


def _title(told: list[FleetSite]) -> str:
    over, fullest = sum(_share(site) > 100 for site in told), told[0]
    many = counted(len(told), "site")
    tightest = f"the fullest, {fullest.name}, needs {_share(fullest):.3g} %"
    return (
        f"{over:,} of {many} need more than they claim; {tightest}"
        if over
        else f"All of {many} claim enough; {tightest}"
    )


def _dots(verdict: Verdict, colour: Colour, row: int, sites: list[FleetSite]) -> Dots:
    points = tuple((_share(site), float(row)) for site in sites)
    says = tuple(
        f"{site.name}: {format_bytes(site.required_bytes)} of {format_bytes(site.claimed_bytes or 0)}, {verdict.value}"
        for site in sites
    )
    return Dots(verdict.value, colour, points, says)


def _share(site: FleetSite) -> float:
    return 100 * site.required_bytes / site.claimed_bytes if site.claimed_bytes else 0.0
