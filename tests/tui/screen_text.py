"""What a user reads on the screen of a running app, as plain lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App

__all__ = ["screen_text"]


def screen_text(app: App[Any]) -> str:
    """Write the top screen as text, without spaces at the ends of lines.

    Textual has no public way to the plain text of a screen; this is the one place that reaches for its compositor.
    """
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips) + "\n"
