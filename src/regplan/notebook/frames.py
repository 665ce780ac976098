"""Data frames in notebooks: texts stand at the left of their columns and numbers at the right, where Jupyter has all at the right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from regplan.report.words import ABSENT

if TYPE_CHECKING:
    import pandas as pd
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["aligned_html", "show_aligned_frames"]

# A number as reports write it: "948 MB", "at least 1.16 GB", "12 min 3 s", "15 %"; a version is none.
_NUMBER: Final = re.compile(r"(at least )?[-+]?\d[\d,]*(\.\d+)?(e[-+]?\d+)?( [^\s\d]+( \d+ [^\s\d]+)?)?")
_NOTHING: Final = frozenset({"", ABSENT, "unknown"})
_BEFORE: Final = 2  # a row's index is its first child, and children are counted from one


def show_aligned_frames(ipython: InteractiveShell) -> None:
    """Let every data frame that is shown have its texts at the left; without pandas do nothing."""
    try:
        import pandas as pd
    except ImportError:
        return
    formatter = ipython.display_formatter
    if formatter is not None:
        formatter.formatters["text/html"].for_type(pd.DataFrame, aligned_html)


def aligned_html(frame: pd.DataFrame) -> str | None:
    """Write a data frame as pandas does, with its columns of texts at the left; None where pandas shows no HTML."""
    page: str | None = frame._repr_html_()  # type: ignore[operator]
    if page is None or frame.index.nlevels > 1 or frame.columns.nlevels > 1 or "<th>...</th>" in page:
        # Cells that span rows or columns, or that are left out, have other places than their columns.
        return page
    left = [place for place in range(len(frame.columns)) if _is_text(frame.iloc[:, place])]
    if not left:
        return page
    name = "regplan-left-" + "-".join(map(str, left))
    cells = ", ".join(f".{name} tr > :nth-child({place + _BEFORE})" for place in left)
    style = f"<style>{cells} {{ text-align: left; }}</style>"
    return f'<div class="{name}">{style}{page}</div>'


def _is_text(column: pd.Series[Any]) -> bool:
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    if is_numeric_dtype(column) and not is_bool_dtype(column):
        return False
    told = [str(each) for each in column.dropna() if str(each) not in _NOTHING]
    return not told or not all(map(_NUMBER.fullmatch, told))
