"""The line at the top of every screen: site, profiles, registry, link, verdict, its age, and how the app was started."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from rich.text import Text
from textual.containers import Horizontal
from textual.widgets import Static

from regplan.report.words import marked, tidy
from regplan.tui.theme import VERDICT_STYLES
from regplan.units import format_duration, format_rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from regplan.model.profile import ClusterProfile
    from regplan.model.site import Site
    from regplan.tui.session import Session

__all__ = ["StatusLine", "age_words", "profile_words", "seen_words", "site_words", "state_words"]


class StatusLine(Horizontal):
    """Tells at every moment which site is looked at, and its verdict."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self._shown: tuple[str, Text] | None = None

    def compose(self) -> ComposeResult:
        """Lay out the site on the left, verdict and flags on the right."""
        yield Static(markup=False, id="status-site")
        yield Static(markup=False, id="status-state")

    def show(self, session: Session) -> None:
        """Show the session."""
        study = session.study
        site = site_words(study.plan.site, study.declarations.profiles) if study is not None else "no site open"
        state = state_words(session)
        if (site, state) != self._shown:  # progress comes often, and changes nothing here
            self._shown = site, state
            self.query_one("#status-site", Static).update(Text(f"regplan · {site}", no_wrap=True, overflow="ellipsis"))
            self.query_one("#status-state", Static).update(state)


def site_words(site: Site, profiles: Sequence[ClusterProfile] = ()) -> str:
    """Write a site as the status line shows it: name, profiles, registry, internet link."""
    registry = site.registry.kind if site.registry is not None else "no primary registry"
    link = format_rate(site.internet_link.rate_bps) if site.internet_link is not None else "link unknown"
    return " · ".join(part for part in (tidy(site.name), profile_words(profiles), registry, link) if part)


def profile_words(profiles: Sequence[ClusterProfile]) -> str:
    """Write the last profile, whose layers stand on the others', and how many more there are."""
    if not profiles:
        return ""
    named = tidy(f"{profiles[-1].name} {profiles[-1].version}").strip()
    return f"{named} +{len(profiles) - 1}" if len(profiles) > 1 else named


def age_words(generated_at: str, now: datetime | None) -> str:
    """Write how old a plan is; nothing where its time cannot be read, or nobody told what time it is."""
    if now is None:
        return ""
    try:
        age_s = (now - datetime.fromisoformat(generated_at)).total_seconds()
    except (TypeError, ValueError):
        return ""
    if age_s < 60:
        return "new"
    return f"{format_duration(age_s - age_s % (60 if age_s < 86400 else 3600))} old"


def seen_words(times: Sequence[str], now: datetime | None) -> str:
    """Write how old the oldest is of what tags name that nobody could be asked for; nothing where all were asked for.

    >>> from datetime import UTC
    >>> seen_words(("2026-08-30T08:00:00+00:00", "2026-09-01T08:00:00+00:00"), datetime(2026, 9, 1, 8, tzinfo=UTC))
    'tags 2 d old'
    """
    age = age_words(min(times), now) if times else ""
    return f"tags {age}" if age else ""


def state_words(session: Session) -> Text:
    """Write verdict, age and flags; a verdict that a reload is about to replace keeps standing."""
    text = Text(no_wrap=True)
    if session.study is not None:
        verdict = session.study.plan.verdict
        text.append(f" {marked(verdict)} ", VERDICT_STYLES[verdict])
        age = age_words(session.study.plan.generated_at, session.now)
        text.append(f" {age}" if age else "")
        seen = seen_words(session.study.plan.layers.last_seen, session.now)
        text.append(f" · {seen}" if seen else "")
    if session.edits:
        names = len({edit.name for edit in session.edits})
        text.append(f" DRAFT {names}{'…' if session.jobs['draft'].busy else ''}", "bold")
    for flag, is_set in (("OFFLINE", session.flags.offline), ("READ-ONLY", session.flags.read_only)):
        if is_set:
            text.append(f" {flag}", "bold")
    return text
