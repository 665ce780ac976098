"""`jupyter nbconvert --to regplan`: an executed notebook as one HTML file that loads nothing from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nbconvert.exporters import HTMLExporter
from traitlets import default
from traitlets.config import Config

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["OfflineExporter"]

_FOLDED: Final = "regplan-folded"
_WIDGET: Final = "application/vnd.jupyter.widget-view+json"
# JupyterLab's own grey of a cell's number, and its colours of code on grey, are too pale for many to read (WCAG 2.1, 1.4.3).
_READABLE: Final = """<style>
:root {
  --jp-cell-prompt-not-active-font-color: #5f6368; --jp-cell-prompt-not-active-opacity: 1;
  --jp-mirror-editor-comment-color: #2b6060; --jp-mirror-editor-number-color: #060;
  --jp-mirror-editor-operator-color: #7a1fa2;
}
</style>
"""


class OfflineExporter(HTMLExporter):
    """HTML without the scripts that nbconvert takes from a content delivery network, and without widgets, which need one.

    Charts and tables stay: the first chart brings plotly.js along. Code cells are left out where the notebook folds them away.
    """

    export_from_notebook = "HTML that loads nothing from elsewhere"

    @default("require_js_url")
    def _no_require_js(self) -> str:
        return ""

    @default("mathjax_url")
    def _no_mathjax(self) -> str:
        return ""

    @default("jquery_url")
    def _no_jquery(self) -> str:
        return ""

    @default("mermaid_js_url")
    def _no_mermaid(self) -> str:
        return ""

    @default("mermaid_layout_elk_js_url")
    def _no_layouts(self) -> str:
        return ""

    @property
    def default_config(self) -> Any:  # noqa: ANN401
        """Take away the code that the notebook folds away."""
        own = Config({"TagRemovePreprocessor": {"enabled": True, "remove_input_tags": {_FOLDED}}})
        own.merge(super().default_config)
        return own

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **more: Any) -> Any:  # noqa: ANN401
        """Write the notebook without what is dead outside Jupyter, in colours that all can read."""
        page, told = super().from_notebook_node(_without_widgets(nb), resources, **more)
        return page.replace("</head>", f"{_READABLE}</head>", 1), told


def _without_widgets(nb: NotebookNode) -> NotebookNode:
    from copy import deepcopy

    bare = deepcopy(nb)
    bare.metadata.pop("widgets", None)
    for cell in bare.cells:
        if cell.cell_type == "code":
            cell.outputs = [each for each in cell.outputs if _WIDGET not in each.get("data", {})]
            if cell.metadata.get("jupyter", {}).get("source_hidden"):
                cell.metadata["tags"] = [*cell.metadata.get("tags", []), _FOLDED]
    return bare
