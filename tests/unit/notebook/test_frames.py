"""Data frames in a notebook: texts at the left, numbers at the right."""

from __future__ import annotations

import re

import pandas as pd

from regplan.notebook.frames import aligned_html
from regplan.report.frames import frame
from unit.report.samples import make_study


def left_of(shown: pd.DataFrame) -> list[str]:
    """Name the columns that a page puts at the left."""
    page = aligned_html(shown) or ""
    places = [int(place) for place in re.findall(r"nth-child\((\d+)\)", page.partition("</style>")[0])]
    heads = re.findall(r"<th>(.*?)</th>", page.partition("</thead>")[0])
    return [heads[place - 1] for place in places]


def by_pandas(shown: pd.DataFrame) -> str:
    page: str = shown._repr_html_()  # type: ignore[operator]  # pandas' types do not know it
    return page


def test_texts_stand_at_the_left_and_sizes_and_numbers_at_the_right() -> None:
    told = {
        "what": ["live", "growth"],
        "size": ["at least 948 MB", "unknown"],
        "time": ["12 min 3 s", "1 min"],
        "share": ["15 %", "-"],
        "version": ["1.2.3", "2.0.0"],
        "count": [3, None],
        "met": [True, False],
    }
    assert left_of(pd.DataFrame(told)) == ["what", "version", "met"]
    terms = make_study().plan.storage
    assert left_of(frame(terms, readable=True)) == ["key", "provenance", "source"]
    assert left_of(frame(terms)) == ["key", "provenance", "source"]


def test_a_frame_of_numbers_and_one_with_levels_are_shown_as_pandas_does() -> None:
    numbers = pd.DataFrame({"a": [1, 2]})
    assert aligned_html(numbers) == by_pandas(numbers)
    levels = pd.DataFrame({"a": ["x", "y"]}, index=pd.MultiIndex.from_tuples([(1, 2), (1, 3)]))
    assert aligned_html(levels) == by_pandas(levels)


def test_columns_that_are_left_out_do_not_shift_the_others() -> None:
    wide = pd.DataFrame({f"c{number}": ["text"] for number in range(50)})
    with pd.option_context("display.max_columns", 10):
        assert aligned_html(wide) == by_pandas(wide)
