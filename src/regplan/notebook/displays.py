"""What values show of themselves in Jupyter, by media type: `regplan.showing` asks here."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import MissingExtra
from regplan.notebook import fleet_views, outcome_views
from regplan.notebook.views import view
from regplan.report.html import blocks_html
from regplan.report.markdown import blocks_markdown

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["bundle", "show_long_texts"]

# They tell `view` of their values when they are loaded.
_VIEWS: Final[tuple[ModuleType, ...]] = (fleet_views, outcome_views)


def bundle(value: object) -> dict[str, Any]:
    """Show a value by media type: plain text, Markdown, HTML where jinja2 is installed, and its document as JSON."""
    shown = view(value)
    found: dict[str, Any] = {
        "text/plain": "\n".join(shown.lines),
        "text/markdown": blocks_markdown(shown.blocks),
    }
    # Markdown says the same, and every front end that shows HTML shows Markdown too.
    with contextlib.suppress(MissingExtra):
        found["text/html"] = blocks_html(shown.blocks)
    if shown.document is not None:
        found[shown.media_type] = dict(shown.document)
    return found


def show_long_texts() -> None:
    """Let pandas show messages and sources in full, which it cuts off at fifty letters; without pandas do nothing."""
    try:
        import pandas as pd
    except ImportError:
        return
    pd.set_option("display.max_colwidth", None)
