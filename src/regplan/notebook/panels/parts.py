"""What panels are made of: outputs that are replaced in place, uploads, a line of text, a file to save."""

from __future__ import annotations

import base64
import html
import re
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import MissingExtra, RegplanError
from regplan.report.html import blocks_html
from regplan.report.markdown import blocks_markdown
from regplan.report.words import tidy
from regplan.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from regplan.report.sections import Block

__all__ = [
    "Live",
    "Message",
    "as_picked",
    "blocks_bundle",
    "file_name",
    "folder_of",
    "quietly",
    "saving_button",
    "saving_link",
    "uploaded",
    "widgets_of",
]

_PICK_TOO: Final = {
    ": no such file": "pick it together with the others",
    ": no such folder": "pick its facts.jsonl together with the others",
}
_PLOTLY: Final = "application/vnd.plotly.v1+json"
_TYPES: Final = {
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html",
    "json": "application/json",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _room_of(figure: Mapping[str, Any]) -> dict[str, str]:
    """Make an empty output as high as a figure, so that what stands below does not jump."""
    return {"text/html": f'<div style="height:{int(figure["layout"].get("height", 450))}px"></div>'}


def widgets_of() -> Any:  # noqa: ANN401  ipywidgets ships no types
    """Load ipywidgets; raises `MissingExtra` where it is absent."""
    try:
        import ipywidgets
    except ImportError as error:
        raise MissingExtra("a panel of widgets", "lab") from error
    return ipywidgets


class Live:
    """Outputs below a panel. They are ordinary ones, so that an export without widgets shows them as they were last."""

    def __init__(self) -> None:
        self._handles: list[Any] = []

    def restart(self) -> None:
        """Begin anew: the next values are put below the cell that is being run."""
        self._handles = []

    def show(self, bundles: Iterable[Mapping[str, Any]]) -> None:
        """Show values by media type, each in the place of the one before it."""
        from IPython.display import display

        for place, bundle in enumerate(bundles):
            if place < len(self._handles):
                if _PLOTLY in bundle:
                    # JupyterLab's renderer keeps the figure that it has; another type in between makes it draw anew.
                    self._handles[place].update(_room_of(bundle[_PLOTLY]), raw=True)
                self._handles[place].update(dict(bundle), raw=True)
            else:
                self._handles.append(display(dict(bundle), raw=True, display_id=True))  # type: ignore[no-untyped-call]


class Message:
    """One line of text of a panel, which tells what is being done and what went wrong."""

    def __init__(self) -> None:
        self.widget = widgets_of().HTML(layout={"max_width": "100%"})

    def say(self, text: str) -> None:
        """Say what is being done, "" for nothing."""
        self.widget.value = html.escape(tidy(text))

    def complain(self, text: str) -> None:
        """Say what went wrong; screen readers are told at once."""
        lines = "<br>".join(html.escape(tidy(line)) for line in text.splitlines())
        self.widget.value = f'<div role="alert" style="color:#D55E00;white-space:normal">✗ {lines}</div>'


def folder_of(panel: object) -> Path:
    """Make a folder for what is uploaded to a panel, which goes with it."""
    folder = tempfile.mkdtemp(prefix="regplan-")
    weakref.finalize(panel, shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def quietly(message: Message, work: Callable[[], None], folder: Path | None = None) -> None:
    """Do what a widget asked for; what cannot be done is said in its sentence, since nobody sees a callback's traceback.

    Files that were uploaded into a folder below `folder` are called by the names that they were picked by.
    """
    try:
        work()
    except (RegplanError, OSError) as error:
        message.complain(as_picked(str(error), folder) if folder else str(error))


def as_picked(text: str, folder: Path) -> str:
    """Tell of uploaded files by the names that they were picked by, and that one which is missing is to be picked too.

    >>> as_picked("/tmp/of-panel/tmp1/site.yaml: /tmp/of-panel/tmp1/a.json: no such file", Path("/tmp/of-panel"))
    'site.yaml: a.json: no such file; pick it together with the others'
    """
    named = re.sub(re.escape(str(folder)) + r"[\\/][^\\/]+[\\/]", "", text)
    more = (told for missing, told in _PICK_TOO.items() if missing in named and named != text)
    return "; ".join((named, *more))


def blocks_bundle(blocks: Iterable[Block]) -> dict[str, str]:
    """Tell blocks of a report as an output: HTML, and Markdown as its plain text."""
    told = tuple(blocks)
    return {"text/plain": blocks_markdown(told), "text/html": blocks_html(told)}


def uploaded(change: Mapping[str, Any]) -> dict[str, bytes]:
    """Tell the files of an upload widget's change by their names."""
    return {each["name"]: bytes(each["content"]) for each in change["new"]}


def file_name(name: str, kind: str) -> str:
    """Make a file name that every system takes of a site's name.

    >>> file_name("Store 0421/Köln", "pdf"), file_name("../..", "html")
    ('Store-0421-Köln.pdf', 'plan.html')
    """
    bare = re.sub(r"[^\w.-]+", "-", name).strip(".-_")
    return f"{bare or 'plan'}.{kind}"


def saving_button(words: str) -> Any:  # noqa: ANN401  ipywidgets ships no types
    """Make the button that makes a file; it is as wide as its words, which a button of ipywidgets cuts off."""
    layout = {"width": "auto"}
    return widgets_of().Button(description=words, button_style="primary", icon="download", layout=layout)


def saving_link(name: str, content: bytes) -> str:
    """Write a link with which a browser saves bytes as a file; they are in the link, and on no other machine."""
    kind = name.rpartition(".")[2]
    data = base64.b64encode(content).decode()
    shown = html.escape(name)
    address = f"data:{_TYPES.get(kind, 'application/octet-stream')};base64,{data}"
    return (
        f'<a class="regplan-save" download="{shown}" href="{address}">Save {shown}</a> ({format_bytes(len(content))})'
    )
