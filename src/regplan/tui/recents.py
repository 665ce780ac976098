"""The sites that were opened last, as the Start screen shows them: columns, and words in full."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from regplan.report.words import WORST_FIRST, counted, exact, marked, tidy
from regplan.tui.table import Column
from regplan.tui.text import size_text
from regplan.tui.theme import VERDICT_STYLES
from regplan.tui.widgets.status_line import age_words

if TYPE_CHECKING:
    from regplan.model.recent import Recent, RecentSite
    from regplan.report.explained.lines import Explanation

__all__ = ["cache_words", "explain_recent", "recent_columns"]


def recent_columns(now: datetime | None) -> tuple[Column[RecentSite], ...]:
    """Tell the columns; ages are told from `now`, and are not where nobody told what time it is."""
    return (
        Column("site", "SITE", lambda row, _: tidy(row.name), lambda row: row.name, flexible=True, names=True),
        Column(
            "verdict",
            "VERDICT",
            lambda row, _: marked(row.verdict),
            lambda row: WORST_FIRST.index(row.verdict),
            style=lambda row: VERDICT_STYLES[row.verdict],
            facts=lambda row: {"verdict": str(row.verdict)},
        ),
        Column(
            "storage",
            "STORAGE",
            lambda row, binary: _storage(row, binary=binary),
            lambda row: row.required_bytes,
            right=True,
            largest_first=True,
            facts=lambda row: {"required_bytes": row.required_bytes, "claimed_bytes": row.claimed_bytes},
        ),
        Column(
            "opened",
            "OPENED",
            lambda row, _: age_words(row.opened_at, now).replace(" old", " ago").replace("new", "just now"),
            lambda row: row.opened_at,
            right=True,
            largest_first=True,
            facts=lambda row: {"opened_at": row.opened_at},
        ),
        Column("file", "FILE", lambda row, _: tidy(row.target), lambda row: row.target, flexible=True, from_width=60),
    )


def cache_words(found: Recent, now: datetime | None) -> str:
    """Write what the cache holds, manifests and configs, and how old the newest of them is."""
    cached = f"cache: {counted(found.cached, 'manifest')} and configs" if found.cached else "cache: empty"
    age = "" if found.newest_s is None else age_words(_written(found.newest_s), now)
    return f"{cached}, newest {age}" if age else cached


def explain_recent(row: RecentSite) -> Explanation:
    """Tell of a site what its plan said when it was opened last."""
    from regplan.report.explained.lines import Explanation

    claimed = "not claimed" if row.claimed_bytes is None else exact(row.claimed_bytes, "bytes")
    lines = (
        ("verdict", f"{marked(row.verdict)}, when it was opened last"),
        ("opened", row.opened_at),
        ("need", exact(row.required_bytes, "bytes")),
        ("PVC", claimed),
        ("file", tidy(row.target)),
        ("next", "enter reads, resolves and plans it again"),
    )
    return Explanation(tidy(row.name), lines)


def _storage(row: RecentSite, *, binary: bool) -> str:
    need = size_text(row.required_bytes, binary=binary)
    return need if row.claimed_bytes is None else f"{need} of {size_text(row.claimed_bytes, binary=binary)}"


def _written(newest_s: float) -> str:
    return datetime.fromtimestamp(newest_s, UTC).isoformat(timespec="seconds")
