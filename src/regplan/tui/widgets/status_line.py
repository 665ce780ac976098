"""The line at the top of every screen: site, registry, link, verdict, and how the app was started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.containers import Horizontal
from textual.widgets import Static

from regplan.report.words import marked, tidy
from regplan.tui.theme import VERDICT_STYLES
from regplan.units import format_rate

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from regplan.model.site import Site
    from regplan.tui.session import Session

__all__ = ["StatusLine", "site_words", "state_words"]


class StatusLine(Horizontal):
    """Tells at every moment which site is looked at, and its verdict."""

    def compose(self) -> ComposeResult:
        """Lay out the site on the left, verdict and flags on the right."""
        yield Static(markup=False, id="status-site")
        yield Static(markup=False, id="status-state")

    def show(self, session: Session) -> None:
        """Show the session."""
        site = site_words(session.study.plan.site) if session.study is not None else "no site open"
        self.query_one("#status-site", Static).update(Text(f"regplan · {site}", no_wrap=True, overflow="ellipsis"))
        self.query_one("#status-state", Static).update(state_words(session))


def site_words(site: Site) -> str:
    """Write a site as the status line shows it: name, registry, internet link."""
    registry = site.registry.kind if site.registry is not None else "no primary registry"
    link = format_rate(site.internet_link.rate_bps) if site.internet_link is not None else "link unknown"
    return f"{tidy(site.name)} · {registry} · {link}"


def state_words(session: Session) -> Text:
    """Write verdict and flags; a verdict that a reload is about to replace keeps standing."""
    text = Text(no_wrap=True)
    if session.study is not None:
        verdict = session.study.plan.verdict
        text.append(f" {marked(verdict)} ", VERDICT_STYLES[verdict])
    for flag, is_set in (("OFFLINE", session.flags.offline), ("READ-ONLY", session.flags.read_only)):
        if is_set:
            text.append(f" {flag}", "bold")
    return text
