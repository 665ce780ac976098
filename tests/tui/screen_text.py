"""What a user reads on the screen of a running app, as plain lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App

__all__ = ["drawn_in_colour", "screen_text"]


def screen_text(app: App[Any]) -> str:
    """Write the top screen as text, without spaces at the ends of lines.

    Textual has no public way to the plain text of a screen; this is the one place that reaches for its compositor.
    """
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips) + "\n"


def drawn_in_colour(app: App[Any]) -> bool:
    """Tell whether anything on the top screen is drawn, behind the app's filters, in what is no shade of grey."""
    background = app.screen.background_colors[1]
    for strip in app.screen._compositor.render_strips():
        for each in app._filters:
            strip = strip.apply_filter(each, background)  # noqa: PLW2901  one filter after the other
        styles = [segment.style for segment in strip if segment.style is not None]
        colours = [
            colour.get_truecolor() for style in styles for colour in (style.color, style.bgcolor) if colour is not None
        ]
        if any(len(set(colour)) > 1 for colour in colours):
            return True
    return False
