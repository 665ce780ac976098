from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.errors import InvalidSite
from regplan.profile.declared import parse_sizes

pytestmark = pytest.mark.property

CELLS = st.text(max_size=20)
NAMES = st.from_regex(r"[a-z]{1,8}\.corp/[a-z]{1,8}:[a-z0-9]{1,5}", fullmatch=True)


@given(st.lists(st.lists(CELLS, max_size=4), max_size=6), st.sampled_from(",;\t"))
def test_whatever_stands_in_a_table_is_sizes_or_one_error_that_names_the_file(
    rows: list[list[str]], separator: str
) -> None:
    text = "\n".join(separator.join(row) for row in [["reference", "size"], *rows])
    try:
        found = parse_sizes(text, "sizes.csv")
    except InvalidSite as error:
        assert str(error).startswith("sizes.csv: ")  # noqa: PT017
    else:
        assert all(size > 0 for _, size in found)


@given(st.dictionaries(NAMES, st.integers(1, 10**15), min_size=1), st.sampled_from(",;\t"), st.booleans())
def test_what_is_written_is_read_back(sizes: dict[str, int], separator: str, marked: bool) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(["size", "note", "reference"])
    writer.writerows([f"{size}B", f"a{separator}b", name] for name, size in sizes.items())

    assert parse_sizes("\ufeff" * marked + out.getvalue(), "s.csv") == tuple(sizes.items())
