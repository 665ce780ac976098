"""Charts in notebooks that survive a headless export and load nothing from elsewhere."""

from __future__ import annotations

import html
import os
import re
from typing import TYPE_CHECKING, Any, Final

from regplan.report.charts import CONFIG
from regplan.report.figures.plotly_figure import report_template
from regplan.report.plotlyjs import offline_plotly_js
from regplan.report.words import tidy

if TYPE_CHECKING:
    from collections.abc import Mapping

    import plotly.graph_objects as go

__all__ = ["chart_bundle", "use_offline_charts"]

# The mimetype is what JupyterLab draws live, the notebook's HTML what papermill and nbconvert keep.
DEFAULT: Final = "plotly_mimetype+notebook"
# The reports' looks as a template, and the template that plotly has where nobody chose one.
_LOOKS: Final = "regplan"
_PLAIN: Final = "plotly"


def use_offline_charts() -> bool:
    """Make plotly's renderers offline, without a cloud button, and the default one exportable; False without plotly.

    Another default that `PLOTLY_RENDERER` names stays. Charts that pandas or plotly draw look like the reports', unless
    another template than plotly's own is the default.
    """
    try:
        import plotly.io as pio
    except ImportError:
        return False
    _register_offline()
    for name in pio.renderers:
        renderer = pio.renderers[name]
        if hasattr(renderer, "config"):
            renderer.config = {**(renderer.config or {}), **CONFIG}
    if not os.environ.get("PLOTLY_RENDERER"):
        pio.renderers.default = DEFAULT
    pio.templates[_LOOKS] = report_template()
    if pio.templates.default == _PLAIN:
        pio.templates.default = _LOOKS
    return True


def chart_bundle(figure: go.Figure) -> dict[str, Any]:
    """Tell a figure by media type, for an output that is replaced when the figure is another.

    `display(figure)` makes an output of its own each time. plotly.js is put before the first chart of a notebook alone.
    """
    import plotly.io as pio

    bundle: dict[str, Any] = pio.renderers._build_mime_bundle(figure.to_dict())  # noqa: SLF001  what its own show() does
    return bundle or {"text/plain": str(figure.layout.title.text)}


def _alt(figure: Mapping[str, Any]) -> str:
    """Tell a figure's title, which says what it finds, to whoever does not see it; plotly's own markup is taken off."""
    title = figure.get("layout", {}).get("title") or ""
    text = title.get("text", "") if isinstance(title, dict) else title
    words = html.unescape(re.sub(r"<[^>]*>", " ", text or "chart"))
    return html.escape(" ".join(tidy(words).split()))


def _register_offline() -> None:
    import plotly.io as pio
    from IPython.display import display_html
    from plotly.io.base_renderers import NotebookRenderer

    class OfflineRenderer(NotebookRenderer):  # type: ignore[misc]  # plotly ships no types
        """plotly's own, without MathJax from a content delivery network and with plotly.js that knows no address."""

        def activate(self) -> None:
            """Put plotly.js into the notebook, once, with the first chart."""
            setting = "<script>window.PlotlyConfig = {MathJaxConfig: 'local'};</script>"
            display_html(f"{setting}<script>{offline_plotly_js()}</script>", raw=True)  # type: ignore[no-untyped-call]

        def to_mimebundle(self, fig_dict: dict[str, object]) -> dict[str, str]:
            """Write a figure as a fragment that the plotly.js above draws."""
            page = pio.to_html(
                fig_dict,
                config=self.config,
                include_plotlyjs=False,
                include_mathjax=False,
                full_html=False,
                default_width="100%",
                validate=False,
            )
            return {"text/html": f'<div role="group" aria-label="{_alt(fig_dict)}">{page}</div>'}

    pio.renderers["notebook"] = OfflineRenderer()
