"""Displays for IPython: the values stay pure, and the shell learns how to show them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import MissingExtra
from regplan.model.finding import Finding
from regplan.model.image import Inventory
from regplan.model.layers import LayerReport
from regplan.model.plan import Plan, Study
from regplan.notebook import fleet_views, outcome_views
from regplan.notebook.views import view
from regplan.report.html import blocks_html
from regplan.report.markdown import blocks_markdown

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["SHOWN", "bundle", "register", "show_long_texts", "unregister"]

SHOWN: Final = (Study, Plan, Inventory, Finding, LayerReport, *fleet_views.SHOWN, *outcome_views.SHOWN)


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


def register(ipython: InteractiveShell) -> None:
    """Teach a shell to show regplan's values."""
    for each in SHOWN:
        _formatter(ipython).for_type(each, bundle)


def unregister(ipython: InteractiveShell) -> None:
    """Make a shell forget how to show regplan's values."""
    for each in SHOWN:
        _formatter(ipython).pop(each, None)


def show_long_texts() -> None:
    """Let pandas show messages and sources in full, which it cuts off at fifty letters; without pandas do nothing."""
    try:
        import pandas as pd
    except ImportError:
        return
    pd.set_option("display.max_colwidth", None)


def _formatter(ipython: InteractiveShell) -> Any:  # noqa: ANN401  IPython declares its formatters as traits
    return ipython.display_formatter.mimebundle_formatter  # type: ignore[union-attr]
